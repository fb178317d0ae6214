//! Injected failures: which requests they hit and what the client sees.
//!
//! The bodies that the real services send belong to the endpoint families; a fault asks the route for them.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::exchange::{Delivery, Received, Reply};
use crate::routes::Route;
use crate::state::Shared;

/// Which endpoints a fault hits.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Target {
    /// Every emulated service.
    Any,
    /// Every managed-identity endpoint.
    Identity,
    /// The Entra token endpoint.
    Token,
    /// The OpenID configuration of a tenant.
    Configuration,
    /// `GET /api/indicators`.
    Indicators,
    /// What writes indicators.
    IndicatorWrites,
    /// Every other endpoint of Defender and Microsoft Graph.
    Lists,
    /// The files of exports.
    Files,
}

/// How `Retry-After` is written.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum RetryAfter {
    /// A number of seconds.
    Seconds(u64),
    /// An HTTP date that many seconds from now.
    Date(u64),
}

/// The two bodies of a 429 of Defender.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ThrottleForm {
    /// Code `TooManyRequests`, as the page `common-errors` documents.
    #[default]
    Documented,
    /// Code `429` and the seconds in the message, as logged by a client in 2022 (minemeld-wd-atp).
    Observed,
}

/// What a fault does.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum FaultKind {
    /// Answers with a status and the body that the service sends with it.
    Status {
        /// HTTP status.
        status: u16,
        /// The header `Retry-After`.
        #[serde(default)]
        retry_after: Option<RetryAfter>,
    },
    /// Answers 429.
    Throttled {
        /// Which body.
        #[serde(default)]
        form: ThrottleForm,
        /// Seconds to wait, as the message says.
        seconds: u64,
        /// Also as the header `Retry-After`.
        #[serde(default)]
        header: bool,
    },
    /// The token endpoint answers with an AADSTS number; other services answer 400.
    EntraError {
        /// Such as 700024.
        code: u32,
    },
    /// 503 with an HTML page, as gateways send.
    UnavailablePage,
    /// The connection is reset without an answer.
    Reset,
    /// The request is carried out; then the connection is reset without an answer.
    ResetAfter,
    /// No answer until the client goes away or the emulator stops.
    Hang,
    /// The real answer, a few bytes at a time.
    Slow {
        /// Bytes at a time.
        bytes: usize,
        /// Pause between them, in milliseconds.
        pause_milliseconds: u64,
    },
    /// About half of the real answer, then the connection closes.
    Truncate,
    /// 200 with an HTML page, as proxies and sign-in pages send.
    Html,
    /// 200 with bytes that are neither JSON nor text.
    Garbage,
    /// 200 with this many bytes of blanks, which a JSON parser reads to the end.
    Huge {
        /// Length of the body in bytes.
        bytes: u64,
    },
    /// 302 to this address.
    Redirect {
        /// Value of `Location`.
        location: String,
    },
    /// Identity and token endpoints issue a token that has expired; Defender answers 401.
    Expired,
    /// Defender answers 401 with a claims challenge, and from then on takes only tokens of this tenant that were issued
    /// with those claims.
    ClaimsChallenge,
}

impl FaultKind {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Status { .. } => "status",
            Self::Throttled { .. } => "throttled",
            Self::EntraError { .. } => "entraError",
            Self::UnavailablePage => "unavailablePage",
            Self::Reset => "reset",
            Self::ResetAfter => "resetAfter",
            Self::Hang => "hang",
            Self::Slow { .. } => "slow",
            Self::Truncate => "truncate",
            Self::Html => "html",
            Self::Garbage => "garbage",
            Self::Huge { .. } => "huge",
            Self::Redirect { .. } => "redirect",
            Self::Expired => "expired",
            Self::ClaimsChallenge => "claimsChallenge",
        }
    }
}

/// A failure for the next requests.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// Which endpoints.
    pub target: Target,
    /// Only requests of this tenant (id or verified domain).
    #[serde(default)]
    pub tenant: Option<String>,
    /// How many requests; [`u32::MAX`] never wears off.
    #[serde(default = "once")]
    pub times: u32,
    /// How many matching requests pass unharmed first.
    #[serde(default)]
    pub skip: u32,
    /// What happens.
    #[serde(flatten)]
    pub kind: FaultKind,
}

impl Fault {
    /// A fault of the next request, of any tenant.
    pub fn new(target: Target, kind: FaultKind) -> Self {
        Self { target, tenant: None, times: once(), skip: 0, kind }
    }

    /// Only for this tenant (id or verified domain).
    #[must_use]
    pub fn tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// For this many requests.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Lets this many requests pass first.
    #[must_use]
    pub fn skip(mut self, skip: u32) -> Self {
        self.skip = skip;
        self
    }
}

fn once() -> u32 {
    1
}

/// The faults that are still to happen, in the order they were added.
#[derive(Default)]
pub struct Faults {
    pending: Mutex<Vec<Fault>>,
}

