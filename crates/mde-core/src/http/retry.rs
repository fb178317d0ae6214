//! The one retry layer: which replies are worth another try, how long to wait, when to give up.
//!
//! `Retry-After` (seconds or a date) is obeyed wherever it is sent. Without it, waits grow exponentially with full
//! jitter. Nothing is retried past the total budget: a longer wait than what is left ends the call with what the
//! service said.

use std::time::SystemTime;

use tokio::time::{Duration, Instant};

use super::{Gate, Request, Response, Transport, TransportError};
use crate::Observer;

/// Finds how long a reply's body asks to wait.
pub type WaitInBody = fn(&[u8]) -> Option<Duration>;

/// When and how often to try again.
#[derive(Debug, Clone)]
pub struct RetryPolicy {
    /// Statuses after which the same request may succeed.
    pub statuses: fn(u16) -> bool,
    /// Tries in all, the first included.
    pub tries: u32,
    /// The longest first wait; it doubles from try to try.
    pub first_wait: Duration,
    /// No wait without `Retry-After` is longer.
    pub longest_wait: Duration,
    /// How long one try may take until the head of the reply is there.
    pub per_try: Duration,
    /// How long all waits for a body may take together.
    pub body: Duration,
    /// How long everything may take until the head of a reply is there.
    pub total: Duration,
    /// A status during which the total is longer, and that total (an instance metadata service that is being updated
    /// answers 410 for up to 70 seconds).
    pub patient_with: Option<(u16, Duration)>,
    /// Whether a request that may have arrived is never sent again: it would be done twice.
    pub sends_once: bool,
    /// Finds the wait in the body of a reply that has no `Retry-After`.
    pub wait_in_body: Option<WaitInBody>,
}

/// One call as the retry layer sees it.
pub struct Call<'a> {
    /// Sends it.
    pub transport: &'a dyn Transport,
    /// When to send it again.
    pub policy: &'a RetryPolicy,
    /// Hears of every wait.
    pub observer: &'a dyn Observer,
    /// What the call is for, as a message says it: 'the token of tenant …'.
    pub purpose: &'a str,
    /// What every try has to pass; its waits don't count against the budget.
    pub gate: Option<&'a dyn Gate>,
}

/// Sends the request that `make` makes, again where the policy says so, until there is a reply that is not worth
/// another try or the budget is used up. The last reply is returned whatever its status.
///
/// # Errors
/// The last [`TransportError`] when there was no reply.
pub async fn send(call: Call<'_>, make: impl Fn() -> Request) -> Result<Response, TransportError> {
    let Call { transport, policy, observer, purpose, gate } = call;
    let mut started = Instant::now();
    let mut tries = 0;
    loop {
        tries += 1;
        let pass = match gate {
            Some(gate) => {
                let arrived = Instant::now();
                let pass = gate.pass().await;
                started += arrived.elapsed();
                pass
            }
            None => None,
        };
        let request = make();
        let host = request.host();
        let deadline = (Instant::now() + policy.per_try).min(started + policy.total);
        let mut outcome = transport.send(request, deadline, policy.body).await;
        drop(pass);
        let advice_in_body = match (&mut outcome, policy.wait_in_body) {
            (Ok(response), Some(find)) if (policy.statuses)(response.status) => {
                find(response.peek().await.unwrap_or_default())
            }
            _ => None,
        };
        let (advised, what, total) = match &outcome {
            Ok(response) if (policy.statuses)(response.status) => {
                let total = match policy.patient_with {
                    Some((status, longer)) if status == response.status => longer,
                    _ => policy.total,
                };
                (retry_after(response).or(advice_in_body), format!("status {}", response.status), total)
            }
            Err(error) if error.is_transient() && !(policy.sends_once && error.may_have_arrived()) => {
                (None, error.to_string(), policy.total)
            }
            _ => return outcome,
        };
        let wait = advised.unwrap_or_else(|| backoff(policy, tries));
        let patient = total > policy.total;
        if (tries >= policy.tries && !patient) || started.elapsed() + wait >= total {
            return outcome;
        }
        if let (Some(gate), Some(wait)) = (gate, advised) {
            gate.throttled(wait);
        }
        observer.verbose(format!(
            "{purpose}: {what} from {host}; try {} follows in {:.1} s",
            tries + 1,
            wait.as_secs_f64()
        ));
        tokio::time::sleep(wait).await;
    }
}

