//! The difference between the wanted indicators and those that a tenant has: what to add, change and remove.
//!
//! Values are not unique in Defender: what is there is told by its external id first, then by type, value and action,
//! and changed and removed by its id only.

use std::collections::{HashMap, HashSet, VecDeque};

use super::change::differences;
use super::ownership::Ownership;
use super::rows::{CAPACITY, Row};
use crate::indicators::{Indicator, IndicatorDraft, IndicatorKey, Property};

/// One wanted row, and what has to be done for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The row's place.
    pub place: u64,
    /// What is sent, completed from what is there.
    pub draft: IndicatorDraft,
    /// What has to be done.
    pub action: Action,
}

/// What has to be done for a wanted row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// It is not there.
    Add,
    /// It is there under this id and differs.
    Change {
        /// The id.
        id: String,
        /// Each difference with what it was and what it becomes.
        changed: Vec<String>,
    },
    /// It is there under this id as it should be.
    Keep {
        /// The id.
        id: String,
    },
    /// Something stands in its way.
    Conflict {
        /// What.
        reason: String,
    },
}

/// What has to be done in a tenant. The order is that of the rows, then of the tenant's list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The wanted rows.
    pub steps: Vec<Step>,
    /// Own ones that are not wanted any more.
    pub removed: Vec<Indicator>,
    /// How many of someone else's there are, which stay as they are.
    pub foreign: usize,
    /// How many there are before.
    pub before: usize,
}

impl Plan {
    /// Makes the plan.
    pub fn new(wanted: &[Row], existing: &[Indicator], ownership: &Ownership) -> Self {
        let (own, foreign): (Vec<_>, Vec<_>) = existing.iter().partition(|record| ownership.owns(record));
        let mut there = There::of(&own);
        let foreign_keys: HashMap<_, _> = foreign.iter().map(|record| (key_of(record), *record)).collect();
        let mut seen: HashMap<Same, u64> = HashMap::new();
        let mut steps: Vec<Option<Step>> = Vec::with_capacity(wanted.len());
        let (mut open, mut protected) = (Vec::new(), Vec::new());
        // Those that are told by their external id go first: the others must not take their place.
        for (position, row) in wanted.iter().enumerate() {
            let Row { place, draft } = row;
            let conflict = if draft.external_id.is_some() && !ownership.would_own(draft.external_id.as_deref()) {
                Some("its externalId does not begin like those that you look after".to_owned())
            } else if let Some(first) = seen.insert(Same::of(draft), *place) {
                Some(format!("row {first} wants the same type, value and action"))
            } else {
                foreign_keys.get(&key_of_draft(draft)).map(|other| {
                    let who = other.created_by_display_name.as_deref().or(other.created_by.as_deref());
                    format!("indicator {} of {} has the same value", other.id, who.unwrap_or("someone else"))
                })
            };
            steps.push(if let Some(reason) = conflict {
                protected.push(draft);
                Some(Step { place: *place, draft: draft.clone(), action: Action::Conflict { reason } })
            } else if let Some(record) = there.take_by_external_id(draft) {
                Some(step(*place, draft, record, ownership))
            } else {
                open.push(position);
                None
            });
        }
        // Then those whose action is there: changing it for another row would leave a gap until it is added again.
        open.retain(|position| {
            let Row { place, draft } = &wanted[*position];
            let same = there.take_by_action(draft).map(|record| step(*place, draft, record, ownership));
            steps[*position] = same;
            steps[*position].is_none()
        });
        for position in open {
            let Row { place, draft } = &wanted[position];
            steps[position] = Some(there.take_by_value(draft).map_or_else(
                || {
                    let mut draft = draft.clone();
                    ownership.mark(&mut draft);
                    Step { place: *place, draft, action: Action::Add }
                },
                |record| step(*place, draft, record, ownership),
            ));
        }
        // What is there for a row in conflict stays: it is wanted, only not like this.
        for draft in protected {
            if there.take_by_external_id(draft).is_none() {
                there.take_by_action(draft).or_else(|| there.take_by_value(draft));
            }
        }
        let removed = own.iter().filter(|record| there.is_left(record)).map(|record| (*record).clone()).collect();
        Self { steps: steps.into_iter().flatten().collect(), removed, foreign: foreign.len(), before: existing.len() }
    }

