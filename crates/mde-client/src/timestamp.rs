//! Defender's timestamps, in the unit that .NET counts in, so that nothing is lost between the two.

use std::fmt;

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
        let moment = moment.checked_to_offset(UtcOffset::UTC)?;
        let ticks = EPOCH_TICKS.checked_add(moment.unix_timestamp().checked_mul(TICKS_PER_SECOND)?)?;
        Some(Self(ticks + i64::from(moment.nanosecond() / 100)))
    }

    /// The second that it lies in, for comparing with a time whose fraction was lost on the way.
    #[must_use]
    pub fn whole_second(self) -> Self {
        Self(self.0.saturating_sub(self.0.rem_euclid(TICKS_PER_SECOND)))
    }

    /// The date and time without fraction and zone, as in `2026-11-23T05:00:00`. What no calendar has becomes the
    /// nearest that it has.
    pub(crate) fn date_and_clock(self) -> String {
        let seconds = self.0.div_euclid(TICKS_PER_SECOND) - EPOCH_TICKS / TICKS_PER_SECOND;
        let nearest = if seconds < 0 { PrimitiveDateTime::MIN } else { PrimitiveDateTime::MAX };
        let moment = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(nearest.assume_utc());
        let (year, month, day) = moment.to_calendar_date();
        let (hour, minute, second) = moment.to_hms();
        format!("{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}", u8::from(month))
    }
}

/// As Defender takes it: `2026-11-23T05:00:00Z`, with a fraction only where there is one.
impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.date_and_clock())?;
        let fraction = self.0.rem_euclid(TICKS_PER_SECOND);
        if fraction != 0 {
            write!(formatter, ".{}", format!("{fraction:07}").trim_end_matches('0'))?;
        }
        formatter.write_str("Z")
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

    #[test]
    fn it_is_written_as_it_was_read() {
        for text in ["1970-01-01T00:00:00Z", "2026-11-23T05:00:00.1234567Z", "2026-11-23T05:00:00.05Z"] {
            assert_eq!(Timestamp::parse(text).unwrap().to_string(), text);
        }
        let moment = Timestamp::parse("2026-11-23T05:00:59.9999999Z").unwrap();
        assert_eq!(moment.whole_second().to_string(), "2026-11-23T05:00:59Z");
    }

    #[test]
    fn what_no_calendar_has_is_neither_read_nor_fatal() {
        assert_eq!(Timestamp::parse("9999-12-31T23:59:59-23:00"), None);
        assert_eq!(Timestamp(i64::MAX).date_and_clock(), "9999-12-31T23:59:59");
        assert_eq!(Timestamp(i64::MIN).whole_second().0, i64::MIN);
    }
}
