//! The emulated world as data: listeners, the home tenant with its identities and application, customer tenants.
//!
//! Read from a JSON file (camelCase) or built in code; [`Config::default`] is the built-in world. What changes while the
//! emulator runs (faults, revocations, rotated headers) does not belong here.

use serde::{Deserialize, Serialize};

/// The Entra application behind `api://AzureADTokenExchange` in the public cloud. Real managed-identity tokens of version
/// 2.0 carry it as `aud` in place of the URI; see [`IdentitySettings::token_audience`].
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

/// The tenant that owns the managed identities and the application.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct HomeTenant {
    /// Tenant id, a GUID.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Verified domains.
    pub domains: Vec<String>,
}

/// One managed identity.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ManagedIdentity {
    /// Client (application) id, a GUID.
    pub client_id: String,
    /// Object (principal) id, a GUID: the `sub` of its tokens.
    pub object_id: String,
    /// Azure resource id; compared without regard to case.
    pub resource_id: String,
    /// Whether the identity is assigned to the emulated host.
    #[serde(default = "yes")]
    pub assigned: bool,
}

/// How `expires_on` is written. The forms that occur are in the comment of each value.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ExpiresOnForm {
    /// `"1506484173"`: IMDS, App Service 2019-08-01, Arc.
    EpochString,
    /// `1506484173`: Azure ML, Service Fabric (microsoft-authentication-library-for-dotnet#5167).
    EpochNumber,
    /// `"06/20/2019 02:57:58 +00:00"`: App Service 2017-09-01 on Linux.
    Linux,
    /// `"1/16/2020 5:24:12 AM +00:00"`: App Service 2017-09-01 on Windows.
    Windows,
    /// `"2021-07-02 08:00:34Z"`: Automation on a hybrid worker (azure-sdk-for-python#19641).
    HybridWorker,
    /// `"2024-10-18T19:51:37.0000000+00:00"` (microsoft-authentication-library-for-dotnet#4963).
    RoundTrip,
    /// A small number: seconds from now (`DateTimeHelpers` of MSAL.NET).
    RelativeSeconds,
    /// Neither `expires_on` nor `expires_in`: only the token itself tells.
    Absent,
}

/// The identities of the host and how the identity endpoints answer.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct IdentitySettings {
    /// User-assigned identities; the first is the default one of [`crate::Emulator::environment`].
    pub user_assigned: Vec<ManagedIdentity>,
    /// The system-assigned identity, which a request without a selector gets.
    pub system_assigned: Option<ManagedIdentity>,
    /// Resources that the endpoints give tokens for.
    pub resources: Vec<String>,
    /// `aud` of the token in place of the requested resource, such as the GUID of the token-exchange application.
    pub token_audience: Option<String>,
    /// Lifetime of a token in seconds. Azure gives 24 hours. Negative values make expired tokens.
    pub token_lifetime_seconds: i64,
    /// Adds `refresh_in`, in seconds.
    pub refresh_in_seconds: Option<u64>,
    /// Overrides the form that an endpoint would use by itself.
    pub expires_on: Option<ExpiresOnForm>,
}

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

/// Content encoding of Defender's replies.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Compression {
    /// Never compress.
    #[default]
    None,
    /// Gzip, whatever the client accepts.
    Gzip,
    /// Deflate (zlib), whatever the client accepts; a real reply did that.
    Deflate,
    /// What the client's `Accept-Encoding` asks for, gzip first.
    Accepted,
}

/// How the Defender API answers, for all tenants.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct DefenderSettings {
    /// Values of `aud` that the API accepts.
    pub audiences: Vec<String>,
    /// Content encoding of replies.
    pub compression: Compression,
    /// How many indicators a tenant holds.
    pub indicator_capacity: usize,
    /// Keeps the documented limits, with minutes of this length; none when left out.
    pub rate_limit_minute_milliseconds: Option<u64>,
}

/// What the application is in a customer tenant.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ApplicationState {
    /// It has a service principal.
    #[default]
    Consented,
    /// It has none: AADSTS7000229.
    NotConsented,
    /// The directory doesn't know it: AADSTS700016.
    Unknown,
    /// Its service principal is disabled: AADSTS7000112.
    Disabled,
}

/// What Defender for Endpoint is in a customer tenant.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum DefenderState {
    /// Licensed and onboarded.
    #[default]
    Provisioned,
    /// The tenant has no service principal of it: AADSTS500011.
    NoServicePrincipal,
    /// Tokens are issued, but the API answers 403 `Account is not provisioned`.
    NotProvisioned,
}

/// What the API does about `@odata.nextLink`.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum NextLink {
    /// On every full page but the last, unless `$top` is given.
    #[default]
    Normal,
    /// Never, so the client must go on with its own `$skip`.
    Never,
    /// Always the link to the second page.
    Loop,
    /// Points at the identity listener, where the journal shows a client that sent its token there.
    ForeignHost,
    /// On every reply and malformed, as seen in 2022 (microsoft-365-docs#8316).
    Malformed,
}

