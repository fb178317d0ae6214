//! What can go wrong at the Defender API.

use mde_core::http::TransportError;
use mde_core::{Code, Report, Reportable, quoted};
use mde_identity::{Freshness, IdentityError};
use serde::Deserialize;
use tokio::time::Duration;

use crate::page::PageError;

/// Why a list is missing or not whole.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DefenderError {
    /// There is no token.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The token carries no permission for this API.
    #[error("{}", .0.message)]
    RolesMissing(Box<Report>),
    /// There was no reply, or no whole one.
    #[error("Defender could not be asked")]
    Transport(#[source] TransportError),
    /// Defender said no.
    #[error("Defender answered with status {status}{}: {message}", .code.as_deref().map(|code| format!(" ({code})")).unwrap_or_default())]
    Refused {
        /// HTTP status.
        status: u16,
        /// Defender's code.
        code: Option<String>,
        /// Defender's words.
        message: String,
        /// The `target`: the id that support asks for.
        request_id: Option<String>,
        /// How long Defender asked to wait.
        retry_after: Option<Duration>,
        /// The claims that Defender demands of the token, as JSON text.
        demanded_claims: Option<String>,
    },
    /// The call may have taken effect: no reply says so or denies it.
    #[error("whether the call took effect is not known")]
    OutcomeUnknown(#[source] Box<DefenderError>),
    /// The body is not a page of the list.
    #[error("Defender's answer can't be read")]
    Page {
        /// HTTP status.
        status: u16,
        /// What is wrong with it.
        #[source]
        error: PageError,
    },
    /// One record can't be read; the others go on.
    #[error("one record of the list can't be read: {0}")]
    Record(String),
    /// A file of an export is offered without encryption, or at no address at all.
    #[error("Defender names a file that can't be fetched safely")]
    FileLinkRefused,
    /// The next page can't be had without asking for the same one again or another host.
    #[error("the list can't be followed to its end")]
    PagingStopped {
        /// Where the link leads, without its query.
        link: String,
    },
}

impl DefenderError {
    /// Whether the reply broke off in the middle, so that the rest of the page may be asked for again.
    pub(crate) fn is_broken_off(&self) -> bool {
        matches!(
            self,
            Self::Page { error: PageError::Truncated, .. }
                | Self::Transport(TransportError::Lost { .. } | TransportError::TimedOut { .. })
        )
    }

    /// Whether the address itself was refused, whoever asks.
    pub(crate) fn is_unreadable_request(&self) -> bool {
        matches!(self, Self::Refused { status: 400 | 404 | 501, .. })
    }

    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }

    pub(crate) fn demanding(mut self, claims: Option<String>) -> Self {
        if let Self::Refused { demanded_claims, .. } = &mut self {
            *demanded_claims = claims;
        }
        self
    }

    /// How new a token may help: one with the claims that were demanded, or any that is newer than the refused one.
    pub(crate) fn helped_by(&self) -> Option<Freshness> {
        match self {
            Self::Refused { status: 401, demanded_claims: Some(claims), .. } => {
                Some(Freshness::WithClaims(claims.clone()))
            }
            Self::Refused { status: 401, .. } => Some(Freshness::New),
            _ => None,
        }
    }
}

impl Reportable for DefenderError {
    fn report(&self) -> Report {
        match self {
            Self::Identity(error) => error.report(),
            Self::RolesMissing(report) => (**report).clone(),
            Self::Transport(error) => {
                let mut report = error.report().because(error);
                report.message = self.to_string();
                report
            }
            Self::Refused { status, message, request_id, retry_after, .. } => {
                let code = match status {
                    401 => Code::DefenderUnauthorized,
                    403 if message.contains("Account is not provisioned") => Code::TenantNotProvisioned,
                    403 => Code::DefenderForbidden,
                    404 => Code::DefenderNotFound,
                    400 => Code::DefenderBadRequest,
                    429 => Code::DefenderThrottled,
                    500.. => Code::DefenderUnavailable,
                    _ => Code::DefenderRefused,
                };
                let mut report = Report::new(code, self.to_string()).status(*status);
                report.request_id.clone_from(request_id);
                report.retry_after = *retry_after;
                match required_roles(message) {
                    Some(roles) => report.detail("roles", roles),
                    None => report,
                }
            }
            Self::OutcomeUnknown(because) => {
                let mut report = because.report();
                report.code = Code::OutcomeUnknown;
                report.causes.insert(0, std::mem::replace(&mut report.message, self.to_string()));
                report
            }
            Self::Page { status, error } => {
                let code = match error {
                    PageError::Truncated => Code::DefenderReplyTruncated,
                    PageError::NotAPage | PageError::TooLarge => Code::DefenderReplyInvalid,
                };
                Report::new(code, self.to_string()).status(*status).because(error)
            }
            Self::Record(_) | Self::FileLinkRefused => Report::new(Code::DefenderReplyInvalid, self.to_string()),
            Self::PagingStopped { link } => {
                Report::new(Code::PagingStopped, self.to_string()).detail("link", link.as_str())
            }
        }
    }
}

/// The roles that a 403 names: `Missing application roles. API required roles: A,B, application roles: C.`
fn required_roles(message: &str) -> Option<&str> {
    let after = message.split_once("API required roles:")?.1;
    let roles = after.split(", application roles:").next()?.trim().trim_end_matches('.');
    (!roles.is_empty()).then_some(roles)
}

#[derive(Deserialize, Default)]
struct ErrorBody {
    #[serde(default)]
    error: ErrorDetailBody,
}

#[derive(Deserialize, Default)]
struct ErrorDetailBody {
    code: Option<String>,
    message: Option<String>,
    target: Option<String>,
}

/// Reads a refusal: `{"error":{"code":"…","message":"…","target":"…"}}`.
///
/// Source: learn.microsoft.com/defender-endpoint/api/common-errors
pub(crate) fn refusal(status: u16, body: &[u8], retry_after: Option<Duration>) -> DefenderError {
    let parsed: ErrorBody = serde_json::from_slice(body).unwrap_or_default();
    let ErrorDetailBody { code, message, target } = parsed.error;
    let clean = |text: String| quoted(&text, 600);
    DefenderError::Refused {
        status,
        code: code.map(clean),
        message: message.map_or_else(|| "it gave no reason in JSON".to_owned(), clean),
        request_id: target.map(clean),
        retry_after: retry_after.or_else(|| wait_in_message(body)),
        demanded_claims: None,
    }
}

/// The wait that a throttled gateway names in its words only: 'You can send requests again in 8 seconds.'
pub(crate) fn wait_in_message(body: &[u8]) -> Option<Duration> {
    let text = String::from_utf8_lossy(body);
    let after = text.split_once("requests again in ")?.1;
    let digits = &after[..after.find(|c: char| !c.is_ascii_digit())?];
    digits.parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_throttled_gateway_is_understood_by_its_status_and_words() {
        let body = include_str!("../../../tests/fixtures/defender/throttled-2022.json");
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        let error = refusal(429, body["body"].to_string().as_bytes(), None);
        let report = error.report();
        assert_eq!((report.code, report.retry_after), (Code::DefenderThrottled, Some(Duration::from_secs(8))));
    }

    #[test]
    fn a_refusal_names_the_missing_roles() {
        let body = include_str!("../../../tests/fixtures/defender/forbidden-roles.json");
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        let report = refusal(403, body["body"].to_string().as_bytes(), None).report();
        assert_eq!(report.code, Code::DefenderForbidden);
        assert!(report.remedy().contains("Ti.ReadWrite.All, Ti.ReadWrite"), "{}", report.remedy());
    }
}
