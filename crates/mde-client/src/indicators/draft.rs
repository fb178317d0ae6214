//! An indicator as it is wanted: the properties that can be written, and nothing else.
//!
//! Sources: learn.microsoft.com/defender-endpoint/api/post-ti-indicator, …/import-ti-indicators. Whether Defender keeps or
//! clears a property that an update leaves out is not documented, so a draft says which of the two it wants, and what
//! updates an indicator completes the draft from the record first.

use std::collections::BTreeSet;

use serde_json::value::RawValue;

use super::json::{self, RawObject};
use super::property::{Property, PropertyValue};
use super::record::{ExtraProperty, Indicator};
use crate::timestamp::Timestamp;

/// What Defender sets by itself: known, and no part of a draft.
const READ_ONLY: [&str; 13] = [
    "id",
    "rbacGroupIds",
    "createdBy",
    "createdByDisplayName",
    "createdBySource",
    "source",
    "sourceType",
    "lastUpdatedBy",
    "creationTimeDateTimeUtc",
    "lastUpdateTime",
    "certificateInfo",
    // The names that the module's own records have for two of the above and for their tenant.
    "creationTime",
    "tenantId",
];

/// What Defender refuses an indicator without.
pub(super) const REQUIRED: [Property; 5] =
    [Property::IndicatorValue, Property::IndicatorType, Property::Action, Property::Title, Property::Description];

/// A wanted indicator. Enumerations are texts, so that values that this version does not know are kept.
///
/// An optional property that is absent is *left as it is* on an indicator that exists already; one that is named in
/// [`Self::cleared`] is taken away from it. A set property wins over its own name there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are Defender's own, described on the page that the module names")]
pub struct IndicatorDraft {
    pub indicator_value: String,
    pub indicator_type: String,
    pub action: String,
    pub title: Option<String>,
    pub description: Option<String>,
    pub severity: Option<String>,
    pub application: Option<String>,
    pub expiration_time: Option<Timestamp>,
    pub generate_alert: Option<bool>,
    pub recommended_actions: Option<String>,
    pub rbac_group_names: Vec<String>,
    pub educate_url: Option<String>,
    pub external_id: Option<String>,
    /// The properties that an update takes away.
    pub cleared: BTreeSet<Property>,
    /// What this version can't write, as it was read: kept in files, never sent.
    pub additional_properties: Vec<ExtraProperty>,
}

/// Why a text is no draft.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// Not a JSON object.
    #[error("this is not a JSON object: {0}")]
    NotAnObject(String),
    /// A known property has a value of the wrong kind.
    #[error("{property} should be {expected}, but is {found}")]
    Property {
        /// The property.
        property: Property,
        /// What it should be.
        expected: &'static str,
        /// The value as it was found, cut short.
        found: String,
    },
}

impl DraftError {
    /// The property that is wrong, if it is one.
    pub fn property(&self) -> Option<Property> {
        match self {
            Self::NotAnObject(_) => None,
            Self::Property { property, .. } => Some(*property),
        }
    }

    pub(super) fn wrong(property: Property, found: &str) -> Self {
        let expected = match property {
            Property::ExpirationTime => "a time like 2027-01-31T00:00:00Z",
            Property::GenerateAlert => "true or false",
            Property::RbacGroupNames => "a list of texts",
            _ => "a text",
        };
        Self::Property { property, expected, found: found.chars().take(60).collect() }
    }
}

/// What the record says. Its absent properties are left as they are elsewhere: see [`IndicatorDraft::exact`].
impl From<&Indicator> for IndicatorDraft {
    fn from(record: &Indicator) -> Self {
        let number = |json: &String| ExtraProperty { name: "category".to_owned(), json: json::scalar(json) };
        let mut additional_properties: Vec<_> = record.category.iter().map(number).collect();
        let mut extra = |name: &str, json: Option<String>| {
            additional_properties.extend(json.map(|json| ExtraProperty { name: name.to_owned(), json }));
        };
        extra("mitreTechniques", (!record.mitre_techniques.is_empty()).then(|| json::array(&record.mitre_techniques)));
        extra("historicalDetection", record.historical_detection.map(|truth| truth.to_string()));
        extra("bypassDurationHours", record.bypass_duration_hours.map(|hours| hours.to_string()));
        // A known name among them has a form that can't be written back.
        let unknown = record.additional_properties.iter().filter(|extra| is_unknown(&extra.name)).cloned();
        additional_properties.extend(unknown);
        Self {
            indicator_value: record.indicator_value.clone(),
            indicator_type: record.indicator_type.clone(),
            action: record.action.clone(),
            title: record.title.clone(),
            description: record.description.clone(),
            severity: record.severity.clone(),
            application: record.application.clone(),
            expiration_time: record.expiration_time,
            generate_alert: record.generate_alert,
            recommended_actions: record.recommended_actions.clone(),
            rbac_group_names: record.rbac_group_names.clone(),
            educate_url: record.educate_url.clone(),
            external_id: record.external_id.clone(),
            cleared: BTreeSet::new(),
            additional_properties,
        }
    }
}

