//! Which of a tenant's indicators are looked after by whoever makes a plan.

use std::fmt::Write as _;

use crate::indicators::{Indicator, IndicatorDraft, IndicatorKey, Property};

/// How own indicators are told from others'. What is not own is never changed or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ownership {
    /// By how their `externalId` begins. An empty text owns nothing.
    ExternalIdPrefix(String),
    /// By the application that created them: its client id, in any letter case. An empty text owns nothing.
    CreatedBy(String),
}

impl Ownership {
    /// Whether the indicator is an own one.
    pub fn owns(&self, record: &Indicator) -> bool {
        match self {
            Self::ExternalIdPrefix(_) => self.would_own(record.external_id.as_deref()),
            Self::CreatedBy(application) => {
                let is_creator = |creator: &str| creator.trim().eq_ignore_ascii_case(application.trim());
                !application.trim().is_empty() && record.created_by.as_deref().is_some_and(is_creator)
            }
        }
    }

    /// Whether an indicator with this `externalId` would be an own one once it is written.
    pub fn would_own(&self, external_id: Option<&str>) -> bool {
        match self {
            Self::ExternalIdPrefix(prefix) => {
                !prefix.is_empty() && external_id.is_some_and(|external_id| external_id.starts_with(prefix.as_str()))
            }
            Self::CreatedBy(_) => true,
        }
    }

    /// Gives a draft without `externalId` the one that makes it an own one: the prefix and a number made from type,
    /// value and action, the same at every run and on every machine. A draft that has one keeps it.
    pub fn mark(&self, draft: &mut IndicatorDraft) {
        let Self::ExternalIdPrefix(prefix) = self else { return };
        if prefix.is_empty() || draft.get(Property::ExternalId).is_some() {
            return;
        }
        let key = IndicatorKey::new(&draft.indicator_type, &draft.indicator_value);
        let action = draft.action.trim().to_ascii_lowercase();
        let mut mark = prefix.clone();
        // Writing to a text can't fail.
        let _ = write!(mark, "{:032x}", fnv(&[&key.indicator_type, &key.value, &action]));
        draft.external_id = Some(mark);
        draft.cleared.remove(&Property::ExternalId);
    }
}

/// FNV-1a with 128 bits: the standard library's hashes may change between its versions.
fn fnv(parts: &[&str]) -> u128 {
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for part in parts {
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_ones_are_told_by_prefix_or_creator() {
        let record = Indicator {
            external_id: Some("feed:1".into()),
            created_by: Some("82F42FCA-e931-4f03-b54c-47af94bd394d".into()),
            ..Indicator::default()
        };
        let prefix = |text: &str| Ownership::ExternalIdPrefix(text.into());
        let creator = |text: &str| Ownership::CreatedBy(text.into());
        assert!(prefix("feed:").owns(&record) && creator("82f42fca-e931-4f03-b54c-47af94bd394d").owns(&record));
        for other in [prefix("Feed:"), prefix(""), creator(""), creator("82f42fca")] {
            assert!(!other.owns(&record), "{other:?}");
            assert!(!other.owns(&Indicator::default()), "{other:?}");
        }
    }

    #[test]
    fn a_mark_is_the_same_for_what_means_the_same() {
        let ownership = Ownership::ExternalIdPrefix("feed:".into());
        let marked = |value: &str, action: &str| {
            let mut draft = IndicatorDraft {
                indicator_value: value.into(),
                indicator_type: "DomainName".into(),
                action: action.into(),
                ..IndicatorDraft::default()
            };
            ownership.mark(&mut draft);
            draft.external_id.unwrap()
        };
        let mark = marked("example.com", "Block");
        assert_eq!(mark, marked("EXAMPLE.com", "block"));
        assert_ne!(mark, marked("example.com", "Warn"));
        assert!(ownership.would_own(Some(&mark)));
        assert_eq!(mark, "feed:d249c14885b1bb2ed941019603d3c9aa");
    }

    #[test]
    fn a_mark_that_is_there_stays() {
        let mut draft = IndicatorDraft { external_id: Some("x".into()), ..IndicatorDraft::default() };
        Ownership::ExternalIdPrefix("feed:".into()).mark(&mut draft);
        assert_eq!(draft.external_id.as_deref(), Some("x"));
    }
}
