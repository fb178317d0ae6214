//! One HTTP exchange as the emulated services see it: the request already read, the reply still to be sent.
//!
//! Sockets are in `server`, what to answer is in the endpoint families.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use tokio::time::Sleep;

use crate::journal::Entry;
use crate::server::Listener;

/// Names and values, in the order received.
pub(crate) type Pairs = Vec<(String, String)>;

/// A request, read completely.
pub(crate) struct Received {
    pub(crate) listener: Listener,
    pub(crate) method: String,
    pub(crate) path: String,
    /// Values of the `{…}` segments of the route.
    pub(crate) segments: Vec<(&'static str, String)>,
    pub(crate) query: Pairs,
    pub(crate) headers: HeaderMap,
    /// `scheme://host:port` as the client sees this server.
    pub(crate) origin: String,
    pub(crate) body: Bytes,
    /// The body's fields, when the content type says that it is a form.
    pub(crate) form: Pairs,
    /// Set by a fault: the token to issue shall be expired already.
    pub(crate) issue_expired: bool,
    /// Id of this exchange, for `x-ms-request-id`, trace ids and error targets.
    pub(crate) request_id: String,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }

    pub(crate) fn form(&self, name: &str) -> Option<&str> {
        find(&self.form, name)
    }

    /// From the query of a GET or the form of a POST.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query(name).or_else(|| self.form(name))
    }

    pub(crate) fn segment(&self, name: &str) -> Option<&str> {
        self.segments.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn bearer(&self) -> Option<&str> {
        let value = self.header("authorization")?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    /// Media type without parameters, lower case.
    pub(crate) fn media_type(&self) -> Option<String> {
        let value = self.header("content-type")?;
        Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
    }
}

fn find<'a>(pairs: &'a Pairs, name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// A reply before it is sent.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(HeaderName, String)>,
    pub(crate) body: Vec<Bytes>,
}

impl Reply {
    pub(crate) fn json(status: u16, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).expect("reply bodies are plain structs and JSON values");
        Self::bytes(status, "application/json; charset=utf-8", vec![body.into()])
    }

    pub(crate) fn text(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self::bytes(status, content_type, vec![body.into()])
    }

    pub(crate) fn bytes(status: u16, content_type: &str, body: Vec<Bytes>) -> Self {
        Self { status, headers: vec![(CONTENT_TYPE, content_type.to_owned())], body }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((HeaderName::from_static(name), value.into()));
        self
    }

    pub(crate) fn into_response(self, delivery: Delivery, entry: Arc<Entry>) -> hyper::Response<Payload> {
        let mut response = hyper::Response::new(Payload::new(self.body, delivery, entry));
        *response.status_mut() = hyper::StatusCode::from_u16(self.status).unwrap_or_default();
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

/// How a body goes over the wire.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Delivery {
    #[default]
    Whole,
    /// So many bytes, a pause, and so on.
    Trickle { bytes: usize, pause: Duration },
    /// About half of the declared length, then the connection closes.
    Truncate,
    /// The body's pieces again and again until so many bytes were sent.
    Repeat { bytes: u64 },
}

enum Piece {
    Bytes(Bytes),
    Pause(Duration),
    Break,
}

/// A response body made of pieces that are shared, not copied.
pub(crate) struct Payload {
    pieces: VecDeque<Piece>,
    /// Endless repetition: the piece and how many bytes are left.
    repeat: Option<(Bytes, u64)>,
    remaining: u64,
    sleep: Option<Pin<Box<Sleep>>>,
    entry: Arc<Entry>,
}

impl Payload {
    fn new(body: Vec<Bytes>, delivery: Delivery, entry: Arc<Entry>) -> Self {
        let length = body.iter().map(|piece| piece.len() as u64).sum();
        let mut payload = Self { pieces: VecDeque::new(), repeat: None, remaining: length, sleep: None, entry };
        match delivery {
            Delivery::Whole => payload.pieces.extend(body.into_iter().filter(|b| !b.is_empty()).map(Piece::Bytes)),
            Delivery::Trickle { bytes, pause } => {
                for mut piece in body {
                    while !piece.is_empty() {
                        payload.pieces.push_back(Piece::Bytes(piece.split_to(bytes.clamp(1, piece.len()))));
                        payload.pieces.push_back(Piece::Pause(pause));
                    }
                }
                // A pause after the last byte would make the end of the body late, not slow.
                payload.pieces.pop_back();
            }
            Delivery::Truncate => {
                let mut left = length / 2 + 1;
                for mut piece in body {
                    if left == 0 {
                        break;
                    }
                    piece.truncate(usize::try_from(left).unwrap_or(usize::MAX));
                    left -= piece.len() as u64;
                    payload.pieces.push_back(Piece::Bytes(piece));
                }
                // The pause lets what is buffered reach the client before the connection closes.
                payload.pieces.push_back(Piece::Pause(Duration::from_millis(50)));
                payload.pieces.push_back(Piece::Break);
            }
            Delivery::Repeat { bytes } => {
                payload.remaining = bytes;
                payload.repeat = Some((body.into_iter().next().unwrap_or_default(), bytes));
            }
        }
        payload
    }

    fn send(&mut self, bytes: Bytes) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.remaining = self.remaining.saturating_sub(bytes.len() as u64);
        self.entry.sent(bytes.len() as u64);
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        loop {
            if let Some(sleep) = &mut self.sleep {
                ready!(sleep.as_mut().poll(context));
                self.sleep = None;
            }
            if let Some((piece, left)) = self.repeat.take() {
                if left == 0 || piece.is_empty() {
                    return Poll::Ready(None);
                }
                let now = piece.slice(..piece.len().min(usize::try_from(left).unwrap_or(usize::MAX)));
                self.repeat = Some((piece, left - now.len() as u64));
                return self.send(now);
            }
            match self.pieces.pop_front() {
                None => return Poll::Ready(None),
                Some(Piece::Bytes(bytes)) => return self.send(bytes),
                Some(Piece::Pause(pause)) => self.sleep = Some(Box::pin(tokio::time::sleep(pause))),
                Some(Piece::Break) => {
                    return Poll::Ready(Some(Err(io::Error::new(
                        io::ErrorKind::ConnectionAborted,
                        "truncated by a fault",
                    ))));
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty() && self.sleep.is_none() && self.repeat.as_ref().is_none_or(|(_, left)| *left == 0)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.remaining)
    }
}
