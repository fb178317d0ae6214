//! Custom indicators (`/api/indicators`).
//!
//! Sources: learn.microsoft.com/defender-endpoint/api/ti-indicator, …/get-ti-indicators-collection, and recorded replies
//! (tests/fixtures/defender/indicators-recorded.json) with fields that those pages do not name.

use std::borrow::Cow;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::property::{Property, PropertyValue};
use crate::listing::Record;
use crate::timestamp::Timestamp;

/// A property that this version does not know, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtraProperty {
    /// Its name.
    pub name: String,
    /// Its value as JSON text.
    pub json: String,
}

/// A custom indicator. Enumerations are texts, so that values that Defender adds later are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are Defender's own, described on the page that the module names")]
pub struct Indicator {
    pub id: String,
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
    pub rbac_group_ids: Vec<String>,
    pub educate_url: Option<String>,
    pub external_id: Option<String>,
    pub category: Option<String>,
    pub mitre_techniques: Vec<String>,
    pub historical_detection: Option<bool>,
    pub bypass_duration_hours: Option<i64>,
    pub created_by: Option<String>,
    pub created_by_display_name: Option<String>,
    pub created_by_source: Option<String>,
    pub source: Option<String>,
    pub source_type: Option<String>,
    pub last_updated_by: Option<String>,
    pub creation_time: Option<Timestamp>,
    pub last_update_time: Option<Timestamp>,
    /// What this version does not know, and known properties of an unknown form. Nulls are left out.
    pub additional_properties: Vec<ExtraProperty>,
}

impl Record for Indicator {
    fn id(&self) -> &str {
        &self.id
    }
}

/// A text, whatever scalar it is sent as.
struct Text(Option<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyScalar;
        impl Visitor<'_> for AnyScalar {
            type Value = Text;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a text, a number, a truth value or null")
            }
            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(Text(Some(text.to_owned())))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Text, E> {
                Ok(Text(Some(number.to_string())))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Text, E> {
                Ok(Text(Some(number.to_string())))
            }
            fn visit_f64<E>(self, number: f64) -> Result<Text, E> {
                Ok(Text(Some(number.to_string())))
            }
            fn visit_bool<E>(self, truth: bool) -> Result<Text, E> {
                Ok(Text(Some(truth.to_string())))
            }
            fn visit_unit<E>(self) -> Result<Text, E> {
                Ok(Text(None))
            }
        }
        deserializer.deserialize_any(AnyScalar)
    }
}

impl<'de> Deserialize<'de> for Indicator {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(IndicatorVisitor)
    }
}

struct IndicatorVisitor;

impl<'de> Visitor<'de> for IndicatorVisitor {
    type Value = Indicator;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an indicator")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Indicator, A::Error> {
        let mut indicator = Indicator::default();
        while let Some(Name(name)) = map.next_key()? {
            if name.starts_with("@odata.") {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let raw: &'de RawValue = map.next_value()?;
            if raw.get() != "null" && !indicator.set(&name, raw) {
                let extra = ExtraProperty { name: name.into_owned(), json: raw.get().to_owned() };
                indicator.additional_properties.push(extra);
            }
        }
        Ok(indicator)
    }
}

