//! The time of day, passed in so that expiry can be tested without waiting.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970-01-01T00:00:00Z, the unit of every token's `exp`.
pub type UnixSeconds = i64;

/// Tells the time of day. Durations and deadlines are tokio's business.
pub trait Clock: Send + Sync {
    /// The time now, in seconds since the Unix epoch.
    fn now(&self) -> UnixSeconds;
}

/// The machine's own clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixSeconds {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX)
    }
}
