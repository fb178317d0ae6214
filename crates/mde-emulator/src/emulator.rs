//! Starting, steering and stopping the emulator: the library's front door.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::config::{Config, SERVICE_CONNECTION_ID, Tenant};
use crate::faults::Faults;
use crate::journal::RequestRecord;
use crate::keys::{Claims, Tls};
use crate::server::{self, Listener};
use crate::state::Shared;

/// Why the emulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A port could not be opened.
    #[error("can't listen on 127.0.0.1 port {port} for {listener}")]
    Listen {
        /// Which listener.
        listener: &'static str,
        /// The configured port.
        port: u16,
        /// The system's reason.
        source: io::Error,
    },
    /// A token-signing key could not be made.
    #[error("can't make an RSA key")]
    Key,
    /// The certificate could not be made.
    #[error("can't make the certificate")]
    Certificate(#[from] rcgen::Error),
    /// The TLS library refused the certificate.
    #[error("can't serve with the certificate")]
    Tls(#[from] tokio_rustls::rustls::Error),
}

/// Base addresses of the listeners, without a trailing slash.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoints {
    /// Managed-identity endpoints.
    pub identity: String,
    /// The identity endpoint of Service Fabric.
    pub identity_tls: String,
    /// Entra over HTTP.
    pub authority: String,
    /// Entra over HTTPS.
    pub authority_tls: String,
    /// Defender over HTTP.
    pub defender: String,
    /// Defender over HTTPS.
    pub defender_tls: String,
    /// Microsoft Graph.
    pub graph: String,
    /// Where the files of exports lie.
    pub blob: String,
    /// The admin listener.
    pub admin: String,
    /// The certificate authority behind the HTTPS listeners, as PEM.
    #[serde(skip)]
    pub certificate_pem: String,
    /// SHA-1 of the certificate of the HTTPS listeners, in upper case.
    #[serde(skip)]
    pub thumbprint: String,
}

/// A kind of host whose environment variables can be asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Host {
    /// App Service, Functions, Container Apps: `IDENTITY_ENDPOINT` and `IDENTITY_HEADER`.
    AppService,
    /// App Service with API version 2017-09-01: `MSI_ENDPOINT` and `MSI_SECRET`.
    AppServiceLegacy,
    /// An Azure Automation cloud sandbox.
    Automation,
    /// A virtual machine: IMDS, moved to loopback by `AZURE_POD_IDENTITY_AUTHORITY_HOST`.
    Imds,
    /// A compute of Azure Machine Learning.
    MachineLearning,
    /// A service of Service Fabric.
    ServiceFabric,
    /// Cloud Shell.
    CloudShell,
    /// A machine with the agent of Azure Arc.
    AzureArc,
    /// A job of GitHub Actions with `id-token: write`.
    GitHubActions,
    /// A job of Azure Pipelines with its access token.
    AzurePipelines,
    /// A pod with workload identity.
    Kubernetes,
}

impl Host {
    /// Every kind, by the name that the program announces it by.
    pub const ALL: &[(&str, Self)] = &[
        ("appService", Self::AppService),
        ("appServiceLegacy", Self::AppServiceLegacy),
        ("automation", Self::Automation),
        ("imds", Self::Imds),
        ("machineLearning", Self::MachineLearning),
        ("serviceFabric", Self::ServiceFabric),
        ("cloudShell", Self::CloudShell),
        ("azureArc", Self::AzureArc),
        ("gitHubActions", Self::GitHubActions),
        ("azurePipelines", Self::AzurePipelines),
        ("kubernetes", Self::Kubernetes),
    ];
}

/// A running emulator. Dropping it closes all listeners and connections.
pub struct Emulator {
    shared: Arc<Shared>,
    endpoints: Endpoints,
    listeners: Vec<JoinHandle<()>>,
}

impl Emulator {
    /// Opens all listeners on the current Tokio runtime.
    ///
    /// # Errors
    /// When a port is taken or a key can't be made.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let ports = config.listen.clone();
        let shared = Arc::new(Shared::new(config)?);
        let tls = Tls::generate()?;
        let acceptor = TlsAcceptor::from(tls.server);

