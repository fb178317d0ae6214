//! An assertion that the user got elsewhere: from Google, AWS, SPIFFE, or a secret store of their own.

use std::hash::BuildHasher;
use std::sync::LazyLock;

use async_trait::async_trait;

use super::reply::of_token;
use super::{Assertion, AssertionSource, SourceContext, SourceError};
use crate::{IdentitySettings, Selector};

/// Makes one assertion tell from another without keeping either in a cache's key.
static FINGERPRINT: LazyLock<std::hash::RandomState> = LazyLock::new(std::hash::RandomState::new);

pub(super) struct GivenAssertion;

#[async_trait]
impl AssertionSource for GivenAssertion {
    fn name(&self) -> &'static str {
        "Assertion"
    }

    fn title(&self) -> &'static str {
        "-Assertion"
    }

    fn looks_for(&self) -> &'static str {
        "-Assertion (a token of another issuer)"
    }

    fn is_here(&self, settings: &IdentitySettings) -> bool {
        settings.assertion.is_some()
    }

    fn can_select(&self, selector: &Selector) -> bool {
        *selector == Selector::Default
    }

    fn endpoint_variable(&self) -> &'static str {
        ""
    }

    fn endpoint(&self, settings: &IdentitySettings) -> String {
        settings.assertion.as_ref().map(|token| FINGERPRINT.hash_one(token.expose()).to_string()).unwrap_or_default()
    }

    async fn assertion(&self, context: &SourceContext<'_>, _probe: bool) -> Result<Assertion, SourceError> {
        let token = context.settings.assertion.clone().ok_or_else(SourceError::not_found)?;
        of_token(token, self.title(), context.clock.now())
    }
}
