//! Everything about a draft that can be told before a call is spent on it.
//!
//! Sources: learn.microsoft.com/defender-endpoint/api/ti-indicator, …/indicators-overview (actions for each type),
//! …/indicator-manage. Only what is documented is an error; what is only likely to fail is a warning.

use super::draft::{IndicatorDraft, REQUIRED};
use super::property::Property;
use super::value::TYPES;
use super::value_check::{ValueFault, checked};
use crate::timestamp::Timestamp;

/// The actions that can be asked for.
pub const ACTIONS: [&str; 5] = ["Allowed", "Audit", "Warn", "Block", "BlockAndRemediate"];
/// The severities, lowest first.
pub const SEVERITIES: [&str; 4] = ["Informational", "Low", "Medium", "High"];
/// Actions that were supported until January 2022 and still come back from the list.
const LEGACY_ACTIONS: [&str; 2] = ["Alert", "AlertAndBlock"];
const CERTIFICATE_ACTIONS: [&str; 2] = ["Allowed", "BlockAndRemediate"];

/// What the checks need to know beside the draft.
#[derive(Debug, Clone, Copy)]
pub struct ValidationContext {
    /// The time now.
    pub now: Timestamp,
    /// Whether the indicator is a new one; an existing one may keep an action that new ones can't have.
    pub is_new: bool,
}

/// Why Defender would refuse a draft.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A required property is absent or blank.
    #[error("{0} is missing")]
    Missing(Property),
    /// An enumeration has no such value.
    #[error("'{found}' is no {property}")]
    UnknownName {
        /// The property.
        property: Property,
        /// The text that was given.
        found: String,
        /// The texts that it may be.
        known: &'static [&'static str],
    },
    /// An action that new indicators can't have any more.
    #[error("action {0} has not been supported since January 2022")]
    LegacyAction(&'static str),
    /// The type can't have this action.
    #[error("a {indicator_type} can't have the action {action}")]
    ActionNotAllowed {
        /// The action.
        action: &'static str,
        /// The type.
        indicator_type: &'static str,
        /// The actions that it can have.
        allowed: &'static [&'static str],
    },
    /// The value is none of its type.
    #[error("indicatorValue '{found}' can't be used: {fault}")]
    Value {
        /// The value, cut short.
        found: String,
        /// What is wrong with it.
        fault: ValueFault,
    },
    /// `Audit` does nothing but raise alerts.
    #[error("action Audit needs generateAlert to be true")]
    AuditWithoutAlert,
    /// The time is over.
    #[error("expirationTime {0} is not in the future")]
    Expired(Timestamp),
}

impl Problem {
    /// The property to look at.
    pub fn property(&self) -> Property {
        match self {
            Self::Missing(property) | Self::UnknownName { property, .. } => *property,
            Self::LegacyAction(_) | Self::ActionNotAllowed { .. } => Property::Action,
            Self::Value { .. } => Property::IndicatorValue,
            Self::AuditWithoutAlert => Property::GenerateAlert,
            Self::Expired(_) => Property::ExpirationTime,
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::Missing(property) => format!("give {property}: Defender requires it"),
            Self::UnknownName { known, .. } | Self::ActionNotAllowed { allowed: known, .. } => {
                format!("use one of {}", known.join(", "))
            }
            Self::LegacyAction("Alert") => "use Audit with generateAlert set to true".to_owned(),
            Self::LegacyAction(_) => "use Block with generateAlert set to true".to_owned(),
            Self::Value { fault, .. } => fault.remedy(),
            Self::AuditWithoutAlert => "set generateAlert to true".to_owned(),
            Self::Expired(_) => {
                "set expirationTime to a later time, or leave it out for one that never ends".to_owned()
            }
        }
    }
}

