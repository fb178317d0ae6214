//! Lists of any kind of record, of many tenants, as they come.

use std::future::Future;
use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use interoptopus::ffi;
use mde_client::endpoints::{LISTS, VULNERABILITY_FILES};
use mde_client::{
    ApiCall, Connection, ConnectionSettings, Endpoint, HuntingQuery, ListFailure, ListQuery, ListSummary, RawRecord,
    Record, RecordSink, call_api, hunt, list, list_files, odata,
};
use mde_core::{Code, Report, Reportable, TenantId};

use crate::operation::{Batch, Outlet, TenantEnd, for_each_tenant};
use crate::prepared::Prepared;
use crate::requests::{ApiRequest, ConnectionRequest, HuntingRequest, NamedText, RecordsRequest, Service};
use crate::session::Session;

/// Records of one tenant, each as JSON text: their shape belongs to the model that shows them.
#[ffi]
pub struct RecordsReply {
    /// The tenant as it was asked for; empty when there was nothing to take.
    pub tenant_id: String,
    /// The records.
    pub records: Vec<String>,
}

struct Sink<'a, T> {
    outlet: &'a Outlet,
    tenant: &'a TenantId,
    batch: fn(&TenantId, Vec<T>) -> Batch,
}

fn flow<E>(sent: Result<(), E>) -> ControlFlow<()> {
    if sent.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

#[async_trait]
impl<T: Record> RecordSink<T> for Sink<'_, T> {
    async fn records(&mut self, records: Vec<T>) -> ControlFlow<()> {
        flow(self.outlet.batch((self.batch)(self.tenant, records)).await)
    }

    async fn failed(&mut self, report: Report) -> ControlFlow<()> {
        flow(self.outlet.failed(&report, false).await)
    }
}

/// Works with a connection to every tenant; what the work returns for one tenant is that tenant's end. Who waits for a
/// turn has a token then: an exchange takes about as long as a page.
pub(crate) async fn with_each_connection<W, F>(
    outlet: &Outlet,
    prepared: &Prepared,
    settings: &ConnectionSettings,
    work: W,
) where
    W: Fn(Connection, Outlet, TenantId) -> F + Send + Sync + 'static,
    F: Future<Output = Result<ListSummary, ListFailure>> + Send,
{
    let work = Arc::new(work);
    for_each_tenant(outlet, prepared, |tenant, turns| {
        let connection = prepared.connection(settings, tenant.clone());
        let (outlet, work) = (outlet.clone(), Arc::clone(&work));
        async move {
            let connection = match connection {
                Ok(connection) => connection,
                Err(report) => return outlet.tenant_failed(&report, true).await,
            };
            connection.get_token_ahead().await;
            let Some(_turn) = turns.take().await else { return TenantEnd::Stop };
            match work(connection, outlet.clone(), tenant).await {
                Ok(_) => TenantEnd::Done,
                Err(failure) => outlet.tenant_failed(&failure.report, failure.concerns_all_tenants).await,
            }
        }
    })
    .await;
}

/// Lists the records of every tenant.
pub(crate) async fn list_all<T: Record>(
    session: &'static Session,
    outlet: &Outlet,
    request: ConnectionRequest,
    endpoint: &'static Endpoint,
    query: ListQuery,
    batch: fn(&TenantId, Vec<T>) -> Batch,
) -> Result<(), Report> {
    let (api, prepared) = Prepared::for_calls(session, outlet, request, Service::Defender)?;
    let query = Arc::new(query);
    with_each_connection(outlet, &prepared, &api, move |connection, outlet, tenant| {
        let query = Arc::clone(&query);
        async move { list(&connection, endpoint, &query, &mut sink(&outlet, &tenant, batch)).await }
    })
    .await;
    Ok(())
}

fn raw_batch(tenant: &TenantId, records: Vec<RawRecord>) -> Batch {
    let records = records.into_iter().map(|record| record.json).collect();
    Batch::Records(RecordsReply { tenant_id: tenant.to_string(), records })
}

