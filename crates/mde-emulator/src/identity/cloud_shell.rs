//! Cloud Shell: POST of a form, and the token of the person who is signed in.
//!
//! Source: Microsoft Authentication Library `CloudShellManagedIdentitySource`; the code `AudienceNotSupported` is the
//! service's own. That it gives a token for the exchange audience is assumed, to show what Entra then says.

use serde_json::{Value, json};

use super::{is_resource, issue_claims, success};
use crate::config::ExpiresOnForm;
use crate::exchange::{Received, Reply};
use crate::faults::Target;
use crate::routes::Route;
use crate::state::Shared;

const PERSON: &str = "5d6e7f80-1a2b-4c3d-8e9f-0a1b2c3d4e15";

pub(crate) const ROUTE: Route = Route {
    methods: &["POST"],
    path: "/cloud-shell/oauth2/token",
    target: Some(Target::Identity),
    query: &[],
    form: &["resource"],
    answer,
    failure,
};

fn error(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, &json!({"error": {"code": code, "message": message}}))
}

fn failure(_: &Shared, _: &Received, status: u16) -> Reply {
    error(status, "InternalError", "Cloud Shell could not answer.")
}

fn answer(shared: &Shared, received: &Received) -> Reply {
    if !received.header("metadata").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return error(400, "InvalidRequest", "The Metadata header is missing.");
    }
    let Some(resource) = received.form("resource") else {
        return error(400, "InvalidRequest", "The parameter resource is missing.");
    };
    if !is_resource(shared, resource) {
        return error(
            400,
            "AudienceNotSupported",
            &format!("Audience {resource} is not a supported MSI token audience."),
        );
    }
    let person: [(&str, Value); 4] = [
        ("idtyp", json!("user")),
        ("oid", json!(PERSON)),
        ("sub", json!(PERSON)),
        ("scp", json!("user_impersonation")),
    ];
    let issued = issue_claims(shared, received, resource, person);
    Reply::json(200, &success(shared, &issued, resource, ExpiresOnForm::EpochString))
}