impl Faults {
    /// Adds a fault after those that are pending.
    pub fn add(&self, fault: Fault) {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
    }

    /// Forgets all pending faults.
    pub fn clear(&self) {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The faults that are still to happen.
    pub fn pending(&self) -> Vec<Fault> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The fault of a request. The first that matches decides; one with requests left to skip counts this one and lets
    /// the next fault look at it.
    pub(crate) fn take(&self, target: Target, is_tenant: impl Fn(&str) -> bool) -> Option<FaultKind> {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = None;
        for fault in pending.iter_mut() {
            let matches = (fault.target == Target::Any || fault.target == target)
                && fault.times > 0
                && fault.tenant.as_deref().is_none_or(&is_tenant);
            if !matches {
                continue;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            if fault.times != u32::MAX {
                fault.times -= 1;
            }
            taken = Some(fault.kind.clone());
            break;
        }
        pending.retain(|fault| fault.times > 0);
        taken
    }
}

/// What a fault makes of an exchange.
pub(crate) enum Outcome {
    Reset,
    Hang,
    Answer(Reply, Delivery),
}

/// Answers a request under a fault.
pub(crate) fn apply(kind: &FaultKind, route: &Route, shared: &Shared, received: &mut Received) -> Outcome {
    let whole = |reply| Outcome::Answer(reply, Delivery::Whole);
    match kind {
        FaultKind::Reset => Outcome::Reset,
        FaultKind::ResetAfter => {
            drop((route.answer)(shared, received));
            Outcome::Reset
        }
        FaultKind::Hang => Outcome::Hang,
        FaultKind::Status { status, retry_after } => {
            let reply = (route.failure)(shared, received, *status);
            whole(match retry_after {
                None => reply,
                Some(RetryAfter::Seconds(seconds)) => reply.with_header("retry-after", seconds.to_string()),
                Some(RetryAfter::Date(seconds)) => {
                    let date = SystemTime::now() + Duration::from_secs(*seconds);
                    reply.with_header("retry-after", httpdate::fmt_http_date(date))
                }
            })
        }
        FaultKind::Throttled { form, seconds, header } => {
            let reply = match form {
                ThrottleForm::Documented => (route.failure)(shared, received, 429),
                ThrottleForm::Observed => Reply::json(
                    429,
                    &json!({"error": {
                        "code": "429",
                        "message": format!(
                            "API calls quota exceeded! Maximum allowed 100 per 00:01:00 for the key \
                             Destination+TenantID+AppID. You can send requests again in {seconds} seconds."
                        ),
                        "target": shared.tenant_of(received).unwrap_or_else(|| "TENANT_ID".into()),
                    }}),
                ),
            };
            whole(if *header { reply.with_header("retry-after", seconds.to_string()) } else { reply })
        }
        FaultKind::EntraError { code } => whole(if route.target == Some(Target::Token) {
            crate::entra::forced_error(received, *code)
        } else {
            (route.failure)(shared, received, 400)
        }),
        FaultKind::UnavailablePage => whole(Reply::text(
            503,
            "text/html",
            "<html><head><title>503 Service Temporarily Unavailable</title></head><body><center><h1>503 Service \
             Temporarily Unavailable</h1></center><hr><center>Microsoft-Azure-Application-Gateway/v2</center></body></html>",
        )),
        FaultKind::Slow { bytes, pause_milliseconds } => Outcome::Answer(
            (route.answer)(shared, received),
            Delivery::Trickle { bytes: *bytes, pause: Duration::from_millis(*pause_milliseconds) },
        ),
        FaultKind::Truncate => Outcome::Answer((route.answer)(shared, received), Delivery::Truncate),
        FaultKind::Html => whole(Reply::text(
            200,
            "text/html; charset=utf-8",
            "<!DOCTYPE html><html><head><title>Sign in to your network</title></head><body>Please sign in.</body></html>",
        )),
        FaultKind::Garbage => whole(Reply::text(
            200,
            "application/json",
            Bytes::from_static(b"\x00\xff\xfe{\"access_token\": \x80 not json"),
        )),
        FaultKind::Huge { bytes } => Outcome::Answer(
            Reply::text(200, "application/json", Bytes::from(vec![b' '; 65_536])),
            Delivery::Repeat { bytes: *bytes },
        ),
        FaultKind::Redirect { location } => whole(Reply::empty(302).with_header("location", location.clone())),
        FaultKind::ClaimsChallenge => {
            if let Some(tenant) = shared.tenant_of(received).and_then(|name| shared.tenant(&name)) {
                tenant.demand_claims();
            }
            whole((route.answer)(shared, received))
        }
        FaultKind::Expired
            if matches!(route.target, Some(Target::Indicators | Target::IndicatorWrites | Target::Lists)) =>
        {
            whole((route.failure)(shared, received, 401))
        }
        FaultKind::Expired => {
            received.issue_expired = true;
            whole((route.answer)(shared, received))
        }
    }
}
