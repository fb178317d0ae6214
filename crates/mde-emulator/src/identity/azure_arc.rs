//! The agent of Azure Arc: a challenge names a key file that only privileged processes can read; its content, once, opens
//! the second request. It gives the machine's system-assigned identity only.
//!
//! Source: learn.microsoft.com/azure/azure-arc/servers/managed-identity-authentication. The words of the errors are ours.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{Selector, is_resource, issue, select, success};
use crate::CANARY;
use crate::config::ExpiresOnForm;
use crate::exchange::{Received, Reply};
use crate::faults::Target;
use crate::routes::Route;
use crate::state::Shared;

pub(crate) const ROUTE: Route = Route {
    methods: &["GET"],
    path: "/arc/metadata/identity/oauth2/token",
    target: Some(Target::Identity),
    query: &["api-version", "resource"],
    form: &[],
    answer,
    failure,
};

fn error(status: u16, code: &str, description: &str) -> Reply {
    Reply::json(status, &json!({"error": code, "error_description": description}))
}

fn failure(_: &Shared, _: &Received, status: u16) -> Reply {
    error(status, "server_error", "The agent could not answer.")
}

fn answer(shared: &Shared, received: &Received) -> Reply {
    if !received.header("metadata").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return error(400, "invalid_request", "Required metadata header not specified");
    }
    if received.query("api-version").is_none_or(|version| version < "2019-08-15") {
        return error(400, "invalid_request", "The api-version is missing or too old.");
    }
    let Some(resource) = received.query("resource") else {
        return error(400, "invalid_request", "Required query variable 'resource' is missing");
    };
    let Some(basic) = received.header("authorization") else { return challenge(shared) };
    let key = basic.strip_prefix("Basic ").unwrap_or_default();
    if !shared.take_arc_key(key) {
        return error(403, "forbidden", "The key is not one that was asked for.");
    }
    let Some(identity) = select(shared, &Selector::None).filter(|_| is_resource(shared, resource)) else {
        return error(400, "invalid_request", "Identity not found");
    };
    let issued = issue(shared, received, identity, resource);
    Reply::json(200, &success(shared, &issued, resource, ExpiresOnForm::EpochString))
}

fn challenge(shared: &Shared) -> Reply {
    let key = STANDARD.encode(format!("{CANARY}{}", uuid::Uuid::new_v4().simple()));
    match shared.write_arc_key(&key) {
        Ok(path) => Reply::text(401, "text/plain", "Unauthorized")
            .with_header("www-authenticate", format!("Basic realm={}", path.display())),
        Err(_) => error(500, "server_error", "The agent can't write its key file."),
    }
}
