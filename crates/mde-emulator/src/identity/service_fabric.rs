//! Service Fabric: HTTPS with a certificate that nobody issued, known by its thumbprint.
//!
//! Sources: learn.microsoft.com/azure/service-fabric/how-to-managed-identity-service-fabric-app-code (codes of the
//! errors), Microsoft Authentication Library `ServiceFabricManagedIdentitySource`.

use serde_json::json;

use super::{Selector, is_resource, issue, select, success};
use crate::config::ExpiresOnForm;
use crate::exchange::{Received, Reply};
use crate::faults::Target;
use crate::routes::Route;
use crate::state::Shared;

pub(crate) const ROUTE: Route = Route {
    methods: &["GET"],
    path: "/metadata/identity/oauth2/token",
    target: Some(Target::Identity),
    query: &["api-version", "resource", "principalId"],
    form: &[],
    answer,
    failure,
};

fn error(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(
        status,
        &json!({"error": {"correlationId": uuid::Uuid::new_v4().to_string(), "code": code, "message": message}}),
    )
}

fn failure(_: &Shared, _: &Received, status: u16) -> Reply {
    error(status, "InternalServerError", "An internal server error occurred.")
}

fn answer(shared: &Shared, received: &Received) -> Reply {
    if received.header("secret") != Some(shared.identity_header().as_str()) {
        return error(401, "SecretHeaderNotFound", "Secret is not found in the request headers.");
    }
    if !matches!(received.query("api-version"), Some("2020-05-01" | "2019-07-01-preview")) {
        return error(400, "InvalidApiVersion", "The api-version is not supported.");
    }
    let Some(resource) = received.query("resource") else {
        return error(400, "ArgumentNullOrEmpty", "The parameter 'resource' should not be null or empty string.");
    };
    // The application has one identity; a request may name it by its object id.
    let first = shared.config.identity.user_assigned.first().map(|identity| identity.object_id.clone());
    let selector = received.query("principalId").map(str::to_owned).or(first).unwrap_or_default();
    let Some(identity) = select(shared, &Selector::ObjectId(&selector)).filter(|_| is_resource(shared, resource))
    else {
        return error(404, "ManagedIdentityNotFound", "Managed identity not found for the service.");
    };
    let issued = issue(shared, received, identity, resource);
    Reply::json(200, &success(shared, &issued, resource, ExpiresOnForm::EpochNumber))
}
