//! The instance metadata service of a virtual machine.
//!
//! Source: learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token with its table of
//! errors. The words about `X-Forwarded-For`, the API version, several selectors and those of 404, 410
//! and 429 are ours.

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
    query: &["api-version", "resource", "client_id", "object_id", "msi_res_id"],
    form: &[],
    answer,
    failure,
};

fn error(status: u16, code: &str, description: &str) -> Reply {
    Reply::json(status, &json!({"error": code, "error_description": description}))
}

fn failure(_: &Shared, _: &Received, status: u16) -> Reply {
    match status {
        404 => error(404, "not_found", "IMDS endpoint is updating."),
        410 => error(410, "gone", "IMDS is going through updates."),
        429 => error(429, "too_many_requests", "IMDS throttle limit reached."),
        _ => error(status, "unknown", "Failed to retrieve token from the Active directory."),
    }
}

fn answer(shared: &Shared, received: &Received) -> Reply {
    if received.header("x-forwarded-for").is_some() {
        return error(403, "forbidden", "Requests with the X-Forwarded-For header are refused.");
    }
    if !received.header("metadata").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return error(400, "bad_request_102", "Required metadata header not specified");
    }
    match received.query("api-version") {
        Some(version) if is_date(version) && version >= "2018-02-01" => {}
        _ => {
            return Reply::json(
                400,
                &json!({
                    "error": "Bad request. api-version is invalid or was not specified in the request. For more information refer to aka.ms/azureimds",
                    "newest-versions": ["2021-02-01", "2020-12-01", "2020-10-01"],
                }),
            );
        }
    }
    let Some(resource) = received.query("resource") else {
        return error(400, "invalid_request", "Required query variable 'resource' is missing");
    };
    let selectors: Vec<_> = [
        received.query("client_id").map(Selector::ClientId),
        received.query("object_id").map(Selector::ObjectId),
        received.query("msi_res_id").map(Selector::ResourceId),
    ]
    .into_iter()
    .flatten()
    .collect();
    if selectors.len() > 1 {
        return error(400, "invalid_request", "Only one of client_id, object_id, msi_res_id can be given");
    }
    let Some(identity) = select(shared, selectors.first().unwrap_or(&Selector::None)) else {
        return error(400, "invalid_request", "Identity not found");
    };
    if !is_resource(shared, resource) {
        let description = format!(
            "AADSTS500011: The resource principal named {resource} was not found in the tenant named {}. This can happen \
             if the application has not been installed by the administrator of the tenant or consented to by any user in \
             the tenant. You might have sent your authentication request to the wrong tenant.",
            shared.config.home_tenant.name
        );
        return error(400, "invalid_resource", &description);
    }
    let issued = issue(shared, received, identity, resource);
    let mut body = success(shared, &issued, resource, ExpiresOnForm::EpochString);
    if body.contains_key("expires_on") {
        body.insert("expires_in".into(), json!(issued.lifetime.to_string()));
        body.insert("ext_expires_in".into(), json!(issued.lifetime.to_string()));
    }
    body.insert("client_id".into(), json!(identity.client_id));
    body.insert("not_before".into(), json!((issued.expires_at - issued.lifetime).to_string()));
    Reply::json(200, &body)
}

fn is_date(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').map(|part| (part.len(), part.chars().all(|c| c.is_ascii_digit()))).collect();
    parts == [(4, true), (2, true), (2, true)]
}
