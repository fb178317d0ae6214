//! The doctor: every step between a workload and Defender in a tenant, each told whether it works and what to do if not.
//!
//! Nothing ends the examination: a step whose forerunner failed is tried in the way that is still possible, or skipped
//! with the reason.

use std::sync::Arc;

use mde_core::clock::UnixSeconds;
use mde_core::http::{Transport, host_of};
use mde_core::{ClientId, Code, Observer, Report, Reportable};
use mde_identity::sources::{Assertion, AssertionSource};
use mde_identity::{
    AppToken, ExchangeError, FederatedCredential, Freshness, IdentitySettings, Instruction, Selector, SourceError,
    TokenProvider, directory,
};
use tokio::time::{Duration, Instant};

use crate::connection::Connection;
use crate::error::DefenderError;
use crate::permissions::CMDLET_NEEDS;

/// A step of the examination, in the order in which they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Which host this is.
    Host,
    /// The workload's own token.
    Assertion,
    /// What the application's federated credential has to say.
    FederatedCredential,
    /// Whether the tenant exists in the cloud.
    Tenant,
    /// The exchange of the assertion for the application's token.
    Exchange,
    /// The application permissions in the token.
    Roles,
    /// One real call.
    DefenderCall,
}

impl Step {
    /// The name, as users see it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Host => "Host",
            Self::Assertion => "Assertion",
            Self::FederatedCredential => "FederatedCredential",
            Self::Tenant => "Tenant",
            Self::Exchange => "Exchange",
            Self::Roles => "Roles",
            Self::DefenderCall => "DefenderCall",
        }
    }
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It works.
    Passed,
    /// It works, or can't be known, but there is something to look at.
    Warning,
    /// It doesn't work.
    Failed,
    /// It could not be tried.
    Skipped,
}

impl Status {
    /// The name, as users see it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "Passed",
            Self::Warning => "Warning",
            Self::Failed => "Failed",
            Self::Skipped => "Skipped",
        }
    }
}

/// What came of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The step.
    pub step: Step,
    /// How it ended.
    pub status: Status,
    /// What was found.
    pub detail: String,
    /// What to do; empty where there is nothing to do.
    pub remedy: String,
    /// The failure's row of the error table.
    pub code: Option<Code>,
    /// How long it took.
    pub duration: Duration,
    /// Ready text for the tools that can set it right.
    pub instructions: Vec<Instruction>,
}

impl Finding {
    fn new(step: Step, status: Status, detail: impl Into<String>, started: Instant) -> Self {
        Self {
            step,
            status,
            detail: detail.into(),
            remedy: String::new(),
            code: None,
            duration: started.elapsed(),
            instructions: Vec::new(),
        }
    }

    fn remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: remedy.into(), ..self }
    }

    fn failed(step: Step, report: &Report, started: Instant) -> Self {
        let detail = [&report.message].into_iter().chain(&report.causes).map(String::as_str).collect::<Vec<_>>();
        Self { code: Some(report.code), ..Self::new(step, Status::Failed, detail.join(": "), started) }
            .remedy(report.remedy())
    }
}

/// Who is examined.
pub struct Workload<'a> {
    /// The identity's settings.
    pub settings: &'a Arc<IdentitySettings>,
    /// The application.
    pub client: &'a ClientId,
    /// Gives assertions and tokens.
    pub tokens: &'a Arc<TokenProvider>,
    /// Sends requests.
    pub transport: &'a Arc<dyn Transport>,
    /// Hears what goes on.
    pub observer: &'a Arc<dyn Observer>,
    /// The time.
    pub now: UnixSeconds,
}

