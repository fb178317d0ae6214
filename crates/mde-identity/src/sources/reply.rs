//! The replies of HTTP identity endpoints. Hosts differ in the form of nearly every field: all forms are read, and what
//! is no token is refused without quoting more than the endpoint's own message.
//!
//! Sources for the forms of `expires_on`: learn.microsoft.com/azure/app-service/overview-managed-identity, issues 4963
//! and 5167 of the Microsoft Authentication Library for .NET, issue 19641 of azure-sdk-for-python.

use mde_core::clock::UnixSeconds;
use mde_core::{Code, Secret, quoted};
use serde::Deserialize;
use serde_json::Value;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::{Assertion, SourceError};
use crate::cache::refresh_at;
use crate::claims::Claims;
use crate::seconds::seconds;

/// Which row of the error table a refusal belongs to, by its status and its words in lower case.
pub(super) type Classify = fn(u16, &str) -> Code;

/// Who answered.
pub(super) struct Origin<'a> {
    pub(super) title: &'static str,
    pub(super) host: &'a str,
    pub(super) status: u16,
    pub(super) classify: Classify,
}

/// Why a reply is of no use.
pub(super) enum Unusable {
    /// It is a token, but an expired one: asking again may help.
    Expired(SourceError),
    /// Anything else.
    Final(SourceError),
}

impl Unusable {
    pub(super) fn into_error(self) -> SourceError {
        match self {
            Self::Expired(error) | Self::Final(error) => error,
        }
    }
}

#[derive(Deserialize)]
struct TokenBody {
    access_token: Option<String>,
    #[serde(default)]
    expires_on: Value,
    #[serde(default)]
    expires_in: Value,
    #[serde(default)]
    refresh_in: Value,
}

/// Reads a reply.
pub(super) fn read(origin: &Origin<'_>, body: &[u8], now: UnixSeconds) -> Result<Assertion, Unusable> {
    if !(200..300).contains(&origin.status) {
        return Err(Unusable::Final(refusal(origin, body)));
    }
    let invalid = |reason: &str| SourceError::InvalidReply {
        title: origin.title,
        host: origin.host.to_owned(),
        status: origin.status,
        reason: reason.to_owned(),
    };
    let token: TokenBody =
        serde_json::from_slice(body).map_err(|_| Unusable::Final(invalid("the body is not JSON with a token")))?;
    let access_token = token.access_token.filter(|text| !text.is_empty());
    let secret = Secret::new(access_token.ok_or_else(|| Unusable::Final(invalid("there is no access_token in it")))?);
    let claims = Claims::of(&secret).unwrap_or_default();
    let expires_at = expiry(&token.expires_on, &token.expires_in, now)
        .or(claims.exp)
        // Nobody knows how long it lives: good for this one exchange, never served from memory.
        .unwrap_or(now);
    if claims.exp.is_some_and(|exp| exp <= now) {
        return Err(Unusable::Expired(invalid("the token has expired already")));
    }
    let refresh_in = seconds(&token.refresh_in);
    Ok(Assertion { token: secret, expires_at, refresh_at: refresh_at(now, expires_at, refresh_in), claims })
}

/// An assertion that is the bare token: from a file, from a user, from an issuer that answers with nothing else.
pub(super) fn of_token(token: Secret, title: &'static str, now: UnixSeconds) -> Result<Assertion, SourceError> {
    let unusable =
        |reason: &str| SourceError::Unusable { code: Code::AssertionUnusable, title, reason: reason.to_owned() };
    let claims = Claims::of(&token).ok_or_else(|| unusable("it is not a JSON web token"))?;
    let expires_at = claims.exp.ok_or_else(|| unusable("the token has no expiry"))?;
    if expires_at <= now {
        return Err(unusable("the token has expired already; check this machine's clock"));
    }
    Ok(Assertion { token, expires_at, refresh_at: refresh_at(now, expires_at, None), claims })
}

/// When the token ends. A time that is past or years away is no expiry.
fn expiry(expires_on: &Value, expires_in: &Value, now: UnixSeconds) -> Option<UnixSeconds> {
    const YEAR_2001: i64 = 978_307_200;
    const TEN_YEARS: i64 = 10 * 366 * 86_400;
    let absolute = match seconds(expires_on) {
        // Microsoft's own library takes a small number for seconds from now.
        Some(seconds) if seconds < YEAR_2001 => Some(now + seconds),
        Some(seconds) => Some(seconds),
        None => expires_on.as_str().and_then(date),
    };
    let relative = seconds(expires_in).map(|seconds| now.saturating_add(seconds));
    absolute.or(relative).filter(|expiry| (now + 1..now + TEN_YEARS).contains(expiry))
}

fn date(text: &str) -> Option<UnixSeconds> {
    const LINUX: &[BorrowedFormatItem<'_>] = format_description!(
        version = 2,
        "[month padding:none]/[day padding:none]/[year] [hour padding:none]:[minute]:[second] [offset_hour sign:mandatory]:[offset_minute]"
    );
    const WINDOWS: &[BorrowedFormatItem<'_>] = format_description!(
        version = 2,
        "[month padding:none]/[day padding:none]/[year] [hour repr:12 padding:none]:[minute]:[second] [period] [offset_hour sign:mandatory]:[offset_minute]"
    );
    const HYBRID_WORKER: &[BorrowedFormatItem<'_>] =
        format_description!(version = 2, "[year]-[month]-[day] [hour]:[minute]:[second]Z");
    let text = text.trim();
    let with_offset = OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339)
        .or_else(|_| OffsetDateTime::parse(text, &LINUX))
        .or_else(|_| OffsetDateTime::parse(text, &WINDOWS))
        // Microsoft's own sample has hour 00 with PM, which no clock shows: the period is left out then.
        .or_else(|_| OffsetDateTime::parse(&text.replace(" PM", "").replace(" AM", ""), &LINUX));
    with_offset
        .map(OffsetDateTime::unix_timestamp)
        .or_else(|_| PrimitiveDateTime::parse(text, &HYBRID_WORKER).map(|utc| utc.assume_utc().unix_timestamp()))
        .ok()
}

