//! From a workload's identity to an application's token in a tenant: assertion sources, the exchange, the caches.
//!
//! Nothing here knows what a token is used for afterwards.

mod cache;
mod claims;
mod exchange;
mod provider;
mod scope;
mod selector;
mod settings;
pub mod sources;

pub use claims::Claims;
pub use exchange::ExchangeError;
pub use provider::{AppToken, IdentityError, TokenProvider, TokenRequest, roles_missing};
pub use scope::Scope;
pub use selector::Selector;
pub use settings::IdentitySettings;
pub use sources::{SourceChoice, SourceError};
