//! The exchange: an assertion goes in as the client assertion of an application, the application's token comes out.
//!
//! Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow, 'Third case: Access token
//! request with a federated credential'.

use std::borrow::Cow;

use mde_core::clock::UnixSeconds;
use mde_core::cloud::join;
use mde_core::errors::code_of_entra_error;
use mde_core::http::{Call, Request, Response, RetryPolicy, TransportError, host_of, retry_after, send};
use mde_core::{ClientId, Clock, Code, Observer, Report, Reportable, Secret, TenantId, quoted};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::Duration;
use url::Url;

use crate::cache::refresh_at;
use crate::claims::Claims;
use crate::scope::Scope;
use crate::seconds::seconds;

/// The assertion's type; with any other text Entra answers AADSTS90023.
const CLIENT_ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// No right answer of the token endpoint is larger.
const LARGEST_REPLY: usize = 1024 * 1024;

/// Why there is no token although there is an assertion.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ExchangeError {
    /// There was no reply, or no whole one.
    #[error("the sign-in host could not be asked for a token of tenant {tenant}")]
    Transport {
        /// The tenant.
        tenant: TenantId,
        /// What happened.
        #[source]
        error: TransportError,
    },
    /// Entra said no.
    #[error("Entra refused a token of tenant {tenant}: {message}")]
    Refused {
        /// The tenant.
        tenant: TenantId,
        /// HTTP status.
        status: u16,
        /// The number behind `AADSTS`.
        number: Option<u32>,
        /// Entra's own words, their first line.
        message: String,
        /// Entra's `correlation_id`, or the id the request was sent with.
        correlation_id: Option<String>,
        /// Entra's `trace_id`.
        trace_id: Option<String>,
        /// `x-ms-request-id`.
        request_id: Option<String>,
        /// How long Entra asked to wait.
        retry_after: Option<Duration>,
    },
    /// The answer is neither what was asked for nor a refusal of Entra's.
    #[error("the sign-in host's answer for tenant {tenant} is of no use: {reason}")]
    InvalidReply {
        /// The tenant.
        tenant: TenantId,
        /// HTTP status.
        status: u16,
        /// What is wrong with it.
        reason: Cow<'static, str>,
    },
    /// The token belongs to another tenant.
    #[error("asked for a token of tenant {tenant}, got one of tenant {actual}")]
    TenantMismatch {
        /// The tenant that was asked for.
        tenant: TenantId,
        /// The token's `tid`.
        actual: String,
    },
}

impl ExchangeError {
    pub(crate) fn invalid(tenant: &TenantId, status: u16, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::InvalidReply { tenant: tenant.clone(), status, reason: reason.into() }
    }

    /// Whether a new assertion may help: this one was too old for Entra.
    pub(crate) fn is_stale_assertion(&self) -> bool {
        matches!(self, Self::Refused { number: Some(700_024 | 500_133), .. })
    }
}

impl Reportable for ExchangeError {
    fn report(&self) -> Report {
        let text = self.to_string();
        match self {
            Self::Transport { tenant, error } => {
                let mut report = error.report().target(tenant.as_str());
                report.message = text;
                report.because(error)
            }
            Self::Refused { tenant, status, number, correlation_id, trace_id, request_id, retry_after, .. } => {
                let by_status = match status {
                    429 => Code::EntraThrottled,
                    500.. => Code::EntraUnavailable,
                    _ => Code::EntraRefused,
                };
                let code = number.map_or(by_status, code_of_entra_error);
                let code = if code == Code::EntraRefused { by_status } else { code };
                let mut report = Report::new(code, text).status(*status).target(tenant.as_str());
                report.entra_code = *number;
                report.correlation_id.clone_from(correlation_id);
                report.trace_id.clone_from(trace_id);
                report.request_id.clone_from(request_id);
                report.retry_after = *retry_after;
                report.detail("entra_code", number.map_or_else(String::new, |number| number.to_string()))
            }
            Self::InvalidReply { tenant, status, .. } => {
                Report::new(Code::ExchangeReplyInvalid, text).status(*status).target(tenant.as_str())
            }
            Self::TenantMismatch { tenant, .. } => Report::new(Code::TenantMismatch, text).target(tenant.as_str()),
        }
    }
}

/// What goes in.
pub(crate) struct Exchange<'a> {
    pub(crate) call: ExchangeCall<'a>,
    pub(crate) authority: &'a Url,
    pub(crate) tenant: &'a TenantId,
    pub(crate) client: &'a ClientId,
    pub(crate) scope: &'a Scope,
    pub(crate) assertion: &'a Secret,
    /// What an API demanded of the token, as JSON text.
    pub(crate) claims: Option<&'a str>,
}

/// With what it is done.
#[derive(Clone, Copy)]
pub(crate) struct ExchangeCall<'a> {
    pub(crate) transport: &'a dyn mde_core::http::Transport,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) observer: &'a dyn Observer,
}

