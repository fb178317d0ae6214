//! A list of any length, page by page, streamed: nothing but the record that is being received is held.
//!
//! The pager trusts no link. It follows `@odata.nextLink` only on the API's own host, only once, and only after a page
//! with something new; otherwise it counts for itself with `$skip`. Links that lead in circles have been seen
//! (microsoft-365-docs issue 8316), and links to another host would carry the token there.

use std::collections::HashSet;
use std::hash::BuildHasher;
use std::ops::ControlFlow;

use async_trait::async_trait;
use foldhash::quality::RandomState;
use mde_core::Report;
use mde_core::http::{Response, TransportError, host_of};
use serde::de::DeserializeOwned;
use tokio::time::{Duration, Instant};
use url::Url;

use crate::connection::{Connection, encode};
use crate::endpoints::{Endpoint, Pages};
use crate::error::DefenderError;
use crate::page::{PageError, PageSplitter};

/// Records are handed on when this many are there, or when the last ones have waited long enough.
const BATCH: usize = 500;
const LONGEST_WAIT: Duration = Duration::from_millis(100);
/// How often a page that broke off is asked for again.
const PAGE_TRIES: u32 = 3;
/// An object that is no list is held as a whole.
const LARGEST_OBJECT: usize = 32 * 1024 * 1024;

/// Something a list is made of.
pub trait Record: DeserializeOwned + Send + 'static {
    /// Its id, unique in the list; empty when Defender sent none.
    fn id(&self) -> &str;
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, Default)]
pub struct ListQuery {
    /// An OData filter, passed through.
    pub filter: Option<String>,
    /// How many records to leave out at the beginning.
    pub skip: u64,
    /// How many records to return at most.
    pub first: Option<u64>,
    /// What stands for `{id}` in the endpoint's path.
    pub id: Option<String>,
    /// The path, where the endpoint has none of its own.
    pub path: Option<String>,
    /// Further parameters of the first page, as the endpoint's documentation names them.
    pub parameters: Vec<(String, String)>,
}

/// Takes the records as they come. It may wait: the download waits with it.
#[async_trait]
pub trait RecordSink<T>: Send {
    /// Takes some records; `Break` when no more are wanted.
    async fn records(&mut self, records: Vec<T>) -> ControlFlow<()>;
    /// Takes the report of something that failed while the rest goes on.
    async fn failed(&mut self, report: Report) -> ControlFlow<()>;
}

/// What a list came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ListSummary {
    /// How many records were handed on.
    pub records: u64,
    /// How many pages were asked for.
    pub pages: u64,
}

/// Why a list ended early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListFailure {
    /// The failure, ready to be shown.
    pub report: Report,
    /// Whether every tenant would fail the same way.
    pub concerns_all_tenants: bool,
}

/// Streams a list into the sink. What was handed on before a failure stays valid.
///
/// # Errors
/// [`ListFailure`] when the list could not be had to its end.
pub async fn list<T: Record>(
    connection: &Connection,
    endpoint: &Endpoint,
    query: &ListQuery,
    sink: &mut dyn RecordSink<T>,
) -> Result<ListSummary, ListFailure> {
    let mut listing = Listing {
        connection,
        endpoint,
        query,
        sink,
        seen: HashSet::default(),
        hasher: RandomState::default(),
        batch: Vec::with_capacity(BATCH),
        last_flush: Instant::now(),
        received: 0,
        summary: ListSummary::default(),
    };
    match listing.run().await {
        Ok(()) => Ok(listing.summary),
        Err(error) => Err(failure(connection, &error, query.skip + listing.received)),
    }
}

/// The failure of a list of which so many records were received.
pub(crate) fn failure(connection: &Connection, error: &DefenderError, received: u64) -> ListFailure {
    ListFailure {
        report: connection.report(error, received),
        concerns_all_tenants: matches!(error, DefenderError::Identity(error) if error.concerns_all_tenants()),
    }
}

struct Listing<'a, T> {
    connection: &'a Connection,
    endpoint: &'a Endpoint,
    query: &'a ListQuery,
    sink: &'a mut dyn RecordSink<T>,
    /// A hash for each id that was handed on: eight bytes a record, so that no record comes twice.
    seen: HashSet<u64, RandomState>,
    hasher: RandomState,
    batch: Vec<T>,
    last_flush: Instant,
    /// How many different records Defender has sent, those that can't be read among them.
    received: u64,
    summary: ListSummary,
}

