//! A server with one answer, for replies that no right server gives.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The answer to every request.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    pub body: String,
    pub challenge: String,
}

/// The server; it ends when it is dropped.
#[derive(Debug)]
pub struct Stub {
    pub url: String,
    requests: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Stub {
    pub async fn answering(status: u16, content_type: &'static str, body: impl Into<String>) -> Self {
        Self::start(Answer { status, content_type, body: body.into(), challenge: String::new() }).await
    }

    /// Answers 401 with this `WWW-Authenticate`.
    pub async fn challenging(challenge: &str) -> Self {
        let answer =
            Answer { status: 401, content_type: "text/plain", body: String::new(), challenge: challenge.to_owned() };
        Self::start(answer).await
    }

    async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let seen = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let (answer, seen) = (answer.clone(), Arc::clone(&seen));
                tokio::spawn(async move {
                    let mut request = [0; 16 * 1024];
                    let Ok(length) = socket.read(&mut request).await else { return };
                    seen.lock().unwrap().push(String::from_utf8_lossy(&request[..length]).into_owned());
                    let Answer { status, content_type, body, challenge } = answer;
                    let challenge =
                        if challenge.is_empty() { challenge } else { format!("www-authenticate: {challenge}\r\n") };
                    let head = format!(
                        "HTTP/1.1 {status} X\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n{challenge}connection: close\r\n\r\n",
                        body.len()
                    );
                    let _ = socket.write_all(format!("{head}{body}").as_bytes()).await;
                    let _ = socket.shutdown().await;
                });
            }
        });
        Self { url, requests, task }
    }
}

impl Stub {
    /// The requests so far, as they came over the wire.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.task.abort();
    }
}
