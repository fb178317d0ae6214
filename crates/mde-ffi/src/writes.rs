//! Changes of indicators, each told as it is done.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use mde_client::indicators::IndicatorDraft;
use mde_client::writing::{
    Comparison, Duplicates, Ownership, RowSource, Rows, change, import, inventory, remove_ids, sync,
};
use mde_client::{Connection, ListFailure, ListSummary, Timestamp};
use mde_core::errors::InputError;
use mde_core::{Code, Report, Reportable, TenantId};

use crate::lists::{RecordsReply, raw_sink, with_each_connection};
use crate::operation::{Batch, Outlet};
use crate::prepared::Prepared;
use crate::requests::{ComparisonRequest, NamedText, Service, WriteRequest};
use crate::session::Session;

/// What was wanted, taken out of the request.
struct Wanted {
    source: RowSource,
    ids: HashMap<String, Vec<String>>,
}

impl Wanted {
    fn of(rows: Vec<String>, file: Option<String>, ids: Vec<NamedText>) -> Self {
        let source = file.map_or(RowSource::Texts(rows), |file| RowSource::File(file.into()));
        let mut by_tenant: HashMap<String, Vec<String>> = HashMap::new();
        for NamedText { name, content } in ids {
            by_tenant.entry(name.to_ascii_lowercase()).or_default().push(content);
        }
        Self { source, ids: by_tenant }
    }

    /// The rows, read on a thread that may wait for a disk.
    async fn load(&self, outlet: &Outlet, duplicates: Duplicates) -> Result<Rows, Report> {
        let source = self.source.clone();
        let loaded = tokio::task::spawn_blocking(move || Rows::load(&source, now(), duplicates)).await;
        let rows = loaded.map_err(|error| Report::new(Code::Panicked, error.to_string()))??;
        for warning in &rows.warnings {
            mde_core::Observer::warning(outlet, warning.clone());
        }
        Ok(rows)
    }

    fn ids_of(&self, tenant: &TenantId) -> &[String] {
        self.ids.get(tenant.as_str()).map_or(&[], Vec::as_slice)
    }
}

fn now() -> Timestamp {
    const EPOCH: i64 = 621_355_968_000_000_000;
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(EPOCH + i64::try_from(elapsed.as_nanos() / 100).unwrap_or(i64::MAX / 4))
}

/// Works on every tenant with what was wanted; `prepare` makes of it what the work needs, before any call.
async fn write_all<P, T, W, F>(
    session: &'static Session,
    outlet: Outlet,
    request: WriteRequest,
    prepare: P,
    work: W,
) -> Result<(), Report>
where
    P: AsyncFnOnce(&Wanted, &Outlet) -> Result<T, Report>,
    T: Send + Sync + 'static,
    W: Fn(Connection, Outlet, TenantId, Arc<(Wanted, T)>) -> F + Send + Sync + 'static,
    F: Future<Output = Result<ListSummary, ListFailure>> + Send,
{
    let wanted = Wanted::of(request.rows, request.file, request.ids);
    let (api, prepared) = Prepared::for_calls(session, &outlet, request.connection, Service::Defender)?;
    let made = prepare(&wanted, &outlet).await?;
    let shared = Arc::new((wanted, made));
    with_each_connection(&outlet, &prepared, &api, move |connection, outlet, tenant| {
        work(connection, outlet, tenant, Arc::clone(&shared))
    })
    .await;
    Ok(())
}

/// Sends the wanted indicators to every tenant.
pub(crate) async fn import_all(session: &'static Session, outlet: Outlet, request: WriteRequest) -> Result<(), Report> {
    write_all(
        session,
        outlet,
        request,
        async |wanted, outlet| {
            let rows = wanted.load(outlet, Duplicates::Refused).await?;
            if rows.good.is_empty() && rows.bad.is_empty() {
                return Err(InputError::Missing("an indicator").report());
            }
            Ok(rows)
        },
        |connection, outlet, tenant, shared| async move {
            let mut sink = raw_sink(&outlet, &tenant);
            import(&connection, &shared.1, &mut sink).await
        },
    )
    .await
}

