//! One tenant's connection to the Defender API: its address, its token, one page at a time.

use std::sync::Arc;

use mde_core::cloud::{join, service_url};
use mde_core::errors::InputError;
use mde_core::http::{Call, Request, Response, RetryPolicy, Transport, TransportError, host_of, retry_after, send};
use mde_core::{Observer, Report, Reportable};
use mde_identity::{
    AppToken, Freshness, IdentitySettings, TokenProvider, TokenRequest, demanded_claims, roles_missing,
};
use tokio::time::Duration;
use url::Url;

use crate::endpoints::Endpoint;
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
}

/// Defender's retry rules. A wait that a throttled service asks for may take most of the budget: calls are counted by
/// the minute. What asks for an hour ends the call with what is there.
fn policy() -> RetryPolicy {
    RetryPolicy {
        statuses: |status| matches!(status, 408 | 429 | 500 | 502 | 503 | 504),
        tries: 5,
        first_wait: Duration::from_secs(1),
        longest_wait: Duration::from_secs(30),
        per_try: Duration::from_mins(1),
        body: Duration::from_mins(5),
        total: Duration::from_mins(3),
        patient_with: None,
        sends_once: false,
        wait_in_body: Some(error::wait_in_message),
    }
}

impl Connection {
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
        let token = self.tokens.token(&self.transport, &self.observer, &self.token_request, freshness).await?;
        if token.claims.roles.is_empty() {
            return Err(DefenderError::RolesMissing(Box::new(roles_missing(&self.token_request))));
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

    /// One page's response, its body still on its way. A token that Defender does not accept any more is exchanged
    /// once; then the page is asked for again.
    pub(crate) async fn get(&self, endpoint: &Endpoint, url: &Url) -> Result<Response, DefenderError> {
        let outcome = self.get_with(endpoint, url, Freshness::Valid).await;
        let Err(Some(freshness)) = outcome.as_ref().map_err(DefenderError::helped_by) else { return outcome };
        let with = if matches!(freshness, Freshness::WithClaims(_)) { " with the claims it demands" } else { "" };
        let tenant = &self.token_request.tenant;
        self.observer.verbose(format!("tenant {tenant}: the token was refused; exchanging again{with}"));
        self.get_with(endpoint, url, freshness).await
    }

    async fn get_with(&self, endpoint: &Endpoint, url: &Url, freshness: Freshness) -> Result<Response, DefenderError> {
        let token = self.token(endpoint, freshness).await?;
        let purpose = format!("tenant {}: GET {}", self.token_request.tenant, url.path());
        let policy = policy();
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
            Request::get(url.clone())
                .header("accept", "application/json")
                .secret_header("authorization", bearer.expose())
        };
        let response = send(call, make).await.map_err(DefenderError::Transport)?;
        if response.is_success() {
            return Ok(response);
        }
        let (status, wait) = (response.status, retry_after(&response));
        let challenges = response.headers.get_all("www-authenticate").iter();
        let claims = challenges.filter_map(|value| value.to_str().ok()).find_map(demanded_claims);
        let body = response.bytes(LARGEST_REFUSAL).await.unwrap_or_default();
        Err(error::refusal(status, &body, wait).demanding(claims))
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
        let policy = policy();
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