#[derive(Deserialize, Default)]
struct ErrorBody {
    #[serde(default)]
    error: Value,
    error_description: Option<String>,
    #[serde(alias = "Message")]
    message: Option<String>,
    #[serde(alias = "correlationId")]
    correlation_id: Option<String>,
}

fn refusal(origin: &Origin<'_>, body: &[u8]) -> SourceError {
    let parsed: ErrorBody = serde_json::from_slice(body).unwrap_or_default();
    let nested = parsed.error.get("message").and_then(Value::as_str);
    let code = parsed.error.get("code").and_then(Value::as_str).or(parsed.error.as_str());
    let words: Vec<&str> = [code, nested.or(parsed.error_description.as_deref()), parsed.message.as_deref()]
        .into_iter()
        .flatten()
        .filter(|text| !text.is_empty())
        .collect();
    let message =
        if words.is_empty() { "it gave no reason in JSON".to_owned() } else { quoted(&words.join(": "), 512) };
    // What is not JSON comes from a proxy or a container engine: it decides the code but isn't quoted.
    let text = if words.is_empty() {
        String::from_utf8_lossy(&body[..body.len().min(512)]).into_owned()
    } else {
        message.clone()
    };
    SourceError::Refused {
        title: origin.title,
        host: origin.host.to_owned(),
        code: (origin.classify)(origin.status, &text.to_ascii_lowercase()),
        status: origin.status,
        message,
        correlation_id: parsed.correlation_id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixSeconds = 1_560_000_000;

    fn read_ok(body: &str) -> Assertion {
        read(&origin(200), body.as_bytes(), NOW).ok().unwrap()
    }

    fn origin(status: u16) -> Origin<'static> {
        Origin { title: "test", host: "localhost", status, classify: |_, _| Code::IdentityEndpointRefused }
    }

    #[test]
    fn every_known_form_of_expiry_is_read() {
        for (form, expected) in [
            (r#""1561000000""#, 1_561_000_000),
            ("1561000000", 1_561_000_000),
            ("1561000000.0", 1_561_000_000),
            (r#""06/20/2019 02:57:58 +00:00""#, 1_560_999_478),
            (r#""6/20/2019 2:57:58 AM +00:00""#, 1_560_999_478),
            (r#""6/20/2019 2:57:58 PM +00:00""#, 1_561_042_678),
            (r#""06/20/2019 00:57:58 PM +00:00""#, 1_560_992_278),
            (r#""2019-06-20 02:57:58Z""#, 1_560_999_478),
            (r#""2019-06-20T02:57:58.0000000+00:00""#, 1_560_999_478),
            ("3600", NOW + 3600),
        ] {
            let body = format!(r#"{{"access_token":"t","expires_on":{form}}}"#);
            assert_eq!(read_ok(&body).expires_at, expected, "{form}");
        }
        assert_eq!(read_ok(r#"{"access_token":"t","expires_in":"60"}"#).expires_at, NOW + 60);
    }

    #[test]
    fn an_absurd_expiry_is_not_believed() {
        for form in ["\"soon\"", "1000000000", "99999999999999", "null"] {
            let body = format!(r#"{{"access_token":"t","expires_on":{form}}}"#);
            assert_eq!(read_ok(&body).expires_at, NOW, "{form}");
        }
    }

    #[test]
    fn what_is_no_token_is_refused_without_being_quoted() {
        for body in ["<html>secret</html>", "{}", r#"{"access_token":""}"#, r#"{"access_token":7}"#, "", "[1,2"] {
            let error = read(&origin(200), body.as_bytes(), NOW).err().unwrap().into_error();
            assert!(matches!(error, SourceError::InvalidReply { .. }), "{body}");
            assert!(!error.to_string().contains("secret"));
        }
    }

    #[test]
    fn the_words_of_every_error_shape_are_kept() {
        for (body, words) in [
            (
                r#"{"error":"invalid_request","error_description":"Identity not found"}"#,
                "invalid_request: Identity not found",
            ),
            (
                r#"{"statusCode":500,"message":"An unexpected error occured","correlationId":"c-1"}"#,
                "An unexpected error occured",
            ),
            (
                r#"{"Message":"No managed identity was found for Automation account x"}"#,
                "No managed identity was found for Automation account x",
            ),
            (r#"{"error":{"code":"ManagedIdentityNotFound","message":"none"}}"#, "ManagedIdentityNotFound: none"),
            ("<html>proxy</html>", "it gave no reason in JSON"),
        ] {
            match read(&origin(400), body.as_bytes(), NOW).err().unwrap().into_error() {
                SourceError::Refused { message, .. } => assert_eq!(message, words),
                other => panic!("{other}"),
            }
        }
    }
}
