//! The ids that go into URLs and forms, checked before any request is made.

use std::fmt;

use crate::errors::InputError;

/// An Entra tenant: a GUID or a verified domain name. `common`, `organizations` and `consumers` are refused because
/// an app-only token always belongs to one tenant.
///
/// Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TenantId(String);

impl TenantId {
    /// Checks the text.
    ///
    /// # Errors
    /// [`InputError::TenantId`] when it is neither a GUID nor a domain name.
    pub fn parse(text: &str) -> Result<Self, InputError> {
        let text = text.trim();
        if let Some(guid) = parse_guid(text) {
            return Ok(Self(guid));
        }
        let is_domain = text.len() <= 253
            && text.contains('.')
            && text.split('.').all(|label| {
                !label.is_empty()
                    && label.len() <= 63
                    && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            });
        if is_domain { Ok(Self(text.to_ascii_lowercase())) } else { Err(InputError::TenantId(shown(text))) }
    }

    /// The id as it goes into a URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a GUID, which can be compared with a token's `tid`; a domain name can't.
    pub fn is_guid(&self) -> bool {
        parse_guid(&self.0).is_some()
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// An application's client id: a GUID.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId(String);

impl ClientId {
    /// Checks the text.
    ///
    /// # Errors
    /// [`InputError::ClientId`] when it is not a GUID.
    pub fn parse(text: &str) -> Result<Self, InputError> {
        parse_guid(text.trim()).map(Self).ok_or_else(|| InputError::ClientId(shown(text)))
    }

    /// The id in lower case with hyphens.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A GUID in its canonical form, from any form that `[guid]` prints with hyphens; `None` for anything else.
pub fn parse_guid(text: &str) -> Option<String> {
    let bare = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
    if bare.len() != 36 {
        return None;
    }
    uuid::Uuid::try_parse(bare).ok().map(|guid| guid.hyphenated().to_string())
}

/// Bad input as an error may show it: a mistyped id can be a pasted secret, so no more than its beginning.
pub fn shown(text: &str) -> String {
    const LONGEST: usize = 40;
    let clean: String = text.chars().filter(|character| !character.is_control()).take(LONGEST).collect();
    if text.chars().count() > LONGEST { format!("{clean}…") } else { clean }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenants_are_guids_or_domains() {
        let guid = "72F988BF-86F1-41AF-91AB-2D7CD011DB47";
        assert_eq!(TenantId::parse(guid).unwrap().as_str(), "72f988bf-86f1-41af-91ab-2d7cd011db47");
        assert!(TenantId::parse(" {72f988bf-86f1-41af-91ab-2d7cd011db47} ").unwrap().is_guid());
        assert_eq!(TenantId::parse("Contoso.onmicrosoft.com").unwrap().as_str(), "contoso.onmicrosoft.com");
        for wrong in ["", "common", "organizations", "a/b.com", "a..b", "../x.y", "x?.com", "contoso com.net"] {
            assert!(TenantId::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn client_ids_are_guids() {
        assert!(ClientId::parse("72f988bf-86f1-41af-91ab-2d7cd011db47").is_ok());
        assert!(ClientId::parse("72f988bf86f141af91ab2d7cd011db47").is_err());
        assert!(ClientId::parse("my-app").is_err());
    }
}