impl IndicatorDraft {
    /// Reads a JSON object. Names may have any letter case; `null` and an empty text or list mean that the property is
    /// cleared. What Defender sets by itself is left out, what is unknown is kept beside.
    ///
    /// # Errors
    /// [`DraftError`] when it is no object, or a known property has a value of the wrong kind.
    pub fn from_json(json: &str) -> Result<Self, DraftError> {
        let object: RawObject =
            serde_json::from_str(json).map_err(|error| DraftError::NotAnObject(error.to_string()))?;
        Self::from_raw(&object.0)
    }

    pub(super) fn from_raw(properties: &[(String, Box<RawValue>)]) -> Result<Self, DraftError> {
        let mut draft = Self::default();
        for (name, raw) in properties {
            match Property::from_name(name) {
                Some(property) => draft.set_json(property, raw.get())?,
                None if is_unknown(name) => {
                    draft.additional_properties.push(ExtraProperty { name: name.clone(), json: raw.get().to_owned() });
                }
                None => {}
            }
        }
        Ok(draft)
    }

    fn set_json(&mut self, property: Property, json: &str) -> Result<(), DraftError> {
        let value: serde_json::Value = serde_json::from_str(json).map_err(|_| DraftError::wrong(property, json))?;
        let texts = |values: Vec<serde_json::Value>| -> Option<Vec<String>> {
            values.into_iter().map(|value| value.as_str().map(str::to_owned)).collect()
        };
        match value {
            serde_json::Value::Null => self.clear(property),
            serde_json::Value::String(text) => self.set_text(property, &text)?,
            serde_json::Value::Bool(truth) if property == Property::GenerateAlert => self.generate_alert = Some(truth),
            serde_json::Value::Array(values) if property == Property::RbacGroupNames => {
                self.rbac_group_names = texts(values).ok_or_else(|| DraftError::wrong(property, json))?;
                if self.rbac_group_names.is_empty() {
                    self.clear(property);
                }
            }
            _ => return Err(DraftError::wrong(property, json)),
        }
        Ok(())
    }

    /// Sets a property from a text, as a file or a command line has it: groups are separated by commas; an empty text
    /// clears.
    ///
    /// # Errors
    /// [`DraftError::Property`] when the text is no time or no truth value where one is needed.
    pub fn set_text(&mut self, property: Property, text: &str) -> Result<(), DraftError> {
        if text.trim().is_empty() {
            self.clear(property);
            return Ok(());
        }
        let wrong = || DraftError::wrong(property, text);
        match property {
            Property::ExpirationTime => self.expiration_time = Some(Timestamp::parse(text).ok_or_else(wrong)?),
            Property::GenerateAlert => self.generate_alert = Some(truth(text).ok_or_else(wrong)?),
            Property::RbacGroupNames => self.rbac_group_names = split_list(text),
            _ => self.put_text(property, Some(text)),
        }
        self.cleared.remove(&property);
        Ok(())
    }

    /// Takes a property away. One that is required becomes missing.
    pub fn clear(&mut self, property: Property) {
        match property {
            Property::ExpirationTime => self.expiration_time = None,
            Property::GenerateAlert => self.generate_alert = None,
            Property::RbacGroupNames => self.rbac_group_names.clear(),
            _ => self.put_text(property, None),
        }
        if !REQUIRED.contains(&property) {
            self.cleared.insert(property);
        }
    }

    pub(super) fn put_text(&mut self, property: Property, text: Option<&str>) {
        let text = text.map(str::to_owned);
        match property {
            Property::IndicatorValue => self.indicator_value = text.unwrap_or_default(),
            Property::IndicatorType => self.indicator_type = text.unwrap_or_default(),
            Property::Action => self.action = text.unwrap_or_default(),
            Property::Title => self.title = text,
            Property::Description => self.description = text,
            Property::Severity => self.severity = text,
            Property::Application => self.application = text,
            Property::RecommendedActions => self.recommended_actions = text,
            Property::EducateUrl => self.educate_url = text,
            Property::ExternalId => self.external_id = text,
            Property::ExpirationTime | Property::GenerateAlert | Property::RbacGroupNames => {}
        }
    }

