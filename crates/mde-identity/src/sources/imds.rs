//! The instance metadata service of virtual machines and scale sets, at a link-local address.
//!
//! Source: learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token

use async_trait::async_trait;
use mde_core::Code;
use mde_core::http::{Call, Request, RetryPolicy, send};
use tokio::time::Duration;
use url::Url;

use super::endpoint::{address, fetch, policy};
use super::{Assertion, AssertionSource, SourceContext, SourceError, automation};
use crate::{IdentitySettings, Selector};

const PATH: &str = "/metadata/identity/oauth2/token";

pub(super) struct Imds;

/// Whether this host has no instance metadata service, or one that is not the user's: a build agent that Microsoft or
/// GitHub lends out has theirs.
pub(super) fn cannot_be_here(settings: &IdentitySettings) -> bool {
    let lent_or_without = ["WEBSITE_SITE_NAME", "GITHUB_ACTIONS", "TF_BUILD"];
    automation::is_sandbox(settings) || lent_or_without.iter().any(|name| settings.variable(name).is_some())
}

fn base(settings: &IdentitySettings) -> Result<Url, SourceError> {
    let text = settings.variable("AZURE_POD_IDENTITY_AUTHORITY_HOST").unwrap_or("http://169.254.169.254");
    address("AZURE_POD_IDENTITY_AUTHORITY_HOST", Some(text)).map(|base| mde_core::cloud::join(&base, PATH))
}

fn is_transient(status: u16) -> bool {
    matches!(status, 404 | 408 | 410 | 429 | 500..)
}

fn classify(status: u16, words: &str) -> Code {
    match status {
        400 if words.contains("identity not found") => Code::IdentityNotAssigned,
        400 if words.contains("metadata header") => Code::MetadataHeaderMissing,
        400 if words.contains("invalid_resource") => Code::IdentityResourceRefused,
        403 if words.contains("unreachable") => Code::IdentityEndpointUnreachable,
        401 | 403 => Code::IdentityBehindProxy,
        404 | 410 | 429 | 500.. => Code::IdentityEndpointFailed,
        _ => Code::IdentityEndpointRefused,
    }
}

/// Asks without the Metadata header: a metadata service answers 400 at once, where there is none nothing does.
async fn is_reachable(context: &SourceContext<'_>, url: &Url) -> bool {
    let probe = RetryPolicy {
        statuses: |_| false,
        tries: 1,
        per_try: Duration::from_millis(1500),
        total: Duration::from_millis(1500),
        ..policy(|_| false)
    };
    let call =
        Call { transport: context.transport, policy: &probe, observer: context.observer, purpose: "probe", gate: None };
    send(call, || Request::get(url.clone())).await.is_ok()
}

#[async_trait]
impl AssertionSource for Imds {
    fn name(&self) -> &'static str {
        "Imds"
    }

    fn title(&self) -> &'static str {
        "the instance metadata service"
    }

    fn looks_for(&self) -> &'static str {
        "an instance metadata service at 169.254.169.254 (virtual machines)"
    }

    fn is_here(&self, settings: &IdentitySettings) -> bool {
        settings.variable("AZURE_POD_IDENTITY_AUTHORITY_HOST").is_some()
    }

    fn can_select(&self, _selector: &Selector) -> bool {
        true
    }

    fn endpoint_variable(&self) -> &'static str {
        "AZURE_POD_IDENTITY_AUTHORITY_HOST"
    }

    async fn assertion(&self, context: &SourceContext<'_>, probe: bool) -> Result<Assertion, SourceError> {
        let mut url = base(context.settings)?;
        if probe && !is_reachable(context, &url).await {
            return Err(SourceError::not_found());
        }
        url.query_pairs_mut()
            .append_pair("api-version", "2018-02-01")
            .append_pair("resource", &context.settings.exchange_audience);
        match &context.settings.selector {
            Selector::Default => {}
            Selector::ClientId(id) => drop(url.query_pairs_mut().append_pair("client_id", id)),
            Selector::ObjectId(id) => drop(url.query_pairs_mut().append_pair("object_id", id)),
            Selector::ResourceId(id) => drop(url.query_pairs_mut().append_pair("msi_res_id", id)),
        }
        let make = || Request::get(url.clone()).header("metadata", "true");
        fetch(context, self.title(), &policy(is_transient), classify, make).await
    }
}
