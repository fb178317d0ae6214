//! Service Fabric: HTTPS on the node itself, with a certificate that is known by its thumbprint only.
//!
//! Source: learn.microsoft.com/azure/service-fabric/how-to-managed-identity-service-fabric-app-code

use async_trait::async_trait;
use mde_core::errors::InputError;
use mde_core::http::{Request, Thumbprint};

use super::endpoint::{address, fetch, policy};
use super::{Assertion, AssertionSource, SourceContext, SourceError, app_service};
use crate::{IdentitySettings, Selector};

pub(super) struct ServiceFabric;

#[async_trait]
impl AssertionSource for ServiceFabric {
    fn name(&self) -> &'static str {
        "ServiceFabric"
    }

    fn title(&self) -> &'static str {
        "Service Fabric"
    }

    fn looks_for(&self) -> &'static str {
        "IDENTITY_ENDPOINT, IDENTITY_HEADER and IDENTITY_SERVER_THUMBPRINT (Service Fabric)"
    }

    fn is_here(&self, settings: &IdentitySettings) -> bool {
        settings.has_variables(&["IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT"])
    }

    fn can_select(&self, selector: &Selector) -> bool {
        // The application's manifest decides which identity it gets.
        *selector == Selector::Default
    }

    fn endpoint_variable(&self) -> &'static str {
        "IDENTITY_ENDPOINT"
    }

    fn endpoint(&self, settings: &IdentitySettings) -> String {
        let variable = |name| settings.variable(name).unwrap_or_default();
        format!("{} {}", variable("IDENTITY_ENDPOINT"), variable("IDENTITY_SERVER_THUMBPRINT"))
    }

    async fn assertion(&self, context: &SourceContext<'_>, _probe: bool) -> Result<Assertion, SourceError> {
        let settings = context.settings;
        let mut url = address("IDENTITY_ENDPOINT", settings.variable("IDENTITY_ENDPOINT"))?;
        let header = settings.environment.secret("IDENTITY_HEADER").ok_or_else(SourceError::not_found)?;
        let text = settings.variable("IDENTITY_SERVER_THUMBPRINT").unwrap_or_default();
        let thumbprint = Thumbprint::parse(text)
            .ok_or_else(|| InputError::Url { setting: "IDENTITY_SERVER_THUMBPRINT", text: text.to_owned() })?;
        let audience = &settings.exchange_audience;
        url.query_pairs_mut().append_pair("api-version", "2019-07-01-preview").append_pair("resource", audience);
        let make = || Request::get(url.clone()).secret_header("secret", header.expose()).pinned(thumbprint);
        fetch(context, self.title(), &policy(app_service::is_transient), app_service::classify, make).await
    }
}
