//! A page of a list, cut into its records while its bytes arrive.
//!
//! OData answers `{"@odata.context":…,"value":[{…},{…}],"@odata.nextLink":"…"}`, up to 10,000 records and some ten
//! megabytes of it. Only the record that is being received is held: each goes on as soon as its last byte is there.

use std::ops::ControlFlow;

/// No right record is larger; without a limit, a wrong server could fill the memory with one.
const LARGEST_PIECE: usize = 4 * 1024 * 1024;

/// What a page turned out not to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// Not JSON, or another JSON.
    #[error("the body is not a page of a list")]
    NotAPage,
    /// One record is larger than any can be.
    #[error("one record has more than {LARGEST_PIECE} bytes")]
    TooLarge,
    /// The body ended before the page did.
    #[error("the body broke off before its end")]
    Truncated,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    Object,
    KeyOrEnd,
    Key,
    Colon,
    Value,
    Skipped,
    CommaOrEnd,
    ElementOrEnd,
    Element,
    InElement,
    ElementCommaOrEnd,
    Nothing,
}

/// Cuts a page into records. Feed it with [`Self::push`], close it with [`Self::finish`].
#[derive(Debug)]
pub(crate) struct PageSplitter {
    list: &'static [u8],
    buffer: Vec<u8>,
    position: usize,
    start: usize,
    expect: Expect,
    depth: usize,
    in_string: bool,
    key: Vec<u8>,
    next_link: Option<String>,
    has_list: bool,
}

impl Default for PageSplitter {
    fn default() -> Self {
        Self::of("value")
    }
}

impl PageSplitter {
    /// For pages whose list has this name.
    pub(crate) fn of(list: &'static str) -> Self {
        Self {
            list: list.as_bytes(),
            buffer: Vec::new(),
            position: 0,
            start: 0,
            expect: Expect::Object,
            depth: 0,
            in_string: false,
            key: Vec::new(),
            next_link: None,
            has_list: false,
        }
    }

    /// Takes the next bytes and hands every record that is complete to `on_record`, which may end the page.
    ///
    /// # Errors
    /// [`PageError`] as soon as the bytes can't be a page.
    pub(crate) fn push(
        &mut self,
        bytes: &[u8],
        mut on_record: impl FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, PageError> {
        self.buffer.extend_from_slice(bytes);
        while self.position < self.buffer.len() {
            if self.expect == Expect::InElement || self.expect == Expect::Skipped {
                if !self.scan_value()? {
                    break;
                }
                let piece = &self.buffer[self.start..self.position];
                if self.expect == Expect::InElement {
                    self.expect = Expect::ElementCommaOrEnd;
                    if on_record(piece).is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                } else {
                    if self.key == b"@odata.nextLink" {
                        self.next_link = serde_json::from_slice(piece).unwrap_or_default();
                    }
                    self.expect = Expect::CommaOrEnd;
                }
                continue;
            }
            self.step()?;
        }
        self.compact()?;
        Ok(ControlFlow::Continue(()))
    }

    /// Whether the list of the page has begun.
    pub(crate) fn has_list(&self) -> bool {
        self.has_list
    }

    /// Closes the page.
    ///
    /// # Errors
    /// [`PageError::Truncated`] when its end has not come, [`PageError::NotAPage`] when it had no list.
    pub(crate) fn finish(self) -> Result<Option<String>, PageError> {
        match self.expect {
            Expect::Nothing if self.has_list => Ok(self.next_link.filter(|link| !link.is_empty())),
            Expect::Nothing | Expect::Object => Err(PageError::NotAPage),
            _ => Err(PageError::Truncated),
        }
    }

    /// One byte outside of records and skipped values.
    fn step(&mut self) -> Result<(), PageError> {
        let byte = self.buffer[self.position];
        if self.expect == Expect::Key && self.in_string {
            return self.key_byte(byte);
        }
        if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
            self.position += 1;
            return Ok(());
        }
        self.expect = match (self.expect, byte) {
            // A byte order mark before the page.
            (Expect::Object, 0xEF | 0xBB | 0xBF) => Expect::Object,
            (Expect::Object, b'{') => Expect::KeyOrEnd,
            (Expect::KeyOrEnd | Expect::Key, b'"') => {
                self.in_string = true;
                self.key.clear();
                Expect::Key
            }
            (Expect::KeyOrEnd | Expect::CommaOrEnd, b'}') => Expect::Nothing,
            (Expect::Colon, b':') => Expect::Value,
            (Expect::Value, b'[') if self.key == self.list => {
                self.has_list = true;
                Expect::ElementOrEnd
            }
            (Expect::Value, _) => return self.begin(Expect::Skipped, byte),
            (Expect::CommaOrEnd, b',') => Expect::Key,
            (Expect::ElementOrEnd | Expect::ElementCommaOrEnd, b']') => Expect::CommaOrEnd,
            (Expect::ElementCommaOrEnd, b',') => Expect::Element,
            (Expect::ElementOrEnd | Expect::Element, b'{') => return self.begin(Expect::InElement, byte),
            _ => return Err(PageError::NotAPage),
        };
        self.position += 1;
        Ok(())
    }

    fn key_byte(&mut self, byte: u8) -> Result<(), PageError> {
        self.position += 1;
        match byte {
            b'"' => {
                self.in_string = false;
                self.expect = Expect::Colon;
            }
            // No key of a page needs an escape; a longer key than this is none of ours either.
            _ if self.key.len() < 128 => self.key.push(byte),
            _ => return Err(PageError::NotAPage),
        }
        Ok(())
    }

