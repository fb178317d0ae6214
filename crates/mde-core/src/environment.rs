//! A snapshot of the environment variables that decide where identity and services are.
//!
//! The snapshot is handed in with every request: App Service rotates `IDENTITY_HEADER`, and on Unix a variable that
//! PowerShell sets is seen by .NET only, never by this library's own process environment.

use std::fmt;

use crate::Secret;

/// Every variable that is read, so that the caller needs no list of its own.
pub const NAMES: &[&str] = &[
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ALL_PROXY",
    "AZUREPS_HOST_ENVIRONMENT",
    "AZURE_AUTHORITY_HOST",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "DEFAULT_IDENTITY_CLIENT_ID",
    "GITHUB_ACTIONS",
    "HTTPS_PROXY",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "IDENTITY_SERVER_THUMBPRINT",
    "IMDS_ENDPOINT",
    "MDEFIC_API_BASE_URL",
    "MDEFIC_GRAPH_BASE_URL",
    "MSI_ENDPOINT",
    "MSI_SECRET",
    "NO_PROXY",
    "ProgramData",
    "ProgramFiles",
    "SYSTEM_ACCESSTOKEN",
    "SYSTEM_OIDCREQUESTURI",
    "TF_BUILD",
    "WEBSITE_SITE_NAME",
    "all_proxy",
    "https_proxy",
    "no_proxy",
];

/// The variables' values at the time of one request. `Debug` shows names only: two of the values are secrets.
#[derive(Clone, Default)]
pub struct Environment(Vec<(String, String)>);

impl Environment {
    /// Takes the variables; an empty value counts as unset, as in Microsoft's identity libraries.
    pub fn new<N: Into<String>, V: Into<String>>(variables: impl IntoIterator<Item = (N, V)>) -> Self {
        let pairs = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self(pairs.filter(|(_, value): &(String, String)| !value.is_empty()).collect())
    }

    /// Reads this process's own environment.
    pub fn of_process() -> Self {
        Self::new(NAMES.iter().filter_map(|name| std::env::var(name).ok().map(|value| (*name, value))))
    }

    /// The variable's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The variable's value as a secret.
    pub fn secret(&self, name: &str) -> Option<Secret> {
        self.get(name).map(Secret::new)
    }

    /// The first of these variables that is set.
    pub fn first_of(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<_> = self.0.iter().map(|(name, _)| name).collect();
        names.sort();
        formatter.debug_tuple("Environment").field(&names).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_value_counts_as_unset_and_values_are_not_shown() {
        let environment = Environment::new([("IDENTITY_HEADER", "secret-header"), ("MSI_ENDPOINT", "")]);
        assert_eq!(environment.get("MSI_ENDPOINT"), None);
        assert_eq!(format!("{environment:?}"), r#"Environment(["IDENTITY_HEADER"])"#);
    }
}
