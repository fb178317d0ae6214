//! Sends wanted indicators, 500 at once, and tells what became of each. Nothing is sent twice without need: when the
//! answer to a call is lost, the tenant's list says what took effect, and only the rest is sent again.

use mde_core::http::Method;
use mde_core::{Code, Report, Reportable, quoted};

use super::batch::{self, Answer, LARGEST};
use super::inventory::inventory;
use super::outcome::{Change, Outcome, Status};
use super::rows::Row;
use crate::connection::{Connection, Outgoing};
use crate::endpoints::{IMPORT_INDICATORS, SUBMIT_INDICATOR};
use crate::error::DefenderError;
use crate::indicators::{Indicator, IndicatorDraft, IndicatorKey};
use crate::listing::{ListFailure, RecordSink, failure};
use crate::raw_record::RawRecord;

const LARGEST_REPLY: usize = 16 * 1024 * 1024;
/// How often what is left after a lost answer is sent again.
const ROUNDS: u32 = 3;

/// How sending ended, beside what became of each row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sent {
    /// The ids that the rows have now, in the rows' order; none where a row did not take effect or its id is not known.
    pub(crate) ids: Vec<Option<String>>,
    /// How many took effect.
    pub(crate) accepted: usize,
    /// How many did not.
    pub(crate) refused: usize,
    /// Why it ended early.
    pub(crate) failure: Option<ListFailure>,
}

/// A row and what is to be told of it.
pub(crate) struct Wanted<'a> {
    pub(crate) place: Option<u64>,
    pub(crate) change: Change,
    pub(crate) draft: &'a IndicatorDraft,
    pub(crate) changed: &'a [String],
}

impl<'a> Wanted<'a> {
    pub(crate) fn of(row: &'a Row) -> Self {
        Self { place: Some(row.place), change: Change::Write, draft: &row.draft, changed: &[] }
    }

    pub(crate) fn outcome(&self, status: Status, reason: Option<&str>, id: Option<&str>) -> RawRecord {
        let Self { place, change, draft, changed } = *self;
        Outcome { change, status, reason, place, id, changed, draft }.record()
    }
}

