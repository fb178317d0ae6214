//! A server that answers one request after the other as a script says, and tells what was asked otherwise.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::case::filled;

/// One request that is expected, and its answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// What the request has to contain, without regard to case.
    expected: Vec<String>,
    /// A status, `hang` or `reset`.
    status: String,
    headers: Vec<String>,
    pub body: String,
}

impl Reply {
    /// Lines that begin with `>` are expected of the request; the first with `<` is the status, the others are headers;
    /// what follows an empty line is the body.
    pub(crate) fn parse(block: &str, words: &HashMap<String, String>) -> Option<Self> {
        let (head, body) = block.split_once("\n\n").unwrap_or((block, ""));
        let of = |mark: char| head.lines().filter_map(move |line| Some(line.strip_prefix(mark)?.trim().to_owned()));
        let mut answer = of('<');
        Some(Self {
            expected: of('>').collect(),
            status: answer.next()?,
            headers: answer.collect(),
            body: filled(body.strip_suffix('\n').unwrap_or(body), words),
        })
    }

    fn bytes(&self) -> Vec<u8> {
        let headers: String = self.headers.iter().flat_map(|header| [header.as_str(), "\r\n"]).collect();
        let Self { status, body, .. } = self;
        let length = body.len();
        format!("HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}")
            .into_bytes()
    }
}

#[derive(Default, Debug)]
struct Seen {
    requests: Vec<String>,
    mismatches: Vec<String>,
}

/// The server; it ends when it is dropped. The last reply answers all further requests.
#[derive(Debug)]
pub struct ScriptedServer {
    pub url: String,
    replies: Arc<Mutex<Vec<Reply>>>,
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

impl ScriptedServer {
    pub async fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (replies, seen) = (Arc::new(Mutex::new(replies)), Arc::<Mutex<Seen>>::default());
        let (script, log) = (Arc::clone(&replies), Arc::clone(&seen));
        let task = tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let (script, log) = (Arc::clone(&script), Arc::clone(&log));
                tokio::spawn(async move {
                    let mut buffer = vec![0; 64 * 1024];
                    let Ok(length) = socket.read(&mut buffer).await else { return };
                    let request = String::from_utf8_lossy(&buffer[..length]).into_owned();
                    let Some(reply) = choose(&script, &log, request) else { return };
                    match reply.status.as_str() {
                        "hang" => std::future::pending().await,
                        "reset" => {}
                        _ => {
                            let _ = socket.write_all(&reply.bytes()).await;
                            let _ = socket.shutdown().await;
                        }
                    }
                });
            }
        });
        Self { url, replies, seen, task }
    }

    /// Replaces words in what is expected and answered.
    pub(crate) fn fill(&self, words: &HashMap<String, String>) {
        for reply in self.replies.lock().unwrap().iter_mut() {
            for line in reply.expected.iter_mut().chain(&mut reply.headers) {
                *line = filled(line, words);
            }
        }
    }

    pub fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().requests.clone()
    }

    pub fn mismatches(&self) -> Vec<String> {
        self.seen.lock().unwrap().mismatches.clone()
    }
}

fn choose(script: &Mutex<Vec<Reply>>, log: &Mutex<Seen>, request: String) -> Option<Reply> {
    let (replies, mut seen) = (script.lock().unwrap(), log.lock().unwrap());
    let reply = replies.get(seen.requests.len()).or(replies.last()).cloned();
    let lower = request.to_lowercase();
    let expected = reply.iter().flat_map(|reply| &reply.expected);
    let missing = expected.filter(|line| !lower.contains(&line.to_lowercase()));
    let missing: Vec<_> = missing.map(|line| format!("the request lacks '{line}': {request}")).collect();
    seen.mismatches.extend(missing);
    if reply.is_none() {
        seen.mismatches.push(format!("a request that nobody expected: {request}"));
    }
    seen.requests.push(request);
    reply
}

impl Drop for ScriptedServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}
