//! How often each API may be called, per tenant and application.
//!
//! Source: the pages of the endpoints below learn.microsoft.com/defender-endpoint/api; the words and the key are those of
//! a refusal that minemeld-wd-atp recorded in 2022.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::exchange::{Received, Reply};

/// Path, calls a minute, calls an hour; zero stands for no documented limit. The first that the path begins with counts;
/// what the last row stands for are APIs of their own, told apart by the next part of their paths.
const TABLE: &[(&str, &str, usize, usize)] = &[
    ("POST", "/api/indicators/import", 30, 0),
    ("POST", "/api/indicators/batchdelete", 30, 1_500),
    ("POST", "/api/indicators", 100, 1_500),
    ("DELETE", "/api/indicators", 100, 1_500),
    ("GET", "/api/machines/softwarevulnerabilitiesexport", 5, 20),
    ("GET", "/api/machines/software", 30, 1_000),
    ("GET", "/api/machines/", 50, 1_500),
    ("GET", "/api/", 100, 1_500),
];

/// The calls that were made.
#[derive(Default)]
pub(crate) struct Limits {
    calls: Mutex<HashMap<String, Vec<Instant>>>,
}

impl Limits {
    /// Counts a call. `minute` is how long a minute is here.
    ///
    /// # Errors
    /// The 429, when there are too many.
    pub(crate) fn count(
        &self,
        received: &Received,
        tenant: &str,
        application: &str,
        minute: Duration,
    ) -> Result<(), Reply> {
        let path = received.path.to_ascii_lowercase();
        let row = TABLE.iter().find(|(method, start, ..)| *method == received.method && path.starts_with(start));
        let Some((method, start, per_minute, per_hour)) = row else { return Ok(()) };
        let api = path.strip_prefix("/api/").and_then(|rest| rest.split('/').next()).filter(|_| *start == "/api/");
        let key = format!("{method} {start}{} {tenant} {application}", api.unwrap_or_default());
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let calls = calls.entry(key).or_default();
        let now = Instant::now();
        calls.retain(|call| now.duration_since(*call) < minute * 60);
        for (limit, window, name) in [(*per_minute, minute, "00:01:00"), (*per_hour, minute * 60, "01:00:00")] {
            let recent: Vec<_> = calls.iter().filter(|call| now.duration_since(**call) < window).collect();
            if limit > 0 && recent.len() >= limit {
                let wait = window.saturating_sub(now.duration_since(*recent[recent.len() - limit]));
                let seconds = wait.as_secs_f64().ceil();
                let message = format!(
                    "API calls quota exceeded! Maximum allowed {limit} per {name} for the key \
                     Destination+TenantID+AppID. You can send requests again in {seconds} seconds."
                );
                let body = json!({"error": {"code": "429", "message": message, "target": tenant}});
                return Err(Reply::json(429, &body).with_header("retry-after", seconds.to_string()));
            }
        }
        calls.push(now);
        Ok(())
    }
}
