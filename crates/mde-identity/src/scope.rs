//! What a token is for, as the client credentials grant spells it: one resource and `/.default`.
//!
//! Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow

use std::fmt;

use mde_core::errors::InputError;
use mde_core::ids::shown;

const SUFFIX: &str = "/.default";

/// One resource followed by `/.default`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Scope(String);

impl Scope {
    /// Checks the text and appends `/.default` where it is missing; the flag tells whether it was.
    ///
    /// # Errors
    /// [`InputError::Scope`] for an empty text, for more than one scope, or for control characters.
    pub fn parse(text: &str) -> Result<(Self, bool), InputError> {
        let text = text.trim();
        let is_one =
            !text.is_empty() && text.len() <= 512 && !text.contains(|c: char| c.is_whitespace() || c.is_control());
        if !is_one || text == SUFFIX {
            return Err(InputError::Scope(shown(text)));
        }
        if text.ends_with(SUFFIX) {
            return Ok((Self(text.to_owned()), false));
        }
        Ok((Self(format!("{text}{SUFFIX}")), true))
    }

    /// The scope as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_default_is_appended_and_told() {
        let (scope, appended) = Scope::parse("https://graph.microsoft.com").unwrap();
        assert_eq!((scope.as_str(), appended), ("https://graph.microsoft.com/.default", true));
        let (scope, appended) = Scope::parse(" https://api.securitycenter.microsoft.com/.default ").unwrap();
        assert_eq!((scope.as_str(), appended), ("https://api.securitycenter.microsoft.com/.default", false));
        // A resource id that ends in a slash keeps it: the token's audience must be that very text.
        assert_eq!(Scope::parse("https://x/").unwrap().0.as_str(), "https://x//.default");
        for wrong in ["", "a b", "/.default", "a\tb"] {
            assert!(Scope::parse(wrong).is_err(), "{wrong}");
        }
    }
}
