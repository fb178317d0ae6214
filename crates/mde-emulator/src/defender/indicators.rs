//! `GET /api/indicators`: paging, filtering and who sees what.
//!
//! Source: learn.microsoft.com/defender-endpoint/api/get-ti-indicators-collection. Pages are sent as slices of records
//! that were rendered once, so that this server is never the slow side of a benchmark.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use flate2::Compression as Level;
use flate2::write::{GzEncoder, ZlibEncoder};
use serde_json::Value;
use url::form_urlencoded::byte_serialize;

use super::{Caller, authorize, errors, filter, generate};
use crate::config::{Compression, NextLink, Tenant};
use crate::exchange::{Received, Reply};
use crate::faults::Target;
use crate::routes::Route;
use crate::state::Shared;

pub(crate) const ROUTE: Route = Route {
    methods: &["GET"],
    path: "/api/indicators",
    target: Some(Target::Indicators),
    query: &["$top", "$skip", "$filter"],
    form: &[],
    answer,
    failure: errors::failure,
};

/// The same under the versioned address.
pub(crate) const VERSIONED_ROUTE: Route = Route { path: "/api/v1.0/indicators", ..ROUTE };

const ROLES: &[&str] = &["Ti.ReadWrite.All", "Ti.ReadWrite"];
const MAXIMUM_TOP: usize = 10_000;

/// Records rendered together. A full page is 20 of these.
const CHUNK: usize = 500;

/// A tenant's indicators, rendered when they are first asked for.
pub(crate) struct IndicatorSet {
    source: Source,
    count: usize,
    chunks: Vec<OnceLock<Chunk>>,
    /// The last selection, because every page of a filtered list needs it again.
    selected: Mutex<Option<(String, Arc<Vec<usize>>)>>,
}

enum Source {
    Generated {
        tenant: String,
        application: String,
    },
    /// Shared with the sets before and after a change.
    Given(Vec<Arc<Value>>),
}

/// Records as JSON with commas between them.
struct Chunk {
    text: Bytes,
    /// Where each record starts and ends.
    records: Vec<(usize, usize)>,
}

impl IndicatorSet {
    pub(crate) fn generated(tenant: &str, application: &str, count: usize) -> Self {
        Self::new(Source::Generated { tenant: tenant.to_owned(), application: application.to_owned() }, count)
    }

    pub(crate) fn given(records: Vec<Arc<Value>>) -> Self {
        let count = records.len();
        Self::new(Source::Given(records), count)
    }

    fn new(source: Source, count: usize) -> Self {
        let chunks = (0..count.div_ceil(CHUNK)).map(|_| OnceLock::new()).collect();
        Self { source, count, chunks, selected: Mutex::default() }
    }

    fn record(&self, index: usize) -> Arc<Value> {
        match &self.source {
            Source::Generated { tenant, application } => {
                Arc::new(serde_json::to_value(generate::indicator(tenant, application, index)).unwrap_or_default())
            }
            Source::Given(records) => Arc::clone(&records[index]),
        }
    }

    /// All records.
    pub(crate) fn records(&self) -> Vec<Arc<Value>> {
        (0..self.count).map(|index| self.record(index)).collect()
    }

    fn chunk(&self, number: usize) -> &Chunk {
        self.chunks[number].get_or_init(|| {
            let last = self.count.min((number + 1) * CHUNK);
            let mut text = Vec::with_capacity(CHUNK * 1_024);
            let mut records = Vec::with_capacity(CHUNK);
            for index in number * CHUNK..last {
                if !text.is_empty() {
                    text.push(b',');
                }
                let start = text.len();
                // Writing to a vector can't fail, and every record is plain JSON.
                let _ = match &self.source {
                    Source::Generated { tenant, application } => {
                        serde_json::to_writer(&mut text, &generate::indicator(tenant, application, index))
                    }
                    Source::Given(given) => serde_json::to_writer(&mut text, &*given[index]),
                };
                records.push((start, text.len()));
            }
            Chunk { text: text.into(), records }
        })
    }

