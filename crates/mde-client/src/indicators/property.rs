//! The properties of an indicator that a caller may set, by the names that Defender gives them.
//!
//! Source: learn.microsoft.com/defender-endpoint/api/post-ti-indicator (request body); `externalId` is seen on the wire.

use std::fmt;

use crate::timestamp::Timestamp;

/// A property that can be written. The order is the one in which bodies and reports name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names are Defender's own, described on the page that the module names")]
pub enum Property {
    IndicatorValue,
    IndicatorType,
    Action,
    Title,
    Description,
    Severity,
    Application,
    ExpirationTime,
    GenerateAlert,
    RecommendedActions,
    RbacGroupNames,
    EducateUrl,
    ExternalId,
}

impl Property {
    /// Every property that can be written.
    pub const ALL: [Self; 13] = [
        Self::IndicatorValue,
        Self::IndicatorType,
        Self::Action,
        Self::Title,
        Self::Description,
        Self::Severity,
        Self::Application,
        Self::ExpirationTime,
        Self::GenerateAlert,
        Self::RecommendedActions,
        Self::RbacGroupNames,
        Self::EducateUrl,
        Self::ExternalId,
    ];

    /// The name on the wire, where its letter case matters.
    pub fn name(self) -> &'static str {
        match self {
            Self::IndicatorValue => "indicatorValue",
            Self::IndicatorType => "indicatorType",
            Self::Action => "action",
            Self::Title => "title",
            Self::Description => "description",
            Self::Severity => "severity",
            Self::Application => "application",
            Self::ExpirationTime => "expirationTime",
            Self::GenerateAlert => "generateAlert",
            Self::RecommendedActions => "recommendedActions",
            Self::RbacGroupNames => "rbacGroupNames",
            Self::EducateUrl => "educateUrl",
            Self::ExternalId => "externalId",
        }
    }

    /// The property of this name in any letter case: files that PowerShell wrote have capitals.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|property| property.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Property {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// What a property is set to. An empty text and an empty list count as not set at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PropertyValue<'a> {
    /// A text or an enumeration.
    Text(&'a str),
    /// A moment.
    Moment(Timestamp),
    /// A truth value.
    Truth(bool),
    /// Several texts.
    Texts(&'a [String]),
}

impl<'a> PropertyValue<'a> {
    pub(super) fn text(text: &'a str) -> Option<Self> {
        (!text.is_empty()).then_some(Self::Text(text))
    }

    pub(super) fn optional_text(text: Option<&'a str>) -> Option<Self> {
        text.and_then(Self::text)
    }

    pub(super) fn texts(texts: &'a [String]) -> Option<Self> {
        (!texts.is_empty()).then_some(Self::Texts(texts))
    }

    /// Whether the two mean the same: moments by the second, because fractions get lost on the way through Defender and
    /// files; lists in any order.
    pub fn means(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Moment(one), Self::Moment(two)) => one.whole_second() == two.whole_second(),
            (Self::Texts(one), Self::Texts(two)) if one.len() == two.len() => {
                let (mut one, mut two): (Vec<_>, Vec<_>) = (one.iter().collect(), two.iter().collect());
                one.sort_unstable();
                two.sort_unstable();
                one == two
            }
            (one, two) => one == two,
        }
    }
}

/// For reports; JSON is written elsewhere.
impl fmt::Display for PropertyValue<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => formatter.write_str(text),
            Self::Moment(moment) => moment.fmt(formatter),
            Self::Truth(truth) => truth.fmt(formatter),
            Self::Texts(texts) => formatter.write_str(&texts.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_property_is_found_by_its_name_in_any_case() {
        for property in Property::ALL {
            assert_eq!(Property::from_name(&property.to_string().to_uppercase()), Some(property));
        }
        assert_eq!(Property::from_name("externalID"), Some(Property::ExternalId));
        assert_eq!(Property::from_name("id"), None);
    }

    #[test]
    fn fractions_and_the_order_of_groups_do_not_matter() {
        let moment = |text| PropertyValue::Moment(Timestamp::parse(text).unwrap());
        assert!(moment("2026-11-23T05:00:00.1234567Z").means(&moment("2026-11-23T05:00:00.123Z")));
        assert!(moment("2026-11-23T05:00:00.9Z").means(&moment("2026-11-23T06:00:00+01:00")));
        assert!(!moment("2026-11-23T05:00:00Z").means(&moment("2026-11-23T05:00:01Z")));
        let (one, two) = (["a".to_owned(), "b".to_owned()], ["b".to_owned(), "a".to_owned()]);
        assert!(PropertyValue::Texts(&one).means(&PropertyValue::Texts(&two)));
        assert!(!PropertyValue::Texts(&one).means(&PropertyValue::Texts(&one[..1])));
        assert!(!PropertyValue::Text("a").means(&PropertyValue::Text("A")));
    }
}