    fn begin(&mut self, expect: Expect, byte: u8) -> Result<(), PageError> {
        if matches!(byte, b',' | b':' | b']' | b'}') {
            return Err(PageError::NotAPage);
        }
        self.expect = expect;
        self.start = self.position;
        self.depth = 0;
        self.in_string = false;
        Ok(())
    }

    /// Moves to the end of the value that has begun; false when the end has not come yet.
    fn scan_value(&mut self) -> Result<bool, PageError> {
        let buffer = &self.buffer;
        let mut position = self.position;
        while position < buffer.len() {
            if self.in_string {
                match memchr::memchr2(b'"', b'\\', &buffer[position..]) {
                    None => position = buffer.len(),
                    Some(offset) if buffer[position + offset] == b'\\' => {
                        if position + offset + 1 >= buffer.len() {
                            // The escaped byte is not there yet: look at the backslash again then.
                            self.position = position + offset;
                            return self.check_size();
                        }
                        position += offset + 2;
                    }
                    Some(offset) => {
                        position += offset + 1;
                        self.in_string = false;
                        if self.depth == 0 {
                            self.position = position;
                            return Ok(true);
                        }
                    }
                }
                continue;
            }
            match buffer[position] {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth > 0 => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        self.position = position + 1;
                        return Ok(true);
                    }
                }
                // The end of a number or a word, which belongs to what follows.
                b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n' if self.depth == 0 => {
                    self.position = position;
                    return Ok(true);
                }
                _ => {}
            }
            position += 1;
        }
        self.position = position;
        self.check_size()
    }

    fn check_size(&self) -> Result<bool, PageError> {
        if self.position - self.start > LARGEST_PIECE { Err(PageError::TooLarge) } else { Ok(false) }
    }

    /// Forgets what has been handed on.
    fn compact(&mut self) -> Result<(), PageError> {
        let is_inside = matches!(self.expect, Expect::InElement | Expect::Skipped);
        let keep_from = if is_inside { self.start } else { self.position };
        self.buffer.drain(..keep_from);
        self.position -= keep_from;
        self.start = 0;
        if self.buffer.len() > LARGEST_PIECE { Err(PageError::TooLarge) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(body: &str, piece: usize) -> (Vec<String>, Result<Option<String>, PageError>) {
        let mut splitter = PageSplitter::default();
        let mut records = Vec::new();
        for bytes in body.as_bytes().chunks(piece) {
            let pushed = splitter.push(bytes, |record| {
                records.push(String::from_utf8(record.to_vec()).unwrap());
                ControlFlow::Continue(())
            });
            if let Err(error) = pushed {
                return (records, Err(error));
            }
        }
        (records, splitter.finish())
    }

    const PAGE: &str = "\u{feff} {\"@odata.context\":\"https://x/$metadata#Indicators\",\"value\":[{\"a\":\"}]\\\\\\\"{\"} , \
        {\"b\":[1,{\"c\":null}]},{}],\"@odata.count\": 3 ,\"@odata.nextLink\":\"https://x/?a=1\\u00262\"}";

    #[test]
    fn records_are_cut_however_the_bytes_arrive() {
        for piece in [1, 2, 3, 5, 7, 64, 100_000] {
            let (records, link) = split(PAGE, piece);
            assert_eq!(records, [r#"{"a":"}]\\\"{"}"#, r#"{"b":[1,{"c":null}]}"#, "{}"], "{piece}");
            assert_eq!(link, Ok(Some("https://x/?a=1&2".to_owned())), "{piece}");
        }
    }

    #[test]
    fn the_link_may_come_first_and_be_null() {
        assert_eq!(split(r#"{"@odata.nextLink":"l","value":[]}"#, 4), (vec![], Ok(Some("l".to_owned()))));
        assert_eq!(split(r#"{"value":[],"@odata.nextLink":null}"#, 4), (vec![], Ok(None)));
    }

    #[test]
    fn a_broken_page_keeps_its_whole_records() {
        let (records, end) = split(&PAGE[..90], 8);
        assert_eq!((records.len(), end), (1, Err(PageError::Truncated)));
        assert_eq!(split("", 1).1, Err(PageError::NotAPage));
    }

    #[test]
    fn what_is_no_page_is_refused() {
        for body in [
            "<html></html>",
            "[]",
            "null",
            r#"{"error":{"code":"x"}}"#,
            r#"{"value":{}}"#,
            r#"{"value":[1]}"#,
            r#"{"value":[{}{}]}"#,
            r#"{"value":[]} {"value":[]}"#,
            r#"{"value":[,]}"#,
            r#"{"a":,"value":[]}"#,
        ] {
            assert_eq!(split(body, 3).1, Err(PageError::NotAPage), "{body}");
        }
    }

    #[test]
    fn one_endless_record_is_refused() {
        let body = format!(r#"{{"value":[{{"a":"{}"#, "x".repeat(LARGEST_PIECE + 10));
        assert_eq!(split(&body, 65_536).1, Err(PageError::TooLarge));
    }

    #[test]
    fn a_reader_that_has_enough_ends_the_page() {
        let mut splitter = PageSplitter::default();
        let mut count = 0;
        let flow = splitter.push(PAGE.as_bytes(), |_| {
            count += 1;
            ControlFlow::Break(())
        });
        assert_eq!((flow, count), (Ok(ControlFlow::Break(())), 1));
    }
}