/// What comes out.
#[derive(Debug)]
pub(crate) struct Exchanged {
    pub(crate) token: Secret,
    pub(crate) claims: Claims,
    pub(crate) expires_at: UnixSeconds,
    pub(crate) refresh_at: UnixSeconds,
}

/// Entra's retry rules: throttling and server errors only, and never sooner than `Retry-After`.
pub(crate) fn policy() -> RetryPolicy {
    RetryPolicy {
        statuses: |status| status == 429 || status >= 500,
        tries: 3,
        first_wait: Duration::from_secs(1),
        longest_wait: Duration::from_secs(8),
        per_try: Duration::from_secs(15),
        body: Duration::from_secs(15),
        total: Duration::from_secs(45),
        patient_with: None,
        sends_once: false,
        wait_in_body: None,
    }
}

/// Sends the five fields that Entra asks for, and the claims that an API demanded.
pub(crate) async fn exchange(exchange: &Exchange<'_>) -> Result<Exchanged, ExchangeError> {
    let Exchange { call, authority, tenant, client, scope, assertion, claims } = exchange;
    let url = join(authority, &format!("{tenant}/oauth2/v2.0/token"));
    let request_id = uuid::Uuid::new_v4().to_string();
    let make = || {
        let mut fields = vec![
            ("grant_type", "client_credentials"),
            ("client_id", client.as_str()),
            ("scope", scope.as_str()),
            ("client_assertion_type", CLIENT_ASSERTION_TYPE),
            ("client_assertion", assertion.expose()),
        ];
        fields.extend(claims.map(|claims| ("claims", claims)));
        Request::form(url.clone(), &fields)
            .header("accept", "application/json")
            .header("client-request-id", &request_id)
            .header("return-client-request-id", "true")
            .header("x-ms-lib-capability", "retry-after, h429")
    };
    let lost = |error| ExchangeError::Transport { tenant: (*tenant).clone(), error };
    let purpose = format!("token of tenant {tenant}");
    let policy = policy();
    let send_call =
        Call { transport: call.transport, policy: &policy, observer: call.observer, purpose: &purpose, gate: None };
    let response = send(send_call, make).await.map_err(lost)?;
    let reply = Reply::of(&response);
    let body = response.bytes(LARGEST_REPLY).await.map_err(lost)?;
    call.observer.verbose(format!(
        "{purpose}: status {} from {}, correlation id {request_id}",
        reply.status,
        host_of(&url)
    ));
    if (200..300).contains(&reply.status) {
        accept(tenant, reply.status, &body, call.clock.now())
    } else {
        Err(reply.refusal(tenant, &body, Some(request_id)))
    }
}

#[derive(Deserialize)]
struct TokenBody {
    access_token: Option<String>,
    #[serde(default)]
    expires_in: Value,
    #[serde(default)]
    refresh_in: Value,
}

fn accept(tenant: &TenantId, status: u16, body: &[u8], now: UnixSeconds) -> Result<Exchanged, ExchangeError> {
    let invalid = |reason| ExchangeError::invalid(tenant, status, reason);
    let body: TokenBody = serde_json::from_slice(body).map_err(|_| invalid("the body is not JSON with a token"))?;
    let token = body.access_token.filter(|text| !text.is_empty()).ok_or_else(|| invalid("there is no access_token"))?;
    let token = Secret::new(token);
    let claims = Claims::of(&token).ok_or_else(|| invalid("the access_token is not a JSON web token"))?;
    let actual = claims.tid.as_deref().ok_or_else(|| invalid("the token names no tenant"))?;
    // A domain name can't be compared with the token's GUID; Entra resolved it.
    if tenant.is_guid() && !actual.eq_ignore_ascii_case(tenant.as_str()) {
        return Err(ExchangeError::TenantMismatch { tenant: tenant.clone(), actual: actual.to_owned() });
    }
    let expires_at = match (seconds(&body.expires_in), claims.exp) {
        (Some(lifetime), Some(exp)) => exp.min(now.saturating_add(lifetime)),
        (Some(lifetime), None) => now.saturating_add(lifetime),
        (None, Some(exp)) => exp,
        (None, None) => return Err(invalid("the token has no expiry")),
    };
    if expires_at <= now {
        return Err(invalid("the token has expired already; check this machine's clock"));
    }
    Ok(Exchanged { token, claims, expires_at, refresh_at: refresh_at(now, expires_at, seconds(&body.refresh_in)) })
}

#[derive(Deserialize, Default)]
struct ErrorBody {
    error: Option<String>,
    error_description: Option<String>,
    #[serde(default)]
    error_codes: Vec<u32>,
    trace_id: Option<String>,
    correlation_id: Option<String>,
}

