//! Advanced hunting: one query of Kusto's language, its rows streamed.
//!
//! Source: learn.microsoft.com/graph/api/security-security-runhuntingquery (body, permission, at most 100,000 rows)

use std::ops::ControlFlow;

use mde_core::http::Method;
use serde::Serialize;
use tokio::time::Duration;

use crate::connection::{Connection, Outgoing};
use crate::endpoints::HUNTING;
use crate::error::DefenderError;
use crate::listing::{ListFailure, ListSummary, RecordSink, failure};
use crate::page::PageSplitter;
use crate::raw_record::RawRecord;

const BATCH: usize = 500;
/// A query may take three minutes at the service.
const LONGEST_QUERY: Duration = Duration::from_mins(4);

/// A query.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct HuntingQuery {
    /// Kusto's query language.
    pub query: String,
    /// The time that is looked at, as ISO 8601 writes durations and intervals; 30 days when missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timespan: Option<String>,
}

/// Runs a query and streams its rows into the sink.
///
/// # Errors
/// [`ListFailure`] when the rows could not be had to their end.
pub async fn hunt(
    connection: &Connection,
    query: &HuntingQuery,
    sink: &mut dyn RecordSink<RawRecord>,
) -> Result<ListSummary, ListFailure> {
    let mut summary = ListSummary { records: 0, pages: 1 };
    match rows(connection, query, sink, &mut summary).await {
        Ok(()) => Ok(summary),
        Err(error) => Err(failure(connection, &error, summary.records)),
    }
}

async fn rows(
    connection: &Connection,
    query: &HuntingQuery,
    sink: &mut dyn RecordSink<RawRecord>,
    summary: &mut ListSummary,
) -> Result<(), DefenderError> {
    let url = connection.url(HUNTING.path, &[]);
    let body = serde_json::to_string(query).unwrap_or_default();
    // It reads only: asking again changes nothing.
    let outgoing =
        Outgoing { sends_once: false, per_try: LONGEST_QUERY, ..Outgoing::new(Method::POST, url, Some(body)) };
    let mut response = connection.call(&HUNTING, &outgoing).await?;
    let status = response.status;
    let unreadable = |error| DefenderError::Page { status, error };
    let mut splitter = PageSplitter::of("results");
    loop {
        let bytes = response.chunk().await.map_err(DefenderError::Transport)?;
        let Some(bytes) = bytes else { break };
        let mut batch = Vec::new();
        let pushed = splitter
            .push(&bytes, |row| {
                // The splitter cuts at the ends of values: a row that is no JSON shows as text what it is.
                batch.push(RawRecord::new(String::from_utf8_lossy(row).into_owned()));
                ControlFlow::Continue(())
            })
            .map_err(unreadable);
        while !batch.is_empty() {
            let rest = batch.split_off(batch.len().min(BATCH));
            summary.records += batch.len() as u64;
            if sink.records(batch).await.is_break() {
                return Ok(());
            }
            batch = rest;
        }
        // A row after which the page turned out to be none was sent all the same.
        if pushed?.is_break() {
            return Ok(());
        }
    }
    splitter.finish().map(drop).map_err(unreadable)
}
