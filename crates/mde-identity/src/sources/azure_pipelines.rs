//! Azure Pipelines: the job asks for a token of a service connection, with the job's own access token.
//!
//! Source: learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create and the Azure SDK for Rust's
//! `AzurePipelinesCredential`, for the three headers.

use async_trait::async_trait;
use mde_core::http::Request;
use serde::Deserialize;

use super::endpoint::{fetch_token, service_address};
use super::{Assertion, AssertionSource, SourceContext, SourceError};
use crate::{IdentitySettings, Selector};

pub(super) struct AzurePipelines;

#[derive(Deserialize)]
struct TokenBody {
    #[serde(rename = "oidcToken")]
    oidc_token: String,
}

#[async_trait]
impl AssertionSource for AzurePipelines {
    fn name(&self) -> &'static str {
        "AzurePipelines"
    }

    fn title(&self) -> &'static str {
        "Azure Pipelines"
    }

    fn looks_for(&self) -> &'static str {
        "SYSTEM_OIDCREQUESTURI and SYSTEM_ACCESSTOKEN with -ServiceConnectionId (Azure Pipelines)"
    }

    fn is_here(&self, settings: &IdentitySettings) -> bool {
        settings.service_connection.is_some()
            && settings.has_variables(&["SYSTEM_OIDCREQUESTURI", "SYSTEM_ACCESSTOKEN"])
    }

    fn can_select(&self, selector: &Selector) -> bool {
        *selector == Selector::Default
    }

    fn endpoint_variable(&self) -> &'static str {
        "SYSTEM_OIDCREQUESTURI"
    }

    fn endpoint(&self, settings: &IdentitySettings) -> String {
        let connection = settings.service_connection.as_deref().unwrap_or_default();
        format!("{} {connection}", settings.variable(self.endpoint_variable()).unwrap_or_default())
    }

    async fn assertion(&self, context: &SourceContext<'_>, _probe: bool) -> Result<Assertion, SourceError> {
        let settings = context.settings;
        let connection = settings.service_connection.as_deref().ok_or_else(SourceError::not_found)?;
        let mut url = service_address("SYSTEM_OIDCREQUESTURI", settings.variable(self.endpoint_variable()))?;
        let token = settings.variable("SYSTEM_ACCESSTOKEN").ok_or_else(SourceError::not_found)?;
        url.query_pairs_mut().append_pair("api-version", "7.1").append_pair("serviceConnectionId", connection);
        let bearer = mde_core::Secret::new(format!("Bearer {token}"));
        let make = || {
            Request::post(url.clone(), String::new())
                .header("content-length", "0")
                .header("x-tfs-fedauthredirect", "Suppress")
                .secret_header("authorization", bearer.expose())
        };
        fetch_token(context, self.title(), make, |body: TokenBody| body.oidc_token).await
    }
}
