//! The emulated host: the tenant that owns it, its managed identities and how their endpoints answer.

use serde::{Deserialize, Serialize};

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

impl Default for HomeTenant {
    fn default() -> Self {
        Self {
            id: "2b7e9d14-6c0a-4f58-b3e1-9a4d5c8f7e00".into(),
            name: "Litware".into(),
            domains: vec!["litware.onmicrosoft.com".into()],
        }
    }
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

fn yes() -> bool {
    true
}
