//! One operation over any number of tenants, as a stream of events that is pulled.
//!
//! The work runs in a task of its own and waits when nobody pulls: at most a few batches of records are ever held.
//! Dropping the operation aborts the task.

use std::future::Future;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use interoptopus::ffi;
use interoptopus::pattern::asynk::{Async, AsyncRuntime, TaskHandle};
use interoptopus::wire::Wire;
use mde_core::{Observer, Report, Reportable, TenantId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::{AbortHandle, JoinSet};

use crate::guard::{guarded, guarded_async};
use crate::indicators::{IndicatorsReply, list_indicators};
use crate::lists::{RecordsReply, call_any, hunt_all, list_records};
use crate::prepared::Prepared;
use crate::replies::{EndReply, ErrorReply, Event, LogReply, ProgressReply, StartError};
use crate::requests::{
    ApiRequest, ComparisonRequest, ConnectionRequest, HuntingRequest, IndicatorsRequest, RecordsRequest, TokensRequest,
    WriteRequest,
};
use crate::session::{Session, session};
use crate::tokens::{TokenReply, check_workload, get_tokens};
use crate::trust::{ConsentLinkReply, FindingReply, consent_links, examine};
use crate::writes::{change_all, compare_all, import_all, remove_all, sync_all};

/// How many records may wait to be pulled before the work waits. Small batches of many tenants come in bursts: a tenant
/// whose few records wait must not keep its place from the next one.
const MOST_WAITING: usize = 4_000;
/// How many events may wait, whatever they hold.
const QUEUE: usize = 256;
/// How often progress crosses the boundary at most, in milliseconds.
const BETWEEN_REPORTS: u64 = 100;
/// More tenants at once would only queue up at the connection pools.
pub(crate) const MOST_AT_ONCE: usize = 64;

/// Records of one kind on their way to the other side.
pub(crate) enum Batch {
    Tokens(Vec<TokenReply>),
    Indicators(IndicatorsReply),
    Records(RecordsReply),
    Findings(Vec<FindingReply>),
    ConsentLinks(Vec<ConsentLinkReply>),
}

impl Batch {
    fn len(&self) -> usize {
        match self {
            Self::Tokens(tokens) => tokens.len(),
            Self::Indicators(reply) => reply.indicators.len(),
            Self::Records(reply) => reply.records.len(),
            Self::Findings(findings) => findings.len(),
            Self::ConsentLinks(links) => links.len(),
        }
    }
}

enum Message {
    Batch(Waiting),
    Failed(ErrorReply),
    Progress(ProgressReply),
}

/// A batch, and the places that its records take until they are taken.
struct Waiting {
    batch: Batch,
    _places: Option<OwnedSemaphorePermit>,
}

/// Where the work puts what it has. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Outlet {
    events: mpsc::Sender<Message>,
    places: Arc<Semaphore>,
    logs: mpsc::UnboundedSender<LogReply>,
    progress: Arc<Counters>,
}

struct Counters {
    started: Instant,
    /// When progress was reported last, in milliseconds since the start.
    last_report: AtomicU64,
    tenants: AtomicU32,
    done: AtomicU32,
    failed: AtomicU32,
    waiting: AtomicU32,
    records: AtomicU64,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            last_report: AtomicU64::new(0),
            tenants: AtomicU32::new(0),
            done: AtomicU32::new(0),
            failed: AtomicU32::new(0),
            waiting: AtomicU32::new(0),
            records: AtomicU64::new(0),
        }
    }
}

/// Nobody pulls any more.
pub(crate) struct Gone;

impl Outlet {
    pub(crate) async fn batch(&self, batch: Batch) -> Result<(), Gone> {
        self.progress.records.fetch_add(batch.len() as u64, Ordering::Relaxed);
        let needed = batch.len().min(MOST_WAITING) as u32;
        // The semaphore is never closed.
        let places = Arc::clone(&self.places).acquire_many_owned(needed).await.ok();
        self.events.send(Message::Batch(Waiting { batch, _places: places })).await.map_err(|_| Gone)?;
        self.report_progress();
        Ok(())
    }

    pub(crate) async fn failed(&self, report: &Report, is_final: bool) -> Result<(), Gone> {
        self.events.send(Message::Failed(ErrorReply::new(report, is_final))).await.map_err(|_| Gone)
    }

