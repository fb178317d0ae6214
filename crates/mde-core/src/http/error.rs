//! What can go wrong between two machines, before anybody looks at a reply.

use std::error::Error as _;

use crate::errors::{Code, Report, Reportable};

/// Why there is no reply, or no whole one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// Name resolution, routing or the connection itself failed.
    #[error("no connection to {host}: {reason}")]
    Connect {
        /// Host and port.
        host: String,
        /// The operating system's words.
        reason: String,
    },
    /// The certificate was refused; nothing has been sent.
    #[error("the certificate of {host} is not trusted: {reason}")]
    Certificate {
        /// Host and port.
        host: String,
        /// The verifier's words.
        reason: String,
    },
    /// A deadline passed.
    #[error("no answer from {host} in time")]
    TimedOut {
        /// Host and port.
        host: String,
    },
    /// The connection ended before the reply did.
    #[error("the connection to {host} was lost: {reason}")]
    Lost {
        /// Host and port.
        host: String,
        /// The operating system's words.
        reason: String,
    },
    /// A redirect, which is never followed.
    #[error("{host} answered with a redirect (status {status})")]
    Redirect {
        /// Host and port.
        host: String,
        /// 3xx.
        status: u16,
    },
    /// More bytes than any right answer has.
    #[error("the reply of {host} has more than {limit} bytes")]
    TooLarge {
        /// Host and port.
        host: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// The platform's root certificates can't be had.
    #[error("the trust store can't be used: {reason}")]
    TrustStore {
        /// The platform's words.
        reason: String,
    },
}

impl TransportError {
    /// Whether the request may have been received and acted upon.
    pub fn may_have_arrived(&self) -> bool {
        matches!(self, Self::TimedOut { .. } | Self::Lost { .. })
    }

    /// Whether sending the same request again may help.
    pub fn is_transient(&self) -> bool {
        self.code().entry().transient
    }

    fn code(&self) -> Code {
        match self {
            Self::Connect { .. } => Code::ConnectFailed,
            Self::Certificate { .. } => Code::CertificateUntrusted,
            Self::TimedOut { .. } => Code::TimedOut,
            Self::Lost { .. } => Code::ConnectionLost,
            Self::Redirect { .. } => Code::RedirectRefused,
            Self::TooLarge { .. } => Code::ReplyTooLarge,
            Self::TrustStore { .. } => Code::TrustStoreUnusable,
        }
    }

    fn host(&self) -> &str {
        match self {
            Self::Connect { host, .. }
            | Self::Certificate { host, .. }
            | Self::TimedOut { host }
            | Self::Lost { host, .. }
            | Self::Redirect { host, .. }
            | Self::TooLarge { host, .. } => host,
            Self::TrustStore { .. } => "",
        }
    }

    /// Sorts the HTTP library's error; its own text names the address with its query, so that is left out.
    pub(super) fn from_reqwest(host: String, error: &reqwest::Error) -> Self {
        let mut reason = String::new();
        let mut cause = error.source();
        while let Some(error) = cause {
            if let Some(rustls::Error::InvalidCertificate(certificate)) = tls_error(error) {
                return Self::Certificate { host, reason: format!("{certificate:?}") };
            }
            reason = error.to_string();
            cause = error.source();
        }
        if error.is_timeout() {
            Self::TimedOut { host }
        } else if error.is_connect() {
            Self::Connect { host, reason }
        } else {
            Self::Lost { host, reason }
        }
    }
}

/// The TLS library's error inside an I/O error, which hides it from the chain of sources.
fn tls_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    if let Some(found) = error.downcast_ref::<rustls::Error>() {
        return Some(found);
    }
    let inner = error.downcast_ref::<std::io::Error>()?.get_ref()?;
    inner.downcast_ref::<rustls::Error>().or_else(|| tls_error(inner))
}

impl Reportable for TransportError {
    fn report(&self) -> Report {
        let report = Report::new(self.code(), self.to_string()).detail("host", self.host());
        match self {
            Self::Redirect { status, .. } => report.status(*status),
            _ => report,
        }
    }
}