/// What of a response is still of use when its body has been read.
pub(crate) struct Reply {
    status: u16,
    request_id: Option<String>,
    retry_after: Option<Duration>,
}

impl Reply {
    pub(crate) fn of(response: &Response) -> Self {
        let request_id = response.header("x-ms-request-id").map(str::to_owned);
        Self { status: response.status, request_id, retry_after: retry_after(response) }
    }

    /// The refusal, under the id that the request was sent with if Entra names none.
    pub(crate) fn refusal(self, tenant: &TenantId, body: &[u8], request_id: Option<String>) -> ExchangeError {
        // A throttling gateway answers without JSON: the status says enough then.
        let body: ErrorBody = serde_json::from_slice(body).unwrap_or_default();
        let description = body.error_description.unwrap_or_default();
        let first_line = description.split(" Trace ID:").next().unwrap_or_default();
        let first_line = quoted(first_line.lines().next().unwrap_or_default(), 600);
        let unexplained = || format!("status {} without a reason in JSON", self.status);
        let message = match (first_line.is_empty(), body.error) {
            (false, _) => first_line,
            (true, Some(error)) => quoted(&error, 100),
            // Entra always gives a reason: a proxy or another program answered.
            (true, None) if is_of_the_request(self.status) => {
                return ExchangeError::invalid(tenant, self.status, unexplained());
            }
            (true, None) => unexplained(),
        };
        let number = body.error_codes.first().copied().or_else(|| number_in(&message));
        ExchangeError::Refused {
            tenant: tenant.clone(),
            status: self.status,
            number,
            message,
            correlation_id: body.correlation_id.or(request_id),
            trace_id: body.trace_id,
            request_id: self.request_id,
            retry_after: self.retry_after,
        }
    }
}

/// Whether the status blames the request, and not the load or the state of the host.
fn is_of_the_request(status: u16) -> bool {
    status < 500 && status != 429
}

fn number_in(message: &str) -> Option<u32> {
    let digits = message.split_once("AADSTS")?.1;
    digits[..digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len())].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_assertion_type_is_the_one_of_rfc_7523() {
        assert_eq!(CLIENT_ASSERTION_TYPE, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    }

    #[test]
    fn the_number_is_found_in_the_text_where_the_list_is_missing() {
        assert_eq!(number_in("AADSTS700213: No matching"), Some(700_213));
        assert_eq!(number_in("invalid_client"), None);
    }

    #[test]
    fn a_refusal_without_a_reason_in_json_is_not_entra_s() {
        let tenant = TenantId::parse("00000000-0000-4000-8000-00000000000a").unwrap();
        let code = |status: u16, body: &str| {
            let reply = Reply { status, request_id: None, retry_after: None };
            reply.refusal(&tenant, body.as_bytes(), None).report().code
        };
        for body in ["", "<html/>", "{}", r#"{"error":{"code":"Forbidden"}}"#] {
            assert_eq!(code(403, body), Code::ExchangeReplyInvalid, "{body}");
            assert_eq!((code(429, body), code(503, body)), (Code::EntraThrottled, Code::EntraUnavailable), "{body}");
        }
        assert_eq!(code(400, r#"{"error":"invalid_request"}"#), Code::EntraRefused);
    }

    #[test]
    fn what_is_no_token_of_the_tenant_is_refused() {
        let tenant = TenantId::parse("00000000-0000-4000-8000-00000000000a").unwrap();
        let token = |payload: &str| {
            use base64::Engine;
            let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(payload);
            format!(r#"{{"access_token":"e30.{payload}.c2ln","expires_in":3599}}"#)
        };
        let outcome = |body: String| accept(&tenant, 200, body.as_bytes(), 1000);
        assert!(outcome(token(r#"{"tid":"00000000-0000-4000-8000-00000000000A","exp":4599}"#)).is_ok());
        let texts = token(r#"{"tid":"00000000-0000-4000-8000-00000000000a","exp":4599}"#);
        assert!(
            outcome(texts.replace("3599", r#""600","refresh_in":"300""#))
                .is_ok_and(|exchanged| { (exchanged.expires_at, exchanged.refresh_at) == (1600, 1300) })
        );
        let other = outcome(token(r#"{"tid":"00000000-0000-4000-8000-00000000000b","exp":4599}"#));
        assert!(matches!(other, Err(ExchangeError::TenantMismatch { .. })));
        for body in ["", "<html/>", "{}", r#"{"access_token":"opaque","expires_in":1}"#] {
            assert!(matches!(outcome(body.to_owned()), Err(ExchangeError::InvalidReply { .. })), "{body}");
        }
        let expired = outcome(token(r#"{"tid":"00000000-0000-4000-8000-00000000000a","exp":999}"#));
        assert!(matches!(expired, Err(ExchangeError::InvalidReply { .. })));
    }
}
