//! Azure Arc: the agent answers with a challenge, a key file that only privileged processes can read; its content opens
//! the second request. Whoever answers at the endpoint could name any file, so only the agent's own are read.
//!
//! Source: learn.microsoft.com/azure/azure-arc/servers/managed-identity-authentication and the Microsoft Authentication
//! Library's `AzureArcManagedIdentitySource`

use std::path::{Component, Path, PathBuf};

use async_trait::async_trait;
use mde_core::http::{Call, Request, send};
use mde_core::{Code, Secret};

use super::endpoint::{address, fetch, policy, read_file};
use super::{Assertion, AssertionSource, SourceContext, SourceError, app_service};
use crate::{IdentitySettings, Selector};

const DEFAULT_ENDPOINT: &str = "http://127.0.0.1:40342/metadata/identity/oauth2/token";
/// No key of the agent is larger.
const LARGEST_KEY: u64 = 4096;

/// The agent of Azure Arc.
pub struct AzureArc {
    /// Where the agent keeps its keys; its own directory when left out.
    pub key_directory: Option<PathBuf>,
}

impl AzureArc {
    fn key_directory(&self, settings: &IdentitySettings) -> PathBuf {
        match (&self.key_directory, settings.variable("ProgramData")) {
            (Some(directory), _) => directory.clone(),
            (None, Some(data)) if cfg!(windows) => Path::new(data).join("AzureConnectedMachineAgent").join("Tokens"),
            (None, _) => PathBuf::from("/var/opt/azcmagent/tokens"),
        }
    }

    fn refused(&self, reason: impl Into<String>) -> SourceError {
        SourceError::Unusable { code: Code::ArcChallengeRefused, title: self.title(), reason: reason.into() }
    }

    /// The key file that a challenge names, if it is one of the agent's.
    fn key_file(&self, settings: &IdentitySettings, challenge: &str) -> Result<PathBuf, SourceError> {
        let parts: Vec<&str> = challenge.split('=').collect();
        let [_, path] = parts.as_slice() else { return Err(self.refused("the challenge names no key file")) };
        let path = Path::new(path.trim().trim_matches('"'));
        let directory = self.key_directory(settings);
        if path.extension().is_none_or(|extension| extension != "key") {
            return Err(self.refused("the challenge names a file that is no key"));
        }
        let stem = path.file_stem().unwrap_or_default();
        if !is_same(path, &directory.join(stem).with_extension("key")) {
            return Err(self.refused("the challenge names a file outside of the agent's own folder"));
        }
        let is_link = path.symlink_metadata().is_ok_and(|metadata| !metadata.is_file());
        if is_link {
            return Err(self.refused("the challenge names something else than a file"));
        }
        Ok(path.to_path_buf())
    }
}

/// Windows names its files without regard to case, and the agent need not write `ProgramData` as the variable does.
fn is_same(left: &Path, right: &Path) -> bool {
    let same = |(left, right): (Component, Component)| {
        left == right || (cfg!(windows) && left.as_os_str().eq_ignore_ascii_case(right.as_os_str()))
    };
    left.components().count() == right.components().count() && left.components().zip(right.components()).all(same)
}

/// The row of the error table for a refusal of the agent.
fn classify(status: u16, words: &str) -> Code {
    match app_service::classify(status, words) {
        Code::IdentityHeaderRejected => Code::IdentityEndpointRefused,
        other => other,
    }
}

#[async_trait]
impl AssertionSource for AzureArc {
    fn name(&self) -> &'static str {
        "AzureArc"
    }

    fn title(&self) -> &'static str {
        "Azure Arc"
    }

    fn looks_for(&self) -> &'static str {
        "IDENTITY_ENDPOINT with IMDS_ENDPOINT, or the agent's program (Azure Arc)"
    }

    fn is_here(&self, settings: &IdentitySettings) -> bool {
        let has_agent = || {
            let program = match settings.variable("ProgramFiles") {
                Some(programs) if cfg!(windows) => {
                    Path::new(programs).join("AzureConnectedMachineAgent").join("himds.exe")
                }
                _ => PathBuf::from("/opt/azcmagent/bin/himds"),
            };
            program.is_file()
        };
        settings.has_variables(&["IDENTITY_ENDPOINT", "IMDS_ENDPOINT"]) || has_agent()
    }

    fn can_select(&self, selector: &Selector) -> bool {
        *selector == Selector::Default
    }

    fn endpoint_variable(&self) -> &'static str {
        "IDENTITY_ENDPOINT"
    }

    fn limitation(&self) -> Option<&'static str> {
        Some(
            "Azure Arc gives the machine's system-assigned identity only, which Entra does not accept as a federated \
             credential: run this on an Azure VM or in Azure Automation with a user-assigned managed identity",
        )
    }

    async fn assertion(&self, context: &SourceContext<'_>, _probe: bool) -> Result<Assertion, SourceError> {
        let settings = context.settings;
        let endpoint = settings.variable("IDENTITY_ENDPOINT").unwrap_or(DEFAULT_ENDPOINT);
        let mut url = address("IDENTITY_ENDPOINT", Some(endpoint))?;
        let audience = &settings.exchange_audience;
        url.query_pairs_mut().append_pair("api-version", "2020-06-01").append_pair("resource", audience);
        let make = || Request::get(url.clone()).header("metadata", "true");

        let policy = policy(app_service::is_transient);
        let (transport, observer) = (context.transport, context.observer);
        let call = Call { transport, policy: &policy, observer, purpose: "challenge from Azure Arc", gate: None };
        let host = make().host();
        let lost = |error| SourceError::Transport { title: self.title(), host: host.clone(), error };
        let response = send(call, make).await.map_err(lost)?;
        if response.status != 401 {
            return Err(self.refused(format!("status {} instead of a challenge", response.status)));
        }
        let challenge = response.header("www-authenticate").unwrap_or_default().to_owned();
        let file = self.key_file(settings, &challenge)?;
        let key = read_file(file, LARGEST_KEY).await.map_err(|reason| SourceError::Unusable {
            code: Code::ArcKeyUnreadable,
            title: self.title(),
            reason,
        })?;
        let basic = Secret::new(format!("Basic {}", key.trim()));
        let make = || make().secret_header("authorization", basic.expose());
        fetch(context, self.title(), &policy, classify, make).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_the_same_in_another_case_on_windows_only() {
        let named = |path: &str| is_same(Path::new(path), Path::new("/ProgramData/Tokens/a.key"));
        assert!(named("/ProgramData/Tokens/a.key"));
        assert_eq!(named("/programdata/tokens/A.KEY"), cfg!(windows));
        for other in ["/ProgramData/Tokens", "/ProgramData/Tokens/a.key/b.key", "/ProgramData/Tokens/../a.key"] {
            assert!(!named(other), "{other}");
        }
    }
}
