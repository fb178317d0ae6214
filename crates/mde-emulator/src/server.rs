//! Listeners and connections. Built on hyper's connection, not on a framework, because faults need the socket: a reset
//! must be a reset and a truncated body must end the connection.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::HOST;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::exchange::{Delivery, Payload, Received, Reply};
use crate::faults::{self, Outcome, Target};
use crate::routes::{self, Route};
use crate::state::Shared;
use crate::{admin, defender, entra, graph, identity};

/// Requests larger than this are refused: none of the emulated endpoints takes more.
const MAXIMUM_REQUEST: usize = 64 * 1024 * 1024;

/// Which service a listener is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Listener {
    Identity,
    IdentityTls,
    Authority,
    AuthorityTls,
    Defender,
    DefenderTls,
    Graph,
    Blob,
    Admin,
}

impl Listener {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::IdentityTls => "identityTls",
            Self::Authority => "authority",
            Self::AuthorityTls => "authorityTls",
            Self::Defender => "defender",
            Self::DefenderTls => "defenderTls",
            Self::Graph => "graph",
            Self::Blob => "blob",
            Self::Admin => "admin",
        }
    }

    pub(crate) fn scheme(self) -> &'static str {
        match self {
            Self::IdentityTls | Self::AuthorityTls | Self::DefenderTls => "https",
            _ => "http",
        }
    }

    /// Whether it stands for a service, as opposed to the admin listener.
    pub(crate) fn is_service(self) -> bool {
        self != Self::Admin
    }

    fn routes(self) -> &'static [&'static Route] {
        match self {
            Self::Identity => identity::ROUTES,
            Self::IdentityTls => identity::TLS_ROUTES,
            Self::Authority | Self::AuthorityTls => entra::ROUTES,
            Self::Defender | Self::DefenderTls => defender::ROUTES,
            Self::Graph => graph::ROUTES,
            Self::Blob => defender::BLOB_ROUTES,
            Self::Admin => admin::ROUTES,
        }
    }
}

/// Opens a port on 127.0.0.1.
pub(crate) async fn bind(port: u16) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves connections until the task is aborted, which ends the connections too.
pub(crate) async fn serve(socket: TcpListener, listener: Listener, tls: Option<TlsAcceptor>, shared: Arc<Shared>) {
    static NEXT_CONNECTION: AtomicU64 = AtomicU64::new(1);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = socket.accept() => match accepted {
                Ok((stream, _)) => {
                    let number = NEXT_CONNECTION.fetch_add(1, Ordering::Relaxed);
                    connections.spawn(connection(stream, listener, number, tls.clone(), Arc::clone(&shared)));
                }
                // Out of file descriptors, most likely: waiting is all that helps.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, listener: Listener, number: u64, tls: Option<TlsAcceptor>, shared: Arc<Shared>) {
    // A failure to set it only costs latency.
    let _ = stream.set_nodelay(true);
    let reset = Arc::new(AtomicBool::new(false));
    let wire = Wire { stream, reset: Arc::clone(&reset) };
    let service = service_fn(move |request| {
        let (shared, reset) = (Arc::clone(&shared), Arc::clone(&reset));
        async move { exchange(&shared, listener, number, &reset, request).await }
    });
    let server = auto::Builder::new(TokioExecutor::new());
    // Errors here are the client's going away or a fault at work; the journal has what matters.
    match tls {
        None => drop(server.serve_connection(TokioIo::new(wire), service).await),
        Some(acceptor) => {
            if let Ok(stream) = acceptor.accept(wire).await {
                drop(server.serve_connection(TokioIo::new(stream), service).await);
            }
        }
    }
}

async fn exchange(
    shared: &Shared,
    listener: Listener,
    connection: u64,
    reset: &AtomicBool,
    request: hyper::Request<Incoming>,
) -> io::Result<hyper::Response<Payload>> {
    let mut received = receive(listener, request).await?;
    let found = routes::find(listener.routes(), &mut received);
    let tenant = shared.tenant_of(&received);
    let target = found.as_ref().ok().and_then(|route| route.target);
    let fault = target.and_then(|target| shared.faults.take(target, |name| is_tenant(shared, tenant.as_deref(), name)));
    let entry = shared.journal.record(&received, connection, tenant, fault.as_ref().map(faults::FaultKind::name));

    if listener.is_service() && shared.config.latency_milliseconds > 0 {
        tokio::time::sleep(Duration::from_millis(shared.config.latency_milliseconds)).await;
    }
    let outcome = match (found, fault) {
        (Err(unknown), _) => Outcome::Answer(unknown, Delivery::Whole),
        (Ok(route), Some(fault)) => faults::apply(&fault, route, shared, &mut received),
        (Ok(route), None) => Outcome::Answer((route.answer)(shared, &received), Delivery::Whole),
    };
    match outcome {
        Outcome::Reset => {
            reset.store(true, Ordering::Relaxed);
            Err(io::Error::new(io::ErrorKind::ConnectionReset, "reset by a fault"))
        }
        Outcome::Hang => std::future::pending().await,
        Outcome::Answer(reply, delivery) => {
            entry.answered(reply.status);
            let reply = if matches!(target, Some(Target::Token | Target::Indicators)) {
                reply.with_header("x-ms-request-id", received.request_id.clone())
            } else {
                reply
            };
            Ok(reply.into_response(delivery, entry))
        }
    }
}

fn is_tenant(shared: &Shared, tenant: Option<&str>, name: &str) -> bool {
    let Some(tenant) = tenant else { return false };
    tenant.eq_ignore_ascii_case(name)
        || shared.tenant(name).is_some_and(|named| named.settings.id.eq_ignore_ascii_case(tenant))
}

async fn receive(listener: Listener, request: hyper::Request<Incoming>) -> io::Result<Received> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, MAXIMUM_REQUEST).collect().await.map_err(io::Error::other)?.to_bytes();
    // HTTP/2 has no Host header: its name is in the address.
    let host = parts
        .uri
        .authority()
        .map(ToString::to_string)
        .or_else(|| parts.headers.get(HOST).and_then(|host| host.to_str().ok()).map(Into::into))
        .unwrap_or_default();
    let mut received = Received {
        listener,
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        segments: Vec::new(),
        query: pairs(parts.uri.query().unwrap_or_default().as_bytes()),
        headers: parts.headers,
        origin: format!("{}://{host}", listener.scheme()),
        body: Bytes::new(),
        form: Vec::new(),
        issue_expired: false,
        request_id: uuid::Uuid::new_v4().to_string(),
    };
    if received.media_type().as_deref() == Some("application/x-www-form-urlencoded") {
        received.form = pairs(&body);
    }
    received.body = body;
    Ok(received)
}

fn pairs(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text).into_owned().collect()
}

/// The reply of a family that has no words of its own for a status.
pub(crate) fn plain_failure(_: &Shared, _: &Received, status: u16) -> Reply {
    Reply::empty(status)
}

/// A TCP stream that can be told to end with a reset in place of an orderly close.
struct Wire {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl Wire {
    fn is_reset(&self) -> bool {
        self.reset.load(Ordering::Relaxed)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.is_reset() {
            // Closing with a linger time of zero sends RST; where that fails, the close is still abrupt.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.is_reset() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.is_reset() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_reset() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
