//! Reads indicators from JSON: an array, an object with the array in `value` or `Indicators` (what the API answers and
//! takes), or one object after the other.
//!
//! Only the object that is being read is held.

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufReader, Read};
use std::ops::ControlFlow;
use std::rc::Rc;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::source::source;
use super::{FileError, FileRow, LARGEST_ROW, RowError};
use crate::indicators::draft::IndicatorDraft;

/// Hands every indicator to `on_row`, which may end the reading.
///
/// # Errors
/// [`FileError`] when the file can't be read, or not any further. What was handed on before stays valid.
pub fn read_json<R: Read>(
    reader: R,
    mut on_row: impl FnMut(FileRow) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, FileError> {
    let meter = Rc::new(Meter::default());
    let metered = Metered { input: BufReader::with_capacity(64 * 1024, source(reader)?), meter: Rc::clone(&meter) };
    let mut deserializer = serde_json::Deserializer::from_reader(metered);
    let mut sink = Sink { on_row: &mut on_row, meter: &meter, is_stopped: false };
    loop {
        if deserializer.end().is_ok() {
            return Ok(ControlFlow::Continue(()));
        }
        match (Top { sink: &mut sink }).deserialize(&mut deserializer) {
            Ok(()) => {}
            Err(_) if sink.is_stopped => return Ok(ControlFlow::Break(())),
            Err(_) if meter.is_full() => return Err(FileError::RowTooLarge { line: meter.row_line.get() }),
            Err(error) if error.is_io() => return Err(FileError::Read(error.to_string())),
            Err(error) => {
                return Err(FileError::Json { line: error.line() as u64, message: error.to_string() });
            }
        }
    }
}

/// Where the reading is.
#[derive(Default)]
struct Meter {
    newlines: Cell<u64>,
    row_line: Cell<u64>,
    row_bytes: Cell<usize>,
}

impl Meter {
    fn line(&self) -> u64 {
        self.newlines.get() + 1
    }

    fn is_full(&self) -> bool {
        self.row_bytes.get() > LARGEST_ROW
    }

    fn begin_row(&self) {
        self.row_line.set(self.line());
        self.row_bytes.set(0);
    }
}

/// Counts what the parser takes, which is one byte at a time, and stops what can't be a row.
struct Metered<R> {
    input: R,
    meter: Rc<Meter>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.meter.is_full() {
            return Err(io::Error::other("too large"));
        }
        let read = self.input.read(buffer)?;
        let newlines = memchr::memchr_iter(b'\n', &buffer[..read]).count() as u64;
        self.meter.newlines.set(self.meter.newlines.get() + newlines);
        self.meter.row_bytes.set(self.meter.row_bytes.get() + read);
        Ok(read)
    }
}

struct Sink<'a> {
    on_row: &'a mut dyn FnMut(FileRow) -> ControlFlow<()>,
    meter: &'a Meter,
    is_stopped: bool,
}

impl Sink<'_> {
    fn row<E: Error>(&mut self, line: u64, draft: Result<IndicatorDraft, RowError>) -> Result<(), E> {
        let flow = (self.on_row)(FileRow { line, draft });
        self.meter.begin_row();
        if flow.is_break() {
            self.is_stopped = true;
            return Err(E::custom("no more is wanted"));
        }
        Ok(())
    }

    fn rows<'de, A: SeqAccess<'de>>(&mut self, mut list: A) -> Result<(), A::Error> {
        self.meter.begin_row();
        while let Some(raw) = list.next_element::<Box<RawValue>>()? {
            let own_newlines = memchr::memchr_iter(b'\n', raw.get().as_bytes()).count() as u64;
            let draft = IndicatorDraft::from_json(raw.get()).map_err(RowError::from);
            self.row(self.meter.line() - own_newlines, draft)?;
        }
        Ok(())
    }
}

/// One value of the file: a list, an envelope of one, or an indicator.
struct Top<'a, 'b> {
    sink: &'a mut Sink<'b>,
}

