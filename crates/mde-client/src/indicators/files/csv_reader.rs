//! Reads the CSV that Defender's portal imports.
//!
//! Source: learn.microsoft.com/defender-endpoint/indicator-manage#import-a-list-of-iocs. Beside the portal's columns, those
//! of the API's other properties are read (`application`, `educateUrl`, `externalId`, and `rbacGroupNames` as another name of
//! `rbacGroups`). An empty cell leaves a property as it is.

use std::io::{BufRead, BufReader, ErrorKind, Read};

use csv_core::{ReadRecordResult, Reader};

use super::source::{Source, source};
use super::{FileError, FileRow, LARGEST_ROW, RowError};
use crate::indicators::draft::{IndicatorDraft, REQUIRED, split_list};
use crate::indicators::json;
use crate::indicators::property::Property;
use crate::indicators::record::ExtraProperty;

/// Reads row after row. It ends after the first [`FileError`].
pub struct CsvReader<R> {
    records: Records<R>,
    header: Vec<(String, Column)>,
    has_ended: bool,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Property(Property),
    Category,
    MitreTechniques,
    Ignored,
}

impl Column {
    fn from_name(name: &str) -> Self {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        match Property::from_name(name) {
            Some(property) => Self::Property(property),
            None if is("rbacGroups") => Self::Property(Property::RbacGroupNames),
            None if is("category") => Self::Category,
            None if is("mitretechniques") => Self::MitreTechniques,
            None => Self::Ignored,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Property(Property::RbacGroupNames) => "rbacGroups",
            Self::Property(property) => property.name(),
            Self::Category => "category",
            Self::MitreTechniques => "mitretechniques",
            Self::Ignored => "",
        }
    }
}

impl<R: Read> CsvReader<R> {
    /// Reads the header: names in any order and letter case.
    ///
    /// # Errors
    /// [`FileError`] when there is none, or it lacks a required column or has one twice.
    pub fn new(reader: R) -> Result<Self, FileError> {
        let mut records = Records::new(source(reader)?);
        if records.read()?.is_none() {
            return Err(FileError::Empty);
        }
        let names = records.fields().map(|name| String::from_utf8_lossy(name).trim().to_owned());
        let header: Vec<_> = names.map(|name| (name.clone(), Column::from_name(&name))).collect();
        let columns: Vec<_> = header.iter().map(|(_, column)| *column).collect();
        let missing: Vec<_> =
            REQUIRED.into_iter().filter(|property| !columns.contains(&Column::Property(*property))).collect();
        if !missing.is_empty() {
            let missing = missing.into_iter().map(Property::name).collect();
            return Err(FileError::MissingColumns {
                missing,
                found: header.into_iter().map(|(name, _)| name).collect(),
            });
        }
        let is_twice =
            |(position, column): (usize, &Column)| *column != Column::Ignored && columns[..position].contains(column);
        if let Some(position) = (0..columns.len()).find(|position| is_twice((*position, &columns[*position]))) {
            return Err(FileError::DuplicateColumn(columns[position].name()));
        }
        Ok(Self { records, header, has_ended: false })
    }

    /// The columns that mean nothing here, for a warning.
    pub fn ignored_columns(&self) -> impl Iterator<Item = &str> {
        let ignored = self.header.iter().filter(|(name, column)| *column == Column::Ignored && !name.is_empty());
        ignored.map(|(name, _)| name.as_str())
    }

    fn draft(&self) -> Result<IndicatorDraft, RowError> {
        let mut draft = IndicatorDraft::default();
        for (position, field) in self.records.fields().enumerate() {
            let Some((name, column)) = self.header.get(position) else {
                if field.trim_ascii().is_empty() {
                    continue;
                }
                return Err(RowError::TooManyFields { columns: self.header.len(), found: self.records.count });
            };
            let text = std::str::from_utf8(field).map_err(|_| RowError::Encoding { column: name.clone() })?;
            if text.trim().is_empty() {
                continue;
            }
            let mut extra = |json| {
                draft.additional_properties.push(ExtraProperty { name: wire_name(*column).to_owned(), json });
            };
            match column {
                Column::Property(property) => draft.set_text(*property, text)?,
                Column::Category => extra(json::scalar(text.trim())),
                Column::MitreTechniques => extra(json::array(&split_list(text))),
                Column::Ignored => {}
            }
        }
        Ok(draft)
    }
}

/// The API's name of a column whose spelling is the portal's own.
fn wire_name(column: Column) -> &'static str {
    if column == Column::MitreTechniques { "mitreTechniques" } else { column.name() }
}

