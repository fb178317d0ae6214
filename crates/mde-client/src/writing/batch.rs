//! Bodies and replies of the calls that write: up to 500 indicators at once, each with an answer of its own.
//!
//! Sources: learn.microsoft.com/defender-endpoint/api/import-ti-indicators (a 200 can hold refused rows),
//! …/batch-delete-ti-indicators, …/common-errors (names in bodies are case-sensitive)

use std::collections::{HashMap, VecDeque};

use mde_core::quoted;
use serde::Deserialize;
use serde_json::Value;

use crate::indicators::{IndicatorDraft, IndicatorKey};

/// No call takes more.
pub(crate) const LARGEST: usize = 500;
const LONGEST_REASON: usize = 400;

/// What Defender says of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It took effect.
    Accepted(Option<String>),
    /// It did not.
    Refused(String),
    /// The reply says nothing of it.
    Missing,
}

impl Answer {
    /// Whether the tenant is full: whatever follows would be refused as well.
    ///
    /// Source: minemeld-wd-atp's recorded error 'Max capacity exceeded. Current Total: 15000, Limit: 15000'
    pub(crate) fn is_full(&self) -> bool {
        matches!(self, Self::Refused(reason) if reason.contains("Max capacity exceeded"))
    }
}

/// The body of an import.
pub(crate) fn import_body(drafts: &[&IndicatorDraft]) -> String {
    let rows: Vec<_> = drafts.iter().map(|draft| draft.wire_json()).collect();
    format!(r#"{{"Indicators":[{}]}}"#, rows.join(","))
}

/// The body of a removal.
pub(crate) fn removal_body(ids: &[&str]) -> String {
    serde_json::json!({ "IndicatorIds": ids }).to_string()
}

#[derive(Deserialize)]
struct ReplyBody {
    value: Vec<RowBody>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RowBody {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    indicator: Value,
    #[serde(default)]
    is_failed: Option<bool>,
    #[serde(default)]
    failure_reason: Value,
}

/// The answers to the drafts of an import, in the drafts' order. None when the reply is no such reply.
///
/// Rows are told by their value, which the reply repeats, and by their order where a value is sent more than once: its
/// own order need not be that of the request.
pub(crate) fn import_answers(drafts: &[&IndicatorDraft], reply: &[u8]) -> Option<Vec<Answer>> {
    let ReplyBody { value: rows } = serde_json::from_slice(reply).ok()?;
    let comparable = |draft: &IndicatorDraft, text: &str| IndicatorKey::new(&draft.indicator_type, text).value;
    let mut by_value: HashMap<String, VecDeque<usize>> = HashMap::new();
    for (position, draft) in drafts.iter().enumerate() {
        by_value.entry(comparable(draft, &draft.indicator_value)).or_default().push_back(position);
    }
    let mut answers = vec![Answer::Missing; drafts.len()];
    for row in rows {
        let value = match &row.indicator {
            Value::String(text) => text.clone(),
            Value::Object(members) => {
                members.get("indicatorValue").and_then(Value::as_str).unwrap_or_default().to_owned()
            }
            _ => String::new(),
        };
        // Letter case may have changed on the way, so it is looked up as each type compares it; first as URLs do, where
        // two rows can differ in nothing but letter case.
        let types = ["Url"].iter().chain(&crate::indicators::TYPES);
        let found = types.map(|kind| IndicatorKey::new(kind, &value).value).find_map(|key| {
            let positions = by_value.get_mut(&key)?;
            positions.pop_front()
        });
        if let Some(position) = found {
            answers[position] = row.answer();
        }
    }
    Some(answers)
}

impl RowBody {
    fn answer(self) -> Answer {
        if self.is_failed == Some(true) {
            let reason = match self.failure_reason {
                Value::Null => String::new(),
                Value::String(text) => text,
                other => other.to_string(),
            };
            let reason = if reason.trim().is_empty() { "Defender gave no reason" } else { &reason };
            return Answer::Refused(quoted(reason, LONGEST_REASON));
        }
        Answer::Accepted(id_text(&self.id))
    }
}

/// The id in the reply to a single indicator.
pub(crate) fn submitted_id(reply: &[u8]) -> Option<String> {
    let body: RowBody = serde_json::from_slice(reply).ok()?;
    id_text(&body.id)
}

fn id_text(id: &Value) -> Option<String> {
    match id {
        Value::String(id) if !id.is_empty() => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(value: &str, action: &str) -> IndicatorDraft {
        IndicatorDraft {
            indicator_type: "DomainName".into(),
            indicator_value: value.into(),
            action: action.into(),
            ..IndicatorDraft::default()
        }
    }

    #[test]
    fn answers_find_their_rows_in_any_order() {
        let drafts = [
            draft("a.example", "Block"),
            draft("b.example", "Block"),
            draft("a.example", "Allowed"),
            draft("c.example", "Warn"),
        ];
        let drafts: Vec<_> = drafts.iter().collect();
        let reply = br#"{"@odata.context":"x","value":[
            {"id":"2","indicator":"B.example","isFailed":false,"failureReason":null},
            {"id":10,"indicator":{"indicatorValue":"a.example"},"isFailed":false,"failureReason":null},
            {"id":null,"indicator":"a.example","isFailed":true,"failureReason":"Max capacity exceeded. Current Total: 15000, Limit: 15000 (Parameter 'Capacity: 15000/15000')"},
            {"id":"9","indicator":"stranger.example","isFailed":false}]}"#;
        let answers = import_answers(&drafts, reply).unwrap();
        assert_eq!(answers[0], Answer::Accepted(Some("10".into())));
        assert_eq!(answers[1], Answer::Accepted(Some("2".into())));
        assert!(answers[2].is_full(), "{:?}", answers[2]);
        assert_eq!(answers[3], Answer::Missing);
        assert_eq!(import_answers(&drafts, b"<html>"), None);
    }

    #[test]
    fn a_reason_may_have_any_form() {
        for (reason, told) in [
            (r#""no""#, "no"),
            (r#"{"code":"InvalidInput"}"#, r#"{"code":"InvalidInput"}"#),
            ("null", "Defender gave no reason"),
            (r#"" ""#, "Defender gave no reason"),
        ] {
            let reply =
                format!(r#"{{"value":[{{"indicator":"a.example","isFailed":true,"failureReason":{reason}}}]}}"#);
            let answers = import_answers(&[&draft("a.example", "Block")], reply.as_bytes());
            assert_eq!(answers, Some(vec![Answer::Refused(told.into())]), "{reason}");
        }
    }

    #[test]
    fn bodies_have_defenders_names() {
        let body: Value = serde_json::from_str(&import_body(&[&draft("a.example", "Block")])).unwrap();
        assert_eq!(body["Indicators"][0]["indicatorValue"], "a.example");
        assert_eq!(removal_body(&["1", "2"]), r#"{"IndicatorIds":["1","2"]}"#);
        assert_eq!(submitted_id(br#"{"id":"7","indicatorValue":"x"}"#).as_deref(), Some("7"));
    }

    #[test]
    fn addresses_that_differ_in_letter_case_only_keep_their_own_answers() {
        let url = |value: &str| IndicatorDraft { indicator_type: "Url".into(), ..draft(value, "Block") };
        let drafts = [url("https://a.example/P"), url("https://a.example/p")];
        let reply = br#"{"value":[
            {"id":null,"indicator":"https://a.example/P","isFailed":true,"failureReason":"no"},
            {"id":"2","indicator":"https://a.example/p","isFailed":false}]}"#;
        let answers = import_answers(&drafts.iter().collect::<Vec<_>>(), reply).unwrap();
        assert_eq!(answers, [Answer::Refused("no".into()), Answer::Accepted(Some("2".into()))]);
    }
}
