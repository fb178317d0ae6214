//! Tokens across the boundary: at once when they are in memory, else by an operation.

use std::sync::Arc;

use interoptopus::ffi;
use interoptopus::wire::Wire;
use mde_core::{Report, Reportable, TenantId};
use mde_identity::{AppToken, Freshness, TokenRequest, roles_missing};

use crate::guard::guarded;
use crate::operation::{Batch, Outlet, TenantEnd, for_each_tenant};
use crate::prepared::Prepared;
use crate::requests::{ConnectionRequest, TokensRequest};
use crate::session::{Session, session};

/// A token and what is known of it.
#[ffi]
pub struct TokenReply {
    /// The tenant as it was asked for.
    pub tenant_id: String,
    /// The application's client id.
    pub client_id: String,
    /// What it is for.
    pub scope: String,
    /// The name of the assertion's source.
    pub source: String,
    /// The token itself.
    pub token: String,
    /// When it ends, in seconds since the Unix epoch.
    pub expires_on: i64,
    /// When it will be replaced, in seconds since the Unix epoch.
    pub refresh_on: i64,
    /// The application permissions in it.
    pub roles: Vec<String>,
}

fn reply(request: &TokenRequest, token: &AppToken) -> TokenReply {
    TokenReply {
        tenant_id: request.tenant.to_string(),
        client_id: request.client.to_string(),
        scope: request.scope.to_string(),
        source: token.source.to_owned(),
        token: token.token.expose().to_owned(),
        expires_on: token.expires_at,
        refresh_on: token.refresh_at,
        roles: token.claims.roles.clone(),
    }
}

/// The tokens of all tenants of the request if every one is in memory, not due for a refresh and without anything to
/// warn of; none otherwise. No task, no wait: the way of a script that asks for its token again and again.
#[ffi]
pub fn cached_tokens(mut request: Wire<TokensRequest>) -> Wire<Vec<TokenReply>> {
    let found = guarded(|| {
        let mut request = request.unwire();
        let checked = request.connection.check().ok()?;
        if request.force_refresh || checked.warning.is_some() {
            return None;
        }
        let tokens = &session().ok()?.tokens;
        let of_tenant = |tenant: &String| {
            let request = checked.token_request(TenantId::parse(tenant).ok()?).ok()?;
            let token = tokens.cached(&request)?;
            (!token.claims.roles.is_empty()).then(|| reply(&request, &token))
        };
        request.connection.tenant_ids.iter().map(of_tenant).collect::<Option<Vec<_>>>()
    });
    Wire::from(found.ok().flatten().unwrap_or_default())
}

/// Forgets all tokens and assertions of this process. Returns whether there was a session to forget them.
#[ffi]
pub fn forget_tokens() -> bool {
    guarded(|| session().map(|session| session.tokens.forget()).is_ok()).unwrap_or(false)
}

/// Gets the tokens, each as soon as it is there.
pub(crate) async fn get_tokens(
    session: &'static Session,
    outlet: Outlet,
    request: TokensRequest,
) -> Result<(), Report> {
    let prepared = Prepared::new(session, &outlet, request.connection).and_then(Prepared::with_tenants)?;
    let freshness = if request.force_refresh { Freshness::New } else { Freshness::Valid };
    for_each_tenant(&outlet, &prepared, |tenant, turns| {
        let (outlet, freshness) = (outlet.clone(), freshness.clone());
        let (transport, observer) = (Arc::clone(&prepared.transport), Arc::clone(&prepared.observer));
        let token_request = prepared.token_request(tenant);
        async move {
            let token_request = match token_request {
                Ok(request) => request,
                Err(report) => return outlet.tenant_failed(&report, true).await,
            };
            let Some(_turn) = turns.take().await else { return TenantEnd::Stop };
            match session.tokens.token(&transport, &observer, &token_request, freshness).await {
                Ok(token) => {
                    if token.claims.roles.is_empty() {
                        let report = roles_missing(&token_request);
                        observer.warning(format!("{}: {}. {}", report.code, report.message, report.remedy()));
                    }
                    TenantEnd::sent(outlet.batch(Batch::Tokens(vec![reply(&token_request, &token)])).await)
                }
                Err(error) => outlet.tenant_failed(&error.report(), error.concerns_all_tenants()).await,
            }
        }
    })
    .await;
    Ok(())
}

/// Gets the workload's assertion, to show that it can be had, and puts out nothing.
pub(crate) async fn check_workload(
    session: &'static Session,
    outlet: Outlet,
    request: ConnectionRequest,
) -> Result<(), Report> {
    let prepared = Prepared::new(session, &outlet, request)?;
    let identity = &prepared.checked.identity;
    if let Some(error) = prepared.tenant_ids.iter().find_map(|tenant| TenantId::parse(tenant).err()) {
        return Err(error.report());
    }
    let assertion = session.tokens.assertion(&prepared.transport, &prepared.observer, identity).await;
    assertion.map(drop).map_err(|error| {
        error
            .report()
            .detail("identity", identity.selector.to_string())
            .detail("audience", identity.exchange_audience.clone())
    })
}