/// A key, borrowed from the input unless it has an escape in it.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl Indicator {
    /// What a property that can be written is set to; `None` when it is absent or empty.
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

    /// Sets the property; false when there is none of that name, or the value has another form than it should.
    fn set(&mut self, name: &str, raw: &RawValue) -> bool {
        fn into<'a, T: Deserialize<'a>>(raw: &'a RawValue, field: &mut T) -> bool {
            serde_json::from_str(raw.get()).map(|value| *field = value).is_ok()
        }
        fn text(raw: &RawValue, field: &mut String) -> bool {
            serde_json::from_str(raw.get()).map(|Text(value)| *field = value.unwrap_or_default()).is_ok()
        }
        fn optional(raw: &RawValue, field: &mut Option<String>) -> bool {
            serde_json::from_str(raw.get()).map(|Text(value)| *field = value).is_ok()
        }
        fn texts(raw: &RawValue, field: &mut Vec<String>) -> bool {
            let values = serde_json::from_str::<Vec<Text>>(raw.get());
            values.map(|values| *field = values.into_iter().filter_map(|Text(value)| value).collect()).is_ok()
        }
        match name {
            "id" => text(raw, &mut self.id),
            "indicatorValue" => text(raw, &mut self.indicator_value),
            "indicatorType" => text(raw, &mut self.indicator_type),
            "action" => text(raw, &mut self.action),
            "title" => optional(raw, &mut self.title),
            "description" => optional(raw, &mut self.description),
            "severity" => optional(raw, &mut self.severity),
            "application" => optional(raw, &mut self.application),
            "expirationTime" => into(raw, &mut self.expiration_time),
            "generateAlert" => into(raw, &mut self.generate_alert),
            "recommendedActions" => optional(raw, &mut self.recommended_actions),
            "rbacGroupNames" => texts(raw, &mut self.rbac_group_names),
            "rbacGroupIds" => texts(raw, &mut self.rbac_group_ids),
            "educateUrl" => optional(raw, &mut self.educate_url),
            "externalId" | "externalID" => optional(raw, &mut self.external_id),
            "category" => optional(raw, &mut self.category),
            "mitreTechniques" => texts(raw, &mut self.mitre_techniques),
            "historicalDetection" => into(raw, &mut self.historical_detection),
            "bypassDurationHours" => into(raw, &mut self.bypass_duration_hours),
            "createdBy" => optional(raw, &mut self.created_by),
            "createdByDisplayName" => optional(raw, &mut self.created_by_display_name),
            "createdBySource" => optional(raw, &mut self.created_by_source),
            "source" => optional(raw, &mut self.source),
            "sourceType" => optional(raw, &mut self.source_type),
            "lastUpdatedBy" => optional(raw, &mut self.last_updated_by),
            "creationTimeDateTimeUtc" => into(raw, &mut self.creation_time),
            "lastUpdateTime" => into(raw, &mut self.last_update_time),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_indicators_are_read_whole() {
        let fixture = include_str!("../../../../tests/fixtures/defender/indicators-recorded.json");
        let fixture: serde_json::Value = serde_json::from_str(fixture).unwrap();
        let read =
            |row: usize| -> Indicator { serde_json::from_str(&fixture["body"]["value"][row].to_string()).unwrap() };
        let (full, with_nulls) = (read(0), read(1));
        assert_eq!((full.id.as_str(), full.indicator_type.as_str(), full.action.as_str()), ("11", "Url", "Alert"));
        assert_eq!((full.category.as_deref(), full.source_type.as_deref()), (Some("1"), Some("AadApp")));
        assert_eq!((full.generate_alert, full.historical_detection), (Some(true), Some(false)));
        assert_eq!(full.creation_time, Timestamp::parse("2020-07-30T19:01:56.6543461Z"));
        assert_eq!(with_nulls.expiration_time, None);
        assert_eq!(with_nulls.last_update_time, Timestamp::parse("2023-04-29T06:19:02.652157Z"));
        assert_eq!((full.additional_properties, with_nulls.additional_properties), (vec![], vec![]));
    }

    #[test]
    fn what_is_unknown_or_of_another_form_is_kept() {
        let text = r#"{"id":12,"action":"Quarantine","generateAlert":"Maybe","rbacGroupIds":[7,"8"],"newThing":{"a":[1]},
            "expirationTime":"never","severity":null,"@odata.type":"x","ti\u0074le":"t"}"#;
        let indicator: Indicator = serde_json::from_str(text).unwrap();
        assert_eq!((indicator.id.as_str(), indicator.action.as_str()), ("12", "Quarantine"));
        assert_eq!(indicator.title.as_deref(), Some("t"));
        assert_eq!(indicator.rbac_group_ids, ["7", "8"]);
        let names: Vec<_> = indicator.additional_properties.iter().map(|extra| extra.name.as_str()).collect();
        assert_eq!(names, ["generateAlert", "newThing", "expirationTime"]);
        assert_eq!(indicator.additional_properties[1].json, r#"{"a":[1]}"#);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        assert!(serde_json::from_str::<Indicator>("[]").is_err());
        assert!(serde_json::from_str::<Indicator>(r#"{"id":}"#).is_err());
    }
}