/// Takes the records of a tenant.
pub(crate) fn sink<'a, T: Record>(
    outlet: &'a Outlet,
    tenant: &'a TenantId,
    batch: fn(&TenantId, Vec<T>) -> Batch,
) -> impl RecordSink<T> + 'a {
    Sink { outlet, tenant, batch }
}

/// Takes records as JSON.
pub(crate) fn raw_sink<'a>(outlet: &'a Outlet, tenant: &'a TenantId) -> impl RecordSink<RawRecord> + 'a {
    sink(outlet, tenant, raw_batch)
}

fn pairs(texts: Vec<NamedText>) -> Vec<(String, String)> {
    texts.into_iter().map(|text| (text.name, text.content)).collect()
}

/// Lists the records of the endpoint that the request names.
pub(crate) async fn list_records(
    session: &'static Session,
    outlet: Outlet,
    request: RecordsRequest,
) -> Result<(), Report> {
    let Some(endpoint) = LISTS.iter().find(|endpoint| endpoint.name == request.list) else {
        return Err(Report::new(Code::LibraryMismatch, format!("there is no list '{}'", request.list)));
    };
    let conditions = pairs(request.conditions);
    let conditions = conditions.iter().map(|(field, value)| (field.as_str(), value.as_str()));
    let query = ListQuery {
        filter: odata::equal_too(request.filter.as_deref(), conditions),
        skip: request.skip,
        first: request.first,
        id: request.id,
        path: None,
        parameters: pairs(request.parameters),
    };
    if endpoint.name == VULNERABILITY_FILES.name {
        return list_export(session, &outlet, request.connection, query).await;
    }
    list_all(session, &outlet, request.connection, endpoint, query, raw_batch).await
}

async fn list_export(
    session: &'static Session,
    outlet: &Outlet,
    request: ConnectionRequest,
    query: ListQuery,
) -> Result<(), Report> {
    let (api, prepared) = Prepared::for_calls(session, outlet, request, Service::Defender)?;
    let query = Arc::new(query);
    with_each_connection(outlet, &prepared, &api, move |connection, outlet, tenant| {
        let query = Arc::clone(&query);
        async move { list_files(&connection, &query, &mut raw_sink(&outlet, &tenant)).await }
    })
    .await;
    Ok(())
}

/// Calls any path.
pub(crate) async fn call_any(session: &'static Session, outlet: Outlet, request: ApiRequest) -> Result<(), Report> {
    let query = ListQuery { first: request.first, parameters: pairs(request.parameters), ..ListQuery::default() };
    let (api, prepared) = Prepared::for_calls(session, &outlet, request.connection, Service::Defender)?;
    let cloud = prepared.checked.identity.cloud;
    let call = ApiCall::new(&request.method, &request.path, query, request.body, api, cloud);
    let call = call.map_err(|error| error.report())?;
    let settings = call.settings.clone();
    let call = Arc::new(call);
    with_each_connection(&outlet, &prepared, &settings, move |connection, outlet, tenant| {
        let call = Arc::clone(&call);
        async move { call_api(&connection, &call, &mut raw_sink(&outlet, &tenant)).await }
    })
    .await;
    Ok(())
}

/// Runs a hunting query.
pub(crate) async fn hunt_all(session: &'static Session, outlet: Outlet, request: HuntingRequest) -> Result<(), Report> {
    let query = HuntingQuery { query: request.query, timespan: request.timespan };
    let (graph, prepared) = Prepared::for_calls(session, &outlet, request.connection, Service::Graph)?;
    let query = Arc::new(query);
    with_each_connection(&outlet, &prepared, &graph, move |connection, outlet, tenant| {
        let query = Arc::clone(&query);
        async move { hunt(&connection, &query, &mut raw_sink(&outlet, &tenant)).await }
    })
    .await;
    Ok(())
}