impl<'de> DeserializeSeed<'de> for Top<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Top<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an indicator or a list of them")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        self.sink.rows(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.sink.meter.begin_row();
        let line = self.sink.meter.line();
        let mut members = Vec::new();
        let mut has_list = false;
        while let Some(name) = map.next_key::<String>()? {
            if name.eq_ignore_ascii_case("value") || name.eq_ignore_ascii_case("Indicators") {
                has_list = true;
                map.next_value_seed(List { sink: self.sink })?;
            } else {
                members.push((name, map.next_value::<Box<RawValue>>()?));
            }
        }
        if has_list {
            return Ok(());
        }
        self.sink.row(line, IndicatorDraft::from_raw(&members).map_err(RowError::from))
    }
}

/// The list of an envelope.
struct List<'a, 'b> {
    sink: &'a mut Sink<'b>,
}

impl<'de> DeserializeSeed<'de> for List<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of indicators")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        self.sink.rows(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<(u64, String)>, Option<FileError>) {
        let mut rows = Vec::new();
        let end = read_json(text.as_bytes(), |row| {
            let value = row.draft.map_or_else(|error| error.to_string(), |draft| draft.indicator_value);
            rows.push((row.line, value));
            ControlFlow::Continue(())
        });
        (rows, end.err())
    }

    #[test]
    fn every_form_is_read_with_its_lines() {
        let expected = |lines: [u64; 2]| vec![(lines[0], "a".to_owned()), (lines[1], "b".to_owned())];
        for (text, lines) in [
            ("[{\"indicatorValue\":\"a\"},\n{\"indicatorValue\":\"b\"}]", [1, 2]),
            ("\u{feff}[\n  {\n\"indicatorValue\":\"a\"\n}\n,\n\n{\"indicatorValue\":\n\"b\"} ]\n", [2, 7]),
            ("{\"indicatorValue\":\"a\"}\r\n\r\n{\"IndicatorValue\":\"b\"}\r\n", [1, 3]),
            ("{\"@odata.context\":\"x\",\"value\":[{\"indicatorValue\":\"a\"}\n,{\"indicatorValue\":\"b\"}]}", [1, 2]),
            ("\n{\"Indicators\":[\n{\"indicatorValue\":\"a\"},{\"indicatorValue\":\"b\"}]}", [3, 3]),
        ] {
            assert_eq!(read(text), (expected(lines), None), "{text}");
        }
        for nothing in ["", " \n", "[]", "{\"value\":[]}"] {
            assert_eq!(read(nothing), (vec![], None), "{nothing}");
        }
    }

    #[test]
    fn a_wrong_row_does_not_end_the_file() {
        let (rows, end) =
            read("[{\"indicatorValue\":\"a\"},\n7,\n{\"generateAlert\":\"x\"},{\"indicatorValue\":\"b\"}]");
        assert_eq!((rows.len(), end), (4, None));
        assert!(rows[1].1.contains("not a JSON object"), "{}", rows[1].1);
        assert_eq!((rows[2].0, &*rows[2].1), (3, "generateAlert should be true or false, but is x"));
    }

    #[test]
    fn what_is_no_list_ends_the_file_after_its_right_rows() {
        for (text, rows, line) in [
            ("[{\"indicatorValue\":\"a\"},\n{\"x\":}]", 1, 2),
            ("[{\"indicatorValue\":\"a\"}", 1, 1),
            ("\"text\"", 0, 1),
            ("{\"value\":\"a\"}", 0, 1),
            ("indicatorType,indicatorValue\n", 0, 1),
        ] {
            let (found, end) = read(text);
            assert_eq!(found.len(), rows, "{text}");
            assert!(matches!(end, Some(FileError::Json { line: at, .. }) if at == line), "{text}: {end:?}");
        }
        assert_eq!(read_json(&b"\xFE\xFF\0["[..], |_| ControlFlow::Continue(())), Err(FileError::Utf16));
    }

    #[test]
    fn an_endless_row_is_refused() {
        let endless = b"[\n{\"title\":\"".chain(io::repeat(b'x'));
        let end = read_json(endless, |_| ControlFlow::Continue(()));
        assert!(matches!(end, Err(FileError::RowTooLarge { .. })), "{end:?}");
    }

    #[test]
    fn a_reader_that_has_enough_ends_the_file() {
        let endless = b"[".chain(io::Cursor::new(b"{\"indicatorValue\":\"a\"},".repeat(3))).chain(io::repeat(b'x'));
        let mut count = 0;
        let end = read_json(endless, |_| {
            count += 1;
            if count == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert_eq!((end, count), (Ok(ControlFlow::Break(())), 2));
    }
}