        let mut bases = Vec::new();
        let mut sockets = Vec::new();
        for (listener, port) in [
            (Listener::Identity, ports.identity),
            (Listener::IdentityTls, ports.identity_tls),
            (Listener::Authority, ports.authority),
            (Listener::AuthorityTls, ports.authority_tls),
            (Listener::Defender, ports.defender),
            (Listener::DefenderTls, ports.defender_tls),
            (Listener::Graph, ports.graph),
            (Listener::Blob, ports.blob),
            (Listener::Admin, ports.admin),
        ] {
            let (socket, address) = server::bind(port).await.map_err(|source| StartError::Listen {
                listener: listener.name(),
                port,
                source,
            })?;
            bases.push(format!("{}://{address}", listener.scheme()));
            sockets.push((listener, socket));
        }
        let mut bases = bases.into_iter();
        let mut next = || bases.next().unwrap_or_default();
        let endpoints = Endpoints {
            identity: next(),
            identity_tls: next(),
            authority: next(),
            authority_tls: next(),
            defender: next(),
            defender_tls: next(),
            graph: next(),
            blob: next(),
            admin: next(),
            certificate_pem: tls.certificate_pem,
            thumbprint: tls.thumbprint,
        };
        // Handlers need the addresses too, and no connection is accepted before they are there.
        let endpoints = shared.endpoints.get_or_init(|| endpoints).clone();
        let listeners = sockets
            .into_iter()
            .map(|(listener, socket)| {
                let tls = (listener.scheme() == "https").then(|| acceptor.clone());
                tokio::spawn(server::serve(socket, listener, tls, Arc::clone(&shared)))
            })
            .collect();
        Ok(Self { shared, endpoints, listeners })
    }

    /// The addresses of the listeners.
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// The configuration it was started with.
    pub fn config(&self) -> &Config {
        &self.shared.config
    }

    /// The customer tenants as they are now.
    pub fn tenants(&self) -> Vec<Tenant> {
        self.shared.tenants().iter().map(|tenant| tenant.settings.clone()).collect()
    }

    /// The variables that such a host has, for its first user-assigned identity.
    pub fn environment(&self, host: Host) -> Vec<(String, String)> {
        let base = &self.endpoints.identity;
        let first = self.shared.config.identity.user_assigned.first();
        let header = self.shared.identity_header();
        let pairs = match host {
            Host::AppService => vec![("IDENTITY_ENDPOINT", format!("{base}/msi/token")), ("IDENTITY_HEADER", header)],
            Host::AppServiceLegacy => {
                vec![("MSI_ENDPOINT", format!("{base}/msi/legacy/token")), ("MSI_SECRET", header)]
            }
            Host::Automation => vec![
                ("IDENTITY_ENDPOINT", format!("{base}/automation/oauth2/token")),
                ("IDENTITY_HEADER", header),
                ("AZUREPS_HOST_ENVIRONMENT", "AzureAutomation/1.0".into()),
            ],
            Host::Imds => vec![("AZURE_POD_IDENTITY_AUTHORITY_HOST", base.clone())],
            Host::MachineLearning => vec![
                ("MSI_ENDPOINT", format!("{base}/machine-learning/token")),
                ("MSI_SECRET", header),
                ("DEFAULT_IDENTITY_CLIENT_ID", first.map(|identity| identity.client_id.clone()).unwrap_or_default()),
            ],
            Host::ServiceFabric => vec![
                ("IDENTITY_ENDPOINT", format!("{}/metadata/identity/oauth2/token", self.endpoints.identity_tls)),
                ("IDENTITY_HEADER", header),
                ("IDENTITY_SERVER_THUMBPRINT", self.endpoints.thumbprint.clone()),
            ],
            Host::CloudShell => vec![("MSI_ENDPOINT", format!("{base}/cloud-shell/oauth2/token"))],
            Host::AzureArc => vec![
                ("IDENTITY_ENDPOINT", format!("{base}/arc/metadata/identity/oauth2/token")),
                ("IMDS_ENDPOINT", base.clone()),
            ],
            Host::GitHubActions => vec![
                ("GITHUB_ACTIONS", "true".into()),
                ("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{base}/github/token?api-version=2.0")),
                ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", header),
            ],
            Host::AzurePipelines => vec![
                ("TF_BUILD", "True".into()),
                ("SYSTEM_OIDCREQUESTURI", format!("{base}/pipelines/oidctoken")),
                ("SYSTEM_ACCESSTOKEN", header),
            ],
            Host::Kubernetes => {
                vec![("AZURE_FEDERATED_TOKEN_FILE", self.rotate_service_account_token().unwrap_or_default())]
            }
        };
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Where failures are injected.
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// The requests received so far by the emulated services, in order.
    pub fn journal(&self) -> Vec<RequestRecord> {
        self.shared.journal.snapshot()
    }

    /// Forgets the requests received so far.
    pub fn clear_journal(&self) {
        self.shared.journal.clear();
    }

    /// Adds a customer tenant, or replaces the one with the same id.
    pub fn add_tenant(&self, tenant: Tenant) {
        self.shared.add_tenant(tenant);
    }

    /// Replaces a tenant's indicators by these JSON objects, as they shall be on the wire. False when there is no such
    /// tenant (id or verified domain).
    pub fn set_indicators(&self, tenant: &str, indicators: Vec<Value>) -> bool {
        self.shared.set_indicators(tenant, indicators)
    }

    /// Replaces a tenant's indicators by generated ones. False when there is no such tenant (id or verified domain).
    pub fn generate_indicators(&self, tenant: &str, count: usize) -> bool {
        self.shared.generate_indicators(tenant, count)
    }

    /// Makes Defender answer 401 to the tokens issued for a tenant so far. False when there is no such tenant (id or
    /// verified domain).
    pub fn revoke_tokens(&self, tenant: &str) -> bool {
        self.shared.revoke(tenant)
    }

    /// Changes the value that `X-IDENTITY-HEADER` and `secret` must have, as App Service does from time to time, and
    /// returns it. [`Self::environment`] gives the new value from now on.
    pub fn rotate_identity_header(&self) -> String {
        self.shared.rotate_identity_header()
    }

    /// Writes a new token into the file that a pod finds it in, as a cluster does before the old one expires. Returns
    /// the file's path.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn rotate_service_account_token(&self) -> io::Result<String> {
        let path = self.shared.folder().join("azure-identity-token");
        std::fs::write(&path, crate::identity::service_account_token(&self.shared))?;
        Ok(path.display().to_string())
    }

    /// The id of the service connection that Azure Pipelines gives tokens for.
    pub fn service_connection_id(&self) -> &'static str {
        SERVICE_CONNECTION_ID
    }

    /// Where the agent of Azure Arc keeps its keys.
    pub fn arc_key_folder(&self) -> PathBuf {
        self.shared.folder()
    }

    /// Signs any claims with the home tenant's key, for assertions from other sources (files, pipelines) and wrong ones.
    pub fn sign_assertion(&self, claims: &Claims) -> String {
        self.shared.keys.home.sign(claims)
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        for listener in &self.listeners {
            listener.abort();
        }
    }
}
