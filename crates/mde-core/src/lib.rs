//! What every other crate of ours stands on: secrets, ids, clouds, the error table, the HTTP transport and retry.
//!
//! Nothing here knows an identity source, an exchange or a Defender endpoint.

pub mod clock;
pub mod cloud;
pub mod environment;
pub mod errors;
pub mod http;
pub mod ids;
pub mod observer;
mod quote;
pub mod secret;

pub use clock::{Clock, SystemClock};
pub use environment::Environment;
pub use errors::{Code, Report, Reportable};
pub use ids::{ClientId, TenantId};
pub use observer::Observer;
pub use quote::quoted;
pub use secret::Secret;
