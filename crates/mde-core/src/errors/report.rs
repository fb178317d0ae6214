//! One failure as a user gets to see it: what, why, what to do, and the ids that support asks for.

use std::time::Duration;

use super::{Category, Code};

/// A failure ready to be shown. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The row of the error table.
    pub code: Code,
    /// What happened, in lower case, without a remedy.
    pub message: String,
    /// Why, outermost first.
    pub causes: Vec<String>,
    /// HTTP status of the reply, if there was one.
    pub http_status: Option<u16>,
    /// The number behind `AADSTS`.
    pub entra_code: Option<u32>,
    /// Entra's `correlation_id`, or the id under which the request was sent.
    pub correlation_id: Option<String>,
    /// Entra's `trace_id`.
    pub trace_id: Option<String>,
    /// `x-ms-request-id`, or the `target` of a Defender error.
    pub request_id: Option<String>,
    /// How long the service asked to wait.
    pub retry_after: Option<Duration>,
    /// The tenant or record that failed.
    pub target: Option<String>,
    details: Vec<(&'static str, String)>,
}

impl Report {
    /// A report of this code.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            causes: Vec::new(),
            http_status: None,
            entra_code: None,
            correlation_id: None,
            trace_id: None,
            request_id: None,
            retry_after: None,
            target: None,
            details: Vec::new(),
        }
    }

    /// Names what a `{name}` in the remedy stands for in this case; the first naming stays.
    #[must_use]
    pub fn detail(mut self, name: &'static str, value: impl Into<String>) -> Self {
        if !self.details.iter().any(|(known, _)| *known == name) {
            self.details.push((name, value.into()));
        }
        self
    }

    /// Adds why it happened, and why that happened.
    #[must_use]
    pub fn because(mut self, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut cause = Some(error);
        while let Some(error) = cause {
            let text = error.to_string();
            if self.causes.last() != Some(&text) {
                self.causes.push(text);
            }
            cause = error.source();
        }
        self
    }

    /// The status of the reply.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.http_status = Some(status);
        self
    }

    /// The tenant or record that failed.
    #[must_use]
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.target = Some(target.into());
        self
    }

    /// What the user can do, with the ids of this case filled in. A name that is not known in this case stays in
    /// angle brackets, for the reader to fill in.
    pub fn remedy(&self) -> String {
        let mut text = self.code.entry().remedy.to_owned();
        for (name, value) in &self.details {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text.replace('{', "<").replace('}', ">")
    }

    /// The category of the code.
    pub fn category(&self) -> Category {
        self.code.entry().category
    }
}

/// An error that knows its row of the error table.
pub trait Reportable: std::error::Error {
    /// The failure as it is shown.
    fn report(&self) -> Report;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remedy_names_the_ids_of_the_case() {
        let report =
            Report::new(Code::FederatedSubjectMismatch, "refused").detail("subject", "abc").detail("subject", "x");
        assert!(report.remedy().contains("abc"), "{}", report.remedy());
        assert!(report.remedy().contains("<client>"), "{}", report.remedy());
        assert!(!report.remedy().contains('{'));
    }
}
