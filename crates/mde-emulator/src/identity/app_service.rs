//! App Service, Functions and Container Apps, API version 2019-08-01.
//!
//! Source: learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference. Only the text of the
//! 500 is quoted from real replies (azure-functions-host#9884); the words of the 400 and 401 are ours.

use serde_json::json;

use super::{Selector, app_service_error, app_service_failure, is_resource, issue, select, success};
use crate::config::ExpiresOnForm;
use crate::exchange::{Received, Reply};
use crate::faults::Target;
use crate::routes::Route;
use crate::state::Shared;

pub(crate) const ROUTE: Route = Route {
    methods: &["GET"],
    path: "/msi/token",
    target: Some(Target::Identity),
    // `mi_res_id`, not `msi_res_id` as for IMDS: mixing them up is a known bug of an SDK (azure-sdk-for-rust#2407).
    query: &["api-version", "resource", "client_id", "object_id", "principal_id", "mi_res_id"],
    form: &[],
    answer,
    failure: app_service_failure,
};

fn answer(shared: &Shared, received: &Received) -> Reply {
    if received.header("x-identity-header") != Some(shared.identity_header().as_str()) {
        return app_service_error(401, "The X-IDENTITY-HEADER header is missing or wrong.");
    }
    if received.query("api-version") != Some("2019-08-01") {
        return app_service_error(400, "The api-version must be 2019-08-01.");
    }
    let Some(resource) = received.query("resource") else {
        return app_service_error(400, "The parameter resource is missing.");
    };
    let selectors: Vec<_> = [
        received.query("client_id").map(Selector::ClientId),
        received.query("object_id").or_else(|| received.query("principal_id")).map(Selector::ObjectId),
        received.query("mi_res_id").map(Selector::ResourceId),
    ]
    .into_iter()
    .flatten()
    .collect();
    if selectors.len() > 1 {
        return app_service_error(400, "Only one of client_id, principal_id, mi_res_id can be given.");
    }
    let identity = select(shared, selectors.first().unwrap_or(&Selector::None));
    let Some(identity) = identity.filter(|_| is_resource(shared, resource)) else {
        return app_service_failure(shared, received, 500);
    };
    let issued = issue(shared, received, identity, resource);
    let mut body = success(shared, &issued, resource, ExpiresOnForm::EpochString);
    body.insert("client_id".into(), json!(identity.client_id));
    Reply::json(200, &body)
}
