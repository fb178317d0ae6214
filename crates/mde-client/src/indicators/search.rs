//! Conditions on indicators: those that Defender can filter by become part of `$filter`, the others are looked at here.
//!
//! Source: learn.microsoft.com/defender-endpoint/api/get-ti-indicators-collection (fields of `$filter`: application,
//! createdByDisplayName, expirationTime, generateAlert, title, rbacGroupNames, rbacGroupIds, indicatorValue,
//! indicatorType, creationTimeDateTimeUtc, createdBy, action, severity). The id and the external id are not among them.

use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;

use async_trait::async_trait;
use mde_core::Report;

use super::record::Indicator;
use super::value::{IndicatorKey, full_address};
use crate::listing::{ListQuery, RecordSink};
use crate::odata;
use crate::timestamp::Timestamp;

/// An address has room for so many values; more of them are looked for here.
const MOST_VALUES: usize = 20;

/// What an indicator has to be. Several texts of one kind are alternatives; different kinds have to hold together.
/// `*` and `?` stand for any text and any character.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IndicatorSearch {
    /// Ids.
    pub ids: Vec<String>,
    /// Values, in any letter case, and addresses in any notation.
    pub values: Vec<String>,
    /// Types.
    pub types: Vec<String>,
    /// Actions.
    pub actions: Vec<String>,
    /// Severities.
    pub severities: Vec<String>,
    /// Titles.
    pub titles: Vec<String>,
    /// Application ids or users.
    pub created_by: Vec<String>,
    /// External ids.
    pub external_ids: Vec<String>,
    /// It deletes itself before this.
    pub expires_before: Option<Timestamp>,
    /// It deletes itself after this.
    pub expires_after: Option<Timestamp>,
    /// It never deletes itself.
    pub never_expires: bool,
    /// The tenant has another one of the same type and value, whether that one is looked for or not.
    pub has_duplicate: bool,
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

impl IndicatorSearch {
    /// The query that Defender gets. Where something is left to be looked at here, all records have to come.
    pub fn query(&self, filter: Option<&str>, skip: u64, first: Option<u64>) -> ListQuery {
        let mut parts: Vec<String> = filter.map(|filter| format!("({filter})")).into_iter().collect();
        let any = |field: &str, texts: Vec<&str>| {
            let all: Vec<_> = texts.iter().map(|value| format!("{field} eq {}", odata::text(value))).collect();
            if all.len() > 1 { format!("({})", all.join(" or ")) } else { all.concat() }
        };
        // Whether Defender minds the letter case of values is not documented: each is asked for in all its cases.
        let cased: Vec<_> = self.values.iter().flat_map(|value| cases(value)).collect();
        let fields = [
            ("indicatorValue", cased.iter().map(String::as_str).collect()),
            ("indicatorType", texts(&self.types)),
            ("action", texts(&self.actions)),
            ("severity", texts(&self.severities)),
            ("title", texts(&self.titles)),
            ("createdBy", texts(&self.created_by)),
        ];
        for (field, values) in fields {
            if self.is_asked(field) && can_be_asked(&values) {
                parts.push(any(field, values));
            }
        }
        if self.is_asked("expirationTime") {
            parts.extend(self.expires_before.map(|time| format!("expirationTime lt {time}")));
            parts.extend(self.expires_after.map(|time| format!("expirationTime gt {time}")));
        }
        let filter = match (parts.len(), filter) {
            (0, _) => None,
            // Alone, it is passed on as it is.
            (1, Some(filter)) => Some(filter.to_owned()),
            _ => Some(parts.join(" and ")),
        };
        let (skip, first) = if self.is_local() { (0, None) } else { (skip, first) };
        ListQuery { filter, skip, first, ..ListQuery::default() }
    }

    /// Whether Defender may leave out what does not fit in this field. The duplicates of an indicator have its type and
    /// value and may differ in everything else, so they would be left out as well.
    fn is_asked(&self, field: &str) -> bool {
        !self.has_duplicate || matches!(field, "indicatorValue" | "indicatorType")
    }

