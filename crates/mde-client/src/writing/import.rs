//! Sends all wanted indicators to a tenant, or removes some by their ids, whatever is there.

use super::outcome::{Change, Status};
use super::remove::{Doomed, remove};
use super::rows::Rows;
use super::send::{Wanted, refused_rows, send};
use crate::connection::Connection;
use crate::indicators::IndicatorDraft;
use crate::listing::{ListFailure, ListSummary, RecordSink};
use crate::raw_record::RawRecord;

/// Sends the good rows, and gives the bad ones back.
///
/// # Errors
/// [`ListFailure`] when not every row took effect; what became of each is in the sink.
pub async fn import(
    connection: &Connection,
    rows: &Rows,
    sink: &mut dyn RecordSink<RawRecord>,
) -> Result<ListSummary, ListFailure> {
    let bad = rows.bad.iter().map(|row| {
        let shown = Wanted { place: Some(row.place), change: Change::Write, draft: &row.draft, changed: &[] };
        shown.outcome(Status::Refused, Some(&row.reason), None)
    });
    let bad: Vec<_> = bad.collect();
    if !bad.is_empty() {
        let _ = sink.records(bad).await;
    }
    let wanted: Vec<_> = rows.good.iter().map(Wanted::of).collect();
    let sent = send(connection, &wanted, sink).await;
    let all = rows.good.len() + rows.bad.len();
    ended(connection, sent.failure, sent.refused + rows.bad.len(), all)
}

/// Removes the indicators of these ids.
///
/// # Errors
/// [`ListFailure`] when not every one is gone.
pub async fn remove_ids(
    connection: &Connection,
    ids: &[String],
    sink: &mut dyn RecordSink<RawRecord>,
) -> Result<ListSummary, ListFailure> {
    let doomed: Vec<_> = ids.iter().map(|id| Doomed { id: id.clone(), draft: IndicatorDraft::default() }).collect();
    let sent = remove(connection, &doomed, sink).await;
    ended(connection, sent.failure, sent.refused, ids.len())
}

pub(super) fn ended(
    connection: &Connection,
    failure: Option<ListFailure>,
    refused: usize,
    all: usize,
) -> Result<ListSummary, ListFailure> {
    match failure {
        Some(failure) => Err(failure),
        None if refused > 0 => Err(refused_rows(connection, refused, all)),
        None => Ok(ListSummary { records: all as u64, pages: 0 }),
    }
}