    /// Consecutive records as pieces with commas between them.
    fn range(&self, from: usize, to: usize) -> Vec<Bytes> {
        let mut pieces = Vec::new();
        let mut index = from;
        while index < to {
            let chunk = self.chunk(index / CHUNK);
            let first = index % CHUNK;
            let last = (first + to - index).min(chunk.records.len()) - 1;
            if !pieces.is_empty() {
                pieces.push(Bytes::from_static(b","));
            }
            pieces.push(chunk.text.slice(chunk.records[first].0..chunk.records[last].1));
            index += last - first + 1;
        }
        pieces
    }

    /// Single records as pieces with commas between them.
    fn chosen(&self, indexes: &[usize]) -> Vec<Bytes> {
        let mut pieces = Vec::with_capacity(indexes.len() * 2);
        for index in indexes {
            if !pieces.is_empty() {
                pieces.push(Bytes::from_static(b","));
            }
            pieces.extend(self.range(*index, index + 1));
        }
        pieces
    }

    /// The numbers of the records that pass.
    fn select(&self, key: &str, pass: impl Fn(&Value) -> bool) -> Arc<Vec<usize>> {
        let mut selected = self.selected.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((last, indexes)) = selected.as_ref()
            && last == key
        {
            return Arc::clone(indexes);
        }
        let indexes = Arc::new((0..self.count).filter(|index| pass(&self.record(*index))).collect::<Vec<_>>());
        *selected = Some((key.to_owned(), Arc::clone(&indexes)));
        indexes
    }
}

fn answer(shared: &Shared, received: &Received) -> Reply {
    match list(shared, received) {
        Ok(reply) | Err(reply) => reply,
    }
}

fn list(shared: &Shared, received: &Received) -> Result<Reply, Reply> {
    let caller = authorize(shared, received, ROLES)?;
    let top = number(received, "$top")?;
    let skip = number(received, "$skip")?.unwrap_or_default();
    if top.is_some_and(|top| top > MAXIMUM_TOP) {
        return Err(errors::odata(
            received,
            &format!(
                "The query specified in the URI is not valid. The limit of '{MAXIMUM_TOP}' for Top query has been \
                 exceeded. The value from the incoming request is '{}'.",
                top.unwrap_or_default()
            ),
        ));
    }
    let settings = &caller.tenant.settings;
    let size = top.unwrap_or(settings.page_size);
    let set = caller.tenant.indicators();
    let selected = selection(received, &caller, &set)?;
    let total = selected.as_ref().map_or(set.count, |indexes| indexes.len());
    let (from, to) = (skip.min(total), skip.saturating_add(size).min(total));

    let mut body =
        vec![Bytes::from(format!("{{\"@odata.context\":\"{}/api/$metadata#Indicators\",\"value\":[", received.origin))];
    match &selected {
        None => body.extend(set.range(from, to)),
        Some(indexes) => body.extend(set.chosen(&indexes[from..to])),
    }
    body.push(Bytes::from_static(b"]"));
    if let Some(link) = next_link(shared, received, settings, top.is_some(), to, total) {
        body.push(Bytes::from(format!(",\"@odata.nextLink\":{}", Value::from(link))));
    }
    body.push(Bytes::from_static(b"}"));
    let content_type = "application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8";
    Ok(compressed(shared, received, Reply::bytes(200, content_type, body)))
}

/// The records that the filter and the caller's role leave; none for all of them.
fn selection(received: &Received, caller: &Caller, set: &IndicatorSet) -> Result<Option<Arc<Vec<usize>>>, Reply> {
    let text = received.query("$filter");
    let filter = text
        .map(|text| filter::parse(text, &filter::INDICATORS))
        .transpose()
        .map_err(|message| errors::odata(received, &message))?;
    // Without `.All` an application sees only what it created.
    let only_own = !caller.has("Ti.ReadWrite.All");
    if filter.is_none() && !only_own {
        return Ok(None);
    }
    let owner = only_own.then_some(caller.application.as_str());
    let key = format!("{} {}", owner.unwrap_or_default(), text.unwrap_or_default());
    Ok(Some(set.select(&key, |record| {
        owner.is_none_or(|owner| record["createdBy"] == owner)
            && filter.as_ref().is_none_or(|filter| filter.matches(record))
    })))
}

