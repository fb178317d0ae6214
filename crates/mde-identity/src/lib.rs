//! From a workload's identity to an application's token in a tenant: assertion sources, the exchange, the caches.
//!
//! Nothing here knows what a token is used for afterwards.

mod cache;
mod claims;
mod claims_challenge;
pub mod directory;
mod exchange;
mod federated_credential;
mod provider;
mod scope;
mod seconds;
mod selector;
mod settings;
pub mod sources;

pub use claims::Claims;
pub use claims_challenge::demanded_claims;
pub use exchange::ExchangeError;
pub use federated_credential::{FederatedCredential, Instruction};
pub use provider::{AppToken, Freshness, IdentityError, TokenProvider, TokenRequest, roles_missing};
pub use scope::Scope;
pub use selector::Selector;
pub use settings::IdentitySettings;
pub use sources::{SourceChoice, SourceError};
