//! A local Azure for tests, the demo and benchmarks: managed-identity endpoints, the Entra token endpoint and the
//! Defender for Endpoint API, on ephemeral loopback ports.
//!
//! It verifies what the real services verify and answers in their words. It depends on no other crate of the
//! project, so that it can't share a mistake with the client that it tests.
//!
//! ```no_run
//! # async fn example() -> Result<(), mde_emulator::StartError> {
//! use mde_emulator::{Config, Emulator, Fault, FaultKind, Host, Target};
//!
//! let emulator = Emulator::start(Config::default()).await?;
//! let variables = emulator.environment(Host::AppService);
//! emulator.faults().add(Fault::new(Target::Token, FaultKind::Reset));
//! // … run the client …
//! let journal = emulator.journal();
//! # let _ = (variables, journal);
//! # Ok(()) }
//! ```
//!
//! What does not belong: anything a client needs. Nothing here is secure; every key is made at start and forgotten.
//!
//! # Adding an endpoint
//! One file with a `pub(crate) const ROUTE: Route` and its handler, and one row in the table of its family
//! (`identity`, `entra`, `defender`). Parameters that a route doesn't list are answered with 501, so a client that
//! invents one is found out.

mod admin;
mod config;
mod defender;
mod emulator;
mod entra;
mod exchange;
mod faults;
mod graph;
mod identity;
mod journal;
mod keys;
mod routes;
mod server;
mod state;

pub use config::{
    Application, ApplicationState, Compression, Config, DefenderSettings, DefenderState, ExpiresOnForm,
    FederatedCredential, HomeTenant, IdentitySettings, ListCounts, ListenPorts, ManagedIdentity, NextLink, Tenant,
    TokenSettings,
};
pub use emulator::{Emulator, Endpoints, Host, StartError};
pub use faults::{Fault, FaultKind, Faults, RetryAfter, Target, ThrottleForm};
pub use journal::RequestRecord;
pub use keys::Claims;

/// The text inside every token, identity header and secret that this emulator hands out. A log, error or display text
/// of the client that contains it (or [`CANARY_BASE64`]) has leaked a secret.
pub const CANARY: &str = "MDEFICCANARY";

/// How [`CANARY`] looks inside a JWT: every payload begins with the bytes `{"canary":"MDEFICCANARY"`, 24 of them, so their
/// base64url form is the same 32 characters in every token.
pub const CANARY_BASE64: &str = "eyJjYW5hcnkiOiJNREVGSUNDQU5BUlki";
