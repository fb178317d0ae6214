//! Tokens across the boundary: at once when they are in memory, else by an operation.

use std::sync::Arc;

use interoptopus::ffi;
use interoptopus::wire::Wire;
use mde_core::http::Transport;
use mde_core::{Observer, Report, Reportable, TenantId};
use mde_identity::{AppToken, TokenRequest, roles_missing};

use crate::guard::guarded;
use crate::operation::{Batch, Gone, Outlet, TenantEnd, for_each_tenant};
use crate::requests::{Checked, TokensRequest};
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

fn token_request(checked: &Checked, tenant: TenantId) -> TokenRequest {
    TokenRequest {
        settings: Arc::clone(&checked.identity),
        tenant,
        client: checked.client.clone(),
        scope: checked.scope.clone(),
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
            let request = token_request(&checked, TenantId::parse(tenant).ok()?);
            let token = tokens.cached(&request)?;
            (!token.claims.roles.is_empty()).then(|| reply(&request, &token))
        };
        request.connection.tenant_ids.iter().map(of_tenant).collect::<Option<Vec<_>>>()
    });
    Wire::from(found.ok().flatten().unwrap_or_default())
}

/// Gets the tokens, each as soon as it is there.
pub(crate) async fn get_tokens(session: &'static Session, outlet: Outlet, mut request: TokensRequest) {
    let (checked, transport) = match prepare(session, &mut request.connection) {
        Ok(prepared) => prepared,
        Err(report) => return drop(outlet.failed(&report, true).await),
    };
    if let Some(warning) = &checked.warning {
        outlet.warning(warning.clone());
    }
    let observer: Arc<dyn Observer> = Arc::new(outlet.clone());
    let connection = request.connection;
    for_each_tenant(&outlet, connection.tenant_ids, connection.throttle_limit, |tenant| {
        let (outlet, transport, observer) = (&outlet, &transport, &observer);
        let token_request = token_request(&checked, tenant);
        async move {
            match session.tokens.token(transport, observer, &token_request, request.force_refresh).await {
                Ok(token) => {
                    if token.claims.roles.is_empty() {
                        let report = roles_missing(&token_request);
                        observer.warning(format!("{}: {}. {}", report.code, report.message, report.remedy()));
                    }
                    ended(outlet.batch(Batch::Tokens(vec![reply(&token_request, &token)])).await, TenantEnd::Done)
                }
                Err(error) => {
                    let is_final = error.concerns_all_tenants();
                    let sent = outlet.failed(&error.report(), is_final).await;
                    ended(sent, if is_final { TenantEnd::Stop } else { TenantEnd::Failed })
                }
            }
        }
    })
    .await;
}

pub(crate) fn ended(sent: Result<(), Gone>, end: TenantEnd) -> TenantEnd {
    if sent.is_ok() { end } else { TenantEnd::Stop }
}

/// What every operation needs before its first tenant.
pub(crate) fn prepare(
    session: &Session,
    connection: &mut crate::requests::ConnectionRequest,
) -> Result<(Checked, Arc<dyn Transport>), Report> {
    let checked = connection.check().map_err(|error| error.report())?;
    let transport =
        session.transports.for_environment(&checked.identity.environment).map_err(|error| error.report())?;
    Ok((checked, transport))
}
