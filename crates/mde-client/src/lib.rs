//! The Defender for Endpoint API: what its paths return, and how a list of any length is streamed.
//!
//! Nothing here knows how a token is come by, or who shows the records.

mod api_call;
mod connection;
pub mod endpoints;
mod error;
mod export_files;
mod hunting;
pub mod indicators;
mod listing;
pub mod odata;
mod pace;
mod page;
mod permissions;
mod raw_record;
mod timestamp;
mod trust;
pub mod writing;

pub use api_call::{ApiCall, call_api};
pub use connection::{Connection, ConnectionSettings};
pub use endpoints::{Endpoint, INDICATORS};
pub use error::DefenderError;
pub use export_files::list_files;
pub use hunting::{HuntingQuery, hunt};
pub use indicators::{ExtraProperty, Indicator};
pub use listing::{ListFailure, ListQuery, ListSummary, Record, RecordSink, list};
pub use pace::{Limits, Pacer};
pub use permissions::{CMDLET_NEEDS, CmdletNeeds};
pub use raw_record::RawRecord;
pub use timestamp::Timestamp;
pub use trust::{Finding, Status, Step, Workload, examine_tenant, examine_workload};
