//! The Defender for Endpoint API: what its paths return, and how a list of any length is streamed.
//!
//! Nothing here knows how a token is come by, or who shows the records.

mod connection;
mod error;
mod indicator;
mod listing;
mod page;
mod timestamp;

pub use connection::{Connection, ConnectionSettings};
pub use error::DefenderError;
pub use indicator::{ExtraProperty, INDICATORS, Indicator};
pub use listing::{Endpoint, ListFailure, ListQuery, ListSummary, Record, RecordSink, list};
pub use timestamp::Timestamp;