/// Removes the indicators of the given ids.
pub(crate) async fn remove_all(session: &'static Session, outlet: Outlet, request: WriteRequest) -> Result<(), Report> {
    write_all(
        session,
        outlet,
        request,
        async |_, _| Ok(()),
        |connection, outlet, tenant, shared| async move {
            let mut sink = raw_sink(&outlet, &tenant);
            remove_ids(&connection, shared.0.ids_of(&tenant), &mut sink).await
        },
    )
    .await
}

/// Changes the indicators of the given ids, all in the same way.
pub(crate) async fn change_all(session: &'static Session, outlet: Outlet, request: WriteRequest) -> Result<(), Report> {
    write_all(
        session,
        outlet,
        request,
        async |wanted, _| {
            let RowSource::Texts(texts) = &wanted.source else { return Err(InputError::Missing("a change").report()) };
            let text = texts.first().ok_or_else(|| InputError::Missing("a change").report())?;
            IndicatorDraft::from_json(text).map_err(|error| Report::new(Code::IndicatorInvalid, error.to_string()))
        },
        |connection, outlet, tenant, shared| async move {
            let mut sink = raw_sink(&outlet, &tenant);
            let mut summary = ListSummary::default();
            for id in shared.0.ids_of(&tenant) {
                summary.records += change(&connection, id, &shared.1, now(), &mut sink).await?.records;
            }
            Ok(summary)
        },
    )
    .await
}

/// Makes the own indicators of every tenant equal to the wanted ones, or tells what that would change.
pub(crate) async fn sync_all(
    session: &'static Session,
    outlet: Outlet,
    mut request: WriteRequest,
) -> Result<(), Report> {
    let (plans_only, allows_empty) = (request.plans_only, request.allows_empty);
    let ownership = match request.external_id_prefix.take() {
        Some(prefix) => Ownership::ExternalIdPrefix(prefix),
        None => Ownership::CreatedBy(request.connection.client_id.clone()),
    };
    let ownership = Arc::new(ownership);
    write_all(
        session,
        outlet,
        request,
        async |wanted, outlet| {
            let rows = wanted.load(outlet, Duplicates::Kept).await?;
            // What a bad row meant can't be told, so that nothing can be removed either.
            for row in &rows.bad {
                let message = format!("row {}: {}", row.place, row.reason);
                let report = Report::new(Code::IndicatorInvalid, message).target(row.draft.indicator_value.clone());
                let _ = outlet.failed(&report, false).await;
            }
            if rows.good.is_empty() && rows.bad.is_empty() && !allows_empty {
                let message =
                    "no indicator is wanted, so that all of yours would be removed; pass -AllowEmpty if you mean it";
                return Err(Report::new(Code::IndicatorInvalid, message));
            }
            if rows.bad.is_empty() {
                return Ok(rows);
            }
            let message = format!("{} of the wanted indicators can't be sent; no tenant was changed", rows.bad.len());
            Err(Report::new(Code::IndicatorInvalid, message))
        },
        move |connection, outlet, tenant, shared| {
            let ownership = Arc::clone(&ownership);
            async move {
                let mut sink = raw_sink(&outlet, &tenant);
                sync(&connection, &shared.1.good, &ownership, plans_only, &mut sink).await
            }
        },
    )
    .await
}

/// Puts the indicators of all tenants side by side. Those that are the same everywhere are left out unless all are wanted.
pub(crate) async fn compare_all(
    session: &'static Session,
    outlet: Outlet,
    request: ComparisonRequest,
) -> Result<(), Report> {
    let (api, prepared) = Prepared::for_calls(session, &outlet, request.connection, Service::Defender)?;
    let comparison = Arc::new(Mutex::new(Comparison::default()));
    let added_to = Arc::clone(&comparison);
    with_each_connection(&outlet, &prepared, &api, move |connection, _, tenant| {
        let comparison = Arc::clone(&added_to);
        async move {
            let records = inventory(&connection).await?;
            comparison.lock().unwrap_or_else(PoisonError::into_inner).add(tenant, &records);
            Ok(ListSummary { records: records.len() as u64, pages: 1 })
        }
    })
    .await;
    let rows: Vec<_> = {
        let comparison = comparison.lock().unwrap_or_else(PoisonError::into_inner);
        comparison.rows().filter(|row| request.includes_equal || !row.is_equal()).map(|row| row.record().json).collect()
    };
    for chunk in rows.chunks(500) {
        let reply = RecordsReply { tenant_id: String::new(), records: chunk.to_vec() };
        if outlet.batch(Batch::Records(reply)).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}