/// What may not be meant, or may be refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Caution {
    /// The portal's import refuses this action there; the API has been seen to keep such ones.
    #[error("action BlockAndRemediate is documented for files and certificates, not for a {0}; Defender may refuse it")]
    RemediationOnNetwork(&'static str),
    /// The address is not shown with this action or type.
    #[error("educateUrl is shown only for action Block or Warn on a Url")]
    EducateUrlUnused,
    /// An existing indicator keeps an action that new ones can't have.
    #[error("action {0} has not been supported since January 2022; Defender may refuse the change")]
    LegacyAction(&'static str),
}

impl Caution {
    /// The property to look at.
    pub fn property(&self) -> Property {
        match self {
            Self::RemediationOnNetwork(_) | Self::LegacyAction(_) => Property::Action,
            Self::EducateUrlUnused => Property::EducateUrl,
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::RemediationOnNetwork(_) => "use Block",
            Self::EducateUrlUnused => "leave educateUrl out",
            Self::LegacyAction("Alert") => "use Audit with generateAlert set to true",
            Self::LegacyAction(_) => "use Block with generateAlert set to true",
        }
    }
}

/// What the checks found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validation {
    /// The draft in the form to send: enumerations in Defender's letter case, the value without blanks around it, IPv6
    /// with eight segments. As it was, where it is wrong.
    pub draft: IndicatorDraft,
    /// Why it would be refused; empty when it may be sent.
    pub errors: Vec<Problem>,
    /// What else should be looked at.
    pub warnings: Vec<Caution>,
}

impl Validation {
    /// Whether the draft may be sent.
    pub fn is_valid(&self) -> bool {
        self.errors.is_empty()
    }
}

/// Checks a draft. It is total: any draft has an answer.
pub fn validate(draft: &IndicatorDraft, context: ValidationContext) -> Validation {
    let mut check = Check { draft: draft.clone(), errors: Vec::new(), warnings: Vec::new() };
    check.required();
    let indicator_type = check.name(Property::IndicatorType, &TYPES);
    let action = check.action(context);
    check.name(Property::Severity, &SEVERITIES);
    if let Some(indicator_type) = indicator_type {
        check.value(indicator_type);
        if let Some(action) = action {
            check.action_of_type(action, indicator_type);
        }
    }
    check.alert(action);
    check.educate_url(action, indicator_type);
    if let Some(expiration) = draft.expiration_time.filter(|expiration| *expiration <= context.now) {
        check.errors.push(Problem::Expired(expiration));
    }
    Validation { draft: check.draft, errors: check.errors, warnings: check.warnings }
}

struct Check {
    draft: IndicatorDraft,
    errors: Vec<Problem>,
    warnings: Vec<Caution>,
}

impl Check {
    fn text(&self, property: Property) -> String {
        self.draft.get(property).map(|value| value.to_string().trim().to_owned()).unwrap_or_default()
    }

    fn required(&mut self) {
        for property in REQUIRED {
            if self.text(property).is_empty() {
                self.errors.push(Problem::Missing(property));
            }
        }
    }

