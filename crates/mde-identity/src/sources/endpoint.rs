//! What all HTTP identity endpoints have in common: one GET, the retry rules, one reply.
//!
//! Retry rules: learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token#retry-guidance

use std::path::PathBuf;

use mde_core::cloud::{is_local, is_loopback};
use mde_core::errors::InputError;
use mde_core::http::{Call, Request, RetryPolicy, send};
use mde_core::ids::shown;
use mde_core::{Code, Secret, quoted};
use serde::de::DeserializeOwned;
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
        sends_once: false,
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

/// The address of an issuer that is a service on the internet.
pub(super) fn service_address(variable: &'static str, text: Option<&str>) -> Result<Url, SourceError> {
    let url = address(variable, text)?;
    if url.scheme() == "https" || is_loopback(&url) {
        return Ok(url);
    }
    let host = url.host_str().unwrap_or_default().to_owned();
    Err(InputError::InsecureUrl { setting: variable, host }.into())
}

/// Asks an issuer whose reply is its own JSON around a bare token.
pub(super) async fn fetch_token<B: DeserializeOwned>(
    context: &SourceContext<'_>,
    title: &'static str,
    make: impl Fn() -> Request,
    token: fn(B) -> String,
) -> Result<Assertion, SourceError> {
    let policy = policy(|status| status == 429 || status >= 500);
    let host = make().host();
    let lost = |error| SourceError::Transport { title, host: host.clone(), error };
    let purpose = format!("assertion from {title}");
    let call = Call {
        transport: context.transport,
        policy: &policy,
        observer: context.observer,
        purpose: &purpose,
        gate: None,
    };
    let response = send(call, &make).await.map_err(lost)?;
    let status = response.status;
    let body = response.bytes(LARGEST_REPLY).await.map_err(lost)?;
    match status {
        200 => {
            let invalid = |_| SourceError::InvalidReply {
                title,
                host: host.clone(),
                status,
                reason: "the body is not JSON with a token".to_owned(),
            };
            let body = serde_json::from_slice(&body).map_err(invalid)?;
            reply::of_token(Secret::new(token(body)), title, context.clock.now())
        }
        _ => Err(SourceError::Refused {
            title,
            host: host.clone(),
            code: if matches!(status, 401 | 403) { Code::JobTokenRejected } else { Code::IdentityEndpointRefused },
            status,
            message: quoted(&String::from_utf8_lossy(&body), 200),
            correlation_id: None,
        }),
    }
}

/// The text of a small file. The size is looked at before anything is read.
pub(super) async fn read_file(path: PathBuf, largest: u64) -> Result<String, String> {
    let read = move || {
        let size = std::fs::metadata(&path).map_err(|error| error.kind().to_string())?.len();
        if size == 0 || size > largest {
            return Err(format!("the file has {size} bytes, where 1 to {largest} are right"));
        }
        std::fs::read_to_string(&path).map_err(|error| error.kind().to_string())
    };
    match tokio::time::timeout(Duration::from_secs(5), tokio::task::spawn_blocking(read)).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) | Err(_) => Err("the file could not be read in time".to_owned()),
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
        let call =
            Call { transport: context.transport, policy, observer: context.observer, purpose: &purpose, gate: None };
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
