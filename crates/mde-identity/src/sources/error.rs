//! What can go wrong before there is an assertion.

use mde_core::errors::InputError;
use mde_core::http::TransportError;
use mde_core::{Code, Report, Reportable};

use super::SOURCES;

/// Why there is no assertion.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SourceError {
    /// Nothing on this host gives one.
    #[error("no identity endpoint was found on this host")]
    NotFound {
        /// What was looked for.
        looked_for: String,
    },
    /// The request was refused before it was made.
    #[error(transparent)]
    Input(#[from] InputError),
    /// There was no reply, or no whole one.
    #[error("the identity endpoint of {title} could not be asked")]
    Transport {
        /// The host as a person knows it.
        title: &'static str,
        /// Host and port.
        host: String,
        /// What happened.
        #[source]
        error: TransportError,
    },
    /// The endpoint said no.
    #[error("the identity endpoint of {title} answered with status {status}: {message}")]
    Refused {
        /// The host as a person knows it.
        title: &'static str,
        /// Host and port.
        host: String,
        /// The row of the error table that its words belong to.
        code: Code,
        /// HTTP status.
        status: u16,
        /// Its own words.
        message: String,
        /// The id that Azure support asks for.
        correlation_id: Option<String>,
    },
    /// What should have led to an assertion is of no use: a file, a challenge, a text.
    #[error("{title} gave no usable assertion: {reason}")]
    Unusable {
        /// The row of the error table.
        code: Code,
        /// The host as a person knows it.
        title: &'static str,
        /// What is wrong with it; never its content.
        reason: String,
    },
    /// The endpoint answered something else than a token.
    #[error("the identity endpoint of {title} did not answer with a token: {reason}")]
    InvalidReply {
        /// The host as a person knows it.
        title: &'static str,
        /// Host and port.
        host: String,
        /// HTTP status.
        status: u16,
        /// What is wrong with it.
        reason: String,
    },
}

impl SourceError {
    pub(super) fn not_found() -> Self {
        let looked_for: Vec<_> = SOURCES.iter().map(|source| source.looks_for()).collect();
        Self::NotFound { looked_for: looked_for.join("; ") }
    }
}

impl Reportable for SourceError {
    fn report(&self) -> Report {
        match self {
            Self::NotFound { looked_for } => {
                Report::new(Code::NoIdentitySource, self.to_string()).detail("looked_for", looked_for)
            }
            Self::Input(error) => error.report(),
            Self::Transport { host, error, .. } => {
                // A refused certificate or a redirect is the same defect whoever was asked; only 'not reached' is the
                // identity endpoint's own.
                let code = match error.report().code {
                    Code::ConnectFailed | Code::TimedOut | Code::ConnectionLost => Code::IdentityEndpointUnreachable,
                    other => other,
                };
                let report = Report::new(code, self.to_string()).because(error).detail("host", host);
                match error {
                    TransportError::Redirect { status, .. } => report.status(*status),
                    _ => report,
                }
            }
            Self::Refused { host, code, status, correlation_id, .. } => {
                let mut report = Report::new(*code, self.to_string()).status(*status).detail("host", host);
                report.correlation_id.clone_from(correlation_id);
                report
            }
            Self::Unusable { code, .. } => Report::new(*code, self.to_string()),
            Self::InvalidReply { host, status, .. } => {
                Report::new(Code::IdentityReplyInvalid, self.to_string()).status(*status).detail("host", host)
            }
        }
    }
}
