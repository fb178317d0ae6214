//! What became of a wanted change, as it is shown: one JSON object each.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::indicators::IndicatorDraft;
use crate::raw_record::RawRecord;

/// What is done with an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Change {
    /// It is not there yet.
    Add,
    /// It is there and becomes another.
    Change,
    /// It is taken away.
    Remove,
    /// It is sent, whether it is there or not.
    Write,
    /// It is there as it should be.
    Keep,
    /// It belongs to someone else and stays as it is.
    Foreign,
    /// It is wanted, but someone else's, or another wanted one, stands in its way.
    Conflict,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Status {
    /// It would be done.
    Planned,
    /// Defender has done it.
    Accepted,
    /// It can't be done as it is.
    Refused,
    /// It was not sent, because something else failed before.
    NotSent,
    /// It was sent, and no answer says what became of it.
    Unknown,
    /// There is nothing to do.
    Skipped,
}

/// What became of one change.
#[derive(Debug, Clone, Copy)]
pub struct Outcome<'a> {
    /// What was to be done.
    pub change: Change,
    /// How far it is.
    pub status: Status,
    /// Why, where that is not plain.
    pub reason: Option<&'a str>,
    /// The row that wanted it.
    pub place: Option<u64>,
    /// The indicator's id, where it is known.
    pub id: Option<&'a str>,
    /// The properties that change, with what they were and what they become.
    pub changed: &'a [String],
    /// The indicator.
    pub draft: &'a IndicatorDraft,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    change: Change,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    changed_properties: &'a [String],
    indicator: &'a RawValue,
}

impl Outcome<'_> {
    /// The outcome as a record.
    pub fn record(&self) -> RawRecord {
        let indicator = self.draft.file_json();
        let Ok(indicator) = serde_json::from_str(&indicator) else { return RawRecord::new("{}".to_owned()) };
        let shown = Shown {
            change: self.change,
            status: self.status,
            reason: self.reason,
            row: self.place,
            id: self.id,
            changed_properties: self.changed,
            indicator,
        };
        RawRecord::new(serde_json::to_string(&shown).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_holds_the_whole_indicator() {
        let draft =
            IndicatorDraft::from_json(r#"{"indicatorType":"Url","indicatorValue":"https://a/","x":[1]}"#).unwrap();
        let outcome = Outcome {
            change: Change::Write,
            status: Status::Refused,
            reason: Some("no"),
            place: Some(3),
            id: None,
            changed: &[],
            draft: &draft,
        };
        assert_eq!(
            outcome.record().json,
            r#"{"change":"Write","status":"Refused","reason":"no","row":3,"indicator":{"indicatorValue":"https://a/","indicatorType":"Url","x":[1]}}"#
        );
    }
}
