//! Keeps below Defender's limits: so many calls a minute and an hour, counted per API, tenant and application. One
//! tenant's wait is no other tenant's.
//!
//! Source: the limits that each endpoint's page on learn.microsoft.com/defender-endpoint/api names; the key is the one
//! of the refusal's own words, 'Destination+TenantID+AppID'.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use mde_core::http::Gate;
use mde_core::{ClientId, Observer, TenantId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Duration, Instant, sleep_until};

/// More requests at once only queue up at the connection pools.
const MOST_IN_FLIGHT: usize = 64;
/// Requests bunch together on their way; a window is a little longer here than at the service.
const MARGIN: Duration = Duration::from_secs(1);
/// Nobody looks up from a script for less.
const WORTH_TELLING: Duration = Duration::from_secs(1);
/// More windows than this are looked through for those that have run out.
const MANY_WINDOWS: usize = 4096;

/// How often an API may be called. Zero stands for no limit that is documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Calls in a minute.
    pub per_minute: usize,
    /// Calls in an hour.
    pub per_hour: usize,
}

impl Limits {
    fn windows(self) -> [(usize, Duration); 2] {
        [(self.per_minute, Duration::from_mins(1) + MARGIN), (self.per_hour, Duration::from_hours(1) + MARGIN)]
    }
}

/// Whose calls are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct PaceKey {
    pub(crate) host: String,
    pub(crate) tenant: TenantId,
    pub(crate) client: ClientId,
    pub(crate) api: &'static str,
}

/// When calls were or will be made, the oldest first.
#[derive(Debug, Default)]
struct Window {
    calls: VecDeque<Instant>,
    not_before: Option<Instant>,
}

impl Window {
    /// Takes the earliest turn that keeps all limits.
    fn reserve(&mut self, limits: Limits, now: Instant) -> Instant {
        // A machine that was just started has no instant an hour ago, and no call that old either.
        if let Some(kept) = now.checked_sub(Duration::from_hours(1) + MARGIN) {
            while self.calls.front().is_some_and(|call| *call < kept) {
                self.calls.pop_front();
            }
        }
        let mut turn = self.not_before.map_or(now, |not_before| not_before.max(now));
        for (calls, window) in limits.windows() {
            if calls > 0 && self.calls.len() >= calls {
                turn = turn.max(self.calls[self.calls.len() - calls] + window);
            }
        }
        if limits.windows().iter().any(|(calls, _)| *calls > 0) {
            self.calls.push_back(turn);
        }
        turn
    }
}

/// The pace of all calls of the process.
#[derive(Debug)]
pub struct Pacer {
    windows: Mutex<HashMap<PaceKey, Window>>,
    in_flight: Arc<Semaphore>,
}

impl Default for Pacer {
    fn default() -> Self {
        Self { windows: Mutex::default(), in_flight: Arc::new(Semaphore::new(MOST_IN_FLIGHT)) }
    }
}

impl Pacer {
    fn reserve(&self, key: &PaceKey, limits: Limits) -> Instant {
        let now = Instant::now();
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() > MANY_WINDOWS {
            let hour = Duration::from_hours(1);
            windows.retain(|_, window| {
                window.calls.back().is_some_and(|last| now.saturating_duration_since(*last) < hour)
                    || window.not_before.is_some_and(|until| until > now)
            });
        }
        windows.entry(key.clone()).or_default().reserve(limits, now)
    }

    fn throttled(&self, key: &PaceKey, until: Instant) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.entry(key.clone()).or_default();
        window.not_before = window.not_before.max(Some(until));
    }
}

/// One tenant's and one API's way through the pacer.
pub(crate) struct Pace<'a> {
    pub(crate) pacer: &'a Pacer,
    pub(crate) key: PaceKey,
    pub(crate) limits: Limits,
    pub(crate) observer: &'a dyn Observer,
}

