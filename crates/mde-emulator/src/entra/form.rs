//! `POST /{tenant}/oauth2/v2.0/token`: reads the form and checks it in the order that the service seems to use.
//!
//! Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow, "Third case: Access token
//! request with a federated credential".

use std::sync::Arc;

use super::errors::Failure;
use super::tokens::{check_assertion, issue};
use crate::config::{ApplicationState, DefenderState};
use crate::exchange::{Received, Reply};
use crate::faults::Target;
use crate::routes::Route;
use crate::state::{Shared, TenantState};

pub(crate) const ROUTE: Route = Route {
    methods: &["POST"],
    path: "/{tenant}/oauth2/v2.0/token",
    target: Some(Target::Token),
    query: &[],
    // The five of the federated flow, and two that have an answer of their own.
    form: &[
        "grant_type",
        "client_id",
        "scope",
        "client_assertion_type",
        "client_assertion",
        "client_secret",
        "resource",
        // Microsoft's own library asks for facts about the client with every token; they change nothing here.
        "client_info",
        // What an API demanded in a claims challenge.
        "claims",
    ],
    answer,
    failure: super::failure,
};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn answer(shared: &Shared, received: &Received) -> Reply {
    match exchange(shared, received) {
        Ok(reply) => reply,
        Err(failure) => failure.reply(received),
    }
}

fn exchange(shared: &Shared, received: &Received) -> Result<Reply, Failure> {
    if received.media_type().as_deref() != Some("application/x-www-form-urlencoded") {
        return Err(Failure::new(900_144).with("parameter", "grant_type"));
    }
    let tenant = tenant(shared, received)?;
    if let Some(code) = tenant.settings.force_error {
        return Err(Failure::new(code));
    }
    let client = required(received, "client_id")?;
    let grant = required(received, "grant_type")?;
    if grant != "client_credentials" {
        return Err(Failure::new(70_003).with("grant", grant));
    }
    if received.form("resource").is_some() {
        return Err(Failure::new(901_002));
    }
    let scope = required(received, "scope")?;
    let Some(resource) = scope.strip_suffix("/.default").filter(|resource| !resource.contains(' ')) else {
        return Err(Failure::new(1_002_012).with("scope", scope));
    };
    check_application(shared, &tenant, client)?;
    if received.form("client_secret").is_some() {
        return Err(Failure::new(7_000_215).with("client", client));
    }
    let Some(assertion) = received.form("client_assertion") else {
        return Err(Failure::new(7_000_218));
    };
    let kind = required(received, "client_assertion_type")?;
    if kind != ASSERTION_TYPE {
        return Err(Failure::new(90_023).with("type", kind));
    }
    check_assertion(shared, client, assertion)?;
    let claims = received.form("claims");
    if claims.is_some_and(|claims| serde_json::from_str::<serde_json::Map<_, serde_json::Value>>(claims).is_err()) {
        return Err(Failure::new(90_023).with("type", "claims"));
    }
    // After the assertion: a reply about the resource means that the federated credential works.
    let known = shared.config.tokens.resources.iter().any(|known| known.as_str() == resource.trim_end_matches('/'));
    if !known || tenant.settings.defender == DefenderState::NoServicePrincipal {
        return Err(Failure::new(500_011).with("resource", resource).with("tenant", &tenant.settings.name));
    }
    Ok(issue(shared, received, &tenant, resource))
}

fn required<'a>(received: &'a Received, name: &'static str) -> Result<&'a str, Failure> {
    received.form(name).filter(|value| !value.is_empty()).ok_or_else(|| Failure::new(900_144).with("parameter", name))
}

/// The tenant that the path names.
pub(super) fn tenant(shared: &Shared, received: &Received) -> Result<Arc<TenantState>, Failure> {
    let name = received.segment("tenant").unwrap_or_default();
    let is_id = uuid::Uuid::try_parse(name).is_ok();
    let is_domain = name.contains('.') && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
    if !is_id && !is_domain {
        return Err(Failure::new(900_023).with("tenant", name));
    }
    shared.tenant(name).ok_or_else(|| Failure::new(90_002).with("tenant", name))
}

fn check_application(shared: &Shared, tenant: &TenantState, client: &str) -> Result<(), Failure> {
    let application = &shared.config.application;
    let unknown = || Failure::new(700_016).with("client", client).with("tenant", &tenant.settings.name);
    if !application.client_id.eq_ignore_ascii_case(client) {
        return Err(unknown());
    }
    match tenant.settings.application {
        ApplicationState::Consented => Ok(()),
        ApplicationState::Unknown => Err(unknown()),
        ApplicationState::NotConsented => {
            Err(Failure::new(7_000_229).with("client", client).with("tenant", &tenant.settings.id))
        }
        ApplicationState::Disabled => {
            Err(Failure::new(7_000_112).with("client", client).with("name", &application.name))
        }
    }
}
