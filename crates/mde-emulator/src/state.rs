//! What changes while the emulator runs: tenants, revocations, the current identity header, faults and the journal.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use serde_json::Value;
use time::OffsetDateTime;

use crate::CANARY;
use crate::config::{Config, DefenderState, Tenant};
use crate::defender::{IndicatorSet, Limits};
use crate::emulator::{Endpoints, StartError};
use crate::exchange::Received;
use crate::faults::Faults;
use crate::journal::Journal;
use crate::keys::{self, Keys};

/// A tenant with what it has done.
pub(crate) struct TenantState {
    pub(crate) settings: Tenant,
    /// Goes up when tokens are revoked; a token carries the value it was issued under.
    generation: AtomicU64,
    demands_claims: AtomicBool,
    indicators: RwLock<Arc<IndicatorSet>>,
    /// The id that the next new indicator gets; ids are never used again.
    next_id: Mutex<u64>,
}

impl TenantState {
    fn new(settings: Tenant, application: &str) -> Self {
        let indicators = IndicatorSet::generated(&settings.id, application, settings.indicators);
        Self {
            settings,
            generation: AtomicU64::new(0),
            demands_claims: AtomicBool::new(false),
            indicators: RwLock::new(Arc::new(indicators)),
            next_id: Mutex::new(1_000_000),
        }
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// From now on Defender takes only tokens that were issued with the claims that it demands.
    pub(crate) fn demand_claims(&self) {
        self.demands_claims.store(true, Ordering::Relaxed);
    }

    pub(crate) fn demands_claims(&self) -> bool {
        self.demands_claims.load(Ordering::Relaxed)
    }

    pub(crate) fn indicators(&self) -> Arc<IndicatorSet> {
        Arc::clone(&self.indicators.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the tenant's indicators; one change at a time.
    pub(crate) fn edit_indicators<T>(&self, edit: impl FnOnce(&mut Vec<Arc<Value>>, &mut u64) -> T) -> T {
        let mut next_id = self.next_id.lock().unwrap_or_else(PoisonError::into_inner);
        let mut records = self.indicators().records();
        let outcome = edit(&mut records, &mut next_id);
        *self.indicators.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(IndicatorSet::given(records));
        outcome
    }

    fn is(&self, name: &str) -> bool {
        self.settings.id.eq_ignore_ascii_case(name)
            || self.settings.domains.iter().any(|domain| domain.eq_ignore_ascii_case(name))
    }
}

/// Everything that handlers share.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) keys: &'static Keys,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) limits: Limits,
    pub(crate) endpoints: OnceLock<Endpoints>,
    tenants: RwLock<Vec<Arc<TenantState>>>,
    identity_header: RwLock<String>,
    folder: OnceLock<PathBuf>,
    arc_keys: Mutex<Vec<String>>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(folder) = self.folder.get() {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

impl Shared {
    pub(crate) fn new(config: Config) -> Result<Self, StartError> {
        // The home tenant is known to Entra, but has no Defender.
        let home = Tenant {
            domains: config.home_tenant.domains.clone(),
            roles: Vec::new(),
            defender: DefenderState::NoServicePrincipal,
            ..Tenant::new(config.home_tenant.id.clone(), config.home_tenant.name.clone(), 0)
        };
        let shared = Self {
            keys: Keys::get()?,
            faults: Faults::default(),
            journal: Journal::new(),
            limits: Limits::default(),
            endpoints: OnceLock::new(),
            tenants: RwLock::default(),
            identity_header: RwLock::new(new_header()),
            folder: OnceLock::new(),
            arc_keys: Mutex::default(),
            config,
        };
        shared.add_tenant(home);
        for tenant in shared.config.tenants.clone() {
            shared.add_tenant(tenant);
        }
        Ok(shared)
    }

    /// Adds a tenant, or replaces the one with the same id.
    pub(crate) fn add_tenant(&self, tenant: Tenant) {
        let state = Arc::new(TenantState::new(tenant, &self.config.application.client_id));
        let mut tenants = self.tenants.write().unwrap_or_else(PoisonError::into_inner);
        tenants.retain(|other| !other.settings.id.eq_ignore_ascii_case(&state.settings.id));
        tenants.push(state);
    }

    /// By id or verified domain.
    pub(crate) fn tenant(&self, name: &str) -> Option<Arc<TenantState>> {
        let tenants = self.tenants.read().unwrap_or_else(PoisonError::into_inner);
        tenants.iter().find(|tenant| tenant.is(name)).cloned()
    }

    /// The customer tenants.
    pub(crate) fn tenants(&self) -> Vec<Arc<TenantState>> {
        let tenants = self.tenants.read().unwrap_or_else(PoisonError::into_inner);
        tenants.iter().filter(|tenant| tenant.settings.id != self.config.home_tenant.id).cloned().collect()
    }

    /// Replaces a tenant's indicators. False when there is no such tenant.
    pub(crate) fn set_indicators(&self, tenant: &str, indicators: Vec<Value>) -> bool {
        let Some(tenant) = self.tenant(tenant) else { return false };
        *tenant.indicators.write().unwrap_or_else(PoisonError::into_inner) =
            Arc::new(IndicatorSet::given(indicators.into_iter().map(Arc::new).collect()));
        true
    }

    /// Replaces a tenant's indicators by generated ones. False when there is no such tenant.
    pub(crate) fn generate_indicators(&self, tenant: &str, count: usize) -> bool {
        let Some(tenant) = self.tenant(tenant) else { return false };
        let set = IndicatorSet::generated(&tenant.settings.id, &self.config.application.client_id, count);
        *tenant.indicators.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(set);
        true
    }

    /// Makes Defender refuse the tokens issued for a tenant so far. False when there is no such tenant.
    pub(crate) fn revoke(&self, tenant: &str) -> bool {
        self.tenant(tenant).map(|tenant| tenant.generation.fetch_add(1, Ordering::Relaxed)).is_some()
    }

    /// A folder of this emulator's own, made when it is first needed.
    pub(crate) fn folder(&self) -> PathBuf {
        let make = || {
            let name = format!("mde-emulator-{}", uuid::Uuid::new_v4().simple());
            let folder = std::env::temp_dir().join(name);
            let _ = std::fs::create_dir_all(&folder);
            folder.canonicalize().unwrap_or(folder)
        };
        self.folder.get_or_init(make).clone()
    }

    /// Writes a key of Azure Arc's agent, which opens one request.
    pub(crate) fn write_arc_key(&self, key: &str) -> io::Result<PathBuf> {
        let path = self.folder().join(format!("{}.key", uuid::Uuid::new_v4().simple()));
        std::fs::write(&path, key)?;
        self.arc_keys.lock().unwrap_or_else(PoisonError::into_inner).push(key.to_owned());
        Ok(path)
    }

    /// Whether the key is one that was written, which then is used up.
    pub(crate) fn take_arc_key(&self, key: &str) -> bool {
        let mut keys = self.arc_keys.lock().unwrap_or_else(PoisonError::into_inner);
        let position = keys.iter().position(|known| known == key);
        position.map(|position| keys.remove(position)).is_some()
    }

    /// The value that `X-IDENTITY-HEADER` and `secret` must have now.
    pub(crate) fn identity_header(&self) -> String {
        self.identity_header.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn rotate_identity_header(&self) -> String {
        let header = new_header();
        header.clone_into(&mut self.identity_header.write().unwrap_or_else(PoisonError::into_inner));
        header
    }

    /// The id of the tenant that the path or the bearer token names. The token isn't verified: this only sorts requests.
    pub(crate) fn tenant_of(&self, received: &Received) -> Option<String> {
        if let Some(name) = received.segment("tenant") {
            return Some(self.tenant(name).map_or_else(|| name.to_owned(), |tenant| tenant.settings.id.clone()));
        }
        let claims = keys::claims_of(received.bearer()?)?;
        claims.get("tid").and_then(Value::as_str).map(Into::into)
    }
}

fn new_header() -> String {
    format!("{CANARY}-{}", uuid::Uuid::new_v4().simple())
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}
