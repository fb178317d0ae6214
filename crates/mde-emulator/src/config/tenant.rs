//! A customer tenant: what the application is in it, and how much it holds.

use serde::{Deserialize, Serialize};

use super::defender::{DefenderState, NextLink};

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
