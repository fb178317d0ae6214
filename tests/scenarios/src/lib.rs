//! The house that every scenario starts in: an emulator, a client with empty caches, and ears for all that is said.
//!
//! When a house is left, nothing that was said may contain a secret.
#![allow(missing_docs, clippy::missing_panics_doc, clippy::unwrap_used, reason = "a harness for tests")]

mod case;
mod scripted;
mod stub;
mod tls_stub;

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use mde_client::{
    Connection, ConnectionSettings, INDICATORS, Indicator, ListQuery, ListSummary, Pacer, RecordSink, list,
};
use mde_core::cloud::choose;
use mde_core::errors::InputError;
use mde_core::http::{HttpTransports, Transport, TransportOptions};
use mde_core::{ClientId, Clock, Environment, Observer, Report, Reportable, SystemClock, TenantId};
use mde_emulator::{CANARY, CANARY_BASE64, Config, Emulator, Host, Tenant};
use mde_identity::{AppToken, Freshness, IdentitySettings, Scope, Selector, SourceChoice, TokenProvider, TokenRequest};

pub use case::{Case, all_cases};
pub use scripted::{Reply, ScriptedServer};
pub use stub::{Answer, Stub};
pub use tls_stub::TlsStub;

pub const SCOPE: &str = "https://api.securitycenter.microsoft.com/.default";

/// The machine's clock, moved by hand.
#[derive(Default)]
pub struct MovedClock(AtomicI64);

impl MovedClock {
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for MovedClock {
    fn now(&self) -> i64 {
        SystemClock.now() + self.0.load(Ordering::SeqCst)
    }
}

/// Writes down all that is said.
#[derive(Default)]
pub struct Ears(Mutex<Vec<String>>);

impl Ears {
    pub fn heard(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    pub fn hear(&self, text: String) {
        self.0.lock().unwrap().push(text);
    }
}

impl Observer for Ears {
    fn verbose(&self, message: String) {
        self.hear(message);
    }

    fn warning(&self, message: String) {
        self.hear(format!("warning: {message}"));
    }
}

/// How a scenario differs from the usual.
#[derive(Clone)]
pub struct Setup {
    pub host: Host,
    /// Without the variables of the host.
    pub bare: bool,
    pub source: &'static str,
    pub cloud: Option<&'static str>,
    pub selector: Selector,
    pub client: Option<String>,
    pub scope: String,
    pub audience: Option<String>,
    pub service_connection: Option<String>,
    pub assertion: Option<mde_core::Secret>,
    /// Variables that replace or add to the host's; an empty value removes one.
    pub variables: Vec<(&'static str, String)>,
    pub tls: bool,
    pub trusts_emulator: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            host: Host::AppService,
            bare: false,
            source: "Auto",
            cloud: None,
            selector: Selector::Default,
            client: None,
            scope: SCOPE.to_owned(),
            audience: None,
            service_connection: None,
            assertion: None,
            variables: Vec::new(),
            tls: false,
            trusts_emulator: true,
        }
    }
}

impl Setup {
    pub fn on(host: Host) -> Self {
        Self { host, ..Self::default() }
    }

    #[must_use]
    pub fn variable(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }
}

pub struct House {
    pub emulator: Emulator,
    pub clock: Arc<MovedClock>,
    pub ears: Arc<Ears>,
    pub tokens: Arc<TokenProvider>,
    pub pacer: Arc<Pacer>,
}

impl House {
    pub async fn new() -> Self {
        Self::with(Config::default()).await
    }

    pub async fn with(config: Config) -> Self {
        let clock = Arc::new(MovedClock::default());
        Self {
            emulator: Emulator::start(config).await.unwrap(),
            ears: Arc::default(),
            tokens: Arc::new(TokenProvider::new(clock.clone())),
            pacer: Arc::default(),
            clock,
        }
    }

    /// A house whose only tenant has this many indicators; the change is made to that tenant.
    pub async fn of_one(indicators: usize, change: impl FnOnce(&mut Tenant)) -> (Self, String) {
        let mut tenant = Tenant::new("00000000-0000-4000-8000-0000000000aa", "Only", indicators);
        change(&mut tenant);
        let id = tenant.id.clone();
        (Self::with(Config { tenants: vec![tenant], ..Config::default() }).await, id)
    }

    pub fn tenant(&self, index: usize) -> String {
        self.emulator.tenants()[index].id.clone()
    }

    /// The default user-assigned identity, selected by its client id.
    pub fn user_assigned(&self) -> Selector {
        Selector::ClientId(self.emulator.config().identity.user_assigned[0].client_id.clone())
    }

    pub fn selected(&self, host: Host) -> Setup {
        Setup { selector: self.user_assigned(), ..Setup::on(host) }
    }

    fn environment(&self, setup: &Setup) -> Environment {
        let endpoints = self.emulator.endpoints();
        let (authority, defender) = if setup.tls {
            (&endpoints.authority_tls, &endpoints.defender_tls)
        } else {
            (&endpoints.authority, &endpoints.defender)
        };
        let mut variables = if setup.bare { Vec::new() } else { self.emulator.environment(setup.host) };
        variables.push(("AZURE_AUTHORITY_HOST".to_owned(), authority.clone()));
        variables.push(("MDEFIC_API_BASE_URL".to_owned(), defender.clone()));
        for (name, value) in &setup.variables {
            variables.retain(|(known, _)| known != name);
            variables.push(((*name).to_owned(), value.clone()));
        }
        Environment::new(variables)
    }

