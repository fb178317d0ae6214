//! What comes in, and its check: the only place where texts from the other side become typed settings.

use std::sync::Arc;

use interoptopus::ffi;
use mde_core::cloud::choose;
use mde_core::errors::InputError;
use mde_core::{ClientId, Environment, TenantId};
use mde_identity::{IdentitySettings, Scope, Selector, SourceChoice, TokenRequest};

/// An environment variable's name and value.
#[ffi]
pub struct EnvironmentVariable {
    /// The name.
    pub name: String,
    /// The value, possibly a secret.
    pub content: String,
}

/// Who asks, for which tenants.
#[ffi]
pub struct ConnectionRequest {
    /// The tenants: GUIDs or domain names.
    pub tenant_ids: Vec<String>,
    /// The application's client id.
    pub client_id: String,
    /// The name of an identity source; empty for detection.
    pub identity_source: String,
    /// Selects a managed identity.
    pub managed_identity_client_id: Option<String>,
    /// Selects a managed identity.
    pub managed_identity_object_id: Option<String>,
    /// Selects a managed identity.
    pub managed_identity_resource_id: Option<String>,
    /// What the assertion is for; the exchange audience of the sign-in host's cloud when missing.
    pub exchange_audience: Option<String>,
    /// The id of an Azure Pipelines service connection.
    pub service_connection_id: Option<String>,
    /// An assertion that the user got elsewhere.
    pub assertion: Option<String>,
    /// What tokens are for; the cloud's Defender API when missing.
    pub scope: Option<String>,
    /// The name of a cloud; the sign-in host's when missing.
    pub cloud: Option<String>,
    /// A region of the cloud's Defender API.
    pub region: Option<String>,
    /// The Defender API's base URL; the cloud's own when missing.
    pub api_base_url: Option<String>,
    /// How many tenants are worked on at once.
    pub throttle_limit: u32,
    /// The variables of `environment_variable_names` that are set.
    pub environment: Vec<EnvironmentVariable>,
}

/// Asks for tokens.
#[ffi]
pub struct TokensRequest {
    /// Who asks.
    pub connection: ConnectionRequest,
    /// Exchange again whatever is in memory.
    pub force_refresh: bool,
}

/// Asks for indicators.
#[ffi]
pub struct IndicatorsRequest {
    /// Who asks.
    pub connection: ConnectionRequest,
    /// An OData filter.
    pub filter: Option<String>,
    /// How many to leave out, in each tenant.
    pub skip: u64,
    /// How many to return at most, of each tenant.
    pub first: Option<u64>,
    /// What they have to be.
    pub search: SearchRequest,
}

/// What indicators have to be. Texts of one kind are alternatives.
#[ffi]
#[allow(missing_docs, reason = "the fields are those of the client's search")]
pub struct SearchRequest {
    pub ids: Vec<String>,
    pub values: Vec<String>,
    pub types: Vec<String>,
    pub actions: Vec<String>,
    pub severities: Vec<String>,
    pub titles: Vec<String>,
    pub created_by: Vec<String>,
    pub external_ids: Vec<String>,
    /// .NET ticks in UTC.
    pub expires_before: Option<i64>,
    /// .NET ticks in UTC.
    pub expires_after: Option<i64>,
    pub never_expires: bool,
    pub has_duplicate: bool,
}

/// A parameter's name and value.
#[ffi]
pub struct NamedText {
    /// The name.
    pub name: String,
    /// The value.
    pub content: String,
}

/// Asks for the records of a list.
#[ffi]
pub struct RecordsRequest {
    /// Who asks.
    pub connection: ConnectionRequest,
    /// The list's name.
    pub list: String,
    /// What stands for the id in the list's path.
    pub id: Option<String>,
    /// An OData filter.
    pub filter: Option<String>,
    /// How many to leave out, in each tenant.
    pub skip: u64,
    /// How many to return at most, of each tenant.
    pub first: Option<u64>,
    /// Fields and the values that they must have.
    pub conditions: Vec<NamedText>,
    /// Further parameters of the query.
    pub parameters: Vec<NamedText>,
}

/// Asks for a call of any path.
#[ffi]
pub struct ApiRequest {
    /// Who asks.
    pub connection: ConnectionRequest,
    /// GET, POST, …
    pub method: String,
    /// The path, or an address on one of the cloud's own hosts.
    pub path: String,
    /// Parameters of the query.
    pub parameters: Vec<NamedText>,
    /// JSON.
    pub body: Option<String>,
    /// How many records to return at most, of each tenant.
    pub first: Option<u64>,
}

