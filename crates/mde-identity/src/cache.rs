//! The cache of everything that expires: assertions and tokens.
//!
//! An entry is valid (served from memory), near its expiry (served while one refresh runs in the background), or absent
//! or expired (acquired once, however many callers wait). A failed refresh never loses an entry that is still valid. An
//! acquisition runs as its own task, so that a caller who gives up doesn't take it from the others; when the last one has
//! given up, it is aborted, so that the next caller doesn't join one that hangs.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use mde_core::Clock;
use mde_core::clock::UnixSeconds;
use tokio::task::JoinHandle;

/// Entries are refreshed this long before they expire, unless their issuer says when (`refresh_in`).
/// Source: the five minutes of the Microsoft Authentication Library and of `azure_identity`.
const MARGIN: UnixSeconds = 300;
/// An entry this close to its end is not served any more: it would expire on its way.
const LAST_MOMENT: UnixSeconds = 30;
/// After a refresh in the background has failed, the next one waits this long.
const REST_AFTER_FAILURE: UnixSeconds = 30;

/// Something with an end.
pub(crate) trait Expiring: Clone + Send + Sync + 'static {
    /// When it ends.
    fn expires_at(&self) -> UnixSeconds;
    /// When a new one should be fetched.
    fn refresh_at(&self) -> UnixSeconds;
}

/// When to refresh something that lives from `now` to `expires_at`: when its issuer says, else halfway through a life of
/// more than two hours, else at the margin (never before half of a short life).
pub(crate) fn refresh_at(now: UnixSeconds, expires_at: UnixSeconds, refresh_in: Option<i64>) -> UnixSeconds {
    let lifetime = (expires_at - now).max(0);
    match refresh_in {
        Some(seconds) if (1..lifetime).contains(&seconds) => now + seconds,
        _ if lifetime > 2 * 3600 => now + lifetime / 2,
        _ => expires_at - MARGIN.min(lifetime / 2),
    }
}

type Landed<V, E> = BoxFuture<'static, Result<V, Arc<E>>>;
type Flight<V, E> = Shared<Landed<V, E>>;

/// Aborts the task when nobody waits for it any more.
struct Aboard<T>(JoinHandle<T>);

impl<T> Drop for Aboard<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Slot<V, E> {
    value: Option<V>,
    /// Held by those who wait, not by the slot.
    flight: Option<(u64, WeakShared<Landed<V, E>>)>,
    rest_until: UnixSeconds,
}

impl<V, E> Default for Slot<V, E> {
    fn default() -> Self {
        Self { value: None, flight: None, rest_until: 0 }
    }
}

struct Slots<K, V, E> {
    by_key: HashMap<K, Slot<V, E>>,
    flights: u64,
}

struct Inner<K, V, E> {
    slots: Mutex<Slots<K, V, E>>,
    clock: Arc<dyn Clock>,
}

/// A cache from `K` to `V`, filled by acquisitions that fail with `E`.
pub(crate) struct Cache<K, V, E>(Arc<Inner<K, V, E>>);

