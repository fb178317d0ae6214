//! What each listener received and what it answered, for tests to look at.
//!
//! Secrets are replaced before they are stored, so a journal may be printed.

use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde::Serialize;

use crate::exchange::{Pairs, Received};

const REDACTED: &str = "<redacted>";
const SECRET_FIELDS: [&str; 3] = ["client_assertion", "client_secret", "assertion"];
const SECRET_HEADERS: [&str; 5] = ["authorization", "x-identity-header", "secret", "cookie", "proxy-authorization"];

/// One request as received, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestRecord {
    /// Counts from 1 over all listeners; not reset when the journal is cleared.
    pub sequence: u64,
    /// When it had been read completely: milliseconds since the emulator started.
    pub at_milliseconds: u64,
    /// `identity`, `authority`, `authorityTls`, `defender` or `defenderTls`.
    pub listener: &'static str,
    /// Which TCP connection it came on, so that reuse of connections shows.
    pub connection: u64,
    /// Such as `GET`.
    pub method: String,
    /// The path as sent.
    pub path: String,
    /// Decoded query parameters.
    pub query: Vec<(String, String)>,
    /// Headers with lower-case names; the values of secret ones are `<redacted>`.
    pub headers: Vec<(String, String)>,
    /// Decoded form fields; the values of secret ones are `<redacted>`.
    pub form: Vec<(String, String)>,
    /// The content type as sent.
    pub content_type: Option<String>,
    /// Id of the tenant that the path or the bearer token names.
    pub tenant: Option<String>,
    /// The kind of fault that was injected.
    pub fault: Option<&'static str>,
    /// The status answered; none when the connection was reset, hangs or the answer is still to come.
    pub status: Option<u16>,
    /// Bytes of the body handed to the connection so far.
    pub bytes: u64,
}

impl RequestRecord {
    /// The first value of a header, by lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        value(&self.headers, name)
    }

    /// The first value of a query parameter.
    pub fn query(&self, name: &str) -> Option<&str> {
        value(&self.query, name)
    }

    /// The first value of a form field.
    pub fn form(&self, name: &str) -> Option<&str> {
        value(&self.form, name)
    }
}

fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// A record whose outcome is still growing.
pub(crate) struct Entry {
    record: RequestRecord,
    status: AtomicU16,
    bytes: AtomicU64,
}

impl Entry {
    pub(crate) fn answered(&self, status: u16) {
        self.status.store(status, Ordering::Relaxed);
    }

    pub(crate) fn sent(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn snapshot(&self) -> RequestRecord {
        let status = self.status.load(Ordering::Relaxed);
        RequestRecord {
            status: (status != 0).then_some(status),
            bytes: self.bytes.load(Ordering::Relaxed),
            ..self.record.clone()
        }
    }
}

/// All records since the start or the last clearing.
pub(crate) struct Journal {
    started: Instant,
    next: AtomicU64,
    entries: Mutex<Vec<Arc<Entry>>>,
}

impl Journal {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), next: AtomicU64::new(1), entries: Mutex::default() }
    }

    /// Records a request; the admin listener's own are not kept.
    pub(crate) fn record(
        &self,
        received: &Received,
        connection: u64,
        tenant: Option<String>,
        fault: Option<&'static str>,
    ) -> Arc<Entry> {
        let headers = received
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let entry = Arc::new(Entry {
            record: RequestRecord {
                sequence: self.next.fetch_add(1, Ordering::Relaxed),
                at_milliseconds: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
                listener: received.listener.name(),
                connection,
                method: received.method.clone(),
                path: received.path.clone(),
                query: received.query.clone(),
                headers: without(&SECRET_HEADERS, headers),
                form: without(&SECRET_FIELDS, received.form.clone()),
                content_type: received.header("content-type").map(Into::into),
                tenant,
                fault,
                status: None,
                bytes: 0,
            },
            status: AtomicU16::new(0),
            bytes: AtomicU64::new(0),
        });
        if received.listener.is_service() {
            self.entries.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&entry));
        }
        entry
    }

    pub(crate) fn snapshot(&self) -> Vec<RequestRecord> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|entry| entry.snapshot()).collect()
    }

    pub(crate) fn clear(&self) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn without(secrets: &[&str], pairs: Pairs) -> Pairs {
    pairs
        .into_iter()
        .map(|(name, value)| if secrets.contains(&name.as_str()) { (name, REDACTED.into()) } else { (name, value) })
        .collect()
}
