//! The older pair `MSI_ENDPOINT` and `MSI_SECRET` (API version 2017-09-01), which existing Functions scripts still use.
//! Only the client id selects an identity, under another name than everywhere else.
//!
//! Source: learn.microsoft.com/azure/app-service/overview-managed-identity (older revisions) and the Microsoft
//! Authentication Library's `AppServiceManagedIdentitySource`.

use async_trait::async_trait;
use mde_core::http::Request;

use super::endpoint::{address, fetch, policy};
use super::{Assertion, AssertionSource, SourceContext, SourceError, app_service};
use crate::{IdentitySettings, Selector};

pub(super) struct AppServiceLegacy;

/// The request that this form shares with Azure Machine Learning.
pub(super) fn request(
    context: &SourceContext<'_>,
    client_id: Option<&str>,
) -> Result<impl Fn() -> Request + use<>, SourceError> {
    let settings = context.settings;
    let mut url = address("MSI_ENDPOINT", settings.variable("MSI_ENDPOINT"))?;
    let secret = settings.environment.secret("MSI_SECRET").ok_or_else(SourceError::not_found)?;
    let audience = &settings.exchange_audience;
    url.query_pairs_mut().append_pair("api-version", "2017-09-01").append_pair("resource", audience);
    if let Some(id) = client_id {
        url.query_pairs_mut().append_pair("clientid", id);
    }
    Ok(move || Request::get(url.clone()).header("metadata", "true").secret_header("secret", secret.expose()))
}

#[async_trait]
impl AssertionSource for AppServiceLegacy {
    fn name(&self) -> &'static str {
        "AppServiceLegacy"
    }

    fn title(&self) -> &'static str {
        "App Service (2017-09-01)"
    }

    fn looks_for(&self) -> &'static str {
        "MSI_ENDPOINT with MSI_SECRET (App Service and Functions, older form)"
    }

    fn is_here(&self, settings: &IdentitySettings) -> bool {
        settings.has_variables(&["MSI_ENDPOINT", "MSI_SECRET"])
    }

    fn can_select(&self, selector: &Selector) -> bool {
        matches!(selector, Selector::Default | Selector::ClientId(_))
    }

    fn endpoint_variable(&self) -> &'static str {
        "MSI_ENDPOINT"
    }

    async fn assertion(&self, context: &SourceContext<'_>, _probe: bool) -> Result<Assertion, SourceError> {
        let client_id = match &context.settings.selector {
            Selector::ClientId(id) => Some(id.as_str()),
            _ => None,
        };
        let make = request(context, client_id)?;
        fetch(context, self.title(), &policy(app_service::is_transient), app_service::classify, make).await
    }
}
