//! Cloud Shell: the token of the person at the prompt. It still works for what it is, but Entra exchanges no user tokens.
//!
//! Source: the Microsoft Authentication Library's `CloudShellManagedIdentitySource`

use async_trait::async_trait;
use mde_core::Code;
use mde_core::http::Request;

use super::endpoint::{address, fetch, policy};
use super::{Assertion, AssertionSource, SourceContext, SourceError, app_service};
use crate::{IdentitySettings, Selector};

pub(super) struct CloudShell;

/// The row of the error table for a refusal of Cloud Shell.
fn classify(status: u16, words: &str) -> Code {
    if words.contains("audiencenotsupported") {
        return Code::IdentityResourceRefused;
    }
    app_service::classify(status, words)
}

#[async_trait]
impl AssertionSource for CloudShell {
    fn name(&self) -> &'static str {
        "CloudShell"
    }

    fn title(&self) -> &'static str {
        "Cloud Shell"
    }

    fn looks_for(&self) -> &'static str {
        "MSI_ENDPOINT alone (Cloud Shell)"
    }

    fn is_here(&self, settings: &IdentitySettings) -> bool {
        settings.variable("MSI_ENDPOINT").is_some() && settings.variable("MSI_SECRET").is_none()
    }

    fn can_select(&self, selector: &Selector) -> bool {
        *selector == Selector::Default
    }

    fn endpoint_variable(&self) -> &'static str {
        "MSI_ENDPOINT"
    }

    fn limitation(&self) -> Option<&'static str> {
        Some(
            "Cloud Shell gives the signed-in person's token, which Entra does not exchange: run this where a \
             user-assigned managed identity is",
        )
    }

    async fn assertion(&self, context: &SourceContext<'_>, _probe: bool) -> Result<Assertion, SourceError> {
        let url = address("MSI_ENDPOINT", context.settings.variable("MSI_ENDPOINT"))?;
        let audience = context.settings.exchange_audience.as_str();
        let make = || Request::form(url.clone(), &[("resource", audience)]).header("metadata", "true");
        fetch(context, self.title(), &policy(app_service::is_transient), classify, make).await
    }
}