    /// How many indicators the tenant would have.
    pub fn after(&self) -> usize {
        let added = self.steps.iter().filter(|step| step.action == Action::Add).count();
        self.before + added - self.removed.len()
    }

    /// Whether the tenant can't hold them.
    pub fn exceeds_capacity(&self) -> bool {
        self.after() > CAPACITY
    }

    /// Whether there is nothing to do.
    pub fn is_done(&self) -> bool {
        self.removed.is_empty()
            && !self.steps.iter().any(|step| matches!(step.action, Action::Add | Action::Change { .. }))
    }
}

fn step(place: u64, draft: &IndicatorDraft, record: &Indicator, ownership: &Ownership) -> Step {
    let mut draft = draft.clone();
    // It can only be set when an indicator is made: as a difference it would come back at every run.
    draft.application.clone_from(&record.application);
    draft.cleared.remove(&Property::Application);
    // Without the mark, the next run would take it for someone else's.
    if !ownership.would_own(None) {
        draft.cleared.remove(&Property::ExternalId);
    }
    let changed = differences(&draft, record);
    let id = record.id.clone();
    let action = if changed.is_empty() { Action::Keep { id } } else { Action::Change { id, changed } };
    Step { place, draft: draft.completed_from(record), action }
}

fn key_of(record: &Indicator) -> IndicatorKey {
    IndicatorKey::new(&record.indicator_type, &record.indicator_value)
}

fn key_of_draft(draft: &IndicatorDraft) -> IndicatorKey {
    IndicatorKey::new(&draft.indicator_type, &draft.indicator_value)
}

/// What makes two wanted rows the same.
#[derive(PartialEq, Eq, Hash)]
struct Same(IndicatorKey, String);

impl Same {
    fn of(draft: &IndicatorDraft) -> Self {
        Self(key_of_draft(draft), draft.action.to_ascii_lowercase())
    }
}

/// Own indicators that no row has been found for yet.
struct There<'a> {
    /// Type and value belong to it: a whole list may share one external id.
    by_external_id: HashMap<(String, IndicatorKey), VecDeque<&'a Indicator>>,
    by_value: HashMap<IndicatorKey, VecDeque<&'a Indicator>>,
    left: HashSet<&'a str>,
}

impl<'a> There<'a> {
    fn of(own: &[&'a Indicator]) -> Self {
        let mut there = Self { by_external_id: HashMap::new(), by_value: HashMap::new(), left: HashSet::new() };
        for record in own {
            if let Some(external_id) = &record.external_id {
                there.by_external_id.entry((external_id.clone(), key_of(record))).or_default().push_back(record);
            }
            there.by_value.entry(key_of(record)).or_default().push_back(record);
            there.left.insert(&record.id);
        }
        there
    }

    /// The one with the draft's external id, if it is of the same type and value: a changed value is another indicator.
    fn take_by_external_id(&mut self, draft: &IndicatorDraft) -> Option<&'a Indicator> {
        let same = self.by_external_id.get_mut(&(draft.external_id.clone()?, key_of_draft(draft)))?;
        while let Some(record) = same.pop_front() {
            if self.left.remove(record.id.as_str()) {
                return Some(record);
            }
        }
        None
    }

