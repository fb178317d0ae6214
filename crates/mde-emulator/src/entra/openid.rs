//! `GET /{tenant}/v2.0/.well-known/openid-configuration`: what anybody may know of a tenant.
//!
//! Source: learn.microsoft.com/entra/identity-platform/v2-protocols-oidc#sample-response. Only the members that name the
//! tenant and its endpoints are there.

use serde_json::json;

use super::form::tenant;
use crate::exchange::{Received, Reply};
use crate::faults::Target;
use crate::routes::Route;
use crate::state::Shared;

pub(crate) const ROUTE: Route = Route {
    methods: &["GET"],
    path: "/{tenant}/v2.0/.well-known/openid-configuration",
    target: Some(Target::Configuration),
    query: &[],
    form: &[],
    answer,
    failure: super::failure,
};

fn answer(shared: &Shared, received: &Received) -> Reply {
    let tenant = match tenant(shared, received) {
        Ok(tenant) => tenant,
        Err(failure) => return failure.reply(received),
    };
    let base = format!("https://login.microsoftonline.com/{}", tenant.settings.id);
    Reply::json(
        200,
        &json!({
            "token_endpoint": format!("{base}/oauth2/v2.0/token"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": format!("{base}/discovery/v2.0/keys"),
            "issuer": format!("{base}/v2.0"),
            "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
            "tenant_region_scope": "EU",
            "cloud_instance_name": "microsoftonline.com",
        }),
    )
}
