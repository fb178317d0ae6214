//! HTTP as the crates above see it: a request, a streamed response, a transport that is passed in.
//!
//! What a reply means is decided by the callers; here is only how bytes get there and back, and when to try again.

mod client;
mod error;
mod gate;
mod retry;
mod thumbprint;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
pub use reqwest::Method;
pub use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::{Duration, Instant};
use url::Url;

pub use client::{HttpTransports, TransportOptions};
pub use error::TransportError;
pub use gate::Gate;
pub use retry::{Call, RetryPolicy, WaitInBody, retry_after, send};
pub use thumbprint::Thumbprint;

/// A body that says nothing for this long has stopped.
const LONGEST_SILENCE: Duration = Duration::from_secs(30);

/// A request. It has no `Debug`, because headers and body can hold secrets.
pub struct Request {
    /// GET, POST, …
    pub method: Method,
    /// Where to. Never redirected from.
    pub url: Url,
    /// The headers, secrets among them marked sensitive.
    pub headers: HeaderMap,
    /// The body.
    pub body: Option<String>,
    /// The only certificate that the server may show, where the platform's trust store knows nothing of it.
    pub thumbprint: Option<Thumbprint>,
}

impl Request {
    /// A GET of this address.
    pub fn get(url: Url) -> Self {
        Self { method: Method::GET, url, headers: HeaderMap::new(), body: None, thumbprint: None }
    }

    /// A POST of this body.
    pub fn post(url: Url, body: String) -> Self {
        Self { method: Method::POST, body: Some(body), ..Self::get(url) }
    }

    /// Trusts this certificate and no other.
    #[must_use]
    pub fn pinned(self, thumbprint: Thumbprint) -> Self {
        Self { thumbprint: Some(thumbprint), ..self }
    }

    /// A POST of a form (`application/x-www-form-urlencoded`).
    pub fn form(url: Url, fields: &[(&str, &str)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Self::post(url, body).header("content-type", "application/x-www-form-urlencoded")
    }

    /// Adds a header that may be shown.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// Adds a header whose value is a secret.
    #[must_use]
    pub fn secret_header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(mut value) = HeaderValue::from_str(value) {
            value.set_sensitive(true);
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// The host and port, for messages.
    pub fn host(&self) -> String {
        host_of(&self.url)
    }
}

/// Host and port of an address as a message shows them.
pub fn host_of(url: &Url) -> String {
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => String::new(),
    }
}

/// A response whose body is still on its way.
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    host: String,
    body: BoxStream<'static, Result<Bytes, TransportError>>,
    patience: Duration,
    peeked: Vec<u8>,
}

impl Response {
    /// A response; `patience` is how long all waits for its body may take together.
    pub fn new(
        status: u16,
        headers: HeaderMap,
        host: String,
        body: BoxStream<'static, Result<Bytes, TransportError>>,
        patience: Duration,
    ) -> Self {
        Self { status, headers, host, body, patience, peeked: Vec::new() }
    }

    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The next piece of the body, `None` at its end. Only the time spent waiting here counts against the deadline:
    /// a reader that pauses between two pieces doesn't run out of it.
    ///
    /// # Errors
    /// [`TransportError::TimedOut`] when the deadline has passed, [`TransportError::Lost`] when the connection is gone.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        if self.peeked.is_empty() { self.next_chunk().await } else { Ok(Some(std::mem::take(&mut self.peeked).into())) }
    }

    async fn next_chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        let started = Instant::now();
        let next = tokio::time::timeout(self.patience.min(LONGEST_SILENCE), self.body.next()).await;
        self.patience = self.patience.saturating_sub(started.elapsed());
        match next {
            Ok(Some(Ok(bytes))) => Ok(Some(bytes)),
            Ok(Some(Err(error))) => Err(error),
            Ok(None) => Ok(None),
            Err(_) => Err(TransportError::TimedOut { host: self.host.clone() }),
        }
    }

    /// The whole of a short body, which can still be read afterwards. At most 64 KiB of it are looked at.
    ///
    /// # Errors
    /// As [`Self::chunk`].
    pub async fn peek(&mut self) -> Result<&[u8], TransportError> {
        const MOST: usize = 64 * 1024;
        while self.peeked.len() < MOST {
            match self.next_chunk().await? {
                Some(bytes) => self.peeked.extend_from_slice(&bytes),
                None => break,
            }
        }
        Ok(&self.peeked)
    }

    /// The whole body.
    ///
    /// # Errors
    /// As [`Self::chunk`], and [`TransportError::TooLarge`] when it has more than `limit` bytes.
    pub async fn bytes(mut self, limit: usize) -> Result<Vec<u8>, TransportError> {
        let mut all = Vec::new();
        while let Some(bytes) = self.chunk().await? {
            if all.len() + bytes.len() > limit {
                return Err(TransportError::TooLarge { host: self.host, limit });
            }
            all.extend_from_slice(&bytes);
        }
        Ok(all)
    }
}

/// Sends requests. The product's own is [`HttpTransports`]; another one can be put in its place where native sockets
/// are not to be had.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends one request once. `deadline` bounds the wait for the response's head, `patience` that for its body.
    async fn send(&self, request: Request, deadline: Instant, patience: Duration) -> Result<Response, TransportError>;
}