    /// Tells how a tenant failed; finally, when every tenant would fail like this.
    pub(crate) async fn tenant_failed(&self, report: &Report, concerns_all_tenants: bool) -> TenantEnd {
        match self.failed(report, concerns_all_tenants).await {
            Ok(()) if !concerns_all_tenants => TenantEnd::Failed,
            _ => TenantEnd::Stop,
        }
    }

    /// Progress is for a person: now and then is enough, and when the queue is full, the next one will do.
    fn report_progress(&self) {
        let elapsed = self.progress.started.elapsed().as_millis() as u64;
        let last = self.progress.last_report.load(Ordering::Relaxed);
        if elapsed >= last + BETWEEN_REPORTS {
            self.progress.last_report.store(elapsed, Ordering::Relaxed);
            self.send_progress();
        }
    }

    fn send_progress(&self) {
        let Counters { tenants, done, failed, waiting, records, .. } = &*self.progress;
        let progress = ProgressReply {
            tenants_done: done.load(Ordering::Relaxed),
            tenants_failed: failed.load(Ordering::Relaxed),
            tenants_waiting: waiting.load(Ordering::Relaxed),
            tenants: tenants.load(Ordering::Relaxed),
            records: records.load(Ordering::Relaxed),
        };
        if progress.tenants > 1 || progress.records > 0 {
            let _ = self.events.try_send(Message::Progress(progress));
        }
    }
}

impl Observer for Outlet {
    fn verbose(&self, message: String) {
        let _ = self.logs.send(LogReply { is_warning: false, message });
    }

    fn warning(&self, message: String) {
        let _ = self.logs.send(LogReply { is_warning: true, message });
    }

    fn waits(&self, begins: bool) {
        let waiting = &self.progress.waiting;
        if begins {
            waiting.fetch_add(1, Ordering::Relaxed);
        } else {
            waiting.fetch_sub(1, Ordering::Relaxed);
        }
        // It may be the last thing that happens for a while.
        self.send_progress();
    }
}

/// How one tenant ended.
pub(crate) enum TenantEnd {
    Done,
    /// The report has been told; the other tenants go on.
    Failed,
    /// Every tenant would fail like this, or nobody listens any more.
    Stop,
}

impl TenantEnd {
    /// The end of a tenant whose last records were sent, if anybody took them.
    pub(crate) fn sent(sent: Result<(), Gone>) -> Self {
        if sent.is_ok() { Self::Done } else { Self::Stop }
    }
}

/// Who is worked on now, and who waits.
#[derive(Clone)]
pub(crate) struct Turns(Arc<Semaphore>);

impl Turns {
    /// Waits for a turn, which lasts as long as what this returns; none once everything ends.
    pub(crate) async fn take(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0).acquire_owned().await.ok()
    }
}

/// The tenants that are worked on or got ready.
struct Running {
    turns: Turns,
    tasks: JoinSet<TenantEnd>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // First of all: a task that ends must not give its turn to one that is about to end.
        self.turns.0.close();
    }
}

/// Works on the tenants, each in a task of its own: one tenant's reading is no other tenant's wait. As many as may be
/// worked on at once get ready besides, and wait for their turns; who wants one at a time gets them in their order, with
/// nothing ahead. A malformed id is that tenant's failure.
pub(crate) async fn for_each_tenant<W, F>(outlet: &Outlet, prepared: &Prepared, work: W)
where
    W: Fn(TenantId, Turns) -> F,
    F: Future<Output = TenantEnd> + Send + 'static,
{
    let Prepared { tenant_ids, at_once, .. } = prepared;
    outlet.progress.tenants.store(tenant_ids.len() as u32, Ordering::Relaxed);
    let with_those_ahead = if *at_once == 1 { 1 } else { (at_once * 2).min(MOST_AT_ONCE) };
    let mut waiting = tenant_ids.iter();
    let mut running = Running { turns: Turns(Arc::new(Semaphore::new(*at_once))), tasks: JoinSet::new() };
    loop {
        while running.tasks.len() < with_those_ahead
            && let Some(text) = waiting.next()
        {
            match TenantId::parse(text) {
                Ok(tenant) => drop(running.tasks.spawn(work(tenant, running.turns.clone()))),
                Err(error) => {
                    let (outlet, report) = (outlet.clone(), error.report().target(text.clone()));
                    running.tasks.spawn(async move { outlet.tenant_failed(&report, false).await });
                }
            }
        }
        let Some(ended) = running.tasks.join_next().await else { return };
        match ended {
            Ok(TenantEnd::Done) => {}
            Ok(TenantEnd::Failed) => drop(outlet.progress.failed.fetch_add(1, Ordering::Relaxed)),
            Ok(TenantEnd::Stop) => return,
            // The whole operation's guard tells it as it tells its own.
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => return,
            },
        }
        outlet.progress.done.fetch_add(1, Ordering::Relaxed);
        outlet.report_progress();
    }
}

