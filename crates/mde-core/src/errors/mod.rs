//! What can go wrong, in one place: the table of codes, the report that reaches a user, and the errors of this crate.

mod entra;
mod input;
mod report;
mod table;

pub use entra::code_of_entra_error;
pub use input::InputError;
pub use report::{Report, Reportable};
pub use table::{Category, Code, Entry};
