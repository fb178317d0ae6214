//! Where an assertion can come from: one source a file, one row here, in the order of detection.
//!
//! A source tells *not here* (the next one is asked) from *failed* (the search stops, and says which).
//! Source of the order: Microsoft Authentication Library, `ManagedIdentityClient`.

mod app_service;
mod app_service_legacy;
mod automation;
pub mod azure_arc;
mod azure_pipelines;
mod cloud_shell;
mod endpoint;
mod error;
mod github;
mod given;
mod imds;
mod kubernetes;
mod machine_learning;
mod reply;
mod service_fabric;

use std::sync::Arc;

use async_trait::async_trait;
use mde_core::clock::UnixSeconds;
use mde_core::errors::InputError;
use mde_core::http::Transport;
use mde_core::ids::shown;
use mde_core::{Clock, Observer, Secret};

pub use error::SourceError;

use crate::cache::Expiring;
use crate::claims::Claims;
use crate::{IdentitySettings, Selector};

/// A signed statement of who the workload is, to be exchanged for a token.
#[derive(Debug, Clone)]
pub struct Assertion {
    /// The statement itself.
    pub token: Secret,
    /// When it ends.
    pub expires_at: UnixSeconds,
    /// When a new one should be fetched.
    pub refresh_at: UnixSeconds,
    /// What it says, if it is a JSON web token.
    pub claims: Claims,
}

impl Expiring for Arc<Assertion> {
    fn expires_at(&self) -> UnixSeconds {
        self.expires_at
    }
    fn refresh_at(&self) -> UnixSeconds {
        self.refresh_at
    }
}

/// What a source needs to do its work.
pub struct SourceContext<'a> {
    /// Who asks, for what.
    pub settings: &'a IdentitySettings,
    /// Sends requests.
    pub transport: &'a dyn Transport,
    /// Tells the time.
    pub clock: &'a dyn Clock,
    /// Hears what goes on.
    pub observer: &'a dyn Observer,
}

/// One place where an assertion can come from.
#[async_trait]
pub trait AssertionSource: Send + Sync {
    /// The name, as `-IdentitySource` takes it.
    fn name(&self) -> &'static str;

    /// The host as a person knows it.
    fn title(&self) -> &'static str;

    /// What this source looks for, for the message when nothing was found.
    fn looks_for(&self) -> &'static str;

    /// Whether the settings name this source. No request is made.
    fn is_here(&self, settings: &IdentitySettings) -> bool;

    /// Whether the source can select an identity this way.
    fn can_select(&self, selector: &Selector) -> bool;

    /// The variable that says where the source is.
    fn endpoint_variable(&self) -> &'static str;

    /// What tells this endpoint from another one of its kind: a part of the cache's key.
    fn endpoint(&self, settings: &IdentitySettings) -> String {
        settings.variable(self.endpoint_variable()).unwrap_or_default().to_owned()
    }

    /// Why Entra does not accept what this source gives as a federated credential, and the way out.
    fn limitation(&self) -> Option<&'static str> {
        None
    }

    /// Gets an assertion. `probe` asks first, briefly, whether anything is there at all.
    async fn assertion(&self, context: &SourceContext<'_>, probe: bool) -> Result<Assertion, SourceError>;
}

/// Every source, in the order of detection. The last one can't be seen in the environment and is only tried.
pub const SOURCES: &[&dyn AssertionSource] = &[
    &given::GivenAssertion,
    &kubernetes::Kubernetes,
    &github::GitHubActions,
    &azure_pipelines::AzurePipelines,
    &service_fabric::ServiceFabric,
    &automation::AzureAutomation,
    &app_service::AppService,
    &machine_learning::AzureMachineLearning,
    &app_service_legacy::AppServiceLegacy,
    &cloud_shell::CloudShell,
    &azure_arc::AzureArc { key_directory: None },
    &imds::Imds,
];

/// Which source to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SourceChoice {
    /// The first that the environment names, else the instance metadata service.
    #[default]
    Auto,
    /// The source in this row of [`SOURCES`].
    Forced(usize),
}

impl SourceChoice {
    /// The choice of this name; an empty one and `Auto` mean detection. Upper and lower case are the same.
    ///
    /// # Errors
    /// [`InputError::IdentitySource`] for a name that no source has.
    pub fn parse(name: &str) -> Result<Self, InputError> {
        if name.is_empty() || name.eq_ignore_ascii_case("Auto") {
            return Ok(Self::Auto);
        }
        SOURCES
            .iter()
            .position(|source| source.name().eq_ignore_ascii_case(name))
            .map(Self::Forced)
            .ok_or_else(|| InputError::IdentitySource(shown(name)))
    }