/// Sends the rows.
pub(crate) async fn send(connection: &Connection, rows: &[Wanted<'_>], sink: &mut dyn RecordSink<RawRecord>) -> Sent {
    let mut sent = Sent::default();
    for (number, chunk) in rows.chunks(LARGEST).enumerate() {
        let drafts: Vec<_> = chunk.iter().map(|row| row.draft).collect();
        let (answers, error) = settle(connection, &drafts).await;
        let mut records = Vec::with_capacity(chunk.len());
        for (row, answer) in chunk.iter().zip(&answers) {
            let (status, reason, id) = match answer {
                Settled::Answer(Answer::Accepted(id)) => (Status::Accepted, None, id.as_deref()),
                Settled::Answer(Answer::Refused(reason)) => (Status::Refused, Some(reason.as_str()), None),
                Settled::Answer(Answer::Missing) => {
                    (Status::Unknown, Some("Defender's reply says nothing of it"), None)
                }
                Settled::Unknown => (Status::Unknown, Some("no answer says whether it took effect"), None),
                Settled::NotSent => (Status::NotSent, Some("the call was refused as a whole"), None),
            };
            sent.accepted += usize::from(status == Status::Accepted);
            sent.refused += usize::from(status != Status::Accepted);
            sent.ids.push(id.map(str::to_owned));
            records.push(row.outcome(status, reason, id));
        }
        let is_gone = sink.records(records).await.is_break();
        let is_full = answers.iter().any(|answer| matches!(answer, Settled::Answer(answer) if answer.is_full()));
        sent.failure = error.or_else(|| is_full.then(|| full(connection, sent.accepted)));
        if sent.failure.is_some() || is_gone {
            let rest = &rows[(number * LARGEST + chunk.len()).min(rows.len())..];
            not_sent(rest, sink, &mut sent).await;
            break;
        }
    }
    sent
}

async fn not_sent(rest: &[Wanted<'_>], sink: &mut dyn RecordSink<RawRecord>, sent: &mut Sent) {
    for chunk in rest.chunks(LARGEST) {
        let reason = Some("something failed before its turn");
        let records = chunk.iter().map(|row| row.outcome(Status::NotSent, reason, None)).collect();
        sent.refused += chunk.len();
        sent.ids.extend(chunk.iter().map(|_| None));
        if sink.records(records).await.is_break() {
            return;
        }
    }
}

fn full(connection: &Connection, accepted: usize) -> ListFailure {
    let message = "the tenant is full: Defender refuses further indicators";
    let tenant = connection.token_request.tenant.as_str();
    let report = Report::new(Code::CapacityExceeded, message).detail("accepted", accepted.to_string()).target(tenant);
    ListFailure { report, concerns_all_tenants: false }
}

/// The failure of a write of which some rows did not take effect.
pub(crate) fn refused_rows(connection: &Connection, refused: usize, all: usize) -> ListFailure {
    let message = format!("{refused} of {all} indicators were not written");
    let report = Report::new(Code::IndicatorsRefused, message).target(connection.token_request.tenant.as_str());
    ListFailure { report, concerns_all_tenants: false }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Settled {
    Answer(Answer),
    Unknown,
    NotSent,
}

/// Sends drafts until each has an answer, or none can be had.
async fn settle(connection: &Connection, drafts: &[&IndicatorDraft]) -> (Vec<Settled>, Option<ListFailure>) {
    let mut settled = vec![Settled::NotSent; drafts.len()];
    let mut open: Vec<usize> = (0..drafts.len()).collect();
    let mut round = 0;
    loop {
        round += 1;
        let left: Vec<_> = open.iter().map(|position| drafts[*position]).collect();
        let error = match post(connection, &left).await {
            Ok(answers) => {
                for (position, answer) in open.into_iter().zip(answers) {
                    settled[position] = Settled::Answer(answer);
                }
                return (settled, None);
            }
            Err(error) => error,
        };
        if !matches!(error, DefenderError::OutcomeUnknown(_)) {
            return (settled, Some(failure(connection, &error, 0)));
        }
        let tenant = &connection.token_request.tenant;
        connection.observer.verbose(format!(
            "tenant {tenant}: the answer to {} indicators was lost; looking at which of them are there",
            open.len()
        ));
        let there = match inventory(connection).await {
            Ok(there) => there,
            Err(failure) => {
                for position in open {
                    settled[position] = Settled::Unknown;
                }
                return (settled, Some(failure));
            }
        };
        open.retain(|position| match found(drafts[*position], &there) {
            Some(id) => {
                settled[*position] = Settled::Answer(Answer::Accepted(Some(id)));
                false
            }
            None => true,
        });
        if open.is_empty() {
            return (settled, None);
        }
        if round >= ROUNDS {
            for position in open {
                settled[position] = Settled::Unknown;
            }
            return (settled, Some(failure(connection, &error, 0)));
        }
    }
}

/// The id of the record that says all that the draft says.
fn found(draft: &IndicatorDraft, there: &[Indicator]) -> Option<String> {
    let key = IndicatorKey::new(&draft.indicator_type, &draft.indicator_value);
    let is_same = |record: &&Indicator| {
        record.action == draft.action
            && IndicatorKey::new(&record.indicator_type, &record.indicator_value) == key
            && crate::indicators::Property::ALL.iter().all(|property| {
                match (draft.get(*property), record.get(*property)) {
                    (Some(wanted), Some(has)) => wanted.means(&has),
                    // The application can't be changed after the indicator was made.
                    (Some(_), None) => *property == crate::indicators::Property::Application,
                    (None, has) => !draft.cleared.contains(property) || has.is_none(),
                }
            })
    };
    there.iter().find(is_same).map(|record| record.id.clone())
}

/// One call. What Defender refuses of a single row is that row's answer, not a failure.
async fn post(connection: &Connection, drafts: &[&IndicatorDraft]) -> Result<Vec<Answer>, DefenderError> {
    let (endpoint, body) = match drafts {
        [draft] => (&SUBMIT_INDICATOR, draft.wire_json()),
        _ => (&IMPORT_INDICATORS, batch::import_body(drafts)),
    };
    let outgoing = Outgoing::new(Method::POST, connection.url(endpoint.path, &[]), Some(body));
    let response = match connection.call(endpoint, &outgoing).await {
        Err(DefenderError::Refused { status: 400, message, .. }) if drafts.len() == 1 => {
            return Ok(vec![Answer::Refused(quoted(&message, 400))]);
        }
        outcome => outcome?,
    };
    let lost = |error| DefenderError::OutcomeUnknown(Box::new(error));
    let reply = response.bytes(LARGEST_REPLY).await.map_err(|error| lost(DefenderError::Transport(error)))?;
    if drafts.len() == 1 {
        return Ok(vec![Answer::Accepted(batch::submitted_id(&reply))]);
    }
    // The call went through: what can't be read is an answer that was lost.
    batch::import_answers(drafts, &reply)
        .ok_or_else(|| lost(DefenderError::Page { status: 200, error: crate::page::PageError::NotAPage }))
}

/// A report's words, for one row's reason.
pub(crate) fn words(error: &DefenderError) -> String {
    quoted(&error.report().message, 400)
}