impl<K, V, E> Cache<K, V, E>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Expiring,
    E: Send + Sync + 'static,
{
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner { slots: Mutex::new(Slots { by_key: HashMap::new(), flights: 0 }), clock }))
    }

    /// The entry if it is valid and not due for a refresh.
    pub(crate) fn fresh(&self, key: &K) -> Option<V> {
        let slots = self.0.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let value = slots.by_key.get(key)?.value.as_ref()?;
        (self.0.clock.now() < value.refresh_at()).then(|| value.clone())
    }

    /// Forgets all entries.
    pub(crate) fn clear(&self) {
        self.0.slots.lock().unwrap_or_else(PoisonError::into_inner).by_key.clear();
    }

    /// The entry, by whatever way its state asks for. `force` acquires a new one even if there is a valid one;
    /// `joining` is called before a wait for what another caller has begun.
    pub(crate) async fn get<F, A>(&self, key: &K, force: bool, joining: impl FnOnce(), acquire: F) -> Result<V, Arc<E>>
    where
        F: FnOnce() -> A,
        A: Future<Output = Result<V, E>> + Send + 'static,
    {
        let flight = {
            let mut guard = self.0.slots.lock().unwrap_or_else(PoisonError::into_inner);
            let Slots { by_key, flights } = &mut *guard;
            let slot = by_key.entry(key.clone()).or_default();
            let now = self.0.clock.now();
            let usable = slot.value.as_ref().filter(|value| !force && now < value.expires_at() - LAST_MOMENT).cloned();
            let resting = now < slot.rest_until;
            let flight = slot.flight.as_ref().and_then(|(_, flight)| flight.upgrade());
            match (usable, flight) {
                (Some(value), _) if now < value.refresh_at() || resting => return Ok(value),
                (Some(value), Some(_)) => return Ok(value),
                (Some(value), None) => {
                    // Nobody waits for a refresh, so a task of its own does.
                    tokio::spawn(self.take_off(slot, flights, key, acquire));
                    return Ok(value);
                }
                (None, Some(flight)) => {
                    joining();
                    flight
                }
                (None, None) => self.take_off(slot, flights, key, acquire),
            }
        };
        flight.await
    }

    fn take_off<F, A>(&self, slot: &mut Slot<V, E>, flights: &mut u64, key: &K, acquire: F) -> Flight<V, E>
    where
        F: FnOnce() -> A,
        A: Future<Output = Result<V, E>> + Send + 'static,
    {
        *flights += 1;
        let number = *flights;
        let landing = Landing { inner: Arc::clone(&self.0), key: key.clone(), number };
        let acquisition = acquire();
        let mut task = Aboard(tokio::spawn(async move {
            let outcome = acquisition.await.map_err(Arc::new);
            landing.settle(outcome.as_ref().ok());
            outcome
        }));
        let flight: BoxFuture<'static, _> = Box::pin(async move {
            match (&mut task.0).await {
                Ok(outcome) => outcome,
                // The acquisition panicked: the panic goes on in whoever waits, where the boundary catches it.
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            }
        });
        let flight = flight.shared();
        slot.flight = flight.downgrade().map(|flight| (number, flight));
        flight
    }
}

/// Clears the flight from its slot when the acquisition ends, also when it ends by a panic.
struct Landing<K: Hash + Eq, V, E> {
    inner: Arc<Inner<K, V, E>>,
    key: K,
    number: u64,
}

impl<K: Hash + Eq, V: Clone, E> Landing<K, V, E> {
    fn settle(&self, value: Option<&V>) {
        let mut slots = self.inner.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(slot) = slots.by_key.get_mut(&self.key) else { return };
        match value {
            Some(value) => slot.value = Some(value.clone()),
            None => slot.rest_until = self.inner.clock.now() + REST_AFTER_FAILURE,
        }
        if slot.flight.as_ref().is_some_and(|(number, _)| *number == self.number) {
            slot.flight = None;
        }
        if slot.value.is_none() {
            slots.by_key.remove(&self.key);
        }
    }
}

