//! Custom indicators: what Defender holds, and everything about writing them that needs no connection.
//!
//! Sources: learn.microsoft.com/defender-endpoint/api/ti-indicator and the pages that the files name.

mod draft;
pub mod files;
mod json;
mod property;
mod record;
mod search;
mod validate;
mod value;
mod value_check;

pub use draft::{DraftError, IndicatorDraft};
pub use property::{Property, PropertyValue};
pub use record::{ExtraProperty, Indicator};
pub use search::{IndicatorSearch, SearchSink};
pub use validate::{ACTIONS, Caution, Problem, SEVERITIES, Validation, ValidationContext, validate};
pub use value::{IndicatorKey, TYPES};
pub use value_check::ValueFault;
