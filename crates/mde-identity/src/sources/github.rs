//! GitHub Actions: the job asks GitHub for a token of its own, which needs `permissions: id-token: write`.
//!
//! Source: docs.github.com/actions/reference/security/oidc

use async_trait::async_trait;
use mde_core::http::Request;
use serde::Deserialize;

use super::endpoint::{fetch_token, service_address};
use super::{Assertion, AssertionSource, SourceContext, SourceError};
use crate::{IdentitySettings, Selector};

pub(super) struct GitHubActions;

#[derive(Deserialize)]
struct TokenBody {
    value: String,
}

#[async_trait]
impl AssertionSource for GitHubActions {
    fn name(&self) -> &'static str {
        "GitHubActions"
    }

    fn title(&self) -> &'static str {
        "GitHub Actions"
    }

    fn looks_for(&self) -> &'static str {
        "ACTIONS_ID_TOKEN_REQUEST_URL with ACTIONS_ID_TOKEN_REQUEST_TOKEN (GitHub Actions with id-token: write)"
    }

    fn is_here(&self, settings: &IdentitySettings) -> bool {
        settings.has_variables(&["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"])
    }

    fn can_select(&self, selector: &Selector) -> bool {
        *selector == Selector::Default
    }

    fn endpoint_variable(&self) -> &'static str {
        "ACTIONS_ID_TOKEN_REQUEST_URL"
    }

    async fn assertion(&self, context: &SourceContext<'_>, _probe: bool) -> Result<Assertion, SourceError> {
        let settings = context.settings;
        let mut url = service_address("ACTIONS_ID_TOKEN_REQUEST_URL", settings.variable(self.endpoint_variable()))?;
        let token = settings.variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN").ok_or_else(SourceError::not_found)?;
        url.query_pairs_mut().append_pair("audience", &settings.exchange_audience);
        let bearer = mde_core::Secret::new(format!("Bearer {token}"));
        let make = || Request::get(url.clone()).secret_header("authorization", bearer.expose());
        fetch_token(context, self.title(), make, |body: TokenBody| body.value).await
    }
}
