//! Azure Machine Learning: the older form of App Service, but the client id must always be named; the workspace's default
//! one is in a variable.
//!
//! Source: the Microsoft Authentication Library's `MachineLearningManagedIdentitySource`

use async_trait::async_trait;

use super::endpoint::{fetch, policy};
use super::{Assertion, AssertionSource, SourceContext, SourceError, app_service, app_service_legacy};
use crate::{IdentitySettings, Selector};

pub(super) struct AzureMachineLearning;

#[async_trait]
impl AssertionSource for AzureMachineLearning {
    fn name(&self) -> &'static str {
        "AzureMachineLearning"
    }

    fn title(&self) -> &'static str {
        "Azure Machine Learning"
    }

    fn looks_for(&self) -> &'static str {
        "MSI_ENDPOINT, MSI_SECRET and DEFAULT_IDENTITY_CLIENT_ID (Azure Machine Learning)"
    }

    fn is_here(&self, settings: &IdentitySettings) -> bool {
        settings.has_variables(&["MSI_ENDPOINT", "MSI_SECRET", "DEFAULT_IDENTITY_CLIENT_ID"])
    }

    fn can_select(&self, selector: &Selector) -> bool {
        matches!(selector, Selector::Default | Selector::ClientId(_))
    }

    fn endpoint_variable(&self) -> &'static str {
        "MSI_ENDPOINT"
    }

    async fn assertion(&self, context: &SourceContext<'_>, _probe: bool) -> Result<Assertion, SourceError> {
        let default = context.settings.variable("DEFAULT_IDENTITY_CLIENT_ID");
        let client_id = match &context.settings.selector {
            Selector::ClientId(id) => Some(id.as_str()),
            _ => default,
        };
        let make = app_service_legacy::request(context, client_id)?;
        fetch(context, self.title(), &policy(app_service::is_transient), app_service::classify, make).await
    }
}
