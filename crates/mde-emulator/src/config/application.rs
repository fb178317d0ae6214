//! The multi-tenant application with its federated credentials, and the tokens that it gets.

use serde::{Deserialize, Serialize};

/// The Entra application behind `api://AzureADTokenExchange` in the public cloud. Real managed-identity tokens of version
/// 2.0 carry it as `aud` in place of the URI; see [`super::IdentitySettings::token_audience`].
pub(crate) const TOKEN_EXCHANGE_APPLICATION: &str = "fb60f99c-7a34-4190-8149-302f77469936";

/// The audience of an assertion in the public cloud.
pub(crate) const EXCHANGE_AUDIENCE: &str = "api://AzureADTokenExchange";
/// The issuer of GitHub Actions, and the subject of the emulated repository.
pub(crate) const GITHUB_ISSUER: &str = "https://token.actions.githubusercontent.com";
pub(crate) const GITHUB_SUBJECT: &str = "repo:litware/defender:ref:refs/heads/main";
/// The issuer of Azure Pipelines, and the emulated service connection with its subject.
pub(crate) const AZURE_PIPELINES_ISSUER: &str = "https://vstoken.dev.azure.com/9f8e7d6c-5b4a-4392-8170-6f5e4d3c2b16";
pub(crate) const SERVICE_CONNECTION_ID: &str = "0f1e2d3c-4b5a-4697-8870-1a2b3c4d5e17";
pub(crate) const SERVICE_CONNECTION_SUBJECT: &str = "sc://litware/defender/defender-connection";
/// The issuer of a cluster, which ends with a slash, and the subject of its service account.
pub(crate) const KUBERNETES_ISSUER: &str = "https://westeurope.oic.prod-aks.azure.com/2b7e9d14-6c0a-4f58-b3e1-9a4d5c8f7e00/6e5d4c3b-2a19-4087-9f6e-5d4c3b2a1918/";
pub(crate) const KUBERNETES_SUBJECT: &str = "system:serviceaccount:defender:reader";

/// A federated identity credential of the application. Values left out follow the home tenant and the first
/// user-assigned identity.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct FederatedCredential {
    /// Expected `iss`; default `https://login.microsoftonline.com/{home}/v2.0`.
    pub issuer: Option<String>,
    /// Expected `sub`; default the object id of the first user-assigned identity.
    pub subject: Option<String>,
    /// Expected `aud`; default `api://AzureADTokenExchange`.
    pub audience: Option<String>,
}

impl FederatedCredential {
    fn of(issuer: &str, subject: &str) -> Self {
        Self { issuer: Some(issuer.into()), subject: Some(subject.into()), audience: None }
    }
}

/// The multi-tenant application.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Application {
    /// Client id, a GUID.
    pub client_id: String,
    /// Display name.
    pub name: String,
    /// Federated credentials; empty makes every exchange fail with AADSTS70025.
    pub federated_credentials: Vec<FederatedCredential>,
}

impl Default for Application {
    fn default() -> Self {
        Self {
            client_id: "d0c1b2a3-4e5f-4a6b-8c7d-9e0f1a2b3c20".into(),
            name: "Litware Defender Automation".into(),
            federated_credentials: vec![
                FederatedCredential::default(),
                FederatedCredential::of(GITHUB_ISSUER, GITHUB_SUBJECT),
                FederatedCredential::of(AZURE_PIPELINES_ISSUER, SERVICE_CONNECTION_SUBJECT),
                FederatedCredential::of(KUBERNETES_ISSUER, KUBERNETES_SUBJECT),
            ],
        }
    }
}

/// How the token endpoint issues tokens.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct TokenSettings {
    /// Lifetime in seconds. Negative values make expired tokens.
    pub lifetime_seconds: i64,
    /// Adds `refresh_in`, in seconds.
    pub refresh_in_seconds: Option<u64>,
    /// Resources that have a service principal in every tenant with Defender.
    pub resources: Vec<String>,
}

impl Default for TokenSettings {
    fn default() -> Self {
        Self {
            lifetime_seconds: 3_599,
            refresh_in_seconds: None,
            resources: [
                "https://api.securitycenter.microsoft.com",
                "https://api.securitycenter.windows.com",
                // The XDR API: its tokens exist, but carry no roles of the Defender for Endpoint application.
                "https://api.security.microsoft.com",
                "https://api-gcc.securitycenter.microsoft.us",
                "https://api-gov.securitycenter.microsoft.us",
                "https://graph.microsoft.com",
            ]
            .map(Into::into)
            .to_vec(),
        }
    }
}
