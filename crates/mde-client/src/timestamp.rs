//! Defender's timestamps, in the unit that .NET counts in, so that nothing is lost between the two.

use serde::{Deserialize, Deserializer};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// 1970-01-01 in .NET's ticks.
const EPOCH_TICKS: i64 = 621_355_968_000_000_000;
const TICKS_PER_SECOND: i64 = 10_000_000;

/// A moment in UTC, in ticks of 100 nanoseconds since 0001-01-01: Defender sends up to seven fractional digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Reads `2026-11-23T05:00:00.1234567Z`, with or without fraction; a time without a zone is UTC.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok().or_else(|| without_zone(text))?;
        let moment = moment.to_offset(UtcOffset::UTC);
        let ticks = EPOCH_TICKS.checked_add(moment.unix_timestamp().checked_mul(TICKS_PER_SECOND)?)?;
        Some(Self(ticks + i64::from(moment.nanosecond() / 100)))
    }
}

fn without_zone(text: &str) -> Option<OffsetDateTime> {
    let (date, clock) = text.split_once(['T', ' '])?;
    let date = time::Date::parse(date, &time::macros::format_description!(version = 2, "[year]-[month]-[day]")).ok()?;
    let format = time::macros::format_description!(version = 2, "[hour]:[minute]:[second][optional [.[subsecond]]]");
    Some(PrimitiveDateTime::new(date, Time::parse(clock, &format).ok()?).assume_utc())
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a timestamp"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_to_seven_digits_are_kept() {
        assert_eq!(Timestamp::parse("1970-01-01T00:00:00Z"), Some(Timestamp(EPOCH_TICKS)));
        assert_eq!(Timestamp::parse("1970-01-01T00:00:01.1234567Z"), Some(Timestamp(EPOCH_TICKS + 11_234_567)));
        assert_eq!(Timestamp::parse("1970-01-01T01:00:00.5+01:00"), Some(Timestamp(EPOCH_TICKS + 5_000_000)));
        assert_eq!(Timestamp::parse("1970-01-01 00:00:00.0000001"), Some(Timestamp(EPOCH_TICKS + 1)));
        assert_eq!(Timestamp::parse("1970-01-01T00:00:00"), Some(Timestamp(EPOCH_TICKS)));
        assert_eq!(Timestamp::parse("soon"), None);
    }
}
