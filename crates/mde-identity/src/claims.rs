//! What a token says of itself. Nobody but its audience can verify it; it is read to explain and to double-check,
//! never to grant anything.
//!
//! Source: learn.microsoft.com/entra/identity-platform/access-token-claims-reference

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mde_core::Secret;
use serde_json::{Map, Value};

use crate::seconds::seconds;

/// The claims that are of use, all of them optional.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// Who issued it.
    pub iss: Option<String>,
    /// Whom it is about: of a managed identity's token, the identity's object id.
    pub sub: Option<String>,
    /// Whom it is for: one text, or the first of several.
    pub aud: Option<String>,
    /// The tenant.
    pub tid: Option<String>,
    /// When it expires, in seconds since the Unix epoch.
    pub exp: Option<i64>,
    /// The application permissions.
    pub roles: Vec<String>,
}

impl Claims {
    /// Reads the claims; `None` when the token is not a JSON web token.
    pub fn of(token: &Secret) -> Option<Self> {
        let mut parts = token.expose().split('.');
        let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
        let json = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
        let claims: Map<String, Value> = serde_json::from_slice(&json).ok()?;
        // Issuers other than Entra have claims of the same names in other forms, which must not hide the rest.
        let texts = |name: &str| claims.get(name).map(texts).unwrap_or_default();
        let text = |name: &str| texts(name).into_iter().next();
        Some(Self {
            iss: text("iss"),
            sub: text("sub"),
            aud: text("aud"),
            tid: text("tid"),
            exp: claims.get("exp").and_then(seconds),
            roles: texts("roles"),
        })
    }
}

/// The text, or each of several.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(several) => several.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
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
        let other = Claims::of(&token(r#"{"sub":"s","aud":"a","tid":7,"roles":"reader","exp":5.75}"#)).unwrap();
        assert_eq!(
            (other.sub.as_deref(), other.aud.as_deref(), other.tid, other.exp),
            (Some("s"), Some("a"), None, Some(5))
        );
        assert_eq!(Claims::of(&Secret::new("opaque")), None);
        assert_eq!(Claims::of(&Secret::new("a.%%.c")), None);
        for payload in ["not json", "[1]", "null"] {
            assert_eq!(Claims::of(&token(payload)), None);
        }
    }
}