    /// The draft that wants exactly what is set in it: every other optional property is cleared, except `externalId`,
    /// which is the mark of who looks after an indicator.
    #[must_use]
    pub fn exact(mut self) -> Self {
        for property in Property::ALL {
            let is_open = !REQUIRED.contains(&property) && property != Property::ExternalId;
            if is_open && self.get(property).is_none() {
                self.cleared.insert(property);
            }
        }
        self
    }

    /// The draft with what it leaves open taken from the record, so that sending it changes nothing else. What the
    /// draft clears stays cleared only where the record has something to clear.
    #[must_use]
    pub fn completed_from(&self, record: &Indicator) -> Self {
        let mut whole = self.clone();
        for property in Property::ALL {
            if self.get(property).is_some() {
                continue;
            }
            match (self.cleared.contains(&property), record.get(property)) {
                (true, Some(_)) => {}
                (_, None) => drop(whole.cleared.remove(&property)),
                (false, Some(value)) => whole.take(property, value),
            }
        }
        whole
    }

    fn take(&mut self, property: Property, value: PropertyValue<'_>) {
        match value {
            PropertyValue::Moment(moment) => self.expiration_time = Some(moment),
            PropertyValue::Truth(truth) => self.generate_alert = Some(truth),
            PropertyValue::Texts(texts) => self.rbac_group_names = texts.to_vec(),
            PropertyValue::Text(text) => self.put_text(property, Some(text)),
        }
    }

    /// What a property is set to; `None` when it is absent or empty.
    pub fn get(&self, property: Property) -> Option<PropertyValue<'_>> {
        match property {
            Property::IndicatorValue => PropertyValue::text(&self.indicator_value),
            Property::IndicatorType => PropertyValue::text(&self.indicator_type),
            Property::Action => PropertyValue::text(&self.action),
            Property::Title => PropertyValue::optional_text(self.title.as_deref()),
            Property::Description => PropertyValue::optional_text(self.description.as_deref()),
            Property::Severity => PropertyValue::optional_text(self.severity.as_deref()),
            Property::Application => PropertyValue::optional_text(self.application.as_deref()),
            Property::ExpirationTime => self.expiration_time.map(PropertyValue::Moment),
            Property::GenerateAlert => self.generate_alert.map(PropertyValue::Truth),
            Property::RecommendedActions => PropertyValue::optional_text(self.recommended_actions.as_deref()),
            Property::RbacGroupNames => PropertyValue::texts(&self.rbac_group_names),
            Property::EducateUrl => PropertyValue::optional_text(self.educate_url.as_deref()),
            Property::ExternalId => PropertyValue::optional_text(self.external_id.as_deref()),
        }
    }

    /// The JSON object that Defender takes: the set properties, and `null` (or an empty list) for the cleared ones.
    pub fn wire_json(&self) -> String {
        json::object(self.known_members())
    }

    /// The JSON object for a file: [`Self::wire_json`], and what can't be sent beside it.
    pub fn file_json(&self) -> String {
        let is_json = |json: &str| serde_json::from_str::<&RawValue>(json).is_ok();
        let additional = self.additional_properties.iter().filter(|extra| is_json(&extra.json));
        json::object(self.known_members().chain(additional.map(|extra| (extra.name.as_str(), extra.json.clone()))))
    }

    fn known_members(&self) -> impl Iterator<Item = (&str, String)> {
        Property::ALL.into_iter().filter_map(|property| {
            let json = match self.get(property) {
                Some(PropertyValue::Text(text)) => json::string(text),
                Some(PropertyValue::Moment(moment)) => json::string(&moment.to_string()),
                Some(PropertyValue::Truth(truth)) => truth.to_string(),
                Some(PropertyValue::Texts(texts)) => json::array(texts),
                None if !self.cleared.contains(&property) => return None,
                None if property == Property::RbacGroupNames => "[]".to_owned(),
                None => "null".to_owned(),
            };
            Some((property.name(), json))
        })
    }
}

