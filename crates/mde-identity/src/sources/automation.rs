//! Azure Automation's cloud jobs: App Service's variables, but `Metadata: true` is asked for and only the client id
//! selects an identity. There is no instance metadata service in the sandbox.
//!
//! Source: learn.microsoft.com/azure/automation/enable-managed-identity-for-automation and
//! learn.microsoft.com/azure/automation/add-user-assigned-identity

use async_trait::async_trait;
use mde_core::Code;

use super::endpoint::{fetch, policy};
use super::{Assertion, AssertionSource, SourceContext, SourceError, app_service};
use crate::{IdentitySettings, Selector};

pub(super) struct AzureAutomation;

/// Whether the process runs in Azure Automation's sandbox.
pub(super) fn is_sandbox(settings: &IdentitySettings) -> bool {
    settings.variable("AZUREPS_HOST_ENVIRONMENT").is_some_and(|host| host.starts_with("AzureAutomation"))
}

fn classify(status: u16, words: &str) -> Code {
    if words.contains("no managed identity was found") || words.contains("failed to get msi token") {
        Code::AutomationIdentityNotEnabled
    } else if words.contains("user assigned identity is currently not supported") {
        Code::HybridWorkerIdentityUnsupported
    } else {
        app_service::classify(status, words)
    }
}

#[async_trait]
impl AssertionSource for AzureAutomation {
    fn name(&self) -> &'static str {
        "AzureAutomation"
    }

    fn title(&self) -> &'static str {
        "Azure Automation"
    }

    fn looks_for(&self) -> &'static str {
        "AZUREPS_HOST_ENVIRONMENT (Azure Automation)"
    }

    fn is_here(&self, settings: &IdentitySettings) -> bool {
        is_sandbox(settings) && settings.has_variables(&["IDENTITY_ENDPOINT", "IDENTITY_HEADER"])
    }

    fn can_select(&self, selector: &Selector) -> bool {
        matches!(selector, Selector::Default | Selector::ClientId(_))
    }

    fn endpoint_variable(&self) -> &'static str {
        "IDENTITY_ENDPOINT"
    }

    async fn assertion(&self, context: &SourceContext<'_>, _probe: bool) -> Result<Assertion, SourceError> {
        let make = app_service::request(context)?;
        fetch(context, self.title(), &policy(app_service::is_transient), classify, make).await
    }
}
