//! What every operation needs before its first tenant: checked settings, a transport, someone who listens.

use std::sync::Arc;

use mde_client::{Connection, ConnectionSettings};
use mde_core::errors::InputError;
use mde_core::http::Transport;
use mde_core::{Observer, Report, Reportable, TenantId};
use mde_identity::TokenRequest;

use crate::operation::{MOST_AT_ONCE, Outlet};
use crate::requests::{Checked, ConnectionRequest, Service};
use crate::session::Session;

/// An operation's settings, checked once for all tenants.
pub(crate) struct Prepared {
    pub(crate) checked: Checked,
    pub(crate) session: &'static Session,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) tenant_ids: Vec<String>,
    pub(crate) at_once: usize,
    api_base_url: Option<String>,
    region: Option<String>,
}

impl Prepared {
    /// Checks the settings. Whether there are tenants is checked by [`Self::with_tenants`].
    pub(crate) fn new(session: &'static Session, outlet: &Outlet, request: ConnectionRequest) -> Result<Self, Report> {
        Self::of(session, outlet, request, Service::Defender)
    }

    fn of(
        session: &'static Session,
        outlet: &Outlet,
        mut request: ConnectionRequest,
        service: Service,
    ) -> Result<Self, Report> {
        let checked = request.check_for(service).map_err(|error| error.report())?;
        let environment = &checked.identity.environment;
        let transport = session.transports.for_environment(environment).map_err(|error| error.report())?;
        if let Some(warning) = &checked.warning {
            outlet.warning(warning.clone());
        }
        Ok(Self {
            checked,
            session,
            transport,
            observer: Arc::new(outlet.clone()),
            tenant_ids: request.tenant_ids,
            at_once: (request.throttle_limit as usize).clamp(1, MOST_AT_ONCE),
            api_base_url: request.api_base_url,
            region: request.region,
        })
    }

    /// The same for calls of a service in at least one tenant, and where that service is.
    pub(crate) fn for_calls(
        session: &'static Session,
        outlet: &Outlet,
        request: ConnectionRequest,
        service: Service,
    ) -> Result<(ConnectionSettings, Self), Report> {
        let prepared = Self::of(session, outlet, request, service)?.with_tenants()?;
        let settings = match service {
            Service::Defender => prepared.api()?,
            Service::Graph => prepared.graph()?,
        };
        Ok((settings, prepared))
    }

    /// The same, if there is at least one tenant.
    pub(crate) fn with_tenants(self) -> Result<Self, Report> {
        if self.tenant_ids.is_empty() { Err(InputError::Missing("-TenantId").report()) } else { Ok(self) }
    }

    /// Which token a tenant needs.
    pub(crate) fn token_request(&self, tenant: TenantId) -> Result<TokenRequest, Report> {
        self.checked.token_request(tenant).map_err(|error| error.report())
    }

    /// Where the Defender API is.
    pub(crate) fn api(&self) -> Result<ConnectionSettings, Report> {
        let (base, region) = (self.api_base_url.as_deref(), self.region.as_deref());
        ConnectionSettings::of(base, region, &self.checked.identity).map_err(|error| error.report())
    }

    /// Where Microsoft Graph is.
    fn graph(&self) -> Result<ConnectionSettings, Report> {
        ConnectionSettings::of_graph(self.api_base_url.as_deref(), &self.checked.identity)
            .map_err(|error| error.report())
    }

    /// A tenant's connection.
    pub(crate) fn connection(&self, api: &ConnectionSettings, tenant: TenantId) -> Result<Connection, Report> {
        Ok(Connection::new(
            api.clone(),
            self.token_request(tenant)?,
            Arc::clone(&self.session.tokens),
            Arc::clone(&self.transport),
            Arc::clone(&self.session.pacer),
            Arc::clone(&self.observer),
        ))
    }
}
