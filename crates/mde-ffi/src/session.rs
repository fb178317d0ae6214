//! What the whole process shares: worker threads, connection pools, the token cache.

use std::sync::Arc;

use mde_client::Pacer;
use mde_core::http::{HttpTransports, TransportOptions};
use mde_core::{Code, Report, Reportable, SystemClock};
use mde_identity::TokenProvider;
use once_cell::sync::OnceCell;
use tokio::runtime::{Builder, Runtime};

use crate::guard::silence_panics;

/// Enough for parsing beside waiting; the sandbox of Azure Automation is small.
const MOST_WORKERS: usize = 4;

pub(crate) struct Session {
    pub(crate) runtime: Runtime,
    pub(crate) transports: Arc<HttpTransports>,
    pub(crate) tokens: Arc<TokenProvider>,
    pub(crate) pacer: Arc<Pacer>,
}

/// The session, made when it is first needed. A failure is not kept: the next call tries again.
pub(crate) fn session() -> Result<&'static Session, Report> {
    static SESSION: OnceCell<Session> = OnceCell::new();
    SESSION.get_or_try_init(|| {
        silence_panics();
        let workers = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, MOST_WORKERS);
        let runtime = Builder::new_multi_thread()
            .worker_threads(workers)
            .thread_name("mdefic")
            .enable_io()
            .enable_time()
            .build()
            .map_err(|error| Report::new(Code::RuntimeUnavailable, "no worker threads").because(&error))?;
        let transports = HttpTransports::new(TransportOptions::default()).map_err(|error| error.report())?;
        let tokens = TokenProvider::new(Arc::new(SystemClock));
        Ok(Session { runtime, transports: Arc::new(transports), tokens: Arc::new(tokens), pacer: Arc::default() })
    })
}
