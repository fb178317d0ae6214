//! The transport over reqwest: rustls with ring, the platform's trust store, no redirects, proxies as the
//! environment names them.
//!
//! There are two kinds of connection pool: one for endpoints on this machine and its link, which never uses a proxy
//! nor needs a certificate, and one per proxy setting for Entra and Defender. The second loads the trust store, which
//! takes a while, and so is made when it is first needed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures_util::TryStreamExt;
use reqwest::{Client, ClientBuilder, NoProxy, Proxy};
use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls_platform_verifier::Verifier;
use tokio::time::{Duration, Instant};

use super::thumbprint::{PinnedVerifier, Thumbprint};
use super::{Request, Response, Transport, TransportError, host_of};
use crate::Environment;
use crate::cloud::is_local;
use crate::errors::InputError;

/// How connections are made.
#[derive(Debug, Clone, Default)]
pub struct TransportOptions {
    /// Certificates to trust beside the platform's own, in DER.
    pub extra_roots: Vec<Vec<u8>>,
}

impl TransportOptions {
    fn verifier(&self) -> Result<Verifier, rustls::Error> {
        let provider = Arc::new(ring::default_provider());
        // Windows checks roots of our own with a second chain engine, which need not be made for none.
        if self.extra_roots.is_empty() {
            return Verifier::new(provider);
        }
        let roots = self.extra_roots.iter().map(|der| CertificateDer::from(der.clone()));
        Verifier::new_with_extra_roots(roots, provider)
    }
}

/// The connection pools of a process.
pub struct HttpTransports {
    options: TransportOptions,
    local: Client,
    services: Mutex<HashMap<ProxySettings, Client>>,
    pinned: Mutex<HashMap<Thumbprint, Client>>,
}

impl HttpTransports {
    /// Makes the pool for local endpoints; the others follow when they are needed.
    ///
    /// # Errors
    /// [`TransportError::TrustStore`] when the TLS library refuses its own defaults.
    pub fn new(options: TransportOptions) -> Result<Self, TransportError> {
        let tls = tls_builder()?.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
        let local = build(builder(tls).no_proxy())?;
        Ok(Self { options, local, services: Mutex::default(), pinned: Mutex::default() })
    }

    /// The transport that goes through the proxy of this environment, if it names one.
    ///
    /// # Errors
    /// [`InputError::Proxy`] when the proxy variable holds no URL.
    pub fn for_environment(self: &Arc<Self>, environment: &Environment) -> Result<Arc<dyn Transport>, InputError> {
        let proxy = ProxySettings::of(environment)?;
        Ok(Arc::new(RoutedTransport { transports: Arc::clone(self), proxy }))
    }

    fn service(&self, proxy: &ProxySettings) -> Result<Client, TransportError> {
        let mut services = self.services.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = services.get(proxy) {
            return Ok(client.clone());
        }
        let verifier = self.options.verifier().map_err(|error| unusable(&error))?;
        // The verifier is the platform's own, so nothing is weakened by passing it in by hand.
        let tls = tls_builder()?.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth();
        let client = build(match proxy.proxy() {
            Some(proxy) => builder(tls).proxy(proxy),
            None => builder(tls).no_proxy(),
        })?;
        services.insert(proxy.clone(), client.clone());
        Ok(client)
    }
}

impl HttpTransports {
    /// Connections to a server on this machine that shows this certificate.
    fn pinned(&self, thumbprint: Thumbprint) -> Result<Client, TransportError> {
        let mut pinned = self.pinned.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = pinned.get(&thumbprint) {
            return Ok(client.clone());
        }
        let verifier = PinnedVerifier { thumbprint, provider: Arc::new(ring::default_provider()) };
        let tls = tls_builder()?.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth();
        let client = build(builder(tls).no_proxy())?;
        pinned.insert(thumbprint, client.clone());
        Ok(client)
    }
}

fn tls_builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, TransportError> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&error))
}

fn builder(tls: ClientConfig) -> ClientBuilder {
    Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(Duration::from_secs(10))
        .pool_max_idle_per_host(64)
        .pool_idle_timeout(Duration::from_mins(1))
        .user_agent(concat!("MdeFic/", env!("CARGO_PKG_VERSION")))
}

fn build(builder: ClientBuilder) -> Result<Client, TransportError> {
    builder.build().map_err(|error| TransportError::TrustStore { reason: error.without_url().to_string() })
}

fn unusable(error: &rustls::Error) -> TransportError {
    TransportError::TrustStore { reason: error.to_string() }
}

/// The proxy variables, as one key. A proxy's URL can hold a password, so there is no `Debug`.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
struct ProxySettings {
    url: Option<String>,
    except: Option<String>,
}

impl ProxySettings {
    fn of(environment: &Environment) -> Result<Self, InputError> {
        let Some(url) = environment.first_of(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]) else {
            return Ok(Self::default());
        };
        let except = environment.first_of(&["NO_PROXY", "no_proxy"]).map(str::to_owned);
        let settings = Self { url: Some(url.to_owned()), except };
        settings.proxy().map(|_| settings.clone()).ok_or(InputError::Proxy("HTTPS_PROXY"))
    }

    fn proxy(&self) -> Option<Proxy> {
        let proxy = Proxy::all(self.url.as_deref()?).ok()?;
        Some(proxy.no_proxy(self.except.as_deref().and_then(NoProxy::from_string)))
    }
}

struct RoutedTransport {
    transports: Arc<HttpTransports>,
    proxy: ProxySettings,
}

#[async_trait]
impl Transport for RoutedTransport {
    async fn send(&self, request: Request, deadline: Instant, patience: Duration) -> Result<Response, TransportError> {
        let host = host_of(&request.url);
        let is_plain_local = request.url.scheme() == "http" && is_local(&request.url);
        let client = match request.thumbprint {
            Some(thumbprint) => self.transports.pinned(thumbprint)?,
            None if is_plain_local => self.transports.local.clone(),
            None => self.transports.service(&self.proxy)?,
        };
        let mut builder = client.request(request.method, request.url).headers(request.headers);
        if let Some(body) = request.body {
            builder = builder.body(body);
        }
        let sent = tokio::time::timeout_at(deadline, builder.send()).await;
        let response = sent
            .map_err(|_| TransportError::TimedOut { host: host.clone() })?
            .map_err(|error| TransportError::from_reqwest(host.clone(), &error))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        if (300..400).contains(&status) {
            return Err(TransportError::Redirect { host, status });
        }
        let body_host = host.clone();
        let body =
            response.bytes_stream().map_err(move |error| TransportError::from_reqwest(body_host.clone(), &error));
        Ok(Response::new(status, headers, host, Box::pin(body), patience))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_taken_from_the_environment_and_checked() {
        let of = |name: &str, value: &str| ProxySettings::of(&Environment::new([(name, value)]));
        assert!(of("HTTPS_PROXY", "http://proxy.contoso.com:8080").is_ok_and(|settings| settings.proxy().is_some()));
        assert!(of("NO_PROXY", "*").is_ok_and(|settings| settings.proxy().is_none()));
        assert!(matches!(of("https_proxy", "::not a url::"), Err(InputError::Proxy(_))));
    }
}
