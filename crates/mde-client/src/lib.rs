//! The Defender for Endpoint API: what its paths return, and how a list of any length is streamed.
//!
//! Nothing here knows how a token is come by, or who shows the records.

mod connection;
mod error;
mod indicator;
mod listing;
mod page;
mod permissions;
mod timestamp;
mod trust;

pub use connection::{Connection, ConnectionSettings};
pub use error::DefenderError;
pub use indicator::{ExtraProperty, INDICATORS, Indicator};
pub use listing::{Endpoint, ListFailure, ListQuery, ListSummary, Record, RecordSink, list};
pub use permissions::{CMDLET_NEEDS, CmdletNeeds};
pub use timestamp::Timestamp;
pub use trust::{Finding, Status, Step, Workload, examine_tenant, examine_workload};
