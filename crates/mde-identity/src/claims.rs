//! What a token says of itself. Nobody but its audience can verify it; it is read to explain and to double-check,
//! never to grant anything.
//!
//! Source: learn.microsoft.com/entra/identity-platform/access-token-claims-reference

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mde_core::Secret;
use serde::Deserialize;

/// The claims that are of use, all of them optional.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Claims {
    /// Who issued it.
    pub iss: Option<String>,
    /// Whom it is about: of a managed identity's token, the identity's object id.
    pub sub: Option<String>,
    /// Whom it is for: one text, or the first of several.
    #[serde(default, deserialize_with = "one_or_first")]
    pub aud: Option<String>,
    /// The tenant.
    pub tid: Option<String>,
    /// When it expires, in seconds since the Unix epoch.
    pub exp: Option<i64>,
    /// The application permissions.
    #[serde(default)]
    pub roles: Vec<String>,
}

impl Claims {
    /// Reads the claims; `None` when the token is not a JSON web token.
    pub fn of(token: &Secret) -> Option<Self> {
        let mut parts = token.expose().split('.');
        let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
        let json = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
        serde_json::from_slice(&json).ok()
    }
}

fn one_or_first<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Audience {
        One(String),
        Several(Vec<String>),
    }
    Ok(match Option::<Audience>::deserialize(deserializer)? {
        Some(Audience::One(one)) => Some(one),
        Some(Audience::Several(several)) => several.into_iter().next(),
        None => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(payload: &str) -> Secret {
        Secret::new(format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(payload)))
    }

    #[test]
    fn claims_are_read_without_a_signature() {
        let claims = Claims::of(&token(r#"{"aud":["a","b"],"tid":"t","roles":["Ti.ReadWrite.All"],"exp":5}"#)).unwrap();
        assert_eq!(claims.aud.as_deref(), Some("a"));
        assert_eq!(claims.roles, ["Ti.ReadWrite.All"]);
        assert_eq!(Claims::of(&Secret::new("opaque")), None);
        assert_eq!(Claims::of(&Secret::new("a.%%.c")), None);
        assert_eq!(Claims::of(&token("not json")), None);
    }
}
