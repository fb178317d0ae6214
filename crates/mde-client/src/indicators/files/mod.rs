//! Indicators in files: read row by row, so that no file is ever held as a whole, and written back.

mod csv_reader;
mod csv_writer;
mod json_reader;
mod source;

pub use csv_reader::CsvReader;
pub use csv_writer::{Columns, CsvWriter};
pub use json_reader::read_json;

use super::draft::{DraftError, IndicatorDraft};

/// No right row is larger; without a limit, a quote that is never closed would bring the whole file into memory.
const LARGEST_ROW: usize = 1024 * 1024;

/// One row of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    /// The line in which it begins; the file's first is 1.
    pub line: u64,
    /// What it says.
    pub draft: Result<IndicatorDraft, RowError>,
}

/// Why one row can't be read. The others go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// It is no indicator.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// More fields than the header names: a text with a comma is not quoted.
    #[error("the row has {found} fields, the header {columns}")]
    TooManyFields {
        /// How many the header has.
        columns: usize,
        /// How many the row has.
        found: usize,
    },
    /// Bytes that are no UTF-8.
    #[error("the column {column} is not UTF-8")]
    Encoding {
        /// The column's name.
        column: String,
    },
}

impl RowError {
    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Draft(DraftError::NotAnObject(_)) => "write each indicator as a JSON object",
            Self::Draft(DraftError::Property { .. }) => "correct the property",
            Self::TooManyFields { .. } => "put double quotes around texts that have a comma in them",
            Self::Encoding { .. } => "save the file as UTF-8",
        }
    }
}

/// Why a file can't be read, or not any further.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// The system's words.
    #[error("the file can't be read: {0}")]
    Read(String),
    /// Another encoding, which Excel and older PowerShell write.
    #[error("the file is UTF-16, not UTF-8")]
    Utf16,
    /// There is no header.
    #[error("the file is empty")]
    Empty,
    /// Columns that every import needs are not there.
    #[error("the header lacks {}", .missing.join(", "))]
    MissingColumns {
        /// Their names.
        missing: Vec<&'static str>,
        /// The names that are there.
        found: Vec<String>,
    },
    /// Two columns for the same property.
    #[error("the header names {0} more than once")]
    DuplicateColumn(&'static str),
    /// A double quote without its partner.
    #[error("the quote that opens in the row of line {line} is not closed")]
    OpenQuote {
        /// Where the row begins.
        line: u64,
    },
    /// No right row is as large.
    #[error("the row of line {line} has more than {LARGEST_ROW} bytes")]
    RowTooLarge {
        /// Where the row begins.
        line: u64,
    },
    /// Not JSON, or JSON that is no list of indicators.
    #[error("line {line} is not a list of indicators: {message}")]
    Json {
        /// Where reading ended.
        line: u64,
        /// What was found there.
        message: String,
    },
}

impl FileError {
    /// What to do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::Read(_) => "see that the file is there and may be read".to_owned(),
            Self::Utf16 => "save the file as UTF-8".to_owned(),
            Self::Empty => "give a file with a header row and one row for each indicator".to_owned(),
            Self::MissingColumns { missing, .. } => {
                format!("add the columns {} to the first row, separated by commas", missing.join(", "))
            }
            Self::DuplicateColumn(name) => format!("keep one column {name}"),
            Self::OpenQuote { .. } | Self::RowTooLarge { .. } => {
                "close the quote; write a quote inside a quoted text twice".to_owned()
            }
            Self::Json { .. } => {
                "give a JSON array of objects, an object with such an array in 'value' or 'Indicators', or one object a line"
                    .to_owned()
            }
        }
    }
}

impl From<std::io::Error> for FileError {
    fn from(error: std::io::Error) -> Self {
        Self::Read(error.to_string())
    }
}
