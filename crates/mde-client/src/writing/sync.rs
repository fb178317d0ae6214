//! Makes a tenant's own indicators equal to the wanted ones. Only the difference is sent; what someone else looks after
//! is never touched; an interrupted run is continued by running it again, because every run begins with what is there.

use mde_core::{Code, Report};

use super::import::ended;
use super::inventory::inventory;
use super::outcome::{Change, Outcome, Status};
use super::ownership::Ownership;
use super::plan::{Action, Plan};
use super::remove::{Doomed, remove};
use super::rows::{CAPACITY, Row};
use super::send::{Wanted, send};
use crate::connection::Connection;
use crate::indicators::IndicatorDraft;
use crate::listing::{ListFailure, ListSummary, RecordSink};
use crate::raw_record::RawRecord;

/// Syncs, or tells what a sync would do.
///
/// # Errors
/// [`ListFailure`] when the tenant's list can't be had whole, when it could not hold what is wanted (then nothing is
/// sent), or when not everything took effect.
pub async fn sync(
    connection: &Connection,
    wanted: &[Row],
    ownership: &Ownership,
    plans_only: bool,
    sink: &mut dyn RecordSink<RawRecord>,
) -> Result<ListSummary, ListFailure> {
    let existing = inventory(connection).await?;
    let plan = Plan::new(wanted, &existing, ownership);
    drop(existing);
    let tenant = connection.token_request.tenant.as_str();
    connection.observer.verbose(format!(
        "tenant {tenant}: {} indicators, {} of them someone else's; there would be {}",
        plan.before,
        plan.foreign,
        plan.after()
    ));
    let _ = sink.records(standing(&plan, plans_only)).await;
    if plan.exceeds_capacity() {
        let message =
            format!("there would be {} indicators, and a tenant holds {CAPACITY}; nothing was sent", plan.after());
        let report = Report::new(Code::CapacityExceeded, message).target(tenant);
        return Err(ListFailure { report, concerns_all_tenants: false });
    }
    let all = plan.steps.len() + plan.removed.len();
    let conflicts = plan.steps.iter().filter(|step| matches!(step.action, Action::Conflict { .. })).count();
    if plans_only {
        return Ok(ListSummary { records: all as u64, pages: 1 });
    }
    carry_out(connection, plan, conflicts, all, sink).await
}

async fn carry_out(
    connection: &Connection,
    plan: Plan,
    conflicts: usize,
    all: usize,
    sink: &mut dyn RecordSink<RawRecord>,
) -> Result<ListSummary, ListFailure> {
    // First what goes: a full tenant has no room for what comes.
    let doomed =
        plan.removed.iter().map(|record| Doomed { id: record.id.clone(), draft: IndicatorDraft::from(record) });
    let removed = remove(connection, &doomed.collect::<Vec<_>>(), sink).await;
    let mut refused = conflicts + removed.refused;
    if removed.failure.is_some() {
        return ended(connection, removed.failure, refused, all);
    }
    let sendable = || plan.steps.iter().filter(|step| matches!(step.action, Action::Add | Action::Change { .. }));
    let rows: Vec<_> = sendable()
        .map(|step| {
            let (change, changed): (_, &[String]) = match &step.action {
                Action::Change { changed, .. } => (Change::Change, changed),
                _ => (Change::Add, &[]),
            };
            Wanted { place: Some(step.place), change, draft: &step.draft, changed }
        })
        .collect();
    let sent = send(connection, &rows, sink).await;
    refused += sent.refused;
    if sent.failure.is_some() {
        return ended(connection, sent.failure, refused, all);
    }
    // An update that made a new indicator leaves the old one beside it.
    let replaced = sendable().zip(&sent.ids).filter_map(|(step, new)| match (&step.action, new) {
        (Action::Change { id, .. }, Some(new)) if new != id => {
            Some(Doomed { id: id.clone(), draft: step.draft.clone() })
        }
        _ => None,
    });
    let cleaned = remove(connection, &replaced.collect::<Vec<_>>(), sink).await;
    ended(connection, cleaned.failure, refused + cleaned.refused, all)
}

/// What is told before anything is sent: the whole plan, or what of it is decided already.
fn standing(plan: &Plan, plans_only: bool) -> Vec<RawRecord> {
    let mut records = Vec::new();
    for step in &plan.steps {
        let shown = |change, status, reason, id, changed| {
            Outcome { change, status, reason, place: Some(step.place), id, changed, draft: &step.draft }.record()
        };
        match &step.action {
            Action::Conflict { reason } => {
                records.push(shown(Change::Conflict, Status::Refused, Some(reason.as_str()), None, &[]));
            }
            Action::Keep { id } if plans_only => {
                records.push(shown(Change::Keep, Status::Skipped, None, Some(id.as_str()), &[]));
            }
            Action::Add if plans_only => records.push(shown(Change::Add, Status::Planned, None, None, &[])),
            Action::Change { id, changed } if plans_only => {
                records.push(shown(Change::Change, Status::Planned, None, Some(id.as_str()), changed));
            }
            _ => {}
        }
    }
    if plans_only {
        records.extend(plan.removed.iter().map(|record| {
            let draft = &IndicatorDraft::from(record);
            let (change, status) = (Change::Remove, Status::Planned);
            Outcome { change, status, reason: None, place: None, id: Some(&record.id), changed: &[], draft }.record()
        }));
        if plan.foreign > 0 {
            let reason = format!("{} of others, left alone", plan.foreign);
            let draft = &IndicatorDraft::default();
            let (change, status) = (Change::Foreign, Status::Skipped);
            let outcome = Outcome { change, status, reason: Some(&reason), place: None, id: None, changed: &[], draft };
            records.push(outcome.record());
        }
    }
    records
}
