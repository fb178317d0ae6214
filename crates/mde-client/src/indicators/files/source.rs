//! The bytes of a file, whatever mark they begin with.

use std::io::{Chain, Cursor, ErrorKind, Read};

use super::FileError;

/// The file's bytes without the UTF-8 mark that Excel and Windows PowerShell put before them.
pub(super) type Source<R> = Chain<Cursor<Vec<u8>>, R>;

/// Looks at the first bytes.
///
/// # Errors
/// [`FileError::Utf16`] when they say so, [`FileError::Read`] when they can't be had.
pub(super) fn source<R: Read>(mut reader: R) -> Result<Source<R>, FileError> {
    let mut first = Vec::with_capacity(3);
    while first.len() < 3 {
        let mut byte = [0];
        match reader.read(&mut byte) {
            Ok(0) => break,
            Ok(_) => first.push(byte[0]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    if first.starts_with(&[0xFF, 0xFE]) || first.starts_with(&[0xFE, 0xFF]) {
        return Err(FileError::Utf16);
    }
    if first == [0xEF, 0xBB, 0xBF] {
        first.clear();
    }
    Ok(Cursor::new(first).chain(reader))
}
