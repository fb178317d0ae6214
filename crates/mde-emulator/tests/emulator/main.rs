//! The emulator over real sockets: what a client sees of each service.
#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod defender;
mod entra;
mod faults;
mod identity;
mod writes;

use std::sync::Arc;

use mde_emulator::{Claims, Config, Emulator, Host};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

pub(crate) const CONTOSO: &str = "6c1f0e52-3a58-4b7f-8d2f-0b5f9a6f1c01";
pub(crate) const FABRIKAM: &str = "a3d9b7c4-52f1-4f0e-9b66-1e8c7d2f4a02";
pub(crate) const RESOURCE: &str = "api://AzureADTokenExchange";
pub(crate) const SCOPE: &str = "https://api.securitycenter.microsoft.com/.default";

/// A running emulator and a client that trusts it.
pub(crate) struct World {
    pub(crate) emulator: Emulator,
    pub(crate) client: Client,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Config::default()).await
    }

    pub(crate) async fn with(config: Config) -> Self {
        let emulator = Emulator::start(config).await.unwrap();
        let mut roots = RootCertStore::empty();
        let pem = emulator.endpoints().certificate_pem.as_bytes();
        roots.add(CertificateDer::from_pem_slice(pem).unwrap()).unwrap();
        let tls = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self { emulator, client }
    }

    pub(crate) fn variable(&self, host: Host, name: &str) -> String {
        self.emulator.environment(host).into_iter().find(|(key, _)| key == name).unwrap().1
    }

    /// The claims of a good assertion.
    pub(crate) fn claims(&self) -> Claims {
        let config = self.emulator.config();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        json!({
            "iss": config.issuer(), "sub": config.identity.user_assigned[0].object_id, "aud": RESOURCE,
            "iat": now, "nbf": now, "exp": now + 3_600,
        })
        .as_object()
        .cloned()
        .unwrap()
    }

    /// The five fields of a good exchange.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        [
            ("grant_type", "client_credentials".to_owned()),
            ("client_id", self.emulator.config().application.client_id.clone()),
            ("scope", SCOPE.to_owned()),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned()),
            ("client_assertion", self.emulator.sign_assertion(&self.claims())),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    pub(crate) async fn exchange(&self, tenant: &str, form: &[(String, String)]) -> Response {
        let url = format!("{}/{tenant}/oauth2/v2.0/token", self.emulator.endpoints().authority_tls);
        self.client.post(url).form(form).send().await.unwrap()
    }

    pub(crate) async fn token(&self, tenant: &str) -> String {
        let reply: Value = self.exchange(tenant, &self.form()).await.json().await.unwrap();
        reply["access_token"].as_str().unwrap_or_else(|| panic!("{reply}")).to_owned()
    }

    pub(crate) async fn indicators(&self, token: &str, query: &[(&str, &str)]) -> Response {
        let url = format!("{}/api/indicators", self.emulator.endpoints().defender);
        self.client.get(url).query(query).bearer_auth(token).send().await.unwrap()
    }
}