    /// Whether something is left to be looked at here.
    pub fn is_local(&self) -> bool {
        let texts = [&self.values, &self.types, &self.actions, &self.severities, &self.titles, &self.created_by];
        let is_partly = |texts: &&Vec<String>| !texts.is_empty() && !can_be_asked(&self::texts(texts));
        texts.iter().any(is_partly)
            || !self.ids.is_empty()
            || !self.external_ids.is_empty()
            || self.never_expires
            || self.has_duplicate
    }

    /// Whether the indicator is one of those that are looked for, apart from its duplicates.
    pub fn matches(&self, record: &Indicator) -> bool {
        let any = |wanted: &[String], found: Option<&str>| {
            wanted.is_empty() || found.is_some_and(|found| wanted.iter().any(|pattern| is_like(pattern, found)))
        };
        any(&self.ids, Some(&record.id))
            && (any(&self.values, Some(&record.indicator_value))
                || full_address(&record.indicator_value).is_some_and(|found| {
                    self.values.iter().any(|value| full_address(value.trim()).as_ref() == Some(&found))
                }))
            && any(&self.types, Some(&record.indicator_type))
            && any(&self.actions, Some(&record.action))
            && any(&self.severities, record.severity.as_deref())
            && any(&self.titles, record.title.as_deref())
            && any(&self.created_by, record.created_by.as_deref())
            && any(&self.external_ids, record.external_id.as_deref())
            && (!self.never_expires || record.expiration_time.is_none())
            && self.expires_before.is_none_or(|time| record.expiration_time.is_some_and(|ends| ends < time))
            && self.expires_after.is_none_or(|time| record.expiration_time.is_some_and(|ends| ends > time))
    }
}

fn texts(all: &[String]) -> Vec<&str> {
    all.iter().map(String::as_str).collect()
}

fn can_be_asked(values: &[&str]) -> bool {
    !values.is_empty() && values.len() <= MOST_VALUES && !values.iter().any(|value| is_pattern(value))
}

fn cases(value: &str) -> BTreeSet<String> {
    let value = value.trim();
    // Defender takes addresses only in full.
    [value.to_owned(), value.to_lowercase(), value.to_uppercase()].into_iter().chain(full_address(value)).collect()
}

/// Whether the text is like the pattern, in any letter case.
fn is_like(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.trim().to_lowercase().chars().collect();
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let (mut at, mut position) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while position < text.len() {
        if at < pattern.len() && (pattern[at] == '?' || pattern[at] == text[position]) && pattern[at] != '*' {
            at += 1;
            position += 1;
        } else if at < pattern.len() && pattern[at] == '*' {
            star = Some((at, position));
            at += 1;
        } else if let Some((star_at, star_position)) = star {
            // The last star takes one more character.
            star = Some((star_at, star_position + 1));
            at = star_at + 1;
            position = star_position + 1;
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|rest| *rest == '*')
}

fn key_of(record: &Indicator) -> IndicatorKey {
    IndicatorKey::new(&record.indicator_type, &record.indicator_value)
}

/// Hands on those that are looked for. Close it with [`Self::finish`].
pub struct SearchSink<'a> {
    search: &'a IndicatorSearch,
    inner: &'a mut dyn RecordSink<Indicator>,
    skip: u64,
    left: Option<u64>,
    held: Vec<Indicator>,
    /// How often each type and value came, where that is asked for.
    counts: HashMap<IndicatorKey, usize>,
}

impl<'a> SearchSink<'a> {
    /// In front of another sink, for which `skip` and `first` are counted here.
    pub fn new(
        search: &'a IndicatorSearch,
        skip: u64,
        first: Option<u64>,
        inner: &'a mut dyn RecordSink<Indicator>,
    ) -> Self {
        Self { search, inner, skip, left: first, held: Vec::new(), counts: HashMap::new() }
    }

