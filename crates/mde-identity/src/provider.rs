//! Tokens on demand: finds the source, gets the assertion once for all tenants, exchanges it once per tenant, keeps both.

use std::fmt;
use std::sync::Arc;

use mde_core::clock::UnixSeconds;
use mde_core::http::{Transport, host_of};
use mde_core::{ClientId, Clock, Code, Observer, Report, Reportable, Secret, TenantId};
use url::Url;

use crate::cache::{Cache, Expiring};
use crate::claims::Claims;
use crate::exchange::{Exchange, ExchangeCall, ExchangeError, exchange};
use crate::scope::Scope;
use crate::selector::Selector;
use crate::settings::IdentitySettings;
use crate::sources::{Assertion, AssertionSource, SourceContext, SourceError};

/// Which token is wanted.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// Who asks.
    pub settings: Arc<IdentitySettings>,
    /// Whose token.
    pub tenant: TenantId,
    /// The application's client id.
    pub client: ClientId,
    /// What the token is for.
    pub scope: Scope,
}

/// How new the token has to be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Freshness {
    /// Whatever is in memory and valid.
    #[default]
    Valid,
    /// From an exchange that begins now or is on its way.
    New,
    /// From an exchange with the claims that an API demanded, as JSON text.
    WithClaims(String),
}

/// An application's token in a tenant.
#[derive(Debug)]
pub struct AppToken {
    /// The token itself.
    pub token: Secret,
    /// What it says; `tid` is the tenant that was asked for.
    pub claims: Claims,
    /// When it ends.
    pub expires_at: UnixSeconds,
    /// When it is due to be replaced.
    pub refresh_at: UnixSeconds,
    /// The name of the assertion's source.
    pub source: &'static str,
}

impl Expiring for Arc<AppToken> {
    fn expires_at(&self) -> UnixSeconds {
        self.expires_at
    }
    fn refresh_at(&self) -> UnixSeconds {
        self.refresh_at
    }
}