fn number(received: &Received, name: &str) -> Result<Option<usize>, Reply> {
    received
        .query(name)
        .map(|text| {
            text.parse()
                .map_err(|_| errors::odata(received, &format!("Invalid value '{text}' for {name} query option found.")))
        })
        .transpose()
}

fn next_link(
    shared: &Shared,
    received: &Received,
    settings: &Tenant,
    has_top: bool,
    next: usize,
    total: usize,
) -> Option<String> {
    let path = &received.path;
    let filter = received
        .query("$filter")
        .map(|filter| format!("$filter={}&", byte_serialize(filter.as_bytes()).collect::<String>()))
        .unwrap_or_default();
    let link = |origin: &str, skip: usize| format!("{origin}{path}?{filter}$skip={skip}");
    match settings.next_link {
        NextLink::Malformed => {
            let filter = received.query("$filter").unwrap_or_default();
            Some(format!("{}{path}?={filter}&={}&$skip={}", received.origin, settings.page_size, settings.page_size))
        }
        _ if has_top => None,
        NextLink::Loop => Some(link(&received.origin, settings.page_size)),
        NextLink::Normal if next < total => Some(link(&received.origin, next)),
        NextLink::ForeignHost if next < total => {
            Some(link(shared.endpoints.get().map_or("https://foreign.invalid", |own| own.identity.as_str()), next))
        }
        _ => None,
    }
}

fn compressed(shared: &Shared, received: &Received, mut reply: Reply) -> Reply {
    let accepts = |encoding: &str| {
        received.header("accept-encoding").is_some_and(|value| value.to_ascii_lowercase().contains(encoding))
    };
    let encoding = match shared.config.defender.compression {
        Compression::Gzip => "gzip",
        Compression::Deflate => "deflate",
        Compression::Accepted if accepts("gzip") => "gzip",
        Compression::Accepted if accepts("deflate") => "deflate",
        Compression::None | Compression::Accepted => return reply,
    };
    let written = if encoding == "gzip" {
        let mut encoder = GzEncoder::new(Vec::new(), Level::fast());
        reply.body.iter().try_for_each(|piece| encoder.write_all(piece)).and_then(|()| encoder.finish())
    } else {
        // In HTTP, deflate is the zlib format (RFC 9110 section 8.4.1.2).
        let mut encoder = ZlibEncoder::new(Vec::new(), Level::fast());
        reply.body.iter().try_for_each(|piece| encoder.write_all(piece)).and_then(|()| encoder.finish())
    };
    if let Ok(body) = written {
        reply.body = vec![body.into()];
        return reply.with_header("content-encoding", encoding);
    }
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(pieces: &[Bytes]) -> Vec<Value> {
        let text: Vec<u8> = [b"[".to_vec(), pieces.concat(), b"]".to_vec()].concat();
        serde_json::from_slice(&text).unwrap()
    }

    #[test]
    fn ranges_over_chunks_are_what_single_records_are() {
        let set = IndicatorSet::generated("t", "a", CHUNK * 2 + 7);
        let all: Vec<Value> = (0..set.count).map(|index| (*set.record(index)).clone()).collect();
        assert_eq!(parsed(&set.range(0, set.count)), all);
        assert_eq!(parsed(&set.range(CHUNK - 1, CHUNK + 1)), all[CHUNK - 1..=CHUNK]);
        assert_eq!(parsed(&set.chosen(&[3, CHUNK, CHUNK * 2 + 6])), [3, CHUNK, CHUNK * 2 + 6].map(|i| all[i].clone()));
        assert_eq!(parsed(&set.range(5, 5)), Vec::<Value>::new());
    }
}