impl<K: Hash + Eq, V, E> Drop for Landing<K, V, E> {
    fn drop(&mut self) {
        let mut slots = self.inner.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.by_key.get_mut(&self.key)
            && slot.flight.as_ref().is_some_and(|(number, _)| *number == self.number)
        {
            slot.flight = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
    use std::time::Duration;

    use super::*;

    #[derive(Default)]
    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now(&self) -> UnixSeconds {
            self.0.load(Ordering::SeqCst)
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    struct Thing(u32, UnixSeconds);

    impl Expiring for Thing {
        fn expires_at(&self) -> UnixSeconds {
            self.1
        }
        fn refresh_at(&self) -> UnixSeconds {
            self.1 - MARGIN
        }
    }

    struct Bench {
        cache: Arc<Cache<&'static str, Thing, String>>,
        clock: Arc<Hand>,
        fetched: Arc<AtomicU32>,
    }

    impl Bench {
        fn new() -> Self {
            let clock = Arc::new(Hand::default());
            Self { cache: Arc::new(Cache::new(clock.clone())), clock, fetched: Arc::default() }
        }

        async fn get(&self, outcome: Result<UnixSeconds, &str>, force: bool) -> Result<Thing, Arc<String>> {
            let (fetched, outcome) = (Arc::clone(&self.fetched), outcome.map_err(str::to_owned));
            self.cache
                .get(
                    &"key",
                    force,
                    || (),
                    move || async move {
                        let number = fetched.fetch_add(1, Ordering::SeqCst) + 1;
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        outcome.map(|expiry| Thing(number, expiry))
                    },
                )
                .await
        }

        async fn settle(&self) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }

        fn fetched(&self) -> u32 {
            self.fetched.load(Ordering::SeqCst)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_acquisition_serves_all_who_wait() {
        let bench = Bench::new();
        let all = futures_util::future::join_all((0..100).map(|_| bench.get(Ok(3600), false))).await;
        assert!(all.iter().all(|outcome| outcome == &Ok(Thing(1, 3600))));
        assert_eq!(bench.fetched(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn one_failure_is_told_to_all_who_wait_and_is_not_kept() {
        let bench = Bench::new();
        let all = futures_util::future::join_all((0..10).map(|_| bench.get(Err("no"), false))).await;
        assert!(all.iter().all(Result::is_err));
        assert_eq!(bench.fetched(), 1);
        assert_eq!(bench.get(Ok(3600), false).await, Ok(Thing(2, 3600)));
    }

    #[tokio::test(start_paused = true)]
    async fn near_expiry_the_old_one_is_served_while_one_refresh_runs() {
        let bench = Bench::new();
        bench.get(Ok(3600), false).await.unwrap();
        bench.clock.0.store(3400, Ordering::SeqCst);
        for _ in 0..10 {
            assert_eq!(bench.get(Ok(7000), false).await, Ok(Thing(1, 3600)));
        }
        bench.settle().await;
        assert_eq!(bench.get(Ok(9000), false).await, Ok(Thing(2, 7000)));
        assert_eq!(bench.fetched(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_refresh_keeps_what_is_valid_and_rests() {
        let bench = Bench::new();
        bench.get(Ok(3600), false).await.unwrap();
        bench.clock.0.store(3400, Ordering::SeqCst);
        for _ in 0..3 {
            assert_eq!(bench.get(Err("no"), false).await, Ok(Thing(1, 3600)));
            bench.settle().await;
        }
        assert_eq!(bench.fetched(), 2);
        bench.clock.0.store(3440, Ordering::SeqCst);
        assert_eq!(bench.get(Ok(7000), false).await, Ok(Thing(1, 3600)));
        bench.settle().await;
        assert_eq!(bench.get(Ok(0), false).await, Ok(Thing(3, 7000)));
    }

    #[tokio::test(start_paused = true)]
    async fn an_expired_one_is_never_served() {
        let bench = Bench::new();
        bench.get(Ok(3600), false).await.unwrap();
        bench.clock.0.store(3590, Ordering::SeqCst);
        assert_eq!(bench.get(Err("no"), false).await, Err(Arc::new("no".to_owned())));
    }

    #[tokio::test(start_paused = true)]
    async fn force_asks_again_and_a_failure_loses_nothing() {
        let bench = Bench::new();
        bench.get(Ok(3600), false).await.unwrap();
        assert!(bench.get(Err("no"), true).await.is_err());
        assert_eq!(bench.get(Ok(0), false).await, Ok(Thing(1, 3600)));
        assert_eq!(bench.get(Ok(9000), true).await, Ok(Thing(3, 9000)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_gives_up_takes_nothing_from_the_others() {
        let bench = Bench::new();
        let impatient = tokio::time::timeout(Duration::from_millis(10), bench.get(Ok(3600), false));
        let (gone, served) = tokio::join!(impatient, bench.get(Ok(1), false));
        assert!(gone.is_err());
        assert_eq!(served, Ok(Thing(1, 3600)));
    }

    #[tokio::test(start_paused = true)]
    async fn an_acquisition_that_nobody_waits_for_is_not_joined_by_the_next() {
        let bench = Bench::new();
        let gone = tokio::time::timeout(Duration::from_millis(10), bench.get(Ok(3600), false)).await;
        assert!(gone.is_err());
        assert_eq!(bench.get(Ok(7200), false).await, Ok(Thing(2, 7200)));
    }

    #[test]
    fn refresh_follows_the_issuer_then_the_lifetime() {
        assert_eq!(refresh_at(0, 3600, Some(1800)), 1800);
        assert_eq!(refresh_at(0, 3600, None), 3300);
        assert_eq!(refresh_at(0, 86_400, None), 43_200);
        assert_eq!(refresh_at(0, 100, None), 50);
        assert_eq!(refresh_at(0, 3600, Some(99_999)), 3300);
    }
}