/// How long a reply asks to wait: `Retry-After` as seconds or as an HTTP date.
pub fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.header("retry-after")?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

fn backoff(policy: &RetryPolicy, tries: u32) -> Duration {
    let ceiling = policy.first_wait.saturating_mul(1 << tries.saturating_sub(1).min(16)).min(policy.longest_wait);
    // Full jitter: what failed together does not come back together.
    ceiling.mul_f64(fastrand::f64())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;

    use super::*;
    use crate::http::HeaderMap;
    use crate::observer::Silent;

    type Step = Result<(u16, Option<&'static str>), TransportError>;

    struct Scripted(Mutex<Vec<Step>>);

    #[async_trait]
    impl Transport for Scripted {
        async fn send(&self, _: Request, deadline: Instant, patience: Duration) -> Result<Response, TransportError> {
            let step = self.0.lock().unwrap().pop();
            let Some(step) = step else {
                tokio::time::sleep_until(deadline).await;
                return Err(TransportError::TimedOut { host: "scripted".into() });
            };
            let (status, after) = step?;
            let mut headers = HeaderMap::new();
            if let Some(after) = after {
                headers.insert("retry-after", after.parse().unwrap());
            }
            let body = futures_util::stream::empty();
            Ok(Response::new(status, headers, "scripted".into(), Box::pin(body), patience))
        }
    }

    fn policy() -> RetryPolicy {
        RetryPolicy {
            statuses: |status| status == 429 || status == 410 || status >= 500,
            tries: 3,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(8),
            per_try: Duration::from_secs(5),
            body: Duration::from_secs(5),
            total: Duration::from_mins(1),
            patient_with: Some((410, Duration::from_secs(70))),
            sends_once: false,
            wait_in_body: None,
        }
    }

    async fn run(mut steps: Vec<Step>) -> (Result<u16, TransportError>, f64) {
        steps.reverse();
        let transport = Scripted(Mutex::new(steps));
        let started = Instant::now();
        let policy = policy();
        let call = Call { transport: &transport, policy: &policy, observer: &Silent, purpose: "test", gate: None };
        let outcome = send(call, || Request::get("http://127.0.0.1/".parse().unwrap())).await;
        (outcome.map(|response| response.status), started.elapsed().as_secs_f64())
    }

    #[tokio::test(start_paused = true)]
    async fn retry_after_is_obeyed_to_the_second() {
        let (status, took) = run(vec![Ok((429, Some("7"))), Ok((200, None))]).await;
        assert_eq!(status, Ok(200));
        assert!((7.0..7.1).contains(&took), "{took}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_beyond_the_budget_is_not_begun() {
        let (status, took) = run(vec![Ok((429, Some("3600"))), Ok((200, None))]).await;
        assert_eq!(status, Ok(429));
        assert!(took < 0.1, "{took}");
    }

    #[tokio::test(start_paused = true)]
    async fn refusals_are_not_retried_and_tries_are_counted() {
        let (status, took) = run(vec![Ok((403, None)), Ok((200, None))]).await;
        assert_eq!((status, took < 0.1), (Ok(403), true));
        let (status, _) = run(vec![Ok((503, None)), Ok((503, None)), Ok((503, None)), Ok((200, None))]).await;
        assert_eq!(status, Ok(503));
    }

    #[tokio::test(start_paused = true)]
    async fn an_update_of_the_metadata_service_is_waited_for() {
        let updating = vec![Ok((410, Some("10"))); 6];
        let (status, took) = run(updating.into_iter().chain([Ok((200, None))]).collect()).await;
        assert_eq!(status, Ok(200));
        assert!((60.0..61.0).contains(&took), "{took}");
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends_at_the_deadlines() {
        let (status, took) = run(vec![]).await;
        assert!(matches!(status, Err(TransportError::TimedOut { .. })));
        assert!(took < 25.0, "{took}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_untrusted_certificate_is_final() {
        let refused = TransportError::Certificate { host: "x".into(), reason: "UnknownIssuer".into() };
        let (status, took) = run(vec![Err(refused.clone()), Ok((200, None))]).await;
        assert_eq!((status, took < 0.1), (Err(refused), true));
    }
}