    /// The one with the draft's type, value and action.
    fn take_by_action(&mut self, draft: &IndicatorDraft) -> Option<&'a Indicator> {
        self.take(draft, |record| record.action.eq_ignore_ascii_case(&draft.action))
    }

    /// The one with the draft's type and value.
    fn take_by_value(&mut self, draft: &IndicatorDraft) -> Option<&'a Indicator> {
        self.take(draft, |_| true)
    }

    fn take(&mut self, draft: &IndicatorDraft, fits: impl Fn(&Indicator) -> bool) -> Option<&'a Indicator> {
        let same = self.by_value.get(&key_of_draft(draft))?;
        let record = *same.iter().find(|record| self.left.contains(record.id.as_str()) && fits(record))?;
        self.left.remove(record.id.as_str());
        Some(record)
    }

    fn is_left(&self, record: &Indicator) -> bool {
        self.left.contains(record.id.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(place: u64, value: &str, action: &str, external_id: Option<&str>) -> Row {
        let draft = IndicatorDraft {
            indicator_type: "DomainName".into(),
            indicator_value: value.into(),
            action: action.into(),
            title: Some("t".into()),
            description: Some("d".into()),
            external_id: external_id.map(Into::into),
            ..IndicatorDraft::default()
        };
        Row { place, draft }
    }

    fn record(id: &str, value: &str, action: &str, external_id: Option<&str>) -> Indicator {
        Indicator {
            id: id.into(),
            indicator_type: "DomainName".into(),
            indicator_value: value.into(),
            action: action.into(),
            title: Some("t".into()),
            description: Some("d".into()),
            external_id: external_id.map(Into::into),
            ..Indicator::default()
        }
    }

    fn ours() -> Ownership {
        Ownership::ExternalIdPrefix("feed:".into())
    }

    fn actions(plan: &Plan) -> Vec<String> {
        plan.steps
            .iter()
            .map(|step| match &step.action {
                Action::Add => "add".into(),
                Action::Change { id, changed } => format!("change {id} {}", changed.join(",")),
                Action::Keep { id } => format!("keep {id}"),
                Action::Conflict { .. } => "conflict".into(),
            })
            .collect()
    }

    #[test]
    fn a_plan_adds_changes_keeps_and_removes_only_what_is_own() {
        let wanted = [
            row(1, "same.example", "Block", Some("feed:1")),
            row(2, "new.example", "Block", None),
            row(3, "changed.example", "Warn", Some("feed:3")),
            row(4, "theirs.example", "Block", None),
        ];
        let existing = [
            record("10", "SAME.example", "Block", Some("feed:1")),
            record("11", "changed.example", "Block", Some("feed:3")),
            record("12", "old.example", "Block", Some("feed:old")),
            record("13", "theirs.example", "Block", None),
            record("14", "other.example", "Block", Some("elsewhere")),
        ];
        let plan = Plan::new(&wanted, &existing, &ours());
        assert_eq!(actions(&plan), ["keep 10", "add", "change 11 action: Block -> Warn", "conflict"]);
        assert_eq!(plan.removed.iter().map(|record| record.id.as_str()).collect::<Vec<_>>(), ["12"]);
        assert_eq!((plan.foreign, plan.before, plan.after()), (2, 5, 5));
        let added = plan.steps[1].draft.external_id.as_deref().unwrap();
        assert!(added.starts_with("feed:"), "{added}");
    }

    #[test]
    fn a_second_run_finds_nothing_to_do() {
        let wanted = [row(1, "a.example", "Block", None), row(2, "b.example", "Block", Some("feed:b"))];
        let first = Plan::new(&wanted, &[], &ours());
        let existing: Vec<_> = first
            .steps
            .iter()
            .map(|step| {
                record(&step.place.to_string(), &step.draft.indicator_value, "Block", step.draft.external_id.as_deref())
            })
            .collect();
        let second = Plan::new(&wanted, &existing, &ours());
        assert!(second.is_done(), "{:?}", actions(&second));
    }

    #[test]
    fn the_same_value_with_two_actions_is_two_indicators() {
        let wanted = [
            row(1, "a.example", "Block", None),
            row(2, "a.example", "Audit", None),
            row(3, "a.example", "Audit", None),
        ];
        let existing =
            [record("2", "a.example", "Audit", Some("feed:x")), record("1", "a.example", "Block", Some("feed:y"))];
        let plan = Plan::new(&wanted, &existing, &ours());
        assert_eq!(plan.removed, []);
        let ids: Vec<_> =
            actions(&plan).iter().map(|action| action.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(ids, ["keep 1", "keep 2", "conflict"]);
    }

    #[test]
    fn what_the_application_created_is_own_without_any_mark() {
        let created = |id: &str, by: &str| Indicator {
            created_by: Some(by.into()),
            ..record(id, &format!("{id}.example"), "Block", None)
        };
        let existing = [created("1", "APP"), created("2", "someone")];
        let plan = Plan::new(&[], &existing, &Ownership::CreatedBy("app".into()));
        assert_eq!(plan.removed.iter().map(|record| record.id.as_str()).collect::<Vec<_>>(), ["1"]);
        assert_eq!(plan.foreign, 1);
    }

    #[test]
    fn a_full_tenant_is_seen_before_anything_is_sent() {
        let existing: Vec<_> = (0..14_999)
            .map(|number| record(&number.to_string(), &format!("h{number}.example"), "Block", None))
            .collect();
        let wanted = [row(1, "a.example", "Block", None), row(2, "b.example", "Block", None)];
        let plan = Plan::new(&wanted, &existing, &ours());
        assert_eq!((plan.after(), plan.exceeds_capacity()), (15_001, true));
        assert!(!Plan::new(&wanted[..1], &existing, &ours()).exceeds_capacity());
    }

    #[test]
    fn two_full_lists_are_compared_in_no_time() {
        let wanted: Vec<_> =
            (0..15_000).map(|number| row(number, &format!("h{number}.example"), "Block", None)).collect();
        let existing: Vec<_> = (0..15_000)
            .map(|number| record(&number.to_string(), &format!("h{number}.example"), "Block", Some("feed:all")))
            .collect();
        let started = std::time::Instant::now();
        let plan = Plan::new(&wanted, &existing, &ours());
        assert_eq!((plan.steps.len(), plan.removed.len()), (15_000, 0));
        assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    }

    #[test]
    fn a_list_that_shares_one_external_id_is_compared_in_no_time() {
        let value = |number: u64| format!("h{number}.example");
        let wanted: Vec<_> =
            (0..15_000).rev().map(|number| row(number, &value(number), "Block", Some("feed:all"))).collect();
        let existing: Vec<_> =
            (0..15_000).map(|number| record(&number.to_string(), &value(number), "Block", Some("feed:all"))).collect();
        let started = std::time::Instant::now();
        assert!(Plan::new(&wanted, &existing, &ours()).is_done());
        assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    }

    #[test]
    fn a_row_does_not_take_the_place_of_a_later_one_with_the_same_action() {
        let wanted = [row(1, "a.example", "Warn", None), row(2, "a.example", "Block", None)];
        let existing = [record("1", "a.example", "Block", Some("feed:x"))];
        let plan = Plan::new(&wanted, &existing, &ours());
        assert_eq!(actions(&plan), ["add", "keep 1"]);
    }

    #[test]
    fn a_sync_never_takes_its_own_mark_away() {
        let mut wanted = [row(1, "a.example", "Block", None)];
        wanted[0].draft.clear(Property::ExternalId);
        let existing = [record("1", "a.example", "Block", Some("feed:x"))];
        let plan = Plan::new(&wanted, &existing, &ours());
        assert_eq!(actions(&plan), ["keep 1"]);
        assert_eq!(plan.steps[0].draft.external_id.as_deref(), Some("feed:x"));
    }

    #[test]
    fn what_can_only_be_set_at_creation_is_no_difference() {
        let mut wanted = [row(1, "a.example", "Block", None)];
        wanted[0].draft.application = Some("Contoso".into());
        let existing = [record("1", "a.example", "Block", Some("feed:x"))];
        assert_eq!(actions(&Plan::new(&wanted, &existing, &ours())), ["keep 1"]);
    }
}
