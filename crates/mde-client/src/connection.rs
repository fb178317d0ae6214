//! One tenant's connection to the Defender API: its address, its token, one page at a time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use mde_core::cloud::{join, service_url};
use mde_core::errors::InputError;
use mde_core::http::{
    Call, Method, Request, Response, RetryPolicy, Transport, TransportError, host_of, retry_after, send,
};
use mde_core::{Observer, Report, Reportable};
use mde_identity::{
    AppToken, Freshness, IdentityError, IdentitySettings, TokenProvider, TokenRequest, demanded_claims, roles_missing,
};
use tokio::time::Duration;
use url::Url;

use crate::endpoints::{Endpoint, INDICATORS};
use crate::error::{self, DefenderError};
use crate::pace::{Pace, PaceKey, Pacer};

/// Refusals are short; a longer one is not Defender's.
const LARGEST_REFUSAL: usize = 256 * 1024;

/// Where the Defender API is.
#[derive(Debug, Clone)]
pub struct ConnectionSettings {
    /// Scheme and host, and a path if a gateway needs one.
    pub api_base_url: Url,
}

impl ConnectionSettings {
    /// The address from the parameter, else from `MDEFIC_API_BASE_URL`, else the cloud's own, of a region if one is
    /// named.
    ///
    /// # Errors
    /// [`InputError`] when it is no address or would send the token in the clear.
    pub fn of(parameter: Option<&str>, region: Option<&str>, identity: &IdentitySettings) -> Result<Self, InputError> {
        const VARIABLE: &str = "MDEFIC_API_BASE_URL";
        let api_base_url = match (parameter, region, identity.variable(VARIABLE)) {
            (Some(text), _, _) => service_url("-ApiBaseUrl", text)?,
            (None, None, Some(text)) => service_url(VARIABLE, text)?,
            (None, region, _) => identity.cloud.api_url(region)?,
        };
        Ok(Self { api_base_url })
    }

    /// Where Microsoft Graph is: the address from the parameter, else from `MDEFIC_GRAPH_BASE_URL`, else the cloud's own.
    ///
    /// # Errors
    /// [`InputError`] as [`Self::of`].
    pub fn of_graph(parameter: Option<&str>, identity: &IdentitySettings) -> Result<Self, InputError> {
        const VARIABLE: &str = "MDEFIC_GRAPH_BASE_URL";
        let cloud = identity.cloud;
        let (setting, text) = match (parameter, identity.variable(VARIABLE)) {
            (Some(text), _) => ("-GraphBaseUrl", text),
            (None, Some(text)) => (VARIABLE, text),
            (None, None) => {
                ("-GraphBaseUrl", cloud.graph_base_url.ok_or(InputError::CloudWithoutDefender(cloud.name))?)
            }
        };
        Ok(Self { api_base_url: service_url(setting, text)? })
    }
}

/// A tenant's connection. Cheap to make: the sockets belong to the transport, the tokens to the provider.
pub struct Connection {
    /// Where the API is.
    pub settings: ConnectionSettings,
    /// Which token opens it.
    pub token_request: TokenRequest,
    /// Gives the token.
    pub tokens: Arc<TokenProvider>,
    /// Sends requests.
    pub transport: Arc<dyn Transport>,
    /// Keeps below Defender's limits.
    pub pacer: Arc<Pacer>,
    /// Hears what goes on.
    pub observer: Arc<dyn Observer>,
    state: State,
}

/// What a connection has found out so far.
#[derive(Default)]
struct State {
    /// Whether it has been said that the token shows a part of the list only.
    has_warned: AtomicBool,
    /// Why there was no token when it was asked for ahead.
    no_token: OnceLock<IdentityError>,
}

/// A request as a connection sends it.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// JSON.
    pub(crate) body: Option<String>,
    /// Whether doing it twice is something else than doing it once.
    pub(crate) sends_once: bool,
    /// How long one try may take until the head of the reply is there.
    pub(crate) per_try: Duration,
}

impl Outgoing {
    pub(crate) fn get(url: Url) -> Self {
        Self { method: Method::GET, url, body: None, sends_once: false, per_try: Duration::from_mins(1) }
    }

    /// A request with another method, done once at most unless the method itself says that it may be repeated.
    ///
    /// Source: RFC 9110 section 9.2.2
    pub(crate) fn new(method: Method, url: Url, body: Option<String>) -> Self {
        let sends_once = !matches!(method.as_str(), "GET" | "HEAD" | "PUT" | "DELETE" | "OPTIONS");
        Self { method, body, sends_once, ..Self::get(url) }
    }
}

