//! Checking assertions against the application's federated credentials, and issuing access tokens for Defender.
//!
//! Source: learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations (exact and case-sensitive
//! match of issuer, subject and audience; RS256 only).

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::format_description;

use super::errors::Failure;
use crate::config::{
    AZURE_PIPELINES_ISSUER, Config, EXCHANGE_AUDIENCE, FederatedCredential, GITHUB_ISSUER, KUBERNETES_ISSUER,
    TOKEN_EXCHANGE_APPLICATION,
};
use crate::exchange::{Received, Reply};
use crate::keys::{self, Claims, TokenDefect};
use crate::state::{Shared, TenantState, now};

/// Clocks may differ by this many seconds.
const SKEW: i64 = 300;

/// A federated credential with its defaults filled in.
struct Expected {
    issuer: String,
    subject: String,
    audience: String,
}

impl Expected {
    fn of(config: &Config, credential: &FederatedCredential) -> Self {
        let first = config.identity.user_assigned.first().map(|identity| identity.object_id.clone());
        Self {
            issuer: credential.issuer.clone().unwrap_or_else(|| config.issuer()),
            subject: credential.subject.clone().or(first).unwrap_or_default(),
            audience: credential.audience.clone().unwrap_or_else(|| EXCHANGE_AUDIENCE.into()),
        }
    }
}

/// Checks an assertion. The issuer comes first, because the service finds its keys by it; then signature and time; then
/// audience and subject.
pub(super) fn check_assertion(shared: &Shared, client: &str, assertion: &str) -> Result<(), Failure> {
    let config = &shared.config;
    let expected: Vec<_> =
        config.application.federated_credentials.iter().map(|credential| Expected::of(config, credential)).collect();
    if expected.is_empty() {
        return Err(Failure::new(70_025).with("client", client).with("name", &config.application.name));
    }
    let claims = keys::claims_of(assertion).ok_or_else(|| Failure::new(50_027))?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let (issuer, subject) = (text("iss"), text("sub"));
    let audience = match text("aud") {
        // The exchange application's id and its address are one audience.
        TOKEN_EXCHANGE_APPLICATION => EXCHANGE_AUDIENCE,
        audience => audience,
    };
    let mismatch =
        |code: u32| Failure::new(code).with("issuer", issuer).with("subject", subject).with("audience", text("aud"));

    let candidates: Vec<_> = expected.iter().filter(|expected| expected.issuer == issuer).collect();
    if candidates.is_empty() {
        return Err(mismatch(700_211));
    }
    let key = match issuer {
        GITHUB_ISSUER | AZURE_PIPELINES_ISSUER | KUBERNETES_ISSUER => &shared.keys.external,
        _ => &shared.keys.home,
    };
    key.verify(assertion).map_err(|defect| match defect {
        TokenDefect::Malformed => Failure::new(50_027),
        TokenDefect::Signature => Failure::new(700_027),
    })?;
    check_times(&claims)?;
    if text("idtyp") == "user" {
        return Err(Failure::new(700_229));
    }
    let candidates: Vec<_> = candidates.into_iter().filter(|expected| expected.audience == audience).collect();
    if candidates.is_empty() {
        return Err(mismatch(700_212));
    }
    if candidates.iter().any(|expected| expected.subject == subject) {
        return Ok(());
    }
    let only_case = candidates.iter().any(|expected| expected.subject.eq_ignore_ascii_case(subject));
    Err(mismatch(if only_case { 7_002_138 } else { 700_213 }))
}

fn check_times(claims: &Claims) -> Result<(), Failure> {
    let number = |name: &str| claims.get(name).and_then(Value::as_i64);
    let (from, until, time) = (number("nbf").unwrap_or_default(), number("exp").unwrap_or_default(), now());
    if time + SKEW >= from && time < until + SKEW {
        return Ok(());
    }
    Err(Failure::new(700_024)
        .with("now", &round_trip(time))
        .with("from", &round_trip(from))
        .with("until", &round_trip(until)))
}

fn round_trip(seconds: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    time.format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].0000000Z")).unwrap_or_default()
}

/// Issues an access token of version 1.0, as Defender's application wants. Roles are granted for Defender and Microsoft Graph only; without
/// any the claim is left out, and the token is issued all the same.
pub(super) fn issue(shared: &Shared, received: &Received, tenant: &TenantState, resource: &str) -> Reply {
    let settings = &tenant.settings;
    let lifetime = if received.issue_expired { -3_600 } else { shared.config.tokens.lifetime_seconds };
    let expires_at = now() + lifetime;
    let issued_at = now() + lifetime.min(0) * 2;
    let tid = settings.token_tenant.as_deref().unwrap_or(&settings.id);
    let client = &shared.config.application.client_id;
    // One service principal per tenant, the same at every start.
    let principal =
        format!("{}{}", &settings.id[..settings.id.len().min(24)], &client[client.len().saturating_sub(12)..]);
    let mut claims: Claims = [
        ("aud", json!(resource)),
        ("iss", json!(format!("https://sts.windows.net/{tid}/"))),
        ("iat", json!(issued_at)),
        ("nbf", json!(issued_at)),
        ("exp", json!(expires_at)),
        ("app_displayname", json!(shared.config.application.name)),
        ("appid", json!(client)),
        ("appidacr", json!("2")),
        ("idp", json!(format!("https://sts.windows.net/{tid}/"))),
        ("idtyp", json!("app")),
        ("oid", json!(principal)),
        ("sub", json!(principal)),
        ("tid", json!(tid)),
        ("uti", json!(uuid::Uuid::new_v4().simple().to_string())),
        ("ver", json!("1.0")),
        // Not a claim of Entra: what revocation works with.
        ("emulator_generation", json!(tenant.generation())),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    if let Some(demanded) = received.form("claims") {
        // Not a claim of Entra: shows Defender that its demand was met.
        claims.insert("emulator_claims".into(), json!(demanded));
    }
    let is_defender =
        shared.config.defender.audiences.iter().any(|known| known.as_str() == resource.trim_end_matches('/'));
    let roles = match resource.trim_end_matches('/') {
        crate::graph::AUDIENCE => &settings.graph_roles,
        _ if is_defender => &settings.roles,
        _ => &Vec::new(),
    };
    if !roles.is_empty() {
        claims.insert("roles".into(), json!(roles));
    }
    let mut body = json!({
        "token_type": "Bearer",
        // Entra counts down to the token's end; a token that has ended was issued a while ago.
        "expires_in": lifetime.max(0),
        "ext_expires_in": lifetime.max(0),
        "access_token": shared.keys.resource.sign(&claims),
    });
    if received.issue_expired {
        body["expires_in"] = json!(shared.config.tokens.lifetime_seconds);
    }
    if let Some(seconds) = shared.config.tokens.refresh_in_seconds {
        body["refresh_in"] = json!(seconds);
    }
    Reply::json(200, &body).with_header("cache-control", "no-store, no-cache")
}
