//! What a request passes before it is sent: a gate can make it wait for its turn.

use async_trait::async_trait;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Duration;

/// Lets requests through, one after the other or at a pace.
#[async_trait]
pub trait Gate: Send + Sync {
    /// Waits until the next request may be sent; what is returned is held until the head of the reply is there.
    async fn pass(&self) -> Option<OwnedSemaphorePermit>;

    /// The service asked to wait this long.
    fn throttled(&self, wait: Duration);
}
