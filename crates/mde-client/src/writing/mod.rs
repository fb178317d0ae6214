//! Writing indicators: reading what is wanted, sending no more than is needed, telling what became of each.

mod batch;
mod change;
mod compare;
mod export;
mod import;
mod inventory;
mod outcome;
mod ownership;
mod plan;
mod remove;
mod rows;
mod send;
mod sync;

pub use change::change;
pub use compare::{Comparison, ComparisonRow};
pub use export::{ExportFormat, Exported, export};
pub use import::{import, remove_ids};
pub use inventory::inventory;
pub use outcome::{Change, Outcome, Status};
pub use ownership::Ownership;
pub use plan::{Action, Plan, Step};
pub use rows::{BadRow, CAPACITY, Duplicates, Row, RowSource, Rows};
pub use sync::sync;
