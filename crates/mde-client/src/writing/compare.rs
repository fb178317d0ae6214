//! Who has what: the indicators of many tenants side by side.
//!
//! Little is kept of each indicator: equal ones of a thousand tenants share one entry.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use mde_core::TenantId;
use serde::Serialize;

use crate::indicators::{Indicator, IndicatorKey, Property, PropertyValue};
use crate::raw_record::RawRecord;

/// What makes two indicators of the same type and value differ. The external id is its writer's own affair.
const COMPARED: [Property; 10] = [
    Property::Action,
    Property::Title,
    Property::Description,
    Property::Severity,
    Property::Application,
    Property::ExpirationTime,
    Property::GenerateAlert,
    Property::RecommendedActions,
    Property::RbacGroupNames,
    Property::EducateUrl,
];

type Form = Vec<Option<String>>;

/// The indicators of some tenants.
#[derive(Debug, Default)]
pub struct Comparison {
    tenants: Vec<TenantId>,
    forms: Vec<Form>,
    numbers: HashMap<Form, u32>,
    found: HashMap<IndicatorKey, Found>,
}

#[derive(Debug, Default)]
struct Found {
    indicator_type: String,
    indicator_value: String,
    /// Which tenant has it in which form.
    places: Vec<(u32, u32)>,
}

/// One type and value in all tenants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ComparisonRow {
    /// The type.
    pub indicator_type: String,
    /// The value.
    pub indicator_value: String,
    /// The tenants that have it.
    pub present_in: Vec<String>,
    /// The tenants that don't.
    pub missing_in: Vec<String>,
    /// What differs: `action: Block in a, b; Warn in c`.
    pub differences: Vec<String>,
}

impl ComparisonRow {
    /// Whether all tenants have the same.
    pub fn is_equal(&self) -> bool {
        self.missing_in.is_empty() && self.differences.is_empty()
    }

    /// The row as a record.
    pub fn record(&self) -> RawRecord {
        RawRecord::new(serde_json::to_string(self).unwrap_or_default())
    }
}

impl Comparison {
    /// Adds all that a tenant has. One that could not be listed whole must not be added: what it lacks is not known.
    pub fn add(&mut self, tenant: TenantId, records: &[Indicator]) {
        let place = counted(self.tenants.len());
        self.tenants.push(tenant);
        for record in records {
            let form: Form = COMPARED.iter().map(|property| record.get(*property).map(comparable)).collect();
            let next = counted(self.forms.len());
            let number = *self.numbers.entry(form).or_insert_with_key(|form| {
                self.forms.push(form.clone());
                next
            });
            let found =
                self.found.entry(IndicatorKey::new(&record.indicator_type, &record.indicator_value)).or_default();
            if found.places.is_empty() {
                found.indicator_type.clone_from(&record.indicator_type);
                found.indicator_value.clone_from(&record.indicator_value);
            }
            found.places.push((place, number));
        }
    }

    /// The rows in the order of type and value.
    pub fn rows(&self) -> impl Iterator<Item = ComparisonRow> {
        let ordered: BTreeMap<&IndicatorKey, &Found> = self.found.iter().collect();
        ordered.into_values().map(|found| self.row(found))
    }

    fn row(&self, found: &Found) -> ComparisonRow {
        let places: BTreeSet<u32> = found.places.iter().map(|(place, _)| *place).collect();
        let name = |place: u32| self.tenants[place as usize].to_string();
        let all = 0..counted(self.tenants.len());
        let differences = COMPARED.iter().enumerate().filter_map(|(number, property)| {
            let mut by_value: BTreeMap<&Option<String>, BTreeSet<u32>> = BTreeMap::new();
            for (place, form) in &found.places {
                by_value.entry(&self.forms[*form as usize][number]).or_default().insert(*place);
            }
            // A tenant that has it twice differs from nobody if all have it twice.
            let is_same = by_value.values().all(|of_value| *of_value == places);
            let shown = by_value.iter().map(|(value, of_value)| {
                let tenants: Vec<_> = of_value.iter().map(|place| name(*place)).collect();
                format!("{} in {}", value.as_deref().unwrap_or("(none)"), tenants.join(", "))
            });
            (!is_same).then(|| format!("{property}: {}", shown.collect::<Vec<_>>().join("; ")))
        });
        ComparisonRow {
            indicator_type: found.indicator_type.clone(),
            indicator_value: found.indicator_value.clone(),
            present_in: places.iter().map(|place| name(*place)).collect(),
            missing_in: all.filter(|place| !places.contains(place)).map(name).collect(),
            differences: differences.collect(),
        }
    }
}

/// The same text for what [`PropertyValue::means`] the same.
fn comparable(value: PropertyValue<'_>) -> String {
    match value {
        PropertyValue::Moment(moment) => moment.whole_second().to_string(),
        PropertyValue::Texts(texts) => {
            let mut texts = texts.to_vec();
            texts.sort_unstable();
            texts.join(", ")
        }
        value => value.to_string(),
    }
}

/// Four bytes are enough to count what fits into memory.
fn counted(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(value: &str, action: &str) -> Indicator {
        Indicator {
            id: value.into(),
            indicator_type: "DomainName".into(),
            indicator_value: value.into(),
            action: action.into(),
            ..Indicator::default()
        }
    }

    #[test]
    fn drift_is_told_by_tenant() {
        let tenant = |name: &str| TenantId::parse(name).unwrap();
        let mut comparison = Comparison::default();
        comparison.add(tenant("a.example"), &[record("same.example", "Block"), record("drift.example", "Block")]);
        comparison.add(
            tenant("b.example"),
            &[record("SAME.example", "Block"), record("drift.example", "Warn"), record("only.example", "Block")],
        );
        comparison.add(tenant("c.example"), &[record("same.example", "Block"), record("drift.example", "Block")]);
        let rows: Vec<_> = comparison.rows().collect();
        assert_eq!(rows.iter().map(ComparisonRow::is_equal).collect::<Vec<_>>(), [false, false, true]);
        assert_eq!(rows[0].differences, ["action: Block in a.example, c.example; Warn in b.example"]);
        assert_eq!(rows[1].missing_in, ["a.example", "c.example"]);
        assert_eq!(rows[1].present_in, ["b.example"]);
    }

    #[test]
    fn fractions_of_seconds_and_the_order_of_groups_are_no_drift() {
        let tenant = |name: &str| TenantId::parse(name).unwrap();
        let with = |time: &str, groups: [&str; 2]| Indicator {
            expiration_time: crate::timestamp::Timestamp::parse(time),
            rbac_group_names: groups.map(str::to_owned).to_vec(),
            ..record("a.example", "Block")
        };
        let mut comparison = Comparison::default();
        comparison.add(tenant("a.example"), &[with("2027-01-31T00:00:00.1234567Z", ["x", "y"])]);
        comparison.add(tenant("b.example"), &[with("2027-01-31T00:00:00Z", ["y", "x"])]);
        let rows: Vec<_> = comparison.rows().collect();
        assert_eq!(rows[0].differences, [""; 0]);
    }
}
