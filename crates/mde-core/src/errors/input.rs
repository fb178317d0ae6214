//! Input that is refused before anything is sent.

use super::{Code, Report, Reportable};

/// Why input was refused. No request has been made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// Something that a call can't be made without.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// Neither a GUID nor a domain name.
    #[error("'{0}' is not a tenant id")]
    TenantId(String),
    /// Not a GUID.
    #[error("'{0}' is not a client id")]
    ClientId(String),
    /// The id of a managed identity has the wrong form.
    #[error("'{text}' is not the {kind} of a managed identity")]
    ManagedIdentityId {
        /// Which id it should have been.
        kind: &'static str,
        /// The text that was given.
        text: String,
    },
    /// More than one way to select the managed identity.
    #[error("more than one id selects the managed identity")]
    SelectorConflict,
    /// The host's identity endpoint has no parameter for this kind of id.
    #[error("the identity endpoint of {source_name} cannot select an identity by {kind}")]
    SelectorUnsupported {
        /// The host as a person knows it.
        source_name: &'static str,
        /// Which id was given.
        kind: &'static str,
    },
    /// Not a scope.
    #[error("'{0}' is not a scope")]
    Scope(String),
    /// A setting that should be a URL.
    #[error("{setting} '{text}' is not the base URL of a service")]
    Url {
        /// The parameter or the environment variable.
        setting: &'static str,
        /// The text that was given.
        text: String,
    },
    /// A token would go over plain HTTP to another machine.
    #[error("{setting} names {host} over plain HTTP")]
    InsecureUrl {
        /// The parameter or the environment variable.
        setting: &'static str,
        /// The host that was given.
        host: String,
    },
    /// The name of an identity source that does not exist.
    #[error("'{0}' is not an identity source")]
    IdentitySource(String),
    /// No cloud has this name.
    #[error("'{0}' is not a cloud")]
    Cloud(String),
    /// The cloud has no such region.
    #[error("the cloud {cloud} has no region '{region}'")]
    Region {
        /// The region that was given.
        region: String,
        /// The cloud's name.
        cloud: &'static str,
    },
    /// Microsoft documents no Defender API in this cloud.
    #[error("no Defender API is documented in the cloud {0}")]
    CloudWithoutDefender(&'static str),
    /// A path that leads away from the API.
    #[error("'{path}' can't be called: {why}")]
    Path {
        /// The path that was given, without its query.
        path: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A proxy setting that is not a URL.
    #[error("{0} does not name a proxy")]
    Proxy(&'static str),
}

impl Reportable for InputError {
    fn report(&self) -> Report {
        let code = match self {
            Self::Missing(_) => Code::SettingMissing,
            Self::TenantId(_) => Code::TenantIdInvalid,
            Self::ClientId(_) => Code::ClientIdInvalid,
            Self::ManagedIdentityId { .. } => Code::ManagedIdentityIdInvalid,
            Self::SelectorConflict => Code::SelectorConflict,
            Self::SelectorUnsupported { .. } => Code::SelectorUnsupported,
            Self::Scope(_) => Code::ScopeTextInvalid,
            Self::Url { .. } => Code::UrlInvalid,
            Self::InsecureUrl { .. } => Code::UrlInsecure,
            Self::IdentitySource(_) => Code::IdentitySourceUnknown,
            Self::Cloud(_) => Code::CloudUnknown,
            Self::Region { .. } => Code::RegionUnknown,
            Self::CloudWithoutDefender(_) => Code::CloudWithoutDefender,
            Self::Path { .. } => Code::PathInvalid,
            Self::Proxy(_) => Code::ProxyInvalid,
        };
        let report = Report::new(code, self.to_string());
        match self {
            Self::Missing(setting) => report.detail("setting", *setting),
            _ => report,
        }
    }
}