    /// The source to ask, and whether it has to be probed first because nothing but hope speaks for it.
    ///
    /// # Errors
    /// [`SourceError::NotFound`] when nothing is in reach, [`InputError::SelectorUnsupported`] when the source can't
    /// select the identity by that kind of id.
    pub fn resolve(self, settings: &IdentitySettings) -> Result<(&'static dyn AssertionSource, bool), SourceError> {
        let (source, probe) = match self {
            Self::Forced(row) => (SOURCES[row], false),
            Self::Auto => match SOURCES.iter().find(|source| source.is_here(settings)) {
                Some(source) => (*source, false),
                None if imds::cannot_be_here(settings) => return Err(SourceError::not_found()),
                None => (&imds::Imds as &'static dyn AssertionSource, true),
            },
        };
        let selector = &settings.selector;
        if source.can_select(selector) {
            Ok((source, probe))
        } else {
            let refused = InputError::SelectorUnsupported { source_name: source.title(), kind: selector.kind() };
            Err(SourceError::Input(refused))
        }
    }
}

#[cfg(test)]
mod tests {
    use mde_core::Environment;

    use super::*;

    fn found(variables: &[(&str, &str)], selector: &Selector) -> Result<(&'static str, bool), SourceError> {
        let settings = IdentitySettings {
            environment: Environment::new(variables.iter().copied()),
            source: SourceChoice::Auto,
            selector: selector.clone(),
            cloud: mde_core::cloud::public(),
            authority: "https://login.microsoftonline.com".parse().unwrap(),
            exchange_audience: "api://AzureADTokenExchange".to_owned(),
            service_connection: None,
            assertion: None,
        };
        settings.source.resolve(&settings).map(|(source, probe)| (source.name(), probe))
    }

    const ENDPOINT: (&str, &str) = ("IDENTITY_ENDPOINT", "http://localhost:4141/MSI/token");
    const HEADER: (&str, &str) = ("IDENTITY_HEADER", "header");
    const AUTOMATION: (&str, &str) = ("AZUREPS_HOST_ENVIRONMENT", "AzureAutomation/1.0");
    const MSI: [(&str, &str); 2] = [("MSI_ENDPOINT", "http://localhost:4141/MSI/token"), ("MSI_SECRET", "secret")];

    #[test]
    fn detection_follows_the_order() {
        let default = Selector::Default;
        assert_eq!(found(&[ENDPOINT, HEADER], &default).unwrap(), ("AppService", false));
        assert_eq!(found(&[ENDPOINT, HEADER, AUTOMATION], &default).unwrap(), ("AzureAutomation", false));
        assert_eq!(found(&[ENDPOINT, HEADER, MSI[0], MSI[1]], &default).unwrap(), ("AppService", false));
        assert_eq!(found(&MSI, &default).unwrap(), ("AppServiceLegacy", false));
        assert_eq!(found(&[], &default).unwrap(), ("Imds", true));
        // Half of a pair names nothing.
        assert_eq!(found(&[ENDPOINT, MSI[1]], &default).unwrap(), ("Imds", true));
        assert_eq!(found(&[MSI[0]], &default).unwrap(), ("CloudShell", false));
        let thumbprint = ("IDENTITY_SERVER_THUMBPRINT", "AA");
        assert_eq!(found(&[ENDPOINT, HEADER, thumbprint], &default).unwrap(), ("ServiceFabric", false));
        assert_eq!(
            found(&[ENDPOINT, ("IMDS_ENDPOINT", "http://localhost:40342")], &default).unwrap(),
            ("AzureArc", false)
        );
        let learning = ("DEFAULT_IDENTITY_CLIENT_ID", "0a1b2c3d-0000-4000-8000-000000000001");
        assert_eq!(found(&[MSI[0], MSI[1], learning], &default).unwrap(), ("AzureMachineLearning", false));
        let file = ("AZURE_FEDERATED_TOKEN_FILE", "/var/run/token");
        assert_eq!(found(&[ENDPOINT, HEADER, file], &default).unwrap(), ("Kubernetes", false));
        let github = [("ACTIONS_ID_TOKEN_REQUEST_URL", "https://x/?a=1"), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t")];
        assert_eq!(found(&github, &default).unwrap(), ("GitHubActions", false));
    }

    #[test]
    fn hosts_without_a_metadata_service_never_fall_through_to_it() {
        let hosts = [AUTOMATION, ("WEBSITE_SITE_NAME", "f"), ("GITHUB_ACTIONS", "true"), ("TF_BUILD", "True")];
        for variables in hosts.map(|host| [host]) {
            assert!(matches!(found(&variables, &Selector::Default), Err(SourceError::NotFound { .. })));
        }
    }

    #[test]
    fn a_selector_that_the_host_does_not_know_is_refused_before_any_request() {
        let by_object = Selector::ObjectId("0a1b2c3d-0000-4000-8000-000000000001".into());
        assert!(found(&[ENDPOINT, HEADER], &by_object).is_ok());
        let refused = found(&[ENDPOINT, HEADER, AUTOMATION], &by_object);
        assert!(matches!(refused, Err(SourceError::Input(InputError::SelectorUnsupported { .. }))));
        assert!(found(&MSI, &by_object).is_err());
    }

    #[test]
    fn names_are_unique_and_parse() {
        for (row, source) in SOURCES.iter().enumerate() {
            assert_eq!(SourceChoice::parse(&source.name().to_uppercase()), Ok(SourceChoice::Forced(row)));
        }
        assert_eq!(SourceChoice::parse("auto"), Ok(SourceChoice::Auto));
        assert!(SourceChoice::parse("Vault").is_err());
    }
}