/// Asks for a change of indicators.
#[ffi]
pub struct WriteRequest {
    /// Who asks.
    pub connection: ConnectionRequest,
    /// Wanted indicators, a JSON object each.
    pub rows: Vec<String>,
    /// A file of wanted indicators, instead of the rows.
    pub file: Option<String>,
    /// Ids of indicators, each named by its tenant.
    pub ids: Vec<NamedText>,
    /// How the external ids of own indicators begin; those that the application created are own ones when missing.
    pub external_id_prefix: Option<String>,
    /// Whether it is only told what would be done.
    pub plans_only: bool,
    /// Whether nothing may be wanted, so that all own ones are removed.
    pub allows_empty: bool,
}

/// Asks for the indicators of all tenants side by side.
#[ffi]
pub struct ComparisonRequest {
    /// Who asks.
    pub connection: ConnectionRequest,
    /// Whether those that are the same everywhere are told as well.
    pub includes_equal: bool,
}

/// Asks for files of indicators. No call is made.
#[ffi]
pub struct ExportRequest {
    /// The indicators, a JSON object each.
    pub rows: Vec<String>,
    /// Where to. A name that ends in `.json` means JSON.
    pub file: String,
    /// Whether columns that the portal doesn't know are written as well.
    pub all_columns: bool,
    /// How many rows a CSV file has at most; zero stands for any number.
    pub rows_per_file: u32,
}

/// Asks for the rows of a hunting query. The connection's address and scope are Microsoft Graph's.
#[ffi]
pub struct HuntingRequest {
    /// Who asks.
    pub connection: ConnectionRequest,
    /// Kusto's query language.
    pub query: String,
    /// The time that is looked at, as ISO 8601 writes it.
    pub timespan: Option<String>,
}

/// Which service a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Defender,
    Graph,
}

/// A connection request that has been checked. Tenants are checked one by one: a wrong one doesn't stop the others.
pub(crate) struct Checked {
    pub(crate) identity: Arc<IdentitySettings>,
    pub(crate) client: ClientId,
    /// Missing where the cloud has no Defender API and none was named: some operations need none.
    pub(crate) scope: Result<Scope, InputError>,
    pub(crate) warning: Option<String>,
}

impl Checked {
    /// Which token a tenant needs.
    pub(crate) fn token_request(&self, tenant: TenantId) -> Result<TokenRequest, InputError> {
        Ok(TokenRequest {
            settings: Arc::clone(&self.identity),
            tenant,
            client: self.client.clone(),
            scope: self.scope.clone()?,
        })
    }
}

impl ConnectionRequest {
    /// Checks everything but the tenants, and takes what it needs of the rest.
    pub(crate) fn check(&mut self) -> Result<Checked, InputError> {
        self.check_for(Service::Defender)
    }

    /// The same, for a token of this service unless the request names another.
    pub(crate) fn check_for(&mut self, service: Service) -> Result<Checked, InputError> {
        if self.client_id.trim().is_empty() {
            return Err(InputError::Missing("-ClientId"));
        }
        let environment =
            Environment::new(self.environment.drain(..).map(|variable| (variable.name, variable.content)));
        let (cloud, authority) = choose(self.cloud.as_deref(), &environment)?;
        // As a scope it ends in /.default, as a managed identity's resource it does not.
        let audience = self.exchange_audience.as_deref().map(|text| text.trim().trim_end_matches("/.default"));
        let identity = IdentitySettings {
            exchange_audience: audience.unwrap_or(cloud.exchange_audience).to_owned(),
            cloud,
            authority,
            source: SourceChoice::parse(&self.identity_source)?,
            selector: Selector::parse(
                self.managed_identity_client_id.as_deref(),
                self.managed_identity_object_id.as_deref(),
                self.managed_identity_resource_id.as_deref(),
            )?,
            environment,
            service_connection: self.service_connection_id.clone(),
            assertion: self.assertion.as_deref().map(mde_core::Secret::new),
        };
        let own_scope = match service {
            Service::Defender => cloud.scope.map(str::to_owned),
            Service::Graph => cloud.graph_base_url.map(|base| format!("{base}/.default")),
        };
        let (scope, warning) = match self.scope.as_deref().or(own_scope.as_deref()) {
            Some(text) => {
                let (scope, appended) = Scope::parse(text)?;
                let warning =
                    appended.then(|| format!("-Scope was completed to '{scope}': a client gets all or nothing"));
                (Ok(scope), warning)
            }
            None => (Err(InputError::CloudWithoutDefender(cloud.name)), None),
        };
        Ok(Checked { identity: Arc::new(identity), client: ClientId::parse(&self.client_id)?, scope, warning })
    }
}
