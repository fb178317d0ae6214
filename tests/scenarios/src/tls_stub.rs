//! A server with one answer and a certificate that nobody issued: it can be known by its thumbprint only.

use std::fmt::Write;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// The server; it ends when it is dropped.
#[derive(Debug)]
pub struct TlsStub {
    pub url: String,
    /// SHA-1 of the certificate, in upper case.
    pub thumbprint: String,
    task: JoinHandle<()>,
}

impl TlsStub {
    pub async fn answering(body: String) -> Self {
        let made = rcgen::generate_simple_self_signed(["fabric.node".to_owned()]).unwrap();
        let certificate = made.cert.der().clone();
        let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &certificate);
        let thumbprint = digest.as_ref().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02X}");
            text
        });
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let Ok(mut socket) = acceptor.accept(socket).await else { continue };
                let mut request = [0; 16 * 1024];
                let Ok(length) = socket.read(&mut request).await else { continue };
                let is_known = String::from_utf8_lossy(&request[..length]).contains("secret: MDEFICCANARY\r\n");
                let status = if is_known { "200 OK" } else { "401 Unauthorized" };
                let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                let _ = socket.write_all(format!("{head}{body}").as_bytes()).await;
                let _ = socket.shutdown().await;
            }
        });
        Self { url, thumbprint, task }
    }
}

impl Drop for TlsStub {
    fn drop(&mut self) {
        self.task.abort();
    }
}