/// Examines what is the same for all tenants: host, assertion, federated credential.
pub async fn examine_workload(workload: &Workload<'_>) -> Vec<Finding> {
    let Workload { settings, client, tokens, transport, observer, now } = workload;
    let started = Instant::now();
    let source = match settings.source.resolve(settings) {
        Ok((source, probe)) => {
            let why = if probe {
                "nothing in the environment names another host, so it is asked".to_owned()
            } else if settings.source == mde_identity::SourceChoice::Auto {
                format!("named by {}", source.looks_for())
            } else {
                "chosen by -IdentitySource".to_owned()
            };
            Ok((source, Finding::new(Step::Host, Status::Passed, format!("{}: {why}", source.title()), started)))
        }
        Err(error) => Err(Finding::failed(Step::Host, &report(&error, settings), started)),
    };
    let (source, host) = match source {
        Ok(found) => found,
        Err(finding) => {
            let skip = |step| Finding::new(step, Status::Skipped, "there is no identity source on this host", started);
            return vec![finding, skip(Step::Assertion), skip(Step::FederatedCredential)];
        }
    };
    let started = Instant::now();
    match tokens.assertion(transport, observer, settings).await {
        Ok(assertion) => vec![
            host,
            assertion_finding(source, &assertion, settings, *now, started),
            credential_finding(source, &assertion, settings, client),
        ],
        Err(error) => {
            let finding = Finding::failed(Step::Assertion, &report(&error, settings), started);
            let skipped = "its values are those of the assertion, and there is none";
            vec![host, finding, Finding::new(Step::FederatedCredential, Status::Skipped, skipped, Instant::now())]
        }
    }
}

fn report(error: &SourceError, settings: &IdentitySettings) -> Report {
    error
        .report()
        .detail("identity", settings.selector.to_string())
        .detail("audience", settings.exchange_audience.clone())
}

fn assertion_finding(
    source: &dyn AssertionSource,
    assertion: &Assertion,
    settings: &IdentitySettings,
    now: UnixSeconds,
    started: Instant,
) -> Finding {
    let claims = &assertion.claims;
    let text = |claim: &Option<String>| claim.clone().unwrap_or_else(|| "(none)".to_owned());
    let minutes = (assertion.claims.exp.unwrap_or(assertion.expires_at) - now) / 60;
    let detail = format!(
        "issuer {}, subject {}, audience {}, expires in {minutes} minutes",
        text(&claims.iss),
        text(&claims.sub),
        text(&claims.aud)
    );
    let finding = |status| Finding::new(Step::Assertion, status, detail.clone(), started);
    if let Some(limitation) = source.limitation() {
        return finding(Status::Warning).remedy(limitation);
    }
    let is_managed_identity = claims.iss.as_deref().is_some_and(|issuer| issuer.contains("microsoftonline"));
    if settings.selector == Selector::Default && is_managed_identity {
        return finding(Status::Warning).remedy(
            "Without -ManagedIdentityClientId the host chose the identity, mostly its system-assigned one, which Entra \
             does not accept as a federated credential.",
        );
    }
    finding(Status::Passed)
}

fn credential_finding(
    source: &dyn AssertionSource,
    assertion: &Assertion,
    settings: &IdentitySettings,
    client: &ClientId,
) -> Finding {
    let started = Instant::now();
    let (Some(issuer), Some(subject)) = (assertion.claims.iss.clone(), assertion.claims.sub.clone()) else {
        let detail = "the assertion names no issuer or no subject, so no federated credential can match it";
        return Finding::new(Step::FederatedCredential, Status::Failed, detail, started);
    };
    let credential =
        FederatedCredential { client: client.clone(), issuer, subject, audience: settings.exchange_audience.clone() };
    let detail = format!(
        "application {client} needs a federated credential with issuer {}, subject {}, audience {}",
        credential.issuer, credential.subject, credential.audience
    );
    let status = if source.limitation().is_some() { Status::Warning } else { Status::Passed };
    let finding = Finding::new(Step::FederatedCredential, status, detail, started)
        .remedy("Whether it has one, the exchange tells. The text for the tool of your choice is in Instructions.");
    Finding { instructions: credential.instructions(), ..finding }
}

/// Examines one tenant: its existence, the exchange, the roles, one call.
pub async fn examine_tenant(connection: &Connection) -> Vec<Finding> {
    let tenant = tenant_finding(connection).await;
    let started = Instant::now();
    let request = &connection.token_request;
    let token = connection.tokens.token(&connection.transport, &connection.observer, request, Freshness::New).await;
    match token {
        Ok(token) => {
            let detail = format!(
                "a token of tenant {} for {}, from {}",
                token.claims.tid.as_deref().unwrap_or_default(),
                token.claims.aud.as_deref().unwrap_or_default(),
                host_of(&request.settings.authority)
            );
            let exchange = Finding::new(Step::Exchange, Status::Passed, detail, started);
            let roles = roles_finding(connection, &token);
            let call = call_finding(connection, &token).await;
            vec![tenant, exchange, roles, call]
        }
        Err(error) if error.concerns_all_tenants() => {
            let exchange = Finding::new(Step::Exchange, Status::Skipped, "there is no assertion to exchange", started);
            vec![tenant, exchange, no_token(Step::Roles), reachable_finding(connection).await]
        }
        Err(error) => {
            let exchange = Finding::failed(Step::Exchange, &error.report(), started);
            vec![tenant, exchange, no_token(Step::Roles), reachable_finding(connection).await]
        }
    }
}