/// Defender's retry rules. A wait that a throttled service asks for may take most of the budget: calls are counted by
/// the minute. What asks for an hour ends the call with what is there.
fn policy(outgoing: &Outgoing) -> RetryPolicy {
    RetryPolicy {
        // A throttled call was not carried out; after any other failure that is not certain.
        statuses: if outgoing.sends_once {
            |status| status == 429
        } else {
            |status| matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
        },
        tries: 5,
        first_wait: Duration::from_secs(1),
        longest_wait: Duration::from_secs(30),
        per_try: outgoing.per_try,
        body: Duration::from_mins(5),
        total: Duration::from_mins(3).max(outgoing.per_try * 2),
        patient_with: None,
        sends_once: outgoing.sends_once,
        wait_in_body: Some(error::wait_in_message),
    }
}

impl Connection {
    /// A connection that nothing has been asked of.
    pub fn new(
        settings: ConnectionSettings,
        token_request: TokenRequest,
        tokens: Arc<TokenProvider>,
        transport: Arc<dyn Transport>,
        pacer: Arc<Pacer>,
        observer: Arc<dyn Observer>,
    ) -> Self {
        Self { settings, token_request, tokens, transport, pacer, observer, state: State::default() }
    }

    /// Gets the token ahead of the first call, which finds it in memory, or fails as this did.
    pub async fn get_token_ahead(&self) {
        if let Err(error) = self.any_token(Freshness::Valid).await {
            let _ = self.state.no_token.set(error);
        }
    }

    async fn any_token(&self, freshness: Freshness) -> Result<Arc<AppToken>, IdentityError> {
        match self.state.no_token.get() {
            Some(error) => Err(error.clone()),
            None => self.tokens.token(&self.transport, &self.observer, &self.token_request, freshness).await,
        }
    }

    /// The address of an endpoint's first page.
    pub(crate) fn url(&self, path: &str, query: &[(&str, String)]) -> Url {
        let mut url = join(&self.settings.api_base_url, path);
        if !query.is_empty() {
            // A form would write spaces as '+', which OData does not read as spaces.
            let encoded: Vec<_> = query.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
            url.set_query(Some(&encoded.join("&")));
        }
        url
    }

    /// Whether a link leads to the same scheme, host and port as the API itself: no other gets to see the token.
    pub(crate) fn is_same_origin(&self, url: &Url) -> bool {
        url.origin() == self.settings.api_base_url.origin()
    }

    /// The token, looked at before it is used: without any role, every call would be refused.
    pub(crate) async fn token(
        &self,
        endpoint: &Endpoint,
        freshness: Freshness,
    ) -> Result<Arc<AppToken>, DefenderError> {
        let token = self.any_token(freshness).await?;
        if token.claims.roles.is_empty() {
            return Err(DefenderError::RolesMissing(Box::new(roles_missing(&self.token_request))));
        }
        let has_warned = &self.state.has_warned;
        if endpoint.path == INDICATORS.path && sees_only_own(&token) && !has_warned.swap(true, Ordering::Relaxed) {
            self.observer.warning(format!(
                "tenant {}: with the permission Ti.ReadWrite alone, Defender shows only the indicators that application {} \
                 created; Ti.ReadWrite.All shows all",
                self.token_request.tenant, self.token_request.client
            ));
        }
        let has_role = token.claims.roles.iter().any(|role| endpoint.roles.contains(&role.as_str()));
        if !endpoint.roles.is_empty() && !has_role {
            self.observer.verbose(format!(
                "the token of tenant {} has the roles {}, none of them among {}; Defender decides",
                self.token_request.tenant,
                token.claims.roles.join(", "),
                endpoint.roles.join(", ")
            ));
        }
        Ok(token)
    }

    /// One page's response, its body still on its way.
    pub(crate) async fn get(&self, endpoint: &Endpoint, url: &Url) -> Result<Response, DefenderError> {
        self.call(endpoint, &Outgoing::get(url.clone())).await
    }

    /// The response of one call. A token that Defender does not accept any more is exchanged once; then the call is
    /// made again: it was not carried out.
    pub(crate) async fn call(&self, endpoint: &Endpoint, outgoing: &Outgoing) -> Result<Response, DefenderError> {
        let outcome = self.call_with(endpoint, outgoing, Freshness::Valid).await;
        let Err(Some(freshness)) = outcome.as_ref().map_err(DefenderError::helped_by) else { return outcome };
        let with = if matches!(freshness, Freshness::WithClaims(_)) { " with the claims it demands" } else { "" };
        let tenant = &self.token_request.tenant;
        self.observer.verbose(format!("tenant {tenant}: the token was refused; exchanging again{with}"));
        self.call_with(endpoint, outgoing, freshness).await
    }

