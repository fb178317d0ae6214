//! Changes one indicator by its id. Which of its properties are Defender's key for an update is not documented: what the
//! change leaves open is sent as it is, and where the update turned out to be a new indicator, the old one is removed.

use mde_core::{Code, Report};

use super::inventory::inventory;
use super::outcome::{Change, Status};
use super::remove::{Doomed, remove};
use super::send::{Wanted, refused_rows, send};
use crate::connection::Connection;
use crate::indicators::{Indicator, IndicatorDraft, Property, ValidationContext, validate};
use crate::listing::{ListFailure, ListSummary, RecordSink};
use crate::raw_record::RawRecord;
use crate::timestamp::Timestamp;

/// Gives the indicator of this id the properties that the draft sets or clears.
///
/// # Errors
/// [`ListFailure`] when it is not there, or the change can't be made.
pub async fn change(
    connection: &Connection,
    id: &str,
    changes: &IndicatorDraft,
    now: Timestamp,
    sink: &mut dyn RecordSink<RawRecord>,
) -> Result<ListSummary, ListFailure> {
    let tenant = connection.token_request.tenant.as_str();
    let failed = |code, message: String| ListFailure {
        report: Report::new(code, message).target(tenant).detail("tenant", tenant),
        concerns_all_tenants: false,
    };
    let there = inventory(connection).await?;
    let Some(record) = there.iter().find(|record| record.id == id) else {
        return Err(failed(Code::IndicatorNotFound, format!("the tenant has no indicator {id}")));
    };
    let mut wanted = changes.completed_from(record);
    wanted.indicator_type.clone_from(&record.indicator_type);
    wanted.indicator_value.clone_from(&record.indicator_value);
    let checked = validate(&wanted, ValidationContext { now, is_new: false });
    if !checked.is_valid() {
        let reasons: Vec<_> = checked.errors.iter().map(|problem| format!("{problem}: {}", problem.remedy())).collect();
        return Err(failed(Code::IndicatorInvalid, format!("indicator {id}: {}", reasons.join("; "))));
    }
    let changed = differences(&checked.draft, record);
    let row = Wanted { place: None, change: Change::Change, draft: &checked.draft, changed: &changed };
    if changed.is_empty() {
        let _ = sink.records(vec![row.outcome(Status::Skipped, Some("it is like that already"), Some(id))]).await;
        return Ok(ListSummary { records: 1, pages: 1 });
    }
    let sent = send(connection, &[row], sink).await;
    if let Some(failure) = sent.failure {
        return Err(failure);
    }
    if sent.refused > 0 {
        return Err(refused_rows(connection, 1, 1));
    }
    // An update that made a new indicator would leave the old one beside it.
    if sent.ids.first().is_some_and(|new| new.as_deref().is_some_and(|new| new != id)) {
        let old = Doomed { id: id.to_owned(), draft: IndicatorDraft::from(record) };
        if let Some(failure) = remove(connection, &[old], sink).await.failure {
            return Err(failure);
        }
    }
    Ok(ListSummary { records: 1, pages: 1 })
}

/// The properties in which a draft and a record of the same type and value differ, each with what it was and what it
/// becomes.
pub(crate) fn differences(draft: &IndicatorDraft, record: &Indicator) -> Vec<String> {
    let shown = |value: Option<String>| value.unwrap_or_else(|| "(none)".to_owned());
    Property::ALL
        .into_iter()
        .filter(|property| !matches!(property, Property::IndicatorType | Property::IndicatorValue))
        .filter_map(|property| {
            let (wanted, has) = (draft.get(property), record.get(property));
            let is_same = match (&wanted, &has) {
                (Some(wanted), Some(has)) => wanted.means(has),
                (None, Some(_)) => !draft.cleared.contains(&property),
                (Some(_), None) => false,
                (None, None) => true,
            };
            let text = |value: Option<crate::indicators::PropertyValue<'_>>| value.map(|value| value.to_string());
            (!is_same).then(|| format!("{property}: {} -> {}", shown(text(has)), shown(text(wanted))))
        })
        .collect()
}