    pub fn settings(&self, setup: &Setup) -> Result<Arc<IdentitySettings>, InputError> {
        let environment = self.environment(setup);
        let (cloud, authority) = choose(setup.cloud, &environment)?;
        let audience = setup.audience.clone().unwrap_or_else(|| cloud.exchange_audience.to_owned());
        Ok(Arc::new(IdentitySettings {
            source: SourceChoice::parse(setup.source)?,
            selector: setup.selector.clone(),
            cloud,
            authority,
            exchange_audience: audience,
            service_connection: setup.service_connection.clone(),
            assertion: setup.assertion.clone(),
            environment,
        }))
    }

    fn request(&self, setup: &Setup, tenant: &str) -> Result<TokenRequest, InputError> {
        let client = setup.client.as_ref().unwrap_or(&self.emulator.config().application.client_id);
        Ok(TokenRequest {
            settings: self.settings(setup)?,
            tenant: TenantId::parse(tenant)?,
            client: ClientId::parse(client)?,
            scope: Scope::parse(&setup.scope)?.0,
        })
    }

    fn transport(&self, setup: &Setup) -> Result<Arc<dyn Transport>, InputError> {
        let roots = if setup.trusts_emulator { der(&self.emulator.endpoints().certificate_pem) } else { Vec::new() };
        let transports = HttpTransports::new(TransportOptions { extra_roots: roots }).unwrap();
        Arc::new(transports).for_environment(&self.environment(setup))
    }

    fn observer(&self) -> Arc<dyn Observer> {
        self.ears.clone()
    }

    fn told(&self, report: Report) -> Report {
        self.ears.hear(format!("{report:?} {}", report.remedy()));
        report
    }

    pub async fn token(&self, setup: &Setup, tenant: &str) -> Result<Arc<AppToken>, Report> {
        self.token_with(setup, tenant, false).await
    }

    pub async fn token_with(&self, setup: &Setup, tenant: &str, force: bool) -> Result<Arc<AppToken>, Report> {
        let prepared = self.request(setup, tenant).and_then(|request| Ok((request, self.transport(setup)?)));
        let (request, transport) = prepared.map_err(|error| self.told(error.report()))?;
        let freshness = if force { Freshness::New } else { Freshness::Valid };
        let token = self.tokens.token(&transport, &self.observer(), &request, freshness).await;
        if let Ok(token) = &token {
            self.ears.hear(format!("{token:?}"));
        }
        token.map_err(|error| self.told(error.report()))
    }

    pub async fn indicators(&self, setup: &Setup, tenant: &str, query: &ListQuery) -> Listed {
        let mut listed = Listed { room: usize::MAX, ..Listed::default() };
        self.list_into(setup, tenant, query, &mut listed).await;
        listed
    }

    pub async fn list_into(&self, setup: &Setup, tenant: &str, query: &ListQuery, listed: &mut Listed) {
        let settings = self.settings(setup);
        let prepared = settings.and_then(|identity| {
            let settings = ConnectionSettings::of(None, None, &identity)?;
            Ok(Connection::new(
                settings,
                self.request(setup, tenant)?,
                Arc::clone(&self.tokens),
                self.transport(setup)?,
                Arc::clone(&self.pacer),
                self.observer(),
            ))
        });
        let outcome = match prepared {
            Ok(connection) => list(&connection, &INDICATORS, query, listed).await.map_err(|failure| failure.report),
            Err(error) => Err(error.report()),
        };
        match outcome {
            Ok(summary) => listed.summary = summary,
            Err(report) => listed.end = Some(self.told(report)),
        }
    }

    /// How many requests of this listener the emulator has seen.
    pub fn requests(&self, listener: &str) -> usize {
        self.emulator.journal().iter().filter(|record| record.listener.starts_with(listener)).count()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        for text in self.ears.heard() {
            assert!(!text.contains(CANARY) && !text.contains(CANARY_BASE64), "a secret was said: {text}");
        }
    }
}

/// What a listing came to. It takes no more than it has room for.
#[derive(Default)]
pub struct Listed {
    pub room: usize,
    pub records: Vec<Indicator>,
    pub failed: Vec<Report>,
    pub end: Option<Report>,
    pub summary: ListSummary,
}

#[async_trait]
impl RecordSink<Indicator> for Listed {
    async fn records(&mut self, records: Vec<Indicator>) -> ControlFlow<()> {
        self.records.extend(records);
        if self.records.len() >= self.room { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    async fn failed(&mut self, report: Report) -> ControlFlow<()> {
        self.failed.push(report);
        ControlFlow::Continue(())
    }
}

/// The certificates of a PEM text, in DER.
fn der(pem: &str) -> Vec<Vec<u8>> {
    let mut certificates = Vec::new();
    let mut base64 = String::new();
    for line in pem.lines() {
        match line {
            _ if line.starts_with("-----BEGIN") => base64.clear(),
            _ if line.starts_with("-----END") => certificates.push(decode(&base64)),
            _ => base64.push_str(line.trim()),
        }
    }
    certificates
}

fn decode(base64: &str) -> Vec<u8> {
    let value = |byte: u8| -> u32 {
        match byte {
            b'A'..=b'Z' => u32::from(byte - b'A'),
            b'a'..=b'z' => u32::from(byte - b'a') + 26,
            b'0'..=b'9' => u32::from(byte - b'0') + 52,
            b'+' => 62,
            _ => 63,
        }
    };
    let digits: Vec<u8> = base64.bytes().filter(|byte| *byte != b'=').collect();
    let mut bytes = Vec::new();
    for four in digits.chunks(4) {
        let bits = four.iter().fold(0, |bits, digit| bits << 6 | value(*digit)) << (6 * (4 - four.len()));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..four.len()]);
    }
    bytes
}