    async fn call_with(
        &self,
        endpoint: &Endpoint,
        outgoing: &Outgoing,
        freshness: Freshness,
    ) -> Result<Response, DefenderError> {
        let token = self.token(endpoint, freshness).await?;
        let Outgoing { method, url, body, .. } = outgoing;
        let purpose = format!("tenant {}: {method} {}", self.token_request.tenant, url.path());
        let policy = policy(outgoing);
        let pace = self.pace(endpoint);
        let call = Call {
            transport: self.transport.as_ref(),
            policy: &policy,
            observer: self.observer.as_ref(),
            purpose: &purpose,
            gate: Some(&pace),
        };
        let bearer = mde_core::Secret::new(format!("Bearer {}", token.token.expose()));
        let make = || {
            let request = Request { method: method.clone(), body: body.clone(), ..Request::get(url.clone()) }
                .header("accept", "application/json")
                .secret_header("authorization", bearer.expose());
            if body.is_some() { request.header("content-type", "application/json; charset=utf-8") } else { request }
        };
        let response = match send(call, make).await {
            Ok(response) => response,
            Err(error) if outgoing.sends_once && error.may_have_arrived() => {
                return Err(DefenderError::OutcomeUnknown(Box::new(DefenderError::Transport(error))));
            }
            Err(error) => return Err(DefenderError::Transport(error)),
        };
        if response.is_success() {
            return Ok(response);
        }
        let (status, wait) = (response.status, retry_after(&response));
        let challenges = response.headers.get_all("www-authenticate").iter();
        let claims = challenges.filter_map(|value| value.to_str().ok()).find_map(demanded_claims);
        let body = response.bytes(LARGEST_REFUSAL).await.unwrap_or_default();
        let refusal = error::refusal(status, &body, wait).demanding(claims);
        let is_unknown = outgoing.sends_once && (status >= 500 || status == 408);
        Err(if is_unknown { DefenderError::OutcomeUnknown(Box::new(refusal)) } else { refusal })
    }

    /// The rules for what may be read again.
    pub(crate) fn reading_policy(&self) -> RetryPolicy {
        policy(&Outgoing::get(self.settings.api_base_url.clone()))
    }

    fn pace(&self, endpoint: &Endpoint) -> Pace<'_> {
        let request = &self.token_request;
        let key = PaceKey {
            host: host_of(&self.settings.api_base_url),
            tenant: request.tenant.clone(),
            client: request.client.clone(),
            api: endpoint.name,
        };
        Pace { pacer: &self.pacer, key, limits: endpoint.limits, observer: self.observer.as_ref() }
    }

    /// The status of a GET that carries no token.
    pub(crate) async fn ask_without_token(&self, url: &Url) -> Result<u16, TransportError> {
        let policy = self.reading_policy();
        let purpose = format!("GET {} without a token", url.path());
        let call = Call {
            transport: self.transport.as_ref(),
            policy: &policy,
            observer: self.observer.as_ref(),
            purpose: &purpose,
            gate: None,
        };
        Ok(send(call, || Request::get(url.clone()).header("accept", "application/json")).await?.status)
    }

    /// The error's report with the ids of this connection.
    pub(crate) fn report(&self, error: &DefenderError, received: u64) -> Report {
        let request = &self.token_request;
        error
            .report()
            .detail("tenant", request.tenant.as_str())
            .detail("client", request.client.as_str())
            .detail("scope", request.scope.as_str())
            .detail("host", host_of(&self.settings.api_base_url))
            .detail("consent_url", request.settings.consent_url(&request.tenant, &request.client))
            .detail("received", received.to_string())
            .target(request.tenant.as_str())
    }
}

/// The value as it stands in a query or a path.
pub(crate) fn encode(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>().replace('+', "%20")
}

/// Whether Defender shows this token only what its application created.
///
/// Source: learn.microsoft.com/defender-endpoint/api/get-ti-indicators-collection
fn sees_only_own(token: &AppToken) -> bool {
    let has = |name: &str| token.claims.roles.iter().any(|role| role == name);
    has("Ti.ReadWrite") && !has("Ti.ReadWrite.All") && !has("Ti.Read.All")
}