struct Inlet {
    events: mpsc::Receiver<Message>,
    logs: mpsc::UnboundedReceiver<LogReply>,
}

/// A running operation.
#[ffi(service)]
pub struct Operation {
    inlet: tokio::sync::Mutex<Inlet>,
    waiting: Mutex<Option<Waiting>>,
    progress: Arc<Counters>,
    work: AbortHandle,
}

impl Drop for Operation {
    fn drop(&mut self) {
        self.work.abort();
    }
}

impl AsyncRuntime for Operation {
    type T = ();

    fn spawn<Fn, F>(&self, make: Fn) -> TaskHandle
    where
        Fn: FnOnce(()) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        match session() {
            Ok(session) => {
                let task = session.runtime.spawn(make(()));
                TaskHandle::from_handle(task.abort_handle(), AbortHandle::abort)
            }
            // An operation only exists where there is a session.
            Err(_) => TaskHandle::dummy(),
        }
    }
}

impl Operation {
    fn begin<W, F>(work: W) -> ffi::Result<Self, StartError>
    where
        W: FnOnce(&'static Session, Outlet) -> F,
        F: Future<Output = Result<(), Report>> + Send + 'static,
    {
        let started = guarded(|| {
            let session = session()?;
            let (events, event_receiver) = mpsc::channel(QUEUE);
            let (logs, log_receiver) = mpsc::unbounded_channel();
            let places = Arc::new(Semaphore::new(MOST_WAITING));
            let outlet = Outlet { events, places, logs, progress: Arc::default() };
            let progress = Arc::clone(&outlet.progress);
            let work = work(session, outlet.clone());
            let task = session.runtime.spawn(async move {
                if let Err(report) = guarded_async(work).await.and_then(|outcome| outcome) {
                    let _ = outlet.failed(&report, true).await;
                }
            });
            let inlet = Inlet { events: event_receiver, logs: log_receiver };
            Ok::<_, Report>(Self {
                inlet: tokio::sync::Mutex::new(inlet),
                waiting: Mutex::new(None),
                progress,
                work: task.abort_handle(),
            })
        });
        match started {
            Ok(Ok(operation)) => ffi::Ok(operation),
            Ok(Err(_)) | Err(_) => ffi::Err(StartError::RuntimeUnavailable),
        }
    }

    async fn pull(&self) -> Event {
        let mut inlet = self.inlet.lock().await;
        let Inlet { events, logs } = &mut *inlet;
        let message = tokio::select! {
            biased;
            Some(line) = logs.recv() => return Event::Log(line),
            message = events.recv() => message,
        };
        match message {
            Some(Message::Batch(batch)) => {
                *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = Some(batch);
                Event::Records
            }
            Some(Message::Failed(reply)) => Event::Failed(reply),
            Some(Message::Progress(reply)) => Event::Progress(reply),
            None => match logs.try_recv() {
                Ok(line) => Event::Log(line),
                Err(_) => Event::Ended(EndReply { records: self.progress.records.load(Ordering::Relaxed) }),
            },
        }
    }

    fn take(&self) -> Option<Batch> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take().map(|waiting| waiting.batch)
    }
}

#[ffi]
impl Operation {
    /// Begins to get tokens.
    pub fn tokens(mut request: Wire<TokensRequest>) -> ffi::Result<Self, StartError> {
        Self::begin(|session, outlet| get_tokens(session, outlet, request.unwire()))
    }

    /// Begins to list indicators.
    pub fn indicators(mut request: Wire<IndicatorsRequest>) -> ffi::Result<Self, StartError> {
        Self::begin(|session, outlet| list_indicators(session, outlet, request.unwire()))
    }

    /// Begins to list the records of a named list.
    pub fn records(mut request: Wire<RecordsRequest>) -> ffi::Result<Self, StartError> {
        Self::begin(|session, outlet| list_records(session, outlet, request.unwire()))
    }