fn no_token(step: Step) -> Finding {
    Finding::new(step, Status::Skipped, "there is no token", Instant::now())
}

async fn tenant_finding(connection: &Connection) -> Finding {
    let started = Instant::now();
    let request = &connection.token_request;
    let (settings, tenant) = (&request.settings, &request.tenant);
    let found =
        directory::tenant_id(connection.transport.as_ref(), connection.observer.as_ref(), &settings.authority, tenant);
    match found.await {
        Ok(id) => {
            let named = if id == tenant.as_str() { String::new() } else { format!(" ({tenant})") };
            let detail = format!("{id}{named} exists at {}", host_of(&settings.authority));
            Finding::new(Step::Tenant, Status::Passed, detail, started)
        }
        Err(error) => {
            let report =
                error.report().detail("tenant", tenant.as_str()).detail("authority", host_of(&settings.authority));
            let finding = Finding::failed(Step::Tenant, &report, started);
            // What is no answer of Entra's says nothing about the tenant; the exchange may still work.
            let is_unknown = matches!(error, ExchangeError::InvalidReply { .. });
            if is_unknown { Finding { status: Status::Warning, ..finding } } else { finding }
        }
    }
}

fn roles_finding(connection: &Connection, token: &AppToken) -> Finding {
    let started = Instant::now();
    let roles = &token.claims.roles;
    if roles.is_empty() {
        let report = mde_identity::roles_missing(&connection.token_request);
        return Finding::failed(Step::Roles, &report, started);
    }
    let missing: Vec<_> = CMDLET_NEEDS.iter().filter(|needs| !needs.are_met_by(roles)).collect();
    let has = format!("the token has {}", roles.join(", "));
    if missing.is_empty() {
        return Finding::new(
            Step::Roles,
            Status::Passed,
            format!("{has}: enough for every cmdlet but Invoke-MdeHunting, which needs one of Microsoft Graph"),
            started,
        );
    }
    let lacking: Vec<_> =
        missing.iter().map(|needs| format!("{} ({})", needs.cmdlet, needs.endpoint.roles.join(" or "))).collect();
    let request = &connection.token_request;
    let consent = request.settings.consent_url(&request.tenant, &request.client);
    Finding::new(Step::Roles, Status::Warning, format!("{has}; not enough for {}", lacking.join(", ")), started).remedy(
        format!(
            "If you need these cmdlets: add the permissions to application {}, then have an administrator of tenant {} \
             open {consent} and consent.",
            request.client, request.tenant
        ),
    )
}

async fn call_finding(connection: &Connection, token: &AppToken) -> Finding {
    let started = Instant::now();
    // A call that this token is not good for would say nothing about the API.
    let readers = || CMDLET_NEEDS.iter().filter(|needs| needs.cmdlet.starts_with("Get-"));
    let needs = readers().find(|needs| needs.are_met_by(&token.claims.roles)).unwrap_or(&CMDLET_NEEDS[0]);
    let url = connection.url(needs.endpoint.path, &[("$top", "1".to_owned())]);
    match connection.get(needs.endpoint, &url).await {
        Ok(response) => {
            let detail = format!("GET {} at {}: status {}", url.path(), host_of(&url), response.status);
            Finding::new(Step::DefenderCall, Status::Passed, detail, started)
        }
        Err(error) => Finding::failed(Step::DefenderCall, &connection.report(&error, 0), started),
    }
}

/// Without a token a call is refused, but the refusal shows that the API is there.
async fn reachable_finding(connection: &Connection) -> Finding {
    let started = Instant::now();
    let url = connection.url(CMDLET_NEEDS[0].endpoint.path, &[("$top", "1".to_owned())]);
    let host = host_of(&url);
    match connection.ask_without_token(&url).await {
        Ok(status) => {
            let detail = format!("{host} answers (status {status} without a token); no call can be made without one");
            Finding::new(Step::DefenderCall, Status::Skipped, detail, started)
        }
        Err(error) => {
            let report = connection.report(&DefenderError::Transport(error), 0);
            Finding::failed(Step::DefenderCall, &report, started)
        }
    }
}
