//! Whether a tenant exists in a cloud: its OpenID configuration, which anybody may read without a token.
//!
//! Source: learn.microsoft.com/entra/identity-platform/v2-protocols-oidc#fetch-the-openid-configuration-document

use mde_core::Observer;
use mde_core::TenantId;
use mde_core::cloud::join;
use mde_core::http::{Call, Request, Transport, send};
use serde::Deserialize;
use url::Url;

use crate::exchange::{ExchangeError, Reply, policy};

/// The document is some kilobytes long.
const LARGEST_REPLY: usize = 256 * 1024;

#[derive(Deserialize)]
struct ConfigurationBody {
    issuer: String,
}

/// The tenant's id, a GUID, also when it was named by a domain.
///
/// # Errors
/// [`ExchangeError`] with Entra's own words when it knows no such tenant, or could not be asked.
pub async fn tenant_id(
    transport: &dyn Transport,
    observer: &dyn Observer,
    authority: &Url,
    tenant: &TenantId,
) -> Result<String, ExchangeError> {
    let url = join(authority, &format!("{tenant}/v2.0/.well-known/openid-configuration"));
    let purpose = format!("configuration of tenant {tenant}");
    let policy = policy();
    let call = Call { transport, policy: &policy, observer, purpose: &purpose, gate: None };
    let lost = |error| ExchangeError::Transport { tenant: tenant.clone(), error };
    let response = send(call, || Request::get(url.clone()).header("accept", "application/json")).await.map_err(lost)?;
    let (reply, is_success, status) = (Reply::of(&response), response.is_success(), response.status);
    let body = response.bytes(LARGEST_REPLY).await.map_err(lost)?;
    if !is_success {
        return Err(reply.refusal(tenant, &body, None));
    }
    let invalid = |reason| ExchangeError::invalid(tenant, status, reason);
    let body: ConfigurationBody =
        serde_json::from_slice(&body).map_err(|_| invalid("the body is no OpenID configuration"))?;
    let issuer = Url::parse(&body.issuer).map_err(|_| invalid("the issuer is no address"))?;
    let id = issuer
        .path_segments()
        .into_iter()
        .flatten()
        .find_map(|segment| TenantId::parse(segment).ok().filter(TenantId::is_guid));
    id.map(|id| id.to_string()).ok_or_else(|| invalid("the issuer names no tenant"))
}
