//! What all HTTP identity endpoints have in common: one GET, the retry rules, one reply.
//!
//! Retry rules: learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token#retry-guidance

use mde_core::cloud::is_local;
use mde_core::errors::InputError;
use mde_core::http::{Call, Request, RetryPolicy, send};
use mde_core::ids::shown;
use tokio::time::Duration;
use url::Url;

use super::reply::{self, Origin};
use super::{Assertion, SourceContext, SourceError};

/// No right answer of an identity endpoint is larger.
const LARGEST_REPLY: usize = 256 * 1024;

/// The retry rules of an identity endpoint: ten seconds in all, but an instance metadata service that is being updated
/// (410) is waited for as long as Microsoft says that takes.
pub(super) fn policy(statuses: fn(u16) -> bool) -> RetryPolicy {
    RetryPolicy {
        statuses,
        tries: 4,
        first_wait: Duration::from_millis(800),
        longest_wait: Duration::from_secs(8),
        per_try: Duration::from_secs(5),
        body: Duration::from_secs(5),
        total: Duration::from_secs(10),
        patient_with: Some((410, Duration::from_secs(70))),
        wait_in_body: None,
    }
}

/// The address from an environment variable. Plain HTTP is for this machine and its link only: the request carries the
/// identity header, and its answer is a token.
pub(super) fn address(variable: &'static str, text: Option<&str>) -> Result<Url, SourceError> {
    let text = text.ok_or_else(SourceError::not_found)?;
    let url = Url::parse(text.trim()).map_err(|_| InputError::Url { setting: variable, text: shown(text) })?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_local(&url) => Ok(url),
        _ => {
            let host = url.host_str().unwrap_or_default().to_owned();
            Err(InputError::InsecureUrl { setting: variable, host }.into())
        }
    }
}

/// Asks the endpoint and reads its reply. An endpoint that serves an expired token from its own cache is asked again.
pub(super) async fn fetch(
    context: &SourceContext<'_>,
    title: &'static str,
    policy: &RetryPolicy,
    classify: reply::Classify,
    make: impl Fn() -> Request,
) -> Result<Assertion, SourceError> {
    let mut first_error = None;
    for _ in 0..2 {
        let host = make().host();
        let lost = |error| SourceError::Transport { title, host: host.clone(), error };
        let purpose = format!("assertion from {title}");
        let call = Call { transport: context.transport, policy, observer: context.observer, purpose: &purpose };
        let response = send(call, &make).await.map_err(lost)?;
        let status = response.status;
        let body = response.bytes(LARGEST_REPLY).await.map_err(lost)?;
        let origin = Origin { title, host: &host, status, classify };
        match reply::read(&origin, &body, context.clock.now()) {
            Err(reply::Unusable::Expired(error)) if first_error.is_none() => first_error = Some(error),
            outcome => return outcome.map_err(reply::Unusable::into_error),
        }
    }
    Err(first_error.unwrap_or_else(SourceError::not_found))
}