/// How a page ended.
struct Page {
    count: u64,
    fresh: u64,
    next: Option<String>,
}

/// What reading a page came to.
enum Outcome {
    /// No more records are wanted.
    Enough,
    /// The page is whole.
    Whole(Page),
}

impl<T: Record> Listing<'_, T> {
    async fn run(&mut self) -> Result<(), DefenderError> {
        if self.query.first == Some(0) {
            return Ok(());
        }
        let mut url = self.own_url();
        let mut followed = HashSet::from([url.clone()]);
        loop {
            let page = match self.page(&url).await {
                Ok(Outcome::Whole(page)) => page,
                Ok(Outcome::Enough) => return Ok(()),
                Err(error) if error.is_not_found() && self.is_empty_by_not_found() => return Ok(()),
                // Links have been seen that Defender itself can't read.
                Err(error) if error.is_unreadable_request() && self.counts() && followed.insert(self.own_url()) => {
                    url = self.own_url();
                    continue;
                }
                Err(error) => return Err(error),
            };
            let link = page.next.as_deref().map(|link| self.check(link, &followed));
            url = match link {
                _ if page.count == 0 => return Ok(()),
                Some(Ok(next)) if page.fresh > 0 => next,
                Some(_) | None if !self.counts() => {
                    let Some(link) = page.next.filter(|_| page.count > 0) else { return Ok(()) };
                    return Err(DefenderError::PagingStopped { link: shown(&link) });
                }
                // A link that must not be followed says at least that there is more; a full page without a link may.
                Some(_) => self.own_url(),
                None if self.is_full(&page) && page.fresh > 0 => self.own_url(),
                None => return Ok(()),
            };
            if !followed.insert(url.clone()) {
                let link = page.next.unwrap_or_default();
                return Err(DefenderError::PagingStopped { link: shown(&link) });
            }
        }
    }

    /// Whether what follows can be asked for by a number.
    fn counts(&self) -> bool {
        matches!(self.endpoint.pages, Pages::Counted | Pages::CountedOrNotFound)
    }

    fn is_empty_by_not_found(&self) -> bool {
        self.endpoint.pages == Pages::CountedOrNotFound && self.received == 0
    }

    fn is_full(&self, page: &Page) -> bool {
        page.count >= self.endpoint.page_size
    }

    /// The address of what follows after all that has been received.
    fn own_url(&self) -> Url {
        let mut query: Vec<_> =
            self.query.parameters.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        if let Some(filter) = &self.query.filter {
            query.push(("$filter", filter.clone()));
        }
        let skip = self.query.skip + self.received;
        if skip > 0 {
            query.push(("$skip", skip.to_string()));
        }
        // Asking for no more than is wanted saves the download; Defender then sends no link, and none is needed.
        if let Some(left) = self.left()
            && left < self.endpoint.page_size
            && self.counts()
        {
            query.push(("$top", left.to_string()));
        }
        let path = self.query.path.as_deref().unwrap_or(self.endpoint.path);
        let path = match &self.query.id {
            Some(id) => path.replace("{id}", &encode(id)),
            None => path.to_owned(),
        };
        self.connection.url(&path, &query)
    }

    /// How many more records than those that were handed on are wanted.
    fn left(&self) -> Option<u64> {
        self.query.first.map(|first| first.saturating_sub(self.summary.records))
    }

    fn check(&self, link: &str, followed: &HashSet<Url>) -> Result<Url, ()> {
        let next = self.connection.settings.api_base_url.join(link).map_err(drop)?;
        if !self.connection.is_same_origin(&next) {
            self.connection.observer.warning(format!(
                "tenant {}: the link to the next page leads to {}; it was not followed",
                self.connection.token_request.tenant,
                host_of(&next)
            ));
            return Err(());
        }
        if followed.contains(&next) { Err(()) } else { Ok(next) }
    }

    /// One page. A page that broke off is asked for again, and what was handed on already is left out.
    async fn page(&mut self, url: &Url) -> Result<Outcome, DefenderError> {
        let before = self.received;
        let mut tries = 0;
        loop {
            tries += 1;
            self.summary.pages += 1;
            let response = self.connection.get(self.endpoint, url).await?;
            let outcome = self.read(response).await;
            let flow = self.flush().await;
            match outcome {
                Ok(_) if flow.is_break() => return Ok(Outcome::Enough),
                Err(error) if error.is_broken_off() && tries < PAGE_TRIES => {
                    self.connection.observer.verbose(format!(
                        "tenant {}: the page broke off after {} records; asking for it again",
                        self.connection.token_request.tenant,
                        self.received - before
                    ));
                }
                outcome => return outcome,
            }
        }
    }

    async fn read(&mut self, mut response: Response) -> Result<Outcome, DefenderError> {
        let status = response.status;
        let unreadable = |error| DefenderError::Page { status, error };
        let mut splitter = PageSplitter::default();
        let mut whole = (self.endpoint.pages == Pages::Unknown).then(Vec::new);
        let (mut count, mut fresh) = (0, 0);
        loop {
            let bytes = match response.chunk().await {
                Ok(Some(bytes)) => bytes,
                Ok(None) => break,
                // The body has a length or an end mark, and neither came.
                Err(TransportError::Lost { .. }) if count > 0 => return Err(unreadable(PageError::Truncated)),
                Err(error) => return Err(DefenderError::Transport(error)),
            };
            if let Some(whole) = &mut whole {
                whole.extend_from_slice(&bytes);
            }
            let mut unread = Vec::new();
            let mut enough = false;
            let left = self.left();
            let pushed = splitter.push(&bytes, |record| {
                count += 1;
                match read(record) {
                    Ok(record) => fresh += u64::from(self.keep(record)),
                    Err(error) => unread.push(error),
                }
                enough = left.is_some_and(|left| self.batch.len() as u64 >= left);
                if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            for error in unread {
                self.received += 1;
                let report = self.connection.report(&DefenderError::Record(error), self.query.skip + self.received);
                if self.sink.failed(report).await.is_break() {
                    return Ok(Outcome::Enough);
                }
            }
            let is_due = self.batch.len() >= BATCH || self.last_flush.elapsed() >= LONGEST_WAIT;
            if enough || is_due && self.flush().await.is_break() {
                return Ok(Outcome::Enough);
            }
            match (pushed, &mut whole) {
                (Ok(_), whole) => {
                    if splitter.has_list() {
                        *whole = None;
                    }
                }
                // What is no page is one record of its own.
                (Err(PageError::NotAPage), Some(whole)) if whole.len() <= LARGEST_OBJECT => {}
                (Err(error), _) => return Err(unreadable(error)),
            }
        }
        let next = match (splitter.finish(), whole) {
            (_, Some(whole)) if whole.iter().all(u8::is_ascii_whitespace) => None,
            (Err(PageError::NotAPage), Some(whole)) => {
                let record = read(&whole).map_err(|_| unreadable(PageError::NotAPage))?;
                self.keep(record);
                (count, fresh) = (1, 1);
                None
            }
            (finished, _) => finished.map_err(unreadable)?,
        };
        Ok(Outcome::Whole(Page { count, fresh, next }))
    }

    /// Puts a record into the batch unless it has come before.
    fn keep(&mut self, record: T) -> bool {
        let is_new = record.id().is_empty() || !self.counts() || self.seen.insert(self.hasher.hash_one(record.id()));
        if is_new {
            self.received += 1;
            self.batch.push(record);
        }
        is_new
    }

    async fn flush(&mut self) -> ControlFlow<()> {
        self.last_flush = Instant::now();
        if self.batch.is_empty() {
            return ControlFlow::Continue(());
        }
        let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
        self.summary.records += batch.len() as u64;
        self.sink.records(batch).await
    }
}

/// Reads a record. UTF-8 is checked once for all of it, not for each of its texts.
fn read<T: Record>(record: &[u8]) -> Result<T, String> {
    let text = std::str::from_utf8(record).map_err(|error| error.to_string())?;
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// A link as a message shows it: its query can hold a signature.
fn shown(link: &str) -> String {
    link.split('?').next().unwrap_or_default().chars().take(200).collect()
}