impl<R: Read> Iterator for CsvReader<R> {
    type Item = Result<FileRow, FileError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.has_ended {
            match self.records.read() {
                Ok(Some(_)) if self.records.is_blank() => {}
                Ok(Some(line)) => return Some(Ok(FileRow { line, draft: self.draft() })),
                Ok(None) => self.has_ended = true,
                Err(error) => {
                    self.has_ended = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

/// The fields of one record at a time, and the line in which it begins.
struct Records<R> {
    input: BufReader<Source<R>>,
    parser: Reader,
    line: u64,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    count: usize,
}

impl<R: Read> Records<R> {
    fn new(source: Source<R>) -> Self {
        let input = BufReader::with_capacity(64 * 1024, source);
        Self { input, parser: Reader::new(), line: 1, bytes: vec![0; 4096], ends: vec![0; 32], count: 0 }
    }

    fn fields(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends[..self.count]).map(|(start, end)| &self.bytes[start..*end])
    }

    fn is_blank(&self) -> bool {
        self.fields().all(|field| field.trim_ascii().is_empty())
    }

    /// Reads the next record; its line, or nothing at the end.
    fn read(&mut self) -> Result<Option<u64>, FileError> {
        if !self.skip_line_ends()? {
            return Ok(None);
        }
        let start = self.line;
        let (mut length, mut count) = (0, 0);
        loop {
            let input = fill(&mut self.input)?;
            let is_end = input.is_empty();
            // A line end closes the last record, unless it is inside of quotes.
            let input = if is_end { b"\n" } else { input };
            let (result, read, written, ended) =
                self.parser.read_record(input, &mut self.bytes[length..], &mut self.ends[count..]);
            length += written;
            count += ended;
            if !is_end {
                self.line += memchr::memchr_iter(b'\n', &input[..read]).count() as u64;
                self.input.consume(read);
            }
            match result {
                ReadRecordResult::Record => {
                    self.count = count;
                    return Ok(Some(start));
                }
                ReadRecordResult::InputEmpty if is_end => return Err(FileError::OpenQuote { line: start }),
                ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull
                    if self.bytes.len() >= LARGEST_ROW || self.ends.len() >= LARGEST_ROW =>
                {
                    return Err(FileError::RowTooLarge { line: start });
                }
                ReadRecordResult::OutputFull => self.bytes.resize(self.bytes.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
            }
        }
    }

    /// Goes to the first byte of the next line that is not empty; false when there is none.
    fn skip_line_ends(&mut self) -> Result<bool, FileError> {
        loop {
            let input = fill(&mut self.input)?;
            if input.is_empty() {
                return Ok(false);
            }
            let skipped = input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            let is_there = skipped < input.len();
            self.line += memchr::memchr_iter(b'\n', &input[..skipped]).count() as u64;
            self.input.consume(skipped);
            if is_there {
                return Ok(true);
            }
        }
    }
}

fn fill<R: BufRead>(input: &mut R) -> Result<&[u8], FileError> {
    loop {
        match input.fill_buf() {
            Ok(_) => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    // The bytes are buffered by now; a second look is free and lets the borrow end with the loop.
    Ok(input.fill_buf()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "indicatorType,indicatorValue,action,title,description,expirationTime,severity,\
        recommendedActions,rbacGroups,category,mitretechniques,GenerateAlert";

    /// Gives a few bytes at a time, as a pipe may.
    struct Trickle<'a>(&'a [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let length = self.1.min(self.0.len()).min(buffer.len());
            buffer[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }

    fn rows(text: &str) -> Vec<FileRow> {
        let whole: Vec<_> = CsvReader::new(text.as_bytes()).unwrap().map(Result::unwrap).collect();
        for piece in [1, 3] {
            let pieces: Vec<_> = CsvReader::new(Trickle(text.as_bytes(), piece)).unwrap().map(Result::unwrap).collect();
            assert_eq!(pieces, whole);
        }
        whole
    }

    #[test]
    fn the_portals_columns_are_read() {
        let text = format!(
            "{HEADER}\nDomainName,example.com,Block,Title,\"What, why\",2027-01-31T00:00:00.0Z,High,Look,\"a, b\",\
             Malware,\"T1059,T1003\",TRUE\n"
        );
        let row = rows(&text).remove(0);
        let draft = row.draft.unwrap();
        assert_eq!(row.line, 2);
        assert_eq!(draft.description.as_deref(), Some("What, why"));
        assert_eq!(draft.expiration_time.unwrap().to_string(), "2027-01-31T00:00:00Z");
        assert_eq!((draft.rbac_group_names.len(), draft.generate_alert), (2, Some(true)));
        let kept: Vec<_> = draft.additional_properties.iter().map(|extra| (&*extra.name, &*extra.json)).collect();
        assert_eq!(kept, [("category", "\"Malware\""), ("mitreTechniques", r#"["T1059","T1003"]"#)]);
        assert!(draft.cleared.is_empty());
    }

    #[test]
    fn order_case_mark_line_ends_and_blank_lines_do_not_matter() {
        for end in ["\n", "\r\n"] {
            let lines = [
                "\u{feff}TITLE,description,Action, IndicatorValue ,indicatortype,externalId,severity",
                "",
                "\"a \"\"b\"\"",
                "c\",d,Warn,https://example.com,Url,feed:1,",
                "",
                ",,,,,,",
                "  ",
                "t,d,Block,192.0.2.1,IpAddress",
            ];
            let found = rows(&lines.join(end));
            assert_eq!(found.iter().map(|row| row.line).collect::<Vec<_>>(), [3, 8], "{end:?}");
            let first = found[0].draft.clone().unwrap();
            assert_eq!(first.title, Some(format!("a \"b\"{end}c")));
            assert_eq!((first.external_id.as_deref(), first.severity), (Some("feed:1"), None));
            assert_eq!(found[1].draft.clone().unwrap().indicator_value, "192.0.2.1");
        }
    }

    #[test]
    fn missing_columns_are_named_together() {
        let error = CsvReader::new("action,title,foo\n1,2,3".as_bytes()).err().unwrap();
        assert_eq!(error.to_string(), "the header lacks indicatorValue, indicatorType, description");
        assert!(error.remedy().contains("description"));
        for (text, expected) in [("", FileError::Empty), ("\n\n", FileError::Empty)] {
            assert_eq!(CsvReader::new(text.as_bytes()).err(), Some(expected));
        }
        let twice = format!("{HEADER},rbacGroupNames");
        assert_eq!(CsvReader::new(twice.as_bytes()).err(), Some(FileError::DuplicateColumn("rbacGroups")));
        assert_eq!(CsvReader::new(&b"\xFF\xFEa\0"[..]).err(), Some(FileError::Utf16));
    }

    #[test]
    fn other_columns_are_ignored_but_named() {
        let text = format!("Notes,{HEADER},,Owner\nsecret,Url,https://example.com,Block,t,d\n");
        let reader = CsvReader::new(text.as_bytes()).unwrap();
        assert_eq!(reader.ignored_columns().collect::<Vec<_>>(), ["Notes", "Owner"]);
        assert_eq!(reader.map(Result::unwrap).next().unwrap().draft.unwrap().action, "Block");
    }

    #[test]
    fn a_wrong_row_does_not_end_the_file() {
        let mut text = format!("{HEADER}\nUrl,https://example.com,Block,t,d,tomorrow\n").into_bytes();
        text.extend_from_slice(
            b"Url,https://example.com,Block,caf\xE9,d\nUrl,a,Block,t,d,,,,,,,true,more\nUrl,b,Block,t,d\n",
        );
        let found: Vec<_> = CsvReader::new(&text[..]).unwrap().map(Result::unwrap).collect();
        assert!(matches!(found[0].draft, Err(RowError::Draft(_))));
        assert_eq!(found[1].draft, Err(RowError::Encoding { column: "title".into() }));
        assert_eq!(found[2].draft, Err(RowError::TooManyFields { columns: 12, found: 13 }));
        assert_eq!((found[3].line, found[3].draft.is_ok()), (5, true));
    }

    #[test]
    fn an_open_quote_is_found_wherever_the_file_ends() {
        let text = format!("{HEADER}\nUrl,a,Block,t,d\nUrl,b,Block,\"t,d\nUrl,c,Block,t,d\n");
        let found: Vec<_> = CsvReader::new(text.as_bytes()).unwrap().collect();
        assert_eq!(found.len(), 2);
        assert_eq!(found[1], Err(FileError::OpenQuote { line: 3 }));
        let endless = format!("{HEADER}\nUrl,b,Block,\"").into_bytes();
        let endless = std::io::Cursor::new(endless).chain(std::io::repeat(b'x'));
        let found: Vec<_> = CsvReader::new(endless).unwrap().collect();
        assert_eq!(found, [Err(FileError::RowTooLarge { line: 2 })]);
    }

    #[test]
    fn large_rows_are_whole_and_many_rows_take_no_more_room() {
        let (text, ignored) = ("é\"\"".repeat(20_000), ",x".repeat(100));
        let row = format!("Url,a,Block,\"{text}\",d,,,,,,,{ignored}\n");
        let file = format!("{HEADER}{ignored}\n{row}Url,b,Block,t,d\n");
        let found = rows(&file);
        assert_eq!(found[0].draft.clone().unwrap().title, Some("é\"".repeat(20_000)));
        assert_eq!(found[1].draft.clone().unwrap().indicator_value, "b");

        let row = b"Url,https://example.com,Block,t,\"d\nd\"\n";
        let many = std::io::Cursor::new(HEADER).chain(&b"\n"[..]).chain(std::io::Cursor::new(row.repeat(50_000)));
        let mut reader = CsvReader::new(many).unwrap();
        assert_eq!(reader.by_ref().map(Result::unwrap).last().map(|row| row.line), Some(100_000));
        assert_eq!((reader.records.bytes.len(), reader.records.ends.len()), (4096, 32));
    }

    #[test]
    fn any_bytes_have_an_answer() {
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        for _ in 0..2_000 {
            let mut text = format!("{HEADER}\n").into_bytes();
            for _ in 0..60 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                text.push(b",\"\r\n a\xFFtrue01:-"[usize::try_from(state % 15).unwrap()]);
            }
            assert!(CsvReader::new(&text[..]).unwrap().count() < 60);
        }
    }
}
