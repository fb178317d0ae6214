//! Workload identity in Kubernetes: a token file that the cluster projects into the pod and rewrites before it expires.
//! The path is the cluster's; the file is read for every exchange, so that a rotated token is used at once.
//!
//! Source: azure.github.io/azure-workload-identity/docs

use std::path::PathBuf;

use async_trait::async_trait;
use mde_core::{Code, Secret};

use super::endpoint::read_file;
use super::reply::of_token;
use super::{Assertion, AssertionSource, SourceContext, SourceError};
use crate::{IdentitySettings, Selector};

/// No projected token is larger.
const LARGEST: u64 = 64 * 1024;

pub(super) struct Kubernetes;

#[async_trait]
impl AssertionSource for Kubernetes {
    fn name(&self) -> &'static str {
        "Kubernetes"
    }

    fn title(&self) -> &'static str {
        "the Kubernetes token file"
    }

    fn looks_for(&self) -> &'static str {
        "AZURE_FEDERATED_TOKEN_FILE (Kubernetes workload identity)"
    }

    fn is_here(&self, settings: &IdentitySettings) -> bool {
        settings.variable(self.endpoint_variable()).is_some()
    }

    fn can_select(&self, selector: &Selector) -> bool {
        *selector == Selector::Default
    }

    fn endpoint_variable(&self) -> &'static str {
        "AZURE_FEDERATED_TOKEN_FILE"
    }

    async fn assertion(&self, context: &SourceContext<'_>, _probe: bool) -> Result<Assertion, SourceError> {
        let path = context.settings.variable(self.endpoint_variable()).ok_or_else(SourceError::not_found)?;
        let unusable = |reason: String| SourceError::Unusable {
            code: Code::TokenFileUnusable,
            title: self.title(),
            reason: format!("{path}: {reason}"),
        };
        let text = read_file(PathBuf::from(path), LARGEST).await.map_err(unusable)?;
        let now = context.clock.now();
        let assertion = of_token(Secret::new(text.trim()), self.title(), now).map_err(|error| match error {
            SourceError::Unusable { reason, .. } => unusable(reason),
            other => other,
        })?;
        // Served from memory, a rotated file would go unnoticed.
        Ok(Assertion { expires_at: now, refresh_at: now, ..assertion })
    }
}
