//! What an API demands of a token that it refuses: the claims challenge of continuous access evaluation.
//!
//! Source: learn.microsoft.com/entra/identity-platform/claims-challenge

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// No real challenge is larger; it goes into the body of the exchange.
const LARGEST: usize = 16 * 1024;

/// The claims, as JSON text, that the value of a `WWW-Authenticate` header demands; `None` when it demands none.
///
/// The header: `Bearer realm="", authorization_uri="…", error="insufficient_claims", claims="<base64 of JSON>"`.
pub fn demanded_claims(header: &str) -> Option<String> {
    if header.len() > LARGEST || parameter(header, "error") != Some("insufficient_claims") {
        return None;
    }
    let encoded = parameter(header, "claims")?;
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let json = [STANDARD, URL_SAFE]
        .iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, lenient).decode(encoded).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok())?;
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&json).is_ok().then_some(json)
}

fn parameter<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    header.match_indices(name).find_map(|(start, _)| {
        let is_whole = header[..start].ends_with([' ', ',']);
        let value = header[start + name.len()..].trim_start().strip_prefix('=')?.trim_start();
        let value = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?.0,
            None => value.split([',', ' ']).next().unwrap_or_default(),
        };
        is_whole.then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLAIMS: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}"#;
    /// From the source page.
    const ENCODED: &str = "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxNjA0MTA2NjUxIn19fQ==";

    #[test]
    fn the_claims_of_a_challenge_are_decoded() {
        let uri = "https://login.microsoftonline.com/common/oauth2/authorize";
        for encoded in [ENCODED, ENCODED.trim_end_matches('=')] {
            let header = format!(
                r#"Bearer realm="", authorization_uri="{uri}", error="insufficient_claims", claims="{encoded}""#
            );
            assert_eq!(demanded_claims(&header).as_deref(), Some(CLAIMS));
        }
    }

    #[test]
    fn what_is_no_challenge_demands_nothing() {
        for header in [
            "",
            "Bearer",
            r#"Bearer error="invalid_token", claims="e30=""#,
            r#"Bearer error="insufficient_claims""#,
            r#"Bearer error="insufficient_claims", claims="%%""#,
            // Not an object.
            r#"Bearer error="insufficient_claims", claims="MQ==""#,
            r#"Bearer error="insufficient_claims", claims="e30="#,
        ] {
            assert_eq!(demanded_claims(header), None, "{header}");
        }
    }
}
