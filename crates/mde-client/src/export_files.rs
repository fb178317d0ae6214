//! An export as files: links with a signature of their own, each to gzipped lines of JSON.
//!
//! The files are at another host than the API's: the bearer token never goes there, and a link's query, which is the
//! key to the file, is never shown.
//!
//! Source: learn.microsoft.com/defender-endpoint/api/get-assessment-software-vulnerabilities (export via files: one
//! object a line, links valid for an hour)

use std::io::Write;

use flate2::write::GzDecoder;
use mde_core::cloud::is_loopback;
use mde_core::http::{Call, Request, Response, RetryPolicy, TransportError, host_of, send};
use serde::Deserialize;
use tokio::time::Duration;
use url::Url;

use crate::connection::Connection;
use crate::endpoints::VULNERABILITY_FILES;
use crate::error::{self, DefenderError};
use crate::listing::{ListFailure, ListQuery, ListSummary, RecordSink, failure};
use crate::page::PageError;
use crate::raw_record::RawRecord;

const BATCH: usize = 500;
/// No right line is longer; without a limit, a wrong server could fill the memory with one.
const LONGEST_LINE: usize = 4 * 1024 * 1024;
const LARGEST_LIST: usize = 4 * 1024 * 1024;
/// How often a file that broke off is asked for again.
const FILE_TRIES: u32 = 3;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FilesBody {
    export_files: Vec<String>,
}

/// Streams the records of all files into the sink.
///
/// # Errors
/// [`ListFailure`] when they could not be had to their end.
pub async fn list_files(
    connection: &Connection,
    query: &ListQuery,
    sink: &mut dyn RecordSink<RawRecord>,
) -> Result<ListSummary, ListFailure> {
    let mut download =
        Download { connection, sink, left: query.first, to_skip: query.skip, summary: ListSummary::default() };
    match download.run(query).await {
        Ok(()) => Ok(download.summary),
        Err(error) => Err(failure(connection, &error, query.skip + download.summary.records)),
    }
}

struct Download<'a> {
    connection: &'a Connection,
    sink: &'a mut dyn RecordSink<RawRecord>,
    left: Option<u64>,
    to_skip: u64,
    summary: ListSummary,
}

impl Download<'_> {
    async fn run(&mut self, query: &ListQuery) -> Result<(), DefenderError> {
        if query.first == Some(0) {
            return Ok(());
        }
        let parameters: Vec<_> = query.parameters.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        let url = self.connection.url(VULNERABILITY_FILES.path, &parameters);
        let response = self.connection.get(&VULNERABILITY_FILES, &url).await?;
        let status = response.status;
        let body = response.bytes(LARGEST_LIST).await.map_err(DefenderError::Transport)?;
        let not_a_list = |_| DefenderError::Page { status, error: PageError::NotAPage };
        let FilesBody { export_files } = serde_json::from_slice(&body).map_err(not_a_list)?;
        let tenant = &self.connection.token_request.tenant;
        self.connection.observer.verbose(format!("tenant {tenant}: the export has {} files", export_files.len()));
        for link in &export_files {
            let url = Url::parse(link).ok().filter(|url| url.scheme() == "https" || is_loopback(url));
            let Some(url) = url else { return Err(DefenderError::FileLinkRefused) };
            if !self.file(&url).await? {
                break;
            }
        }
        Ok(())
    }

    /// One file. Whether more is wanted.
    async fn file(&mut self, url: &Url) -> Result<bool, DefenderError> {
        let mut handed_on = 0;
        let mut tries = 0;
        loop {
            tries += 1;
            self.summary.pages += 1;
            let response = ask(self.connection, url).await?;
            match self.lines(response, &mut handed_on).await {
                Err(error) if error.is_broken_off() && tries < FILE_TRIES => {
                    let tenant = &self.connection.token_request.tenant;
                    self.connection.observer.verbose(format!(
                        "tenant {tenant}: the file broke off after {handed_on} records; asking for it again"
                    ));
                }
                outcome => return outcome,
            }
        }
    }

    /// Hands on the file's lines but for the first `handed_on`. Whether more is wanted.
    async fn lines(&mut self, mut response: Response, handed_on: &mut u64) -> Result<bool, DefenderError> {
        let mut lines = Lines::default();
        let (mut batch, mut count) = (Vec::with_capacity(BATCH), 0);
        loop {
            let bytes = match response.chunk().await {
                Ok(bytes) => bytes,
                Err(error @ (TransportError::Lost { .. } | TransportError::TimedOut { .. })) => {
                    self.flush(&mut batch).await;
                    return Err(DefenderError::Transport(error));
                }
                Err(error) => return Err(DefenderError::Transport(error)),
            };
            let is_end = bytes.is_none();
            let status = response.status;
            let texts = lines.push(bytes.as_deref()).map_err(|error| DefenderError::Page { status, error })?;
            for json in texts {
                count += 1;
                if count <= *handed_on {
                    continue;
                }
                *handed_on += 1;
                if self.to_skip > 0 {
                    self.to_skip -= 1;
                    continue;
                }
                batch.push(RawRecord::new(json));
                self.left = self.left.map(|left| left - 1);
                if self.left == Some(0) {
                    self.flush(&mut batch).await;
                    return Ok(false);
                }
                if batch.len() >= BATCH && !self.flush(&mut batch).await {
                    return Ok(false);
                }
            }
            if is_end {
                return Ok(self.flush(&mut batch).await);
            }
        }
    }

    async fn flush(&mut self, batch: &mut Vec<RawRecord>) -> bool {
        if batch.is_empty() {
            return true;
        }
        self.summary.records += batch.len() as u64;
        self.sink.records(std::mem::take(batch)).await.is_continue()
    }
}