    async fn hand_on(&mut self, records: Vec<Indicator>) -> ControlFlow<()> {
        let skipped = self.skip.min(records.len() as u64);
        self.skip -= skipped;
        let left = self.left.unwrap_or(u64::MAX);
        let wanted: Vec<_> = records
            .into_iter()
            .skip(usize::try_from(skipped).unwrap_or(usize::MAX))
            .take(usize::try_from(left).unwrap_or(usize::MAX))
            .collect();
        self.left = self.left.map(|left| left - wanted.len() as u64);
        if !wanted.is_empty() {
            self.inner.records(wanted).await?;
        }
        if self.left == Some(0) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Hands on what could only be told when all had come.
    pub async fn finish(mut self) {
        let held = std::mem::take(&mut self.held);
        let is_repeated = |key: &IndicatorKey| self.counts.get(key).is_some_and(|count| *count > 1);
        let mut duplicates: Vec<_> =
            held.into_iter().map(|record| (key_of(&record), record)).filter(|(key, _)| is_repeated(key)).collect();
        duplicates.sort_by(|(left, _), (right, _)| left.cmp(right));
        let records = duplicates.into_iter().map(|(_, record)| record).collect();
        let _ = self.hand_on(records).await;
    }
}

#[async_trait]
impl RecordSink<Indicator> for SearchSink<'_> {
    async fn records(&mut self, records: Vec<Indicator>) -> ControlFlow<()> {
        if self.left == Some(0) {
            return ControlFlow::Break(());
        }
        if self.search.has_duplicate {
            for record in &records {
                *self.counts.entry(key_of(record)).or_default() += 1;
            }
        }
        let found: Vec<_> = records.into_iter().filter(|record| self.search.matches(record)).collect();
        if self.search.has_duplicate {
            self.held.extend(found);
            return ControlFlow::Continue(());
        }
        self.hand_on(found).await
    }

