//! The emulated world as data: listeners, the home tenant with its identities and application, customer tenants.
//!
//! Read from a JSON file (camelCase) or built in code; [`Config::default`] is the built-in world. What changes while the
//! emulator runs (faults, revocations, rotated headers) does not belong here.

mod application;
mod defender;
mod host;
mod tenant;

use serde::{Deserialize, Serialize};

pub(crate) use application::{
    AZURE_PIPELINES_ISSUER, EXCHANGE_AUDIENCE, GITHUB_ISSUER, GITHUB_SUBJECT, KUBERNETES_ISSUER, KUBERNETES_SUBJECT,
    SERVICE_CONNECTION_ID, SERVICE_CONNECTION_SUBJECT, TOKEN_EXCHANGE_APPLICATION,
};
pub use application::{Application, FederatedCredential, TokenSettings};
pub use defender::{Compression, DefenderSettings, DefenderState, NextLink};
pub use host::{ExpiresOnForm, HomeTenant, IdentitySettings, ManagedIdentity};
pub use tenant::{ApplicationState, ListCounts, Tenant};

/// Everything the emulator can be told before it starts.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// Ports on 127.0.0.1; 0 takes a free one.
    pub listen: ListenPorts,
    /// Wait before every answer of the emulated services (not of the admin listener), in milliseconds.
    pub latency_milliseconds: u64,
    /// The tenant that owns the managed identities and the application.
    pub home_tenant: HomeTenant,
    /// The identities of the emulated host and how their endpoints answer.
    pub identity: IdentitySettings,
    /// The multi-tenant application with its federated credentials.
    pub application: Application,
    /// How the token endpoint issues tokens.
    pub tokens: TokenSettings,
    /// How the Defender API answers, for all tenants.
    pub defender: DefenderSettings,
    /// The customer tenants.
    pub tenants: Vec<Tenant>,
}

impl Config {
    /// Reads a configuration from JSON text. What the text leaves out keeps its default.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The issuer of managed-identity tokens.
    pub fn issuer(&self) -> String {
        format!("https://login.microsoftonline.com/{}/v2.0", self.home_tenant.id)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: ListenPorts::default(),
            latency_milliseconds: 0,
            home_tenant: HomeTenant::default(),
            identity: IdentitySettings::default(),
            application: Application::default(),
            tokens: TokenSettings::default(),
            defender: DefenderSettings::default(),
            tenants: vec![
                Tenant::new("6c1f0e52-3a58-4b7f-8d2f-0b5f9a6f1c01", "Contoso", 12_500),
                Tenant::new("a3d9b7c4-52f1-4f0e-9b66-1e8c7d2f4a02", "Fabrikam", 40),
                Tenant::new("e84c2d10-9f7b-4e63-a1d5-7c3b6f8e5d03", "Adatum", 0),
            ],
        }
    }
}

/// TCP ports on 127.0.0.1; 0 takes a free one.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct ListenPorts {
    /// Identity endpoints, plain HTTP.
    pub identity: u16,
    /// The identity endpoint of Service Fabric, HTTPS.
    pub identity_tls: u16,
    /// Entra over HTTP.
    pub authority: u16,
    /// Entra over HTTPS.
    pub authority_tls: u16,
    /// Defender over HTTP.
    pub defender: u16,
    /// Defender over HTTPS.
    pub defender_tls: u16,
    /// Microsoft Graph, plain HTTP.
    pub graph: u16,
    /// Where the files of exports lie, plain HTTP.
    pub blob: u16,
    /// The admin listener, plain HTTP.
    pub admin: u16,
}
