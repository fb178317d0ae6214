//! Indicators into files: the CSV that the portal imports, 500 rows each, or JSON.
//!
//! Source: learn.microsoft.com/defender-endpoint/indicator-manage#import-a-list-of-iocs (columns, 500 rows a file)

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use mde_core::{Code, Report};

use crate::indicators::IndicatorDraft;
use crate::indicators::files::{Columns, CsvWriter};

/// What an export came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exported {
    /// The files that were written.
    pub files: Vec<PathBuf>,
    /// Properties that some indicators have and the files don't.
    pub left_out: BTreeSet<&'static str>,
}

/// How indicators are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportFormat {
    /// Whether the columns beyond the portal's are written as well.
    pub columns: Columns,
    /// How many rows a CSV file has at most; zero stands for any number.
    pub rows_per_file: usize,
}

/// Writes the indicators, JSON objects, to a file, or to numbered ones beside it where one may not hold them all. A file
/// whose name ends in `.json` becomes a JSON array with every property.
///
/// # Errors
/// A [`Report`] when a row is no indicator or a file can't be written.
pub fn export(rows: &[String], path: &Path, format: ExportFormat) -> Result<Exported, Report> {
    let unreadable = |error: crate::indicators::DraftError| Report::new(Code::IndicatorInvalid, error.to_string());
    let drafts: Vec<_> =
        rows.iter().map(|row| IndicatorDraft::from_json(row)).collect::<Result<_, _>>().map_err(unreadable)?;
    let unwritable = |path: &Path, error: &io::Error| {
        let message = format!("{}: the file can't be written: {error}", path.display());
        Report::new(Code::IndicatorFileUnusable, message)
            .detail("advice", "see that the folder is there and may be written to")
    };
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
        write_json(path, &drafts).map_err(|error| unwritable(path, &error))?;
        return Ok(Exported { files: vec![path.to_owned()], left_out: BTreeSet::new() });
    }
    let per_file = if format.rows_per_file == 0 { drafts.len().max(1) } else { format.rows_per_file };
    let mut exported = Exported::default();
    // A file without rows says that there were none.
    let chunks: Vec<_> = if drafts.is_empty() { vec![&drafts[..]] } else { drafts.chunks(per_file).collect() };
    let is_one = chunks.len() == 1;
    for (number, chunk) in (1..).zip(chunks) {
        let path = if is_one { path.to_owned() } else { numbered(path, number) };
        write_csv(&path, chunk, format.columns).map_err(|error| unwritable(&path, &error))?;
        exported.files.push(path);
        let lost = chunk.iter().flat_map(|draft| format.columns.left_out(draft));
        exported.left_out.extend(lost.map(crate::indicators::Property::name));
    }
    Ok(exported)
}

fn write_csv(path: &Path, drafts: &[IndicatorDraft], columns: Columns) -> io::Result<()> {
    let mut writer = CsvWriter::new(BufWriter::new(File::create(path)?), columns)?;
    for draft in drafts {
        writer.write(draft)?;
    }
    writer.finish().map(drop)
}

fn write_json(path: &Path, drafts: &[IndicatorDraft]) -> io::Result<()> {
    let mut writer = BufWriter::new(File::create(path)?);
    for (position, draft) in drafts.iter().enumerate() {
        writer.write_all(if position == 0 { b"[\n" } else { b",\n" })?;
        writer.write_all(draft.file_json().as_bytes())?;
    }
    writer.write_all(if drafts.is_empty() { b"[]\n" } else { b"\n]\n" })?;
    writer.flush()
}

/// `blocked.csv` becomes `blocked-2.csv`.
fn numbered(path: &Path, number: usize) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().map(|extension| format!(".{}", extension.to_string_lossy())).unwrap_or_default();
    path.with_file_name(format!("{stem}-{number}{extension}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timestamp::Timestamp;
    use crate::writing::{Duplicates, RowSource, Rows};

    fn rows(count: usize) -> Vec<String> {
        (0..count)
            .map(|number| {
                format!(
                    r#"{{"indicatorType":"DomainName","indicatorValue":"h{number}.example","action":"Block","title":"a, \"b\"","description":"line\nline","externalId":"x{number}"}}"#
                )
            })
            .collect()
    }

    #[test]
    fn what_was_exported_can_be_imported() {
        let folder = std::env::temp_dir().join(format!("mdefic-export-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let now = Timestamp::parse("2026-11-23T00:00:00Z").unwrap();
        let portal = ExportFormat { columns: Columns::Portal, rows_per_file: 500 };
        let exported = export(&rows(1001), &folder.join("all.csv"), portal).unwrap();
        let names: Vec<_> =
            exported.files.iter().map(|file| file.file_name().unwrap().to_string_lossy().into_owned()).collect();
        assert_eq!(names, ["all-1.csv", "all-2.csv", "all-3.csv"]);
        assert_eq!(exported.left_out, BTreeSet::from(["externalId"]));
        let read = |file: &PathBuf| Rows::load(&RowSource::File(file.clone()), now, Duplicates::Refused).unwrap();
        assert_eq!(exported.files.iter().map(|file| read(file).good.len()).collect::<Vec<_>>(), [500, 500, 1]);
        let exported = export(&rows(3), &folder.join("all.json"), portal).unwrap();
        let back = read(&exported.files[0]);
        assert_eq!(back.good[2].draft.external_id.as_deref(), Some("x2"));
        assert_eq!(back.good[2].draft.description.as_deref(), Some("line\nline"));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_folder_that_is_not_there_is_told() {
        let format = ExportFormat { columns: Columns::All, rows_per_file: 0 };
        let report = export(&rows(1), Path::new("/nowhere/x.csv"), format).unwrap_err();
        assert_eq!(report.code, Code::IndicatorFileUnusable);
    }
}