    async fn failed(&mut self, report: Report) -> ControlFlow<()> {
        self.inner.failed(report).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(all: &[&str]) -> Vec<String> {
        all.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn what_defender_can_filter_by_is_asked_of_it() {
        let search = IndicatorSearch {
            types: texts(&["Url", "DomainName"]),
            actions: texts(&["Block"]),
            titles: texts(&["O'Neil"]),
            expires_before: Timestamp::parse("2027-01-01T00:00:00Z"),
            ..IndicatorSearch::default()
        };
        let query = search.query(Some("a or b"), 5, Some(3));
        assert_eq!(
            query.filter.as_deref(),
            Some(
                "(a or b) and (indicatorType eq 'Url' or indicatorType eq 'DomainName') and action eq 'Block' and \
                 title eq 'O''Neil' and expirationTime lt 2027-01-01T00:00:00Z"
            )
        );
        assert_eq!((query.skip, query.first, search.is_local()), (5, Some(3), false));
    }

    #[test]
    fn a_value_is_asked_for_in_all_its_letter_cases() {
        let search = IndicatorSearch { values: texts(&["Evil.example"]), ..IndicatorSearch::default() };
        let filter = search.query(None, 0, None).filter.unwrap();
        assert_eq!(
            filter,
            "(indicatorValue eq 'EVIL.EXAMPLE' or indicatorValue eq 'Evil.example' or indicatorValue eq 'evil.example')"
        );
    }

    #[test]
    fn an_own_filter_alone_stays_as_it_is() {
        let query = IndicatorSearch::default().query(Some("a or b"), 0, None);
        assert_eq!(query.filter.as_deref(), Some("a or b"));
    }

    #[test]
    fn what_defender_can_not_filter_by_is_looked_at_here() {
        for search in [
            IndicatorSearch { ids: texts(&["7"]), ..IndicatorSearch::default() },
            IndicatorSearch { external_ids: texts(&["feed:*"]), ..IndicatorSearch::default() },
            IndicatorSearch { titles: texts(&["Phishing*"]), ..IndicatorSearch::default() },
            IndicatorSearch { never_expires: true, ..IndicatorSearch::default() },
            IndicatorSearch {
                values: (0..30).map(|number| format!("h{number}.example")).collect(),
                ..IndicatorSearch::default()
            },
        ] {
            let query = search.query(None, 5, Some(3));
            assert_eq!((query.filter, query.skip, query.first, search.is_local()), (None, 0, None, true), "{search:?}");
        }
    }

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("Phishing*", "phishing, case 1", true),
            ("*case*", "Phishing, CASE 1", true),
            ("case?", "case1", true),
            ("case?", "case", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("*", "", true),
            ("", "x", false),
        ] {
            assert_eq!(is_like(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[derive(Default)]
    struct Got(Vec<String>);

    #[async_trait]
    impl RecordSink<Indicator> for Got {
        async fn records(&mut self, records: Vec<Indicator>) -> ControlFlow<()> {
            self.0.extend(records.into_iter().map(|record| record.id));
            ControlFlow::Continue(())
        }
        async fn failed(&mut self, _: Report) -> ControlFlow<()> {
            ControlFlow::Continue(())
        }
    }

    fn record(id: &str, value: &str) -> Indicator {
        Indicator {
            id: id.into(),
            indicator_type: "DomainName".into(),
            indicator_value: value.into(),
            ..Indicator::default()
        }
    }

    async fn searched(search: &IndicatorSearch, skip: u64, first: Option<u64>) -> Vec<String> {
        let mut got = Got::default();
        let mut sink = SearchSink::new(search, skip, first, &mut got);
        let batches = [
            vec![record("1", "a.example"), record("2", "b.example")],
            vec![record("3", "A.example"), record("4", "c.example")],
        ];
        for batch in batches {
            if sink.records(batch).await.is_break() {
                break;
            }
        }
        sink.finish().await;
        got.0
    }

    #[tokio::test]
    async fn first_and_skip_count_what_was_found() {
        let search = IndicatorSearch { values: texts(&["?.example"]), ..IndicatorSearch::default() };
        assert_eq!(searched(&search, 1, Some(2)).await, ["2", "3"]);
        assert_eq!(searched(&search, 0, None).await, ["1", "2", "3", "4"]);
    }

    #[tokio::test]
    async fn duplicates_come_together() {
        let search = IndicatorSearch { has_duplicate: true, ..IndicatorSearch::default() };
        assert_eq!(searched(&search, 0, None).await, ["1", "3"]);
    }

    #[test]
    fn a_short_address_finds_the_full_one_that_defender_holds() {
        let search = IndicatorSearch { values: texts(&["2001:DB8::1"]), ..IndicatorSearch::default() };
        let filter = search.query(None, 0, None).filter.unwrap();
        assert!(filter.contains("indicatorValue eq '2001:db8:0:0:0:0:0:1'"), "{filter}");
        assert!(search.matches(&record("1", "2001:db8:0:0:0:0:0:1")));
    }

    #[tokio::test]
    async fn a_duplicate_may_be_one_that_is_not_looked_for() {
        let with = |id: &str, value: &str, action: &str| Indicator { action: action.into(), ..record(id, value) };
        let search = IndicatorSearch { actions: texts(&["Block"]), has_duplicate: true, ..IndicatorSearch::default() };
        assert_eq!(search.query(None, 0, None).filter, None);
        let mut got = Got::default();
        let mut sink = SearchSink::new(&search, 0, None, &mut got);
        let all =
            vec![with("1", "a.example", "Block"), with("2", "A.example", "Allowed"), with("3", "b.example", "Block")];
        assert!(sink.records(all).await.is_continue());
        sink.finish().await;
        assert_eq!(got.0, ["1"]);
    }
}
