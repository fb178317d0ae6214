//! Lists of any kind of record, of many tenants, as they come.

use std::ops::ControlFlow;

use async_trait::async_trait;
use interoptopus::ffi;
use mde_client::endpoints::LISTS;
use mde_client::{Endpoint, ListQuery, RawRecord, Record, RecordSink, list};
use mde_core::{Code, Report, TenantId};

use crate::operation::{Batch, Outlet, TenantEnd, for_each_tenant};
use crate::prepared::Prepared;
use crate::requests::{ConnectionRequest, RecordsRequest};
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

/// Lists the records of every tenant.
pub(crate) async fn list_all<T: Record>(
    session: &'static Session,
    outlet: &Outlet,
    request: ConnectionRequest,
    endpoint: &Endpoint,
    query: &ListQuery,
    batch: fn(&TenantId, Vec<T>) -> Batch,
) {
    let prepared = Prepared::new(session, outlet, request)
        .and_then(Prepared::with_tenants)
        .and_then(|prepared| Ok((prepared.api()?, prepared)));
    let (api, prepared) = match prepared {
        Ok(prepared) => prepared,
        Err(report) => return drop(outlet.failed(&report, true).await),
    };
    for_each_tenant(outlet, &prepared, |tenant| {
        let connection = prepared.connection(&api, tenant.clone());
        async move {
            let connection = match connection {
                Ok(connection) => connection,
                Err(report) => return outlet.tenant_failed(&report, true).await,
            };
            match list(&connection, endpoint, query, &mut Sink { outlet, tenant: &tenant, batch }).await {
                Ok(_) => TenantEnd::Done,
                Err(failure) => outlet.tenant_failed(&failure.report, failure.concerns_all_tenants).await,
            }
        }
    })
    .await;
}

pub(crate) fn raw_batch(tenant: &TenantId, records: Vec<RawRecord>) -> Batch {
    let records = records.into_iter().map(|record| record.json).collect();
    Batch::Records(RecordsReply { tenant_id: tenant.to_string(), records })
}

/// Lists the records of the endpoint that the request names.
pub(crate) async fn list_records(session: &'static Session, outlet: Outlet, request: RecordsRequest) {
    let Some(endpoint) = LISTS.iter().find(|endpoint| endpoint.name == request.list) else {
        let report = Report::new(Code::LibraryMismatch, format!("there is no list '{}'", request.list));
        return drop(outlet.failed(&report, true).await);
    };
    let query = ListQuery {
        filter: request.filter,
        skip: request.skip,
        first: request.first,
        id: request.id,
        path: None,
        parameters: request.parameters.into_iter().map(|parameter| (parameter.name, parameter.content)).collect(),
    };
    list_all(session, &outlet, request.connection, endpoint, &query, raw_batch).await;
}
