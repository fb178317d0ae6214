//! The wanted indicators: from texts or from a file, each row checked before any call is made.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use mde_core::{Code, Report, quoted};

use crate::indicators::files::{CsvReader, FileError, FileRow, read_json};
use crate::indicators::{IndicatorDraft, IndicatorKey, ValidationContext, validate};
use crate::timestamp::Timestamp;

/// No tenant holds more.
///
/// Source: learn.microsoft.com/defender-endpoint/api/post-ti-indicator (15,000 active indicators per tenant)
pub const CAPACITY: usize = 15_000;

/// Where wanted indicators come from.
#[derive(Debug, Clone)]
pub enum RowSource {
    /// A JSON object each.
    Texts(Vec<String>),
    /// A CSV file with the portal's columns, or JSON.
    File(PathBuf),
}

/// A wanted indicator that may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its line in the file, or its place among the texts; the first is 1.
    pub place: u64,
    /// What is wanted, in the form to send.
    pub draft: IndicatorDraft,
}

/// A wanted indicator that can't be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// Its line in the file, or its place among the texts.
    pub place: u64,
    /// What is wanted, as far as it can be read.
    pub draft: IndicatorDraft,
    /// Why it can't be sent and what to do about it.
    pub reason: String,
}

/// What was wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    /// What may be sent.
    pub good: Vec<Row>,
    /// What can't be sent.
    pub bad: Vec<BadRow>,
    /// What may not be meant.
    pub warnings: Vec<String>,
}

/// What is done with two rows for the same type, value and action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplicates {
    /// The second one can't be sent.
    Refused,
    /// They are kept, for someone who tells them apart by more.
    Kept,
}

impl Rows {
    /// Reads and checks all rows.
    ///
    /// # Errors
    /// A [`Report`] when the file can't be read to its end, or there are more rows than any tenant holds.
    pub fn load(source: &RowSource, now: Timestamp, duplicates: Duplicates) -> Result<Self, Report> {
        let mut loading = Loading { rows: Self::default(), now, duplicates, seen: HashMap::new() };
        let read = match source {
            RowSource::Texts(texts) => {
                for (place, text) in (1..).zip(texts) {
                    let draft = IndicatorDraft::from_json(text).map_err(Into::into);
                    if loading.add(FileRow { line: place, draft }).is_break() {
                        break;
                    }
                }
                Ok(())
            }
            RowSource::File(path) => read_file(path, &mut loading),
        };
        if loading.rows.good.len() + loading.rows.bad.len() > CAPACITY {
            let message = format!("there are more than {CAPACITY} indicators, and no tenant can hold them");
            return Err(Report::new(Code::CapacityExceeded, message));
        }
        match (read, source) {
            (Err(error), RowSource::File(path)) => Err(unusable(path, &error)),
            _ => Ok(loading.rows),
        }
    }

    /// The drafts, without their places.
    pub fn drafts(&self) -> Vec<IndicatorDraft> {
        self.good.iter().map(|row| row.draft.clone()).collect()
    }
}

fn unusable(path: &Path, error: &FileError) -> Report {
    Report::new(Code::IndicatorFileUnusable, format!("{}: {error}", path.display())).detail("advice", error.remedy())
}

fn read_file(path: &Path, loading: &mut Loading) -> Result<(), FileError> {
    let mut file = File::open(path)?;
    if is_json(path, &mut file)? {
        // What was looked at has been read: open again.
        return read_json(File::open(path)?, |row| loading.add(row)).map(drop);
    }
    let reader = CsvReader::new(File::open(path)?)?;
    let ignored: Vec<_> = reader.ignored_columns().map(|name| quoted(name, 60)).collect();
    if !ignored.is_empty() {
        loading.rows.warnings.push(format!(
            "{}: columns that mean nothing here: {}",
            path.display(),
            ignored.join(", ")
        ));
    }
    for row in reader {
        if loading.add(row?).is_break() {
            break;
        }
    }
    Ok(())
}