/// The file's response. The request carries no token: the link itself is the key.
async fn ask(connection: &Connection, url: &Url) -> Result<Response, DefenderError> {
    let policy = RetryPolicy { body: Duration::from_mins(30), ..connection.reading_policy() };
    let tenant = &connection.token_request.tenant;
    let purpose = format!("tenant {tenant}: a file of the export from {}", host_of(url));
    let call = Call {
        transport: connection.transport.as_ref(),
        policy: &policy,
        observer: connection.observer.as_ref(),
        purpose: &purpose,
        gate: None,
    };
    let response = send(call, || Request::get(url.clone())).await.map_err(DefenderError::Transport)?;
    if response.is_success() {
        return Ok(response);
    }
    let status = response.status;
    let mut refusal = error::refusal(status, &[], None);
    if let DefenderError::Refused { message, .. } = &mut refusal {
        *message = format!("{} did not give the file; its link may have expired", host_of(url));
    }
    Err(refusal)
}

/// Lines out of a file that may or may not be gzipped: some stores unpack what they send.
#[derive(Default)]
struct Lines {
    state: Encoding,
    unread: Vec<u8>,
}

#[derive(Default)]
enum Encoding {
    #[default]
    Unknown,
    Plain,
    Gzip(Box<GzDecoder<Vec<u8>>>),
}

impl Lines {
    /// Takes the next bytes, `None` at the end, and gives the lines that are whole.
    fn push(&mut self, bytes: Option<&[u8]>) -> Result<Vec<String>, PageError> {
        let Some(bytes) = bytes else { return self.end() };
        if bytes.is_empty() {
            return Ok(Vec::new());
        }
        if matches!(self.state, Encoding::Unknown) {
            // The first byte tells: no line of JSON begins like gzip does.
            self.state =
                if bytes[0] == 0x1f { Encoding::Gzip(Box::new(GzDecoder::new(Vec::new()))) } else { Encoding::Plain };
        }
        match &mut self.state {
            Encoding::Gzip(decoder) => {
                decoder.write_all(bytes).map_err(|_| PageError::NotAPage)?;
                self.unread.append(decoder.get_mut());
            }
            _ => self.unread.extend_from_slice(bytes),
        }
        self.cut()
    }

    fn end(&mut self) -> Result<Vec<String>, PageError> {
        if let Encoding::Gzip(decoder) = &mut self.state {
            // Its check sum is at the end: what broke off shows here.
            decoder.try_finish().map_err(|_| PageError::Truncated)?;
            self.unread.append(decoder.get_mut());
        }
        self.unread.push(b'\n');
        self.cut()
    }

    fn cut(&mut self) -> Result<Vec<String>, PageError> {
        let Some(end) = memchr::memrchr(b'\n', &self.unread) else {
            return if self.unread.len() > LONGEST_LINE { Err(PageError::TooLarge) } else { Ok(Vec::new()) };
        };
        let rest = self.unread.split_off(end + 1);
        let whole = std::mem::replace(&mut self.unread, rest);
        let lines = whole.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
        Ok(lines.map(|line| String::from_utf8_lossy(line).into_owned()).collect())
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const FILE: &str = "{\"a\":1}\n{\"a\":\"x\"}\r\n\n{\"a\":3}";

    fn read(file: &[u8], piece: usize) -> Result<Vec<String>, PageError> {
        let mut lines = Lines::default();
        let mut all = Vec::new();
        for bytes in file.chunks(piece) {
            all.extend(lines.push(Some(bytes))?);
        }
        all.extend(lines.push(None)?);
        Ok(all)
    }

    fn gzipped() -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(FILE.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn lines_come_out_gzipped_or_not_however_the_bytes_arrive() {
        for piece in [1, 2, 7, 1000] {
            for file in [FILE.as_bytes(), &gzipped()] {
                assert_eq!(read(file, piece).unwrap(), ["{\"a\":1}", "{\"a\":\"x\"}", "{\"a\":3}"], "{piece}");
            }
        }
    }

    #[test]
    fn a_file_that_broke_off_is_noticed() {
        let file = gzipped();
        assert_eq!(read(&file[..file.len() - 6], 5), Err(PageError::Truncated));
    }

    #[test]
    fn one_endless_line_is_refused() {
        assert_eq!(read(&vec![b'x'; LONGEST_LINE + 2], 65_536), Err(PageError::TooLarge));
    }
}
