//! The older pair `MSI_ENDPOINT` and `MSI_SECRET` (API version 2017-09-01), which existing Functions scripts still use.
//! Only the client id selects an identity, under another name than everywhere else.
//!
//! Source: learn.microsoft.com/azure/app-service/overview-managed-identity (older revisions) and the Microsoft
//! Authentication Library's `AppServiceManagedIdentitySource`.

use async_trait::async_trait;
use mde_core::Environment;
use mde_core::http::Request;

use super::endpoint::{address, fetch, policy};
use super::{Assertion, AssertionSource, SourceContext, SourceError, app_service};
use crate::Selector;

pub(super) struct AppServiceLegacy;

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

    fn is_here(&self, environment: &Environment) -> bool {
        environment.get("MSI_ENDPOINT").is_some() && environment.get("MSI_SECRET").is_some()
    }

    fn can_select(&self, selector: &Selector) -> bool {
        matches!(selector, Selector::Default | Selector::ClientId(_))
    }

    fn endpoint(&self, environment: &Environment) -> String {
        environment.get("MSI_ENDPOINT").unwrap_or_default().to_owned()
    }

    async fn assertion(&self, context: &SourceContext<'_>, _probe: bool) -> Result<Assertion, SourceError> {
        let mut url = address("MSI_ENDPOINT", context.environment.get("MSI_ENDPOINT"))?;
        let secret = context.environment.secret("MSI_SECRET").ok_or_else(SourceError::not_found)?;
        url.query_pairs_mut().append_pair("api-version", "2017-09-01").append_pair("resource", context.audience);
        if let Selector::ClientId(id) = context.selector {
            url.query_pairs_mut().append_pair("clientid", id);
        }
        let make = || Request::get(url.clone()).header("metadata", "true").secret_header("secret", secret.expose());
        fetch(context, self.title(), &policy(app_service::is_transient), app_service::classify, make).await
    }
}