/// By the name, else by the first byte that says something.
fn is_json(path: &Path, file: &mut File) -> Result<bool, FileError> {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    match extension.as_deref() {
        Some("json" | "jsonl" | "ndjson") => Ok(true),
        Some("csv") => Ok(false),
        _ => {
            let mut start = [0; 256];
            let count = file.read(&mut start)?;
            let first = start[..count].iter().find(|byte| !byte.is_ascii_whitespace() && byte.is_ascii());
            Ok(matches!(first, Some(b'{' | b'[')))
        }
    }
}

struct Loading {
    rows: Rows,
    now: Timestamp,
    duplicates: Duplicates,
    seen: HashMap<(IndicatorKey, String), u64>,
}

impl Loading {
    fn add(&mut self, row: FileRow) -> ControlFlow<()> {
        let place = row.line;
        match row.draft {
            Err(error) => {
                let reason = format!("{error}: {}", error.remedy());
                self.rows.bad.push(BadRow { place, draft: IndicatorDraft::default(), reason });
            }
            Ok(draft) => self.check(place, draft),
        }
        if self.rows.good.len() + self.rows.bad.len() > CAPACITY {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn check(&mut self, place: u64, draft: IndicatorDraft) {
        let checked = validate(&draft, ValidationContext { now: self.now, is_new: true });
        for caution in &checked.warnings {
            self.rows.warnings.push(format!("row {place}: {caution}; {}", caution.remedy()));
        }
        if !checked.is_valid() {
            let reasons: Vec<_> =
                checked.errors.iter().map(|problem| format!("{problem}: {}", problem.remedy())).collect();
            self.rows.bad.push(BadRow { place, draft, reason: reasons.join("; ") });
            return;
        }
        let draft = checked.draft;
        if self.duplicates == Duplicates::Refused {
            let key = (IndicatorKey::new(&draft.indicator_type, &draft.indicator_value), draft.action.clone());
            if let Some(first) = self.seen.get(&key) {
                let reason = format!("row {first} has the same type, value and action: leave one of them out");
                self.rows.bad.push(BadRow { place, draft, reason });
                return;
            }
            self.seen.insert(key, place);
        }
        self.rows.good.push(Row { place, draft });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-23T00:00:00Z";

    fn text(value: &str) -> String {
        format!(
            r#"{{"indicatorType":"DomainName","indicatorValue":"{value}","action":"Block","title":"t","description":"d"}}"#
        )
    }

    fn load(source: &RowSource) -> Result<Rows, Report> {
        Rows::load(source, Timestamp::parse(NOW).unwrap(), Duplicates::Refused)
    }

    #[test]
    fn bad_rows_are_told_and_the_others_go_on() {
        let texts = vec![text("a.example"), text("not a domain"), "[]".into(), text("A.example"), text("b.example")];
        let rows = load(&RowSource::Texts(texts)).unwrap();
        assert_eq!(rows.good.iter().map(|row| row.place).collect::<Vec<_>>(), [1, 5]);
        assert_eq!(rows.bad.iter().map(|row| row.place).collect::<Vec<_>>(), [2, 3, 4]);
        assert!(rows.bad[2].reason.contains("row 1"), "{}", rows.bad[2].reason);
    }

    #[test]
    fn more_than_a_tenant_holds_is_refused_as_a_whole() {
        let texts = (0..=CAPACITY).map(|number| text(&format!("h{number}.example"))).collect();
        assert_eq!(load(&RowSource::Texts(texts)).unwrap_err().code, Code::CapacityExceeded);
    }

    #[test]
    fn a_file_that_is_not_there_is_told_by_its_name() {
        let report = load(&RowSource::File("/nowhere/at all.csv".into())).unwrap_err();
        assert_eq!(report.code, Code::IndicatorFileUnusable);
        assert!(report.message.contains("at all.csv") && !report.remedy().contains('<'), "{}", report.remedy());
    }
}