/// Why there is no token, with all that a remedy can name.
#[derive(Debug, Clone)]
pub struct IdentityError {
    kind: Kind,
    details: Vec<(&'static str, String)>,
    target: String,
}

#[derive(Debug, Clone)]
enum Kind {
    Source(Arc<SourceError>),
    Exchange(ExchangeError),
}

impl fmt::Display for IdentityError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Source(error) => error.fmt(formatter),
            Kind::Exchange(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for IdentityError {}

impl IdentityError {
    /// Whether every tenant would fail the same way, because there is no assertion to begin with.
    pub fn concerns_all_tenants(&self) -> bool {
        matches!(self.kind, Kind::Source(_))
    }
}

impl Reportable for IdentityError {
    fn report(&self) -> Report {
        let report = match &self.kind {
            Kind::Source(error) => error.report(),
            Kind::Exchange(error) => error.report(),
        };
        let report = self.details.iter().fold(report, |report, (name, value)| report.detail(name, value.clone()));
        if report.target.is_none() { report.target(self.target.clone()) } else { report }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct AssertionKey {
    source: &'static str,
    endpoint: String,
    selector: Selector,
    audience: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct TokenKey {
    assertion: AssertionKey,
    authority: Url,
    tenant: TenantId,
    client: ClientId,
    scope: Scope,
}

/// Gives tokens, from memory where it can. One for a process.
pub struct TokenProvider {
    clock: Arc<dyn Clock>,
    assertions: Cache<AssertionKey, Arc<Assertion>, SourceError>,
    tokens: Cache<TokenKey, Arc<AppToken>, IdentityError>,
}

/// Where an assertion comes from, and under what it is kept.
struct ResolvedSource {
    source: &'static dyn AssertionSource,
    probe: bool,
    key: AssertionKey,
}

struct Resolved {
    from: ResolvedSource,
    key: TokenKey,
}

impl TokenProvider {
    /// A provider with empty caches.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { assertions: Cache::new(Arc::clone(&clock)), tokens: Cache::new(Arc::clone(&clock)), clock }
    }

    /// The token if it is in memory and not due for a refresh. No I/O, no task.
    pub fn cached(&self, request: &TokenRequest) -> Option<Arc<AppToken>> {
        self.tokens.fresh(&resolve(request).ok()?.key)
    }

    /// Forgets all tokens and assertions. What is on its way arrives where it is waited for.
    pub fn forget(&self) {
        self.tokens.clear();
        self.assertions.clear();
    }

    /// The workload's assertion, from memory or from its source.
    ///
    /// # Errors
    /// [`SourceError`] when no source is here, or the one that is gives none.
    pub async fn assertion(
        &self,
        transport: &Arc<dyn Transport>,
        observer: &Arc<dyn Observer>,
        settings: &Arc<IdentitySettings>,
    ) -> Result<Arc<Assertion>, Arc<SourceError>> {
        let from = resolve_source(settings).map_err(Arc::new)?;
        self.obtain(&from, (transport, observer), settings, false).await
    }

    async fn obtain(
        &self,
        from: &ResolvedSource,
        (transport, observer): (&Arc<dyn Transport>, &Arc<dyn Observer>),
        settings: &Arc<IdentitySettings>,
        force: bool,
    ) -> Result<Arc<Assertion>, Arc<SourceError>> {
        let (source, probe, settings) = (from.source, from.probe, Arc::clone(settings));
        let (transport, observer, clock) = (Arc::clone(transport), Arc::clone(observer), Arc::clone(&self.clock));
        let acquire = move || async move {
            observer.verbose(format!("asking {} for an assertion for {}", source.title(), settings.exchange_audience));
            let context = SourceContext {
                settings: &settings,
                transport: transport.as_ref(),
                clock: clock.as_ref(),
                observer: observer.as_ref(),
            };
            source.assertion(&context, probe).await.map(Arc::new)
        };
        self.assertions.get(&from.key, force, || (), acquire).await
    }

    /// The token, from memory or by an exchange.
    ///
    /// # Errors
    /// [`IdentityError`] when there is no assertion, or Entra refuses it.
    pub async fn token(
        self: &Arc<Self>,
        transport: &Arc<dyn Transport>,
        observer: &Arc<dyn Observer>,
        request: &TokenRequest,
        freshness: Freshness,
    ) -> Result<Arc<AppToken>, IdentityError> {
        let resolved = resolve(request).map_err(|error| no_assertion(request, Arc::new(error)))?;
        let key = resolved.key.clone();
        let force = freshness != Freshness::Valid;
        let acquisition = Acquisition {
            provider: Arc::clone(self),
            transport: Arc::clone(transport),
            observer: Arc::clone(observer),
            request: request.clone(),
            resolved,
            claims: match freshness {
                Freshness::WithClaims(claims) => Some(claims),
                Freshness::Valid | Freshness::New => None,
            },
        };
        let joining =
            || observer.verbose(format!("waiting for the token of tenant {}, which is on its way", request.tenant));
        self.tokens.get(&key, force, joining, || acquisition.run()).await.map_err(|error| (*error).clone())
    }
}

fn resolve_source(settings: &IdentitySettings) -> Result<ResolvedSource, SourceError> {
    let (source, probe) = settings.source.resolve(settings)?;
    let key = AssertionKey {
        source: source.name(),
        endpoint: source.endpoint(settings),
        selector: settings.selector.clone(),
        audience: settings.exchange_audience.clone(),
    };
    Ok(ResolvedSource { source, probe, key })
}

fn resolve(request: &TokenRequest) -> Result<Resolved, SourceError> {
    let settings = &request.settings;
    let from = resolve_source(settings)?;
    let key = TokenKey {
        assertion: from.key.clone(),
        authority: settings.authority.clone(),
        tenant: request.tenant.clone(),
        client: request.client.clone(),
        scope: request.scope.clone(),
    };
    Ok(Resolved { from, key })
}

/// One token being acquired. It owns all it needs, because it may outlive the caller that began it.
struct Acquisition {
    provider: Arc<TokenProvider>,
    transport: Arc<dyn Transport>,
    observer: Arc<dyn Observer>,
    request: TokenRequest,
    resolved: Resolved,
    claims: Option<String>,
}

impl Acquisition {
    async fn run(self) -> Result<Arc<AppToken>, IdentityError> {
        let assertion = self.assertion(false).await?;
        match self.exchange(&assertion).await {
            Err(error) if error.is_stale_assertion() => {
                self.observer.verbose("Entra took the assertion for expired; exchanging a new one".to_owned());
                let assertion = self.assertion(true).await?;
                self.exchange(&assertion).await.map_err(|error| self.refused(&assertion, error))
            }
            outcome => outcome.map_err(|error| self.refused(&assertion, error)),
        }
    }

    async fn assertion(&self, force: bool) -> Result<Arc<Assertion>, IdentityError> {
        let with = (&self.transport, &self.observer);
        let outcome = self.provider.obtain(&self.resolved.from, with, &self.request.settings, force).await;
        outcome.map_err(|error| no_assertion(&self.request, error))
    }

    async fn exchange(&self, assertion: &Assertion) -> Result<Arc<AppToken>, ExchangeError> {
        let request = &self.request;
        let call = ExchangeCall {
            transport: self.transport.as_ref(),
            clock: self.provider.clock.as_ref(),
            observer: self.observer.as_ref(),
        };
        let exchanged = exchange(&Exchange {
            call,
            authority: &request.settings.authority,
            tenant: &request.tenant,
            client: &request.client,
            scope: &request.scope,
            assertion: &assertion.token,
            claims: self.claims.as_deref(),
        })
        .await?;
        Ok(Arc::new(AppToken {
            token: exchanged.token,
            claims: exchanged.claims,
            expires_at: exchanged.expires_at,
            refresh_at: exchanged.refresh_at,
            source: self.resolved.from.source.name(),
        }))
    }

    fn refused(&self, assertion: &Assertion, error: ExchangeError) -> IdentityError {
        let claims = &assertion.claims;
        let mut details = details(&self.request);
        if let Some(limitation) = self.resolved.from.source.limitation() {
            let selector = &self.request.settings.selector;
            details.insert(0, ("identity", format!("{selector}. {limitation}")));
        }
        let claimed = [("subject", &claims.sub), ("issuer", &claims.iss)];
        details.extend(claimed.into_iter().filter_map(|(name, claim)| Some((name, claim.clone()?))));
        IdentityError { kind: Kind::Exchange(error), details, target: self.request.tenant.to_string() }
    }
}

fn no_assertion(request: &TokenRequest, error: Arc<SourceError>) -> IdentityError {
    IdentityError { kind: Kind::Source(error), details: details(request), target: request.tenant.to_string() }
}

fn details(request: &TokenRequest) -> Vec<(&'static str, String)> {
    let settings = &request.settings;
    vec![
        ("tenant", request.tenant.to_string()),
        ("client", request.client.to_string()),
        ("scope", request.scope.to_string()),
        ("identity", settings.selector.to_string()),
        ("audience", settings.exchange_audience.clone()),
        ("authority", host_of(&settings.authority)),
        ("consent_url", settings.consent_url(&request.tenant, &request.client)),
    ]
}

/// What is wrong with a token that carries no permission at all, said before the first call fails.
///
/// Entra issues such tokens when consent is missing; the API then answers 403.
pub fn roles_missing(request: &TokenRequest) -> Report {
    let message = format!("the token of tenant {} carries no application permission", request.tenant);
    let report = Report::new(Code::RolesMissing, message).target(request.tenant.as_str());
    details(request).into_iter().fold(report, |report, (name, value)| report.detail(name, value))
}
