//! The token endpoints of GitHub Actions and Azure Pipelines, and what the service account token of a cluster says. Their
//! issuers are no part of Entra.
//!
//! Sources: docs.github.com/actions/reference/security/oidc, learn.microsoft.com/azure/devops/release-notes/2024
//! (`oidctoken` of a service connection, as `azure_identity`'s `AzurePipelinesCredential` asks it). The words of the
//! errors are ours.

use serde_json::json;

use crate::config::{
    AZURE_PIPELINES_ISSUER, EXCHANGE_AUDIENCE, GITHUB_ISSUER, GITHUB_SUBJECT, KUBERNETES_ISSUER, KUBERNETES_SUBJECT,
    SERVICE_CONNECTION_ID, SERVICE_CONNECTION_SUBJECT,
};
use crate::exchange::{Received, Reply};
use crate::faults::Target;
use crate::keys::Claims;
use crate::routes::Route;
use crate::state::{Shared, now};

/// GitHub's tokens live that long.
const GITHUB_LIFETIME: i64 = 300;
const PIPELINES_LIFETIME: i64 = 600;
const CLUSTER_LIFETIME: i64 = 3600;

pub(crate) const GITHUB: Route = Route {
    methods: &["GET"],
    path: "/github/token",
    target: Some(Target::Identity),
    query: &["api-version", "audience"],
    form: &[],
    answer: github,
    failure,
};

pub(crate) const AZURE_PIPELINES: Route = Route {
    methods: &["POST"],
    path: "/pipelines/oidctoken",
    target: Some(Target::Identity),
    query: &["api-version", "serviceConnectionId"],
    form: &[],
    answer: azure_pipelines,
    failure,
};

fn failure(_: &Shared, _: &Received, status: u16) -> Reply {
    Reply::json(status, &json!({"message": "The token service could not answer."}))
}

fn is_job(shared: &Shared, received: &Received) -> bool {
    received.bearer() == Some(shared.identity_header().as_str())
}

fn github(shared: &Shared, received: &Received) -> Reply {
    if !is_job(shared, received) {
        return Reply::json(401, &json!({"message": "Bad credentials"}));
    }
    let audience = received.query("audience").unwrap_or("https://github.com/litware");
    let lifetime = if received.issue_expired { -GITHUB_LIFETIME } else { GITHUB_LIFETIME };
    let token = signed(shared, GITHUB_ISSUER, GITHUB_SUBJECT, audience, lifetime);
    Reply::json(200, &json!({"count": token.len(), "value": token}))
}

fn azure_pipelines(shared: &Shared, received: &Received) -> Reply {
    if !is_job(shared, received) {
        // Without the header that suppresses it, the service redirects to its sign-in page instead.
        return if received.header("x-tfs-fedauthredirect") == Some("Suppress") {
            Reply::json(401, &json!({"message": "TF400813: The user is not authorized to access this resource."}))
        } else {
            Reply::empty(302).with_header("location", "https://spsprodeus21.vssps.visualstudio.com/_signin".to_owned())
        };
    }
    if received.query("serviceConnectionId") != Some(SERVICE_CONNECTION_ID) {
        return Reply::json(404, &json!({"message": "The service connection does not exist or can't be used here."}));
    }
    let lifetime = if received.issue_expired { -PIPELINES_LIFETIME } else { PIPELINES_LIFETIME };
    let token = signed(shared, AZURE_PIPELINES_ISSUER, SERVICE_CONNECTION_SUBJECT, EXCHANGE_AUDIENCE, lifetime);
    Reply::json(200, &json!({"oidcToken": token}))
}

/// The token that a cluster projects into a pod.
pub(crate) fn service_account_token(shared: &Shared) -> String {
    signed(shared, KUBERNETES_ISSUER, KUBERNETES_SUBJECT, EXCHANGE_AUDIENCE, CLUSTER_LIFETIME)
}

fn signed(shared: &Shared, issuer: &str, subject: &str, audience: &str, lifetime: i64) -> String {
    let issued_at = now() + lifetime.min(0) * 2;
    let claims: Claims = [
        ("iss", json!(issuer)),
        ("sub", json!(subject)),
        ("aud", json!(audience)),
        ("iat", json!(issued_at)),
        ("nbf", json!(issued_at)),
        ("exp", json!(now() + lifetime)),
        ("jti", json!(uuid::Uuid::new_v4().to_string())),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    shared.keys.external.sign(&claims)
}
