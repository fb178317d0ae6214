//! Removes indicators by their ids, 500 at once. Defender removes none of a batch in which one id is missing: then the
//! tenant's list says which are there.
//!
//! Source: learn.microsoft.com/defender-endpoint/api/batch-delete-ti-indicators, …/delete-ti-indicator-by-id

use std::collections::HashSet;

use mde_core::http::Method;

use super::batch::{self, LARGEST};
use super::inventory::inventory;
use super::outcome::{Change, Outcome, Status};
use super::send::{Sent, words};
use crate::connection::{Connection, Outgoing};
use crate::endpoints::{DELETE_INDICATOR, DELETE_INDICATORS};
use crate::error::DefenderError;
use crate::indicators::IndicatorDraft;
use crate::listing::{ListFailure, RecordSink, failure};
use crate::raw_record::RawRecord;

const ROUNDS: u32 = 3;

/// What is to be removed, and what is known of it.
pub(crate) struct Doomed {
    pub(crate) id: String,
    pub(crate) draft: IndicatorDraft,
}

impl Doomed {
    fn outcome(&self, status: Status, reason: Option<&str>) -> RawRecord {
        let Self { id, draft } = self;
        let change = Change::Remove;
        Outcome { change, status, reason, place: None, id: Some(id), changed: &[], draft }.record()
    }
}

/// Removes them.
pub(crate) async fn remove(connection: &Connection, doomed: &[Doomed], sink: &mut dyn RecordSink<RawRecord>) -> Sent {
    let mut sent = Sent::default();
    let (ids, wrong): (Vec<_>, Vec<_>) = doomed.iter().partition(|one| is_id(&one.id));
    if !wrong.is_empty() {
        let reason = Some("this is no id: ids are numbers");
        sent.refused += wrong.len();
        let _ = sink.records(wrong.iter().map(|one| one.outcome(Status::Refused, reason)).collect()).await;
    }
    for (number, chunk) in ids.chunks(LARGEST).enumerate() {
        let (gone, error) = settle(connection, chunk).await;
        let mut records = Vec::with_capacity(chunk.len());
        for (one, end) in chunk.iter().zip(gone) {
            let (status, reason) = match end {
                End::Removed => (Status::Accepted, None),
                End::WasNotThere => (Status::Skipped, Some("the tenant has no such indicator")),
                End::Unknown => (Status::Unknown, Some("no answer says whether it was removed")),
                End::NotSent => (Status::NotSent, Some("the call was refused as a whole")),
            };
            sent.accepted += usize::from(status == Status::Accepted);
            sent.refused += usize::from(!matches!(status, Status::Accepted | Status::Skipped));
            records.push(one.outcome(status, reason));
        }
        let is_gone = sink.records(records).await.is_break();
        sent.failure = error;
        if sent.failure.is_some() || is_gone {
            let rest = &ids[(number * LARGEST + chunk.len()).min(ids.len())..];
            sent.refused += rest.len();
            for chunk in rest.chunks(LARGEST) {
                let reason = Some("something failed before its turn");
                let _ = sink.records(chunk.iter().map(|one| one.outcome(Status::NotSent, reason)).collect()).await;
            }
            break;
        }
    }
    sent
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Removed,
    WasNotThere,
    Unknown,
    NotSent,
}

/// Asks for the removal until each has an end, or none can be had.
async fn settle(connection: &Connection, chunk: &[&Doomed]) -> (Vec<End>, Option<ListFailure>) {
    let mut ends = vec![End::NotSent; chunk.len()];
    let mut open: Vec<usize> = (0..chunk.len()).collect();
    let mut round = 0;
    loop {
        round += 1;
        let ids: Vec<_> = open.iter().map(|position| chunk[*position].id.as_str()).collect();
        let error = match delete(connection, &ids).await {
            Ok(()) => {
                set(&mut ends, &open, End::Removed);
                return (ends, None);
            }
            Err(error) => error,
        };
        let was_carried_out = matches!(error, DefenderError::OutcomeUnknown(_));
        if !was_carried_out && !error.is_not_found() || round >= ROUNDS {
            let end = if was_carried_out { End::Unknown } else { End::NotSent };
            set(&mut ends, &open, end);
            return (ends, Some(failure(connection, &error, 0)));
        }
        if ids.len() == 1 && error.is_not_found() {
            ends[open[0]] = End::WasNotThere;
            return (ends, None);
        }
        let tenant = &connection.token_request.tenant;
        let why = words(&error);
        connection.observer.verbose(format!("tenant {tenant}: {why}; looking at which indicators are there"));
        let there: HashSet<String> = match inventory(connection).await {
            Ok(there) => there.into_iter().map(|record| record.id).collect(),
            Err(failure) => {
                set(&mut ends, &open, End::Unknown);
                return (ends, Some(failure));
            }
        };
        open.retain(|position| {
            let is_there = there.contains(&chunk[*position].id);
            if !is_there {
                ends[*position] = if was_carried_out { End::Removed } else { End::WasNotThere };
            }
            is_there
        });
        if open.is_empty() {
            return (ends, None);
        }
    }
}

fn set(ends: &mut [End], positions: &[usize], end: End) {
    for position in positions {
        ends[*position] = end;
    }
}

async fn delete(connection: &Connection, ids: &[&str]) -> Result<(), DefenderError> {
    let (endpoint, outgoing) = if let [id] = ids {
        let url = connection.url(&DELETE_INDICATOR.path.replace("{id}", id), &[]);
        (&DELETE_INDICATOR, Outgoing::new(Method::DELETE, url, None))
    } else {
        let url = connection.url(DELETE_INDICATORS.path, &[]);
        (&DELETE_INDICATORS, Outgoing::new(Method::POST, url, Some(batch::removal_body(ids))))
    };
    connection.call(endpoint, &outgoing).await.map(drop)
}
