//! The Defender for Endpoint API: the table of its routes and who may call them. Each family of records has its file.

mod errors;
mod exports;
mod filter;
mod generate;
mod indicators;
mod limits;
mod lists;
mod records;
mod writes;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::config::DefenderState;
use crate::exchange::{Received, Reply};
use crate::routes::Route;
use crate::state::{Shared, TenantState, now};

pub(crate) use indicators::IndicatorSet;
pub(crate) use limits::Limits;

/// The endpoints of the Defender listeners.
pub(crate) const ROUTES: &[&Route] = &[
    &indicators::ROUTE,
    &indicators::VERSIONED_ROUTE,
    &writes::SUBMIT,
    &writes::IMPORT,
    &writes::BATCH_DELETE,
    &writes::DELETE,
    &exports::ROUTES[0],
    &exports::ROUTES[1],
    &exports::ROUTES[2],
    &lists::ROUTES[0],
    &lists::ROUTES[1],
    &lists::ROUTES[2],
    &lists::ROUTES[3],
    &lists::ROUTES[4],
    &lists::ROUTES[5],
    &lists::ROUTES[6],
];

pub(crate) use exports::BLOB_ROUTES;

/// What Defender demands of a token after a claims challenge.
/// Source: learn.microsoft.com/entra/identity-platform/claims-challenge
const DEMANDED_CLAIMS: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}"#;

/// Who calls, as the bearer token says.
struct Caller {
    tenant: Arc<TenantState>,
    application: String,
    roles: Vec<String>,
}

impl Caller {
    fn has(&self, role: &str) -> bool {
        self.roles.iter().any(|own| own == role)
    }
}

/// The claims of the bearer token: signature and times verified, the tenant known, nothing revoked.
pub(crate) fn bearer(shared: &Shared, received: &Received) -> Option<Value> {
    let claims = shared.keys.resource.verify(received.bearer()?).ok()?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = |name: &str| claims.get(name).and_then(Value::as_i64).unwrap_or_default();
    let is_current = number("nbf") <= now() && now() < number("exp");
    let is_issuer = text("iss") == format!("https://sts.windows.net/{}/", text("tid"));
    let tenant = shared.tenant(text("tid"))?;
    let is_revoked = claims.get("emulator_generation").and_then(Value::as_u64) < Some(tenant.generation());
    (is_current && is_issuer && !is_revoked).then(|| Value::Object(claims.into_iter().collect()))
}

/// Verifies the bearer token, its audience, and one of the roles.
fn authorize(shared: &Shared, received: &Received, roles: &[&str]) -> Result<Caller, Reply> {
    let unauthorized = || errors::reply(received, 401);
    let claims = bearer(shared, received).ok_or_else(unauthorized)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();

    let audience = text("aud").trim_end_matches('/');
    let is_audience = shared.config.defender.audiences.iter().any(|known| known == audience);
    let tenant = shared.tenant(text("tid")).ok_or_else(unauthorized)?;
    if !is_audience {
        return Err(unauthorized());
    }
    if tenant.demands_claims() && claims.get("emulator_claims").and_then(Value::as_str) != Some(DEMANDED_CLAIMS) {
        return Err(errors::claims_challenge(received, DEMANDED_CLAIMS));
    }
    if tenant.settings.defender != DefenderState::Provisioned {
        return Err(errors::with_message(received, 403, "Unauthorized request - Account is not provisioned."));
    }
    let own: Vec<String> = claims
        .get("roles")
        .and_then(Value::as_array)
        .map(|roles| roles.iter().filter_map(Value::as_str).map(Into::into).collect())
        .unwrap_or_default();
    let caller = Caller { tenant, application: text("appid").to_owned(), roles: own };
    if roles.iter().any(|role| caller.has(role)) {
        if let Some(minute) = shared.config.defender.rate_limit_minute_milliseconds {
            let minute = Duration::from_millis(minute);
            shared.limits.count(received, &caller.tenant.settings.id, &caller.application, minute)?;
        }
        return Ok(caller);
    }
    let message = format!(
        "Missing application roles. API required roles: {}, application roles: {}.",
        roles.join(","),
        caller.roles.join(",")
    );
    Err(errors::with_message(received, 403, &message))
}