    /// Begins to call any path of the API.
    pub fn api(mut request: Wire<ApiRequest>) -> ffi::Result<Self, StartError> {
        Self::begin(|session, outlet| call_any(session, outlet, request.unwire()))
    }

    /// Begins to hunt.
    pub fn hunting(mut request: Wire<HuntingRequest>) -> ffi::Result<Self, StartError> {
        Self::begin(|session, outlet| hunt_all(session, outlet, request.unwire()))
    }

    /// Begins to send wanted indicators.
    pub fn import_indicators(mut request: Wire<WriteRequest>) -> ffi::Result<Self, StartError> {
        Self::begin(|session, outlet| import_all(session, outlet, request.unwire()))
    }

    /// Begins to change indicators of given ids.
    pub fn change_indicator(mut request: Wire<WriteRequest>) -> ffi::Result<Self, StartError> {
        Self::begin(|session, outlet| change_all(session, outlet, request.unwire()))
    }

    /// Begins to remove indicators of given ids.
    pub fn remove_indicators(mut request: Wire<WriteRequest>) -> ffi::Result<Self, StartError> {
        Self::begin(|session, outlet| remove_all(session, outlet, request.unwire()))
    }

    /// Begins to make the own indicators equal to the wanted ones.
    pub fn sync_indicators(mut request: Wire<WriteRequest>) -> ffi::Result<Self, StartError> {
        Self::begin(|session, outlet| sync_all(session, outlet, request.unwire()))
    }

    /// Begins to compare the indicators of all tenants.
    pub fn compare_indicators(mut request: Wire<ComparisonRequest>) -> ffi::Result<Self, StartError> {
        Self::begin(|session, outlet| compare_all(session, outlet, request.unwire()))
    }

    /// Begins to examine the trust between the workload, the application and the tenants.
    pub fn trust(mut request: Wire<ConnectionRequest>) -> ffi::Result<Self, StartError> {
        Self::begin(|session, outlet| examine(session, outlet, request.unwire()))
    }

    /// Begins to make consent links.
    pub fn consent_links(mut request: Wire<ConnectionRequest>) -> ffi::Result<Self, StartError> {
        Self::begin(|session, outlet| consent_links(session, outlet, request.unwire()))
    }

    /// Begins to check the settings and the workload's identity; no records follow.
    pub fn check(mut request: Wire<ConnectionRequest>) -> ffi::Result<Self, StartError> {
        Self::begin(|session, outlet| check_workload(session, outlet, request.unwire()))
    }

    /// Waits for the next event. Ends at once when the operation has ended.
    pub async fn next(this: Async<Self>) -> Wire<Event> {
        let event = guarded_async(this.pull()).await;
        Wire::from(event.unwrap_or_else(|report| Event::Failed(ErrorReply::new(&report, true))))
    }

    /// The tokens that [`Event::Records`] announced.
    pub fn take_tokens(&self) -> Wire<Vec<TokenReply>> {
        Wire::from(match self.take() {
            Some(Batch::Tokens(tokens)) => tokens,
            _ => Vec::new(),
        })
    }

    /// The records that [`Event::Records`] announced.
    pub fn take_records(&self) -> Wire<RecordsReply> {
        Wire::from(match self.take() {
            Some(Batch::Records(reply)) => reply,
            _ => RecordsReply { tenant_id: String::new(), records: Vec::new() },
        })
    }

    /// The findings that [`Event::Records`] announced.
    pub fn take_findings(&self) -> Wire<Vec<FindingReply>> {
        Wire::from(match self.take() {
            Some(Batch::Findings(findings)) => findings,
            _ => Vec::new(),
        })
    }

    /// The consent links that [`Event::Records`] announced.
    pub fn take_consent_links(&self) -> Wire<Vec<ConsentLinkReply>> {
        Wire::from(match self.take() {
            Some(Batch::ConsentLinks(links)) => links,
            _ => Vec::new(),
        })
    }

    /// The indicators that [`Event::Records`] announced.
    pub fn take_indicators(&self) -> Wire<IndicatorsReply> {
        Wire::from(match self.take() {
            Some(Batch::Indicators(reply)) => reply,
            _ => IndicatorsReply { tenant_id: String::new(), texts: Vec::new(), indicators: Vec::new() },
        })
    }
}
