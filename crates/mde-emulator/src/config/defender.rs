//! How the Defender API answers: for all tenants, and what it is in one.

use serde::{Deserialize, Serialize};

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