/// Whether Defender has a property of this name that this version can't write.
fn is_unknown(name: &str) -> bool {
    !name.starts_with("@odata.")
        && Property::from_name(name).is_none()
        && !READ_ONLY.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn truth(text: &str) -> Option<bool> {
    let text = text.trim();
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    if is("true") {
        Some(true)
    } else if is("false") {
        Some(false)
    } else {
        None
    }
}

/// The parts between commas, without blank ones.
pub(super) fn split_list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Indicator {
        let json = r#"{"id":"7","indicatorValue":"example.com","indicatorType":"DomainName","action":"Quarantine",
            "title":"t","description":"d","severity":"High","generateAlert":true,"rbacGroupNames":["a","b"],"category":1,
            "expirationTime":"2027-01-31T00:00:00.5Z","externalId":"feed:1","createdBy":"someone","newThing":{"x":1.50},
            "mitreTechniques":["T1059"]}"#;
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_record_becomes_the_exact_wire_form() {
        let wire = IndicatorDraft::from(&record()).wire_json();
        assert_eq!(
            wire,
            r#"{"indicatorValue":"example.com","indicatorType":"DomainName","action":"Quarantine","title":"t","#
                .to_owned()
                + r#""description":"d","severity":"High","expirationTime":"2027-01-31T00:00:00.5Z","generateAlert":true,"#
                + r#""rbacGroupNames":["a","b"],"externalId":"feed:1"}"#
        );
    }

    #[test]
    fn what_is_unknown_survives_a_file_but_is_not_sent() {
        let draft = IndicatorDraft::from(&record());
        let again = IndicatorDraft::from_json(&draft.file_json()).unwrap();
        assert_eq!(again, draft);
        let kept: Vec<_> = draft.additional_properties.iter().map(|extra| (&*extra.name, &*extra.json)).collect();
        assert_eq!(kept, [("category", "1"), ("mitreTechniques", r#"["T1059"]"#), ("newThing", r#"{"x":1.50}"#)]);
        for name in ["newThing", "category", "createdBy", "\"id\""] {
            assert!(!draft.wire_json().contains(name), "{name}");
        }
    }

    #[test]
    fn names_of_any_case_are_read_and_read_only_ones_left_out() {
        let json = r#"{"Id":"7","TenantId":"x","IndicatorValue":"a","indicatortype":"Url","Action":"Warn",
            "GenerateAlert":"True","RbacGroupNames":"one, two","CreatedBy":"c","@odata.type":"t"}"#;
        let draft = IndicatorDraft::from_json(json).unwrap();
        assert_eq!((&*draft.indicator_value, &*draft.indicator_type, &*draft.action), ("a", "Url", "Warn"));
        assert_eq!((draft.generate_alert, draft.rbac_group_names), (Some(true), vec!["one".into(), "two".into()]));
        assert_eq!(draft.additional_properties, []);
    }

    #[test]
    fn null_and_empty_mean_cleared() {
        let json = r#"{"indicatorValue":"a","title":null,"severity":null,"expirationTime":"","rbacGroupNames":[]}"#;
        let draft = IndicatorDraft::from_json(json).unwrap();
        let cleared = [Property::Severity, Property::ExpirationTime, Property::RbacGroupNames];
        assert_eq!(draft.cleared, BTreeSet::from(cleared));
        assert_eq!(
            draft.wire_json(),
            r#"{"indicatorValue":"a","severity":null,"expirationTime":null,"rbacGroupNames":[]}"#
        );
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_named() {
        for (json, property) in [
            (r#"{"expirationTime":"never"}"#, Some(Property::ExpirationTime)),
            (r#"{"generateAlert":"maybe"}"#, Some(Property::GenerateAlert)),
            (r#"{"rbacGroupNames":[1]}"#, Some(Property::RbacGroupNames)),
            (r#"{"title":{"a":1}}"#, Some(Property::Title)),
            ("[]", None),
            ("{", None),
        ] {
            assert_eq!(IndicatorDraft::from_json(json).unwrap_err().property(), property, "{json}");
        }
    }

    #[test]
    fn a_draft_is_completed_from_the_record_it_changes() {
        let mut draft = IndicatorDraft { title: Some("new".into()), ..IndicatorDraft::default() };
        draft.clear(Property::Severity);
        draft.clear(Property::EducateUrl);
        let whole = draft.completed_from(&record());
        assert_eq!((whole.title.as_deref(), whole.description.as_deref()), (Some("new"), Some("d")));
        assert_eq!(whole.expiration_time, Timestamp::parse("2027-01-31T00:00:00.5Z"));
        assert_eq!(whole.cleared, BTreeSet::from([Property::Severity]));
    }

    #[test]
    fn an_exact_draft_clears_everything_but_the_mark() {
        let exact = IndicatorDraft { severity: Some("Low".into()), ..IndicatorDraft::default() }.exact();
        assert!(exact.cleared.contains(&Property::ExpirationTime) && !exact.cleared.contains(&Property::Severity));
        assert!(!exact.cleared.contains(&Property::ExternalId) && !exact.cleared.contains(&Property::Title));
    }
}
