//! App Service, Functions and Container Apps: `IDENTITY_ENDPOINT` with `IDENTITY_HEADER`, which the platform rotates.
//!
//! Source: learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference

use async_trait::async_trait;
use mde_core::Code;
use mde_core::http::Request;

use super::endpoint::{address, fetch, policy};
use super::{Assertion, AssertionSource, SourceContext, SourceError};
use crate::{IdentitySettings, Selector};

pub(super) struct AppService;

/// Statuses after which the endpoint may answer later; 502 is a gateway's, and not retried by Microsoft's libraries.
pub(super) fn is_transient(status: u16) -> bool {
    matches!(status, 404 | 408 | 429 | 500 | 503 | 504)
}

/// The request that App Service and Azure Automation share.
pub(super) fn request(context: &SourceContext<'_>) -> Result<impl Fn() -> Request, SourceError> {
    let mut url = address("IDENTITY_ENDPOINT", context.settings.variable("IDENTITY_ENDPOINT"))?;
    let header = context.settings.environment.secret("IDENTITY_HEADER").ok_or_else(SourceError::not_found)?;
    url.query_pairs_mut()
        .append_pair("api-version", "2019-08-01")
        .append_pair("resource", &context.settings.exchange_audience);
    match &context.settings.selector {
        Selector::Default => {}
        Selector::ClientId(id) => drop(url.query_pairs_mut().append_pair("client_id", id)),
        Selector::ObjectId(id) => drop(url.query_pairs_mut().append_pair("object_id", id)),
        Selector::ResourceId(id) => drop(url.query_pairs_mut().append_pair("mi_res_id", id)),
    }
    // App Service does not ask for Metadata, but Azure Automation does, and the two look alike from within.
    Ok(move || Request::get(url.clone()).header("metadata", "true").secret_header("x-identity-header", header.expose()))
}

/// The row of the error table for a refusal of the App Service family.
pub(super) fn classify(status: u16, _words: &str) -> Code {
    match status {
        401 | 403 => Code::IdentityHeaderRejected,
        500.. => Code::IdentityEndpointFailed,
        _ => Code::IdentityEndpointRefused,
    }
}

#[async_trait]
impl AssertionSource for AppService {
    fn name(&self) -> &'static str {
        "AppService"
    }

    fn title(&self) -> &'static str {
        "App Service"
    }

    fn looks_for(&self) -> &'static str {
        "IDENTITY_ENDPOINT with IDENTITY_HEADER (App Service, Functions, Container Apps, Azure Automation)"
    }

    fn is_here(&self, settings: &IdentitySettings) -> bool {
        settings.has_variables(&["IDENTITY_ENDPOINT", "IDENTITY_HEADER"])
            // With a server thumbprint it is Service Fabric, whose certificate has to be pinned.
            && settings.variable("IDENTITY_SERVER_THUMBPRINT").is_none()
    }

    fn can_select(&self, _selector: &Selector) -> bool {
        true
    }

    fn endpoint_variable(&self) -> &'static str {
        "IDENTITY_ENDPOINT"
    }

    async fn assertion(&self, context: &SourceContext<'_>, _probe: bool) -> Result<Assertion, SourceError> {
        let make = request(context)?;
        fetch(context, self.title(), &policy(is_transient), classify, make).await
    }
}
