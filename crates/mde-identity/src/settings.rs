//! Who the workload is and where its tokens are issued: the same for every tenant of an operation.

use mde_core::cloud::{self, Cloud};
use mde_core::{ClientId, Environment, Secret, TenantId};
use url::Url;

use crate::selector::Selector;
use crate::sources::SourceChoice;

/// The settings of an operation.
#[derive(Debug, Clone)]
pub struct IdentitySettings {
    /// The variables at the time of the request.
    pub environment: Environment,
    /// Which source to ask.
    pub source: SourceChoice,
    /// Which of the host's identities to use.
    pub selector: Selector,
    /// The cloud that all of it happens in.
    pub cloud: &'static Cloud,
    /// The sign-in host.
    pub authority: Url,
    /// What the assertion is for: the exchange audience of the sign-in host's cloud, unless a user says otherwise.
    pub exchange_audience: String,
    /// The id of an Azure Pipelines service connection, which issues the assertion.
    pub service_connection: Option<String>,
    /// An assertion that the user got elsewhere.
    pub assertion: Option<Secret>,
}

impl IdentitySettings {
    /// An environment variable's value.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name)
    }

    /// Whether all of these environment variables are set.
    pub fn has_variables(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.environment.get(name).is_some())
    }

    /// Where a tenant's administrator consents to an application.
    ///
    /// Source: learn.microsoft.com/entra/identity/enterprise-apps/grant-admin-consent
    pub fn consent_url(&self, tenant: &TenantId, client: &ClientId) -> String {
        let mut url = cloud::join(&self.authority, &format!("{tenant}/adminconsent"));
        url.query_pairs_mut().append_pair("client_id", client.as_str());
        url.into()
    }
}