    /// The value of an enumeration in Defender's letter case, which matters on the wire.
    fn name(&mut self, property: Property, known: &'static [&'static str]) -> Option<&'static str> {
        let found = self.text(property);
        if found.is_empty() {
            return None;
        }
        let name = known.iter().copied().find(|name| name.eq_ignore_ascii_case(&found));
        match name {
            Some(name) => self.draft.put_text(property, Some(name)),
            None => self.errors.push(Problem::UnknownName { property, found: excerpt(&found), known }),
        }
        name
    }

    fn action(&mut self, context: ValidationContext) -> Option<&'static str> {
        let found = self.text(Property::Action);
        let Some(legacy) = LEGACY_ACTIONS.into_iter().find(|action| action.eq_ignore_ascii_case(&found)) else {
            return self.name(Property::Action, &ACTIONS);
        };
        self.draft.put_text(Property::Action, Some(legacy));
        if context.is_new {
            self.errors.push(Problem::LegacyAction(legacy));
        } else {
            self.warnings.push(Caution::LegacyAction(legacy));
        }
        None
    }

    fn value(&mut self, indicator_type: &str) {
        if self.text(Property::IndicatorValue).is_empty() {
            return;
        }
        match checked(indicator_type, &self.draft.indicator_value) {
            Ok(value) => self.draft.indicator_value = value,
            Err(fault) => {
                self.errors.push(Problem::Value { found: excerpt(&self.draft.indicator_value), fault });
            }
        }
    }

    fn action_of_type(&mut self, action: &'static str, indicator_type: &'static str) {
        match indicator_type {
            "CertificateThumbprint" if !CERTIFICATE_ACTIONS.contains(&action) => {
                self.errors.push(Problem::ActionNotAllowed { action, indicator_type, allowed: &CERTIFICATE_ACTIONS });
            }
            "IpAddress" | "DomainName" | "Url" if action == "BlockAndRemediate" => {
                self.warnings.push(Caution::RemediationOnNetwork(indicator_type));
            }
            _ => {}
        }
    }

    fn alert(&mut self, action: Option<&str>) {
        if action == Some("Audit") && self.draft.generate_alert != Some(true) {
            self.errors.push(Problem::AuditWithoutAlert);
        }
    }

    fn educate_url(&mut self, action: Option<&str>, indicator_type: Option<&str>) {
        let is_shown = matches!(action, None | Some("Block" | "Warn")) && matches!(indicator_type, None | Some("Url"));
        if !is_shown && !self.text(Property::EducateUrl).is_empty() {
            self.warnings.push(Caution::EducateUrlUnused);
        }
    }
}