#[async_trait]
impl Gate for Pace<'_> {
    async fn pass(&self) -> Option<OwnedSemaphorePermit> {
        let turn = self.pacer.reserve(&self.key, self.limits);
        let wait = turn.saturating_duration_since(Instant::now());
        if wait >= WORTH_TELLING {
            let PaceKey { tenant, api, .. } = &self.key;
            let Limits { per_minute, per_hour } = self.limits;
            self.observer.verbose(format!(
                "tenant {tenant}: {api} is paced at {per_minute} calls a minute and {per_hour} an hour; going on in {:.0} s",
                wait.as_secs_f64()
            ));
            let _waiting = Waiting::begin(self.observer);
            sleep_until(turn).await;
        } else {
            sleep_until(turn).await;
        }
        Arc::clone(&self.pacer.in_flight).acquire_owned().await.ok()
    }

    fn throttled(&self, wait: Duration) {
        self.pacer.throttled(&self.key, Instant::now() + wait);
    }
}

/// Tells the observer of a wait, and of its end however it comes.
struct Waiting<'a>(&'a dyn Observer);

impl<'a> Waiting<'a> {
    fn begin(observer: &'a dyn Observer) -> Self {
        observer.waits(true);
        Self(observer)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waits(false);
    }
}

#[cfg(test)]
mod tests {
    use mde_core::observer::Silent;

    use super::*;

    fn key(tenant: u8) -> PaceKey {
        PaceKey {
            host: "api.securitycenter.microsoft.com".into(),
            tenant: TenantId::parse(&format!("00000000-0000-4000-8000-0000000000{tenant:02x}")).unwrap(),
            client: ClientId::parse("00000000-0000-4000-8000-0000000000ff").unwrap(),
            api: "indicators",
        }
    }

    async fn calls(pacer: &Pacer, tenant: u8, limits: Limits, count: usize) -> Duration {
        let started = Instant::now();
        let pace = Pace { pacer, key: key(tenant), limits, observer: &Silent };
        for _ in 0..count {
            pace.pass().await;
        }
        started.elapsed()
    }

    const DOCUMENTED: Limits = Limits { per_minute: 100, per_hour: 1500 };

    #[tokio::test(start_paused = true)]
    async fn no_window_holds_more_calls_than_the_limit() {
        let pacer = Pacer::default();
        assert!(calls(&pacer, 1, DOCUMENTED, 100).await < Duration::from_secs(1));
        assert!(calls(&pacer, 1, DOCUMENTED, 1).await >= Duration::from_mins(1));
    }

    #[tokio::test(start_paused = true)]
    async fn the_hour_counts_as_well() {
        let pacer = Pacer::default();
        let took = calls(&pacer, 1, DOCUMENTED, 1501).await;
        assert!((Duration::from_hours(1)..Duration::from_mins(62)).contains(&took), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn one_tenants_wait_is_no_other_tenants() {
        let pacer = Pacer::default();
        calls(&pacer, 1, DOCUMENTED, 100).await;
        assert!(calls(&pacer, 2, DOCUMENTED, 100).await < Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_service_asks_for_holds_for_everybody_with_that_key() {
        let pacer = Pacer::default();
        let pace = Pace { pacer: &pacer, key: key(1), limits: DOCUMENTED, observer: &Silent };
        pace.throttled(Duration::from_secs(8));
        assert!(calls(&pacer, 1, DOCUMENTED, 1).await >= Duration::from_secs(8));
        assert!(calls(&pacer, 2, DOCUMENTED, 1).await < Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_documented_limit_nothing_waits() {
        let unlimited = Limits { per_minute: 0, per_hour: 0 };
        assert!(calls(&Pacer::default(), 1, unlimited, 5000).await < Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn windows_of_tenants_that_are_done_are_forgotten() {
        let pacer = Pacer::default();
        for tenant in 0..=MANY_WINDOWS {
            let mut key = key(1);
            key.host = tenant.to_string();
            pacer.reserve(&key, DOCUMENTED);
        }
        tokio::time::advance(Duration::from_hours(2)).await;
        pacer.reserve(&key(2), DOCUMENTED);
        assert_eq!(pacer.windows.lock().unwrap().len(), 1);
    }
}
