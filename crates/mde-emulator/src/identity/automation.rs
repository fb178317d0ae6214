//! The Azure Automation cloud sandbox: GET or POST, `X-IDENTITY-HEADER` and `Metadata: True`, `client_id` as the only
//! selector.
//!
//! Sources: learn.microsoft.com/azure/automation/enable-managed-identity-for-automation and /add-user-assigned-identity;
//! the body `{"Message": …}` is the service's own. What it says about a missing header isn't known: those words are ours.

use serde_json::{Value, json};

use super::{Selector, is_resource, issue, select, success};
use crate::config::ExpiresOnForm;
use crate::exchange::{Received, Reply};
use crate::faults::Target;
use crate::routes::Route;
use crate::state::Shared;

pub(crate) const ROUTE: Route = Route {
    methods: &["GET", "POST"],
    path: "/automation/oauth2/token",
    target: Some(Target::Identity),
    // SDKs send an api-version, the documentation doesn't; whether the service checks it isn't known.
    query: &["api-version", "resource", "client_id"],
    form: &["resource", "client_id"],
    answer,
    failure,
};

fn error(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({"Message": message}))
}

fn failure(_: &Shared, _: &Received, status: u16) -> Reply {
    error(status, "Failed to get MSI token for account security-automation")
}

fn answer(shared: &Shared, received: &Received) -> Reply {
    if received.header("x-identity-header") != Some(shared.identity_header().as_str()) {
        return error(401, "The X-IDENTITY-HEADER header is missing or wrong.");
    }
    if !received.header("metadata").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return error(400, "The Metadata header is missing or wrong.");
    }
    if received.method == "POST" && received.form.is_empty() && !received.body.is_empty() {
        return error(400, "The content type must be application/x-www-form-urlencoded.");
    }
    let Some(resource) = received.parameter("resource") else {
        return error(400, "The parameter resource is missing.");
    };
    let selector = received.parameter("client_id").map_or(Selector::None, Selector::ClientId);
    let Some(identity) = select(shared, &selector) else {
        return error(400, "No managed identity was found for Automation account security-automation");
    };
    if !is_resource(shared, resource) {
        return failure(shared, received, 400);
    }
    let issued = issue(shared, received, identity, resource);
    let mut body = success(shared, &issued, resource, ExpiresOnForm::EpochString);
    body.insert("client_id".into(), Value::from(identity.client_id.as_str()));
    Reply::json(200, &body)
}