/// A customer tenant.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tenant {
    /// Tenant id, a GUID.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Verified domains, which the token endpoint takes in place of the id.
    #[serde(default)]
    pub domains: Vec<String>,
    /// How many indicators to generate.
    #[serde(default)]
    pub indicators: usize,
    /// Application roles in the tokens; empty leaves the claim out, as Entra does without admin consent.
    #[serde(default = "all_roles")]
    pub roles: Vec<String>,
    /// What the application is there.
    #[serde(default)]
    pub application: ApplicationState,
    /// What Defender is there.
    #[serde(default)]
    pub defender: DefenderState,
    /// Answers every token request with this AADSTS number.
    #[serde(default)]
    pub force_error: Option<u32>,
    /// Issues tokens with this `tid` (a broken authority).
    #[serde(default)]
    pub token_tenant: Option<String>,
    /// Records in a page of a list.
    #[serde(default = "full_page")]
    pub page_size: usize,
    /// What happens to `@odata.nextLink`.
    #[serde(default)]
    pub next_link: NextLink,
    /// How many records the other lists have.
    #[serde(default)]
    pub lists: ListCounts,
    /// Application roles in the tokens for Microsoft Graph.
    #[serde(default = "graph_roles")]
    pub graph_roles: Vec<String>,
}

/// How many records the lists of a tenant have.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct ListCounts {
    /// Devices.
    pub machines: usize,
    /// The catalogue of vulnerabilities.
    pub vulnerabilities: usize,
    /// Vulnerabilities by device and software.
    pub machines_vulnerabilities: usize,
    /// Rows of the exports.
    pub software_vulnerabilities: usize,
    /// Recommendations.
    pub recommendations: usize,
    /// Software.
    pub software: usize,
    /// Alerts.
    pub alerts: usize,
}

impl Default for ListCounts {
    fn default() -> Self {
        Self {
            machines: 25,
            vulnerabilities: 40,
            machines_vulnerabilities: 60,
            software_vulnerabilities: 70,
            recommendations: 10,
            software: 12,
            alerts: 8,
        }
    }
}

impl Tenant {
    /// A tenant with everything in order: consented, provisioned, all roles, pages of 10,000.
    pub fn new(id: impl Into<String>, name: impl Into<String>, indicators: usize) -> Self {
        let name = name.into();
        Self {
            id: id.into(),
            domains: vec![format!("{}.onmicrosoft.com", name.to_lowercase().replace(' ', ""))],
            name,
            indicators,
            roles: all_roles(),
            application: ApplicationState::default(),
            defender: DefenderState::default(),
            force_error: None,
            token_tenant: None,
            page_size: full_page(),
            next_link: NextLink::default(),
            lists: ListCounts::default(),
            graph_roles: graph_roles(),
        }
    }
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

impl Default for HomeTenant {
    fn default() -> Self {
        Self {
            id: "2b7e9d14-6c0a-4f58-b3e1-9a4d5c8f7e00".into(),
            name: "Litware".into(),
            domains: vec!["litware.onmicrosoft.com".into()],
        }
    }
}

impl Default for IdentitySettings {
    fn default() -> Self {
        Self {
            user_assigned: vec![ManagedIdentity {
                client_id: "7d5c3b1a-0f2e-4d6c-8b9a-1c2d3e4f5a10".into(),
                object_id: "c9f8e7d6-1a2b-4c3d-9e8f-6a5b4c3d2e11".into(),
                resource_id: concat!(
                    "/subscriptions/5e6f7a8b-9c0d-4e1f-a2b3-c4d5e6f7a812/resourcegroups/security-automation",
                    "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/defender-reader"
                )
                .into(),
                assigned: true,
            }],
            system_assigned: Some(ManagedIdentity {
                client_id: "3f2e1d0c-9b8a-4756-a5b4-c3d2e1f0a913".into(),
                object_id: "81726354-a9b8-4c7d-8e6f-5a4b3c2d1e14".into(),
                resource_id: concat!(
                    "/subscriptions/5e6f7a8b-9c0d-4e1f-a2b3-c4d5e6f7a812/resourcegroups/security-automation",
                    "/providers/Microsoft.Automation/automationAccounts/security-automation"
                )
                .into(),
                assigned: true,
            }),
            resources: vec!["api://AzureADTokenExchange".into()],
            token_audience: None,
            token_lifetime_seconds: 86_400,
            refresh_in_seconds: None,
            expires_on: None,
        }
    }
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

impl Default for DefenderSettings {
    fn default() -> Self {
        Self {
            audiences: ["https://api.securitycenter.microsoft.com", "https://api.securitycenter.windows.com"]
                .map(Into::into)
                .to_vec(),
            compression: Compression::default(),
            indicator_capacity: 15_000,
            rate_limit_minute_milliseconds: None,
        }
    }
}

fn yes() -> bool {
    true
}

fn all_roles() -> Vec<String> {
    [
        "Ti.ReadWrite.All",
        "Machine.Read.All",
        "Vulnerability.Read.All",
        "Software.Read.All",
        "SecurityRecommendation.Read.All",
        "Alert.Read.All",
    ]
    .map(Into::into)
    .to_vec()
}

fn graph_roles() -> Vec<String> {
    vec!["ThreatHunting.Read.All".into()]
}

fn full_page() -> usize {
    10_000
}