/// Enough of a text to know it again.
fn excerpt(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> ValidationContext {
        ValidationContext { now: Timestamp::parse("2026-11-23T12:00:00Z").unwrap(), is_new: true }
    }

    fn draft(indicator_type: &str, value: &str, action: &str) -> IndicatorDraft {
        IndicatorDraft {
            indicator_value: value.into(),
            indicator_type: indicator_type.into(),
            action: action.into(),
            title: Some("t".into()),
            description: Some("d".into()),
            ..IndicatorDraft::default()
        }
    }

    fn errors(draft: &IndicatorDraft) -> Vec<Problem> {
        validate(draft, context()).errors
    }

    #[test]
    fn a_right_draft_is_given_in_the_form_to_send() {
        let mut given = draft(" ipaddress", "2001:DB8::1 ", "BLOCK");
        given.severity = Some("high".into());
        let found = validate(&given, context());
        assert_eq!((found.is_valid(), &found.warnings), (true, &vec![]));
        let sent = found.draft;
        assert_eq!(
            (&*sent.indicator_type, &*sent.action, sent.severity.as_deref()),
            ("IpAddress", "Block", Some("High"))
        );
        assert_eq!(sent.indicator_value, "2001:db8:0:0:0:0:0:1");
    }

    #[test]
    fn everything_that_is_missing_is_named_at_once() {
        let found = errors(&IndicatorDraft { title: Some(" ".into()), ..IndicatorDraft::default() });
        let properties: Vec<_> = found.iter().map(Problem::property).collect();
        assert_eq!(properties, REQUIRED);
        assert_eq!(found[0].to_string(), "indicatorValue is missing");
        assert_eq!(found[0].remedy(), "give indicatorValue: Defender requires it");
    }

    #[test]
    fn each_type_has_its_actions() {
        let sha1 = "a".repeat(40);
        for action in ACTIONS {
            let mut file = draft("FileSha1", &sha1, action);
            file.generate_alert = Some(true);
            assert_eq!(errors(&file), [], "{action}");
            file.indicator_type = "CertificateThumbprint".into();
            let is_allowed = ["Allowed", "BlockAndRemediate"].contains(&action);
            assert_eq!(errors(&file).is_empty(), is_allowed, "{action}");
        }
        let network = validate(&draft("Url", "https://example.com", "BlockAndRemediate"), context());
        assert!(network.is_valid());
        assert_eq!(network.warnings, [Caution::RemediationOnNetwork("Url")]);
    }

    #[test]
    fn old_actions_are_kept_but_not_begun() {
        let old = draft("DomainName", "example.com", "alertandblock");
        assert_eq!(errors(&old), [Problem::LegacyAction("AlertAndBlock")]);
        assert!(errors(&old)[0].remedy().contains("Block"));
        let kept = validate(&old, ValidationContext { is_new: false, ..context() });
        assert_eq!((kept.errors, kept.warnings), (vec![], vec![Caution::LegacyAction("AlertAndBlock")]));
    }

    #[test]
    fn unknown_names_are_refused_with_the_known_ones() {
        let found = errors(&draft("FileSha512", "x", "Quarantine"));
        let properties: Vec<_> = found.iter().map(Problem::property).collect();
        assert_eq!(properties, [Property::IndicatorType, Property::Action]);
        assert!(found[0].remedy().contains("FileSha256") && found[1].remedy().contains("BlockAndRemediate"));
        let mut severe = draft("DomainName", "example.com", "Block");
        severe.severity = Some("Critical".into());
        assert_eq!(errors(&severe)[0].property(), Property::Severity);
    }

    #[test]
    fn audit_needs_an_alert() {
        let mut audit = draft("DomainName", "example.com", "Audit");
        assert_eq!(errors(&audit), [Problem::AuditWithoutAlert]);
        audit.generate_alert = Some(false);
        assert_eq!(errors(&audit), [Problem::AuditWithoutAlert]);
        audit.generate_alert = Some(true);
        assert_eq!(errors(&audit), []);
    }

    #[test]
    fn an_end_must_come_later() {
        let mut ending = draft("DomainName", "example.com", "Block");
        ending.expiration_time = Some(context().now);
        assert_eq!(errors(&ending), [Problem::Expired(context().now)]);
        ending.expiration_time = Some(Timestamp(context().now.0 + 1));
        assert_eq!(errors(&ending), []);
    }

    #[test]
    fn an_address_that_nobody_sees_is_warned_about() {
        let mut taught = draft("Url", "https://example.com", "Warn");
        taught.educate_url = Some("https://intranet.example/why".into());
        assert_eq!(validate(&taught, context()).warnings, []);
        taught.action = "Allowed".into();
        assert_eq!(validate(&taught, context()).warnings, [Caution::EducateUrlUnused]);
    }

    #[test]
    fn any_input_has_an_answer() {
        let pieces = [
            "",
            " ",
            "\u{feff}",
            "*",
            "//",
            "://",
            ":",
            "[",
            "]",
            "%",
            "\0",
            "é",
            "👾",
            "127.0.0.1",
            "::",
            "fe80::1%1",
            "http",
            "example.com",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "-",
            ".",
            "@",
            "\\",
            "\n",
            "Url",
            "Audit",
        ];
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut next = |limit: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % limit as u64).unwrap()
        };
        let mut valid = 0;
        for _ in 0..20_000 {
            let mut text =
                |longest: usize| -> String { (0..next(longest)).map(|_| pieces[next(pieces.len())]).collect() };
            let (value, other, severity) = (text(7), text(2), text(3));
            let indicator_type = TYPES.get(next(9)).map_or(other, |name| (*name).to_owned());
            let action = ACTIONS.get(next(6)).copied().unwrap_or("👾");
            let mut any = draft(&indicator_type, &value, action);
            any.severity = Some(severity);
            any.expiration_time = Some(Timestamp([i64::MIN, 0, i64::MAX][next(3)]));
            let found = validate(&any, context());
            for problem in &found.errors {
                assert!(!problem.to_string().is_empty() && !problem.remedy().is_empty());
            }
            // What is right stays right, and stays as it is.
            if found.is_valid() {
                valid += 1;
                assert_eq!(validate(&found.draft, context()), found);
            }
        }
        assert!(valid > 0, "the right ones were looked at too");
    }
}
