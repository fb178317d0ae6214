//! What the Defender API says when it refuses: `{"error":{"code","message","target"}}`, where `target` is the id that
//! support asks for.
//!
//! Source: learn.microsoft.com/defender-endpoint/api/common-errors. The messages of 403,
//! 404 and 500 are not quoted; those for missing roles and missing provisioning are as seen in public samples.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::exchange::{Received, Reply};
use crate::state::Shared;

/// HTTP status, code, message.
#[rustfmt::skip]
const TABLE: &[(u16, &str, &str)] = &[
    (400, "BadRequest", "General Bad Request error message."),
    (401, "Unauthorized", "Unauthorized (invalid or expired authorization header)."),
    (403, "Forbidden", "Forbidden (valid token but insufficient permission for the action)."),
    (404, "ResourceNotFound", "Resource was not found."),
    (429, "TooManyRequests", "Response will represent reaching quota limit either by number of requests or by CPU."),
    (500, "InternalServerError", "Internal server error."),
];

/// The table's reply for a status; other statuses get the words of 500.
pub(super) fn reply(received: &Received, status: u16) -> Reply {
    let message = row(status).2;
    with_message(received, status, message)
}

/// The table's code with a message of its own.
pub(super) fn with_message(received: &Received, status: u16, message: &str) -> Reply {
    with_code(received, status, row(status).1, message)
}

/// 401 with the claims that a token has to be issued with.
///
/// Source: learn.microsoft.com/entra/identity-platform/claims-challenge#claims-challenge-header-format
pub(super) fn claims_challenge(received: &Received, claims: &str) -> Reply {
    let claims = STANDARD.encode(claims);
    reply(received, 401).with_header(
        "www-authenticate",
        format!(
            "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", \
             error=\"insufficient_claims\", claims=\"{claims}\""
        ),
    )
}

/// A wrong `$filter`, `$top` or `$skip`.
pub(super) fn odata(received: &Received, message: &str) -> Reply {
    with_code(received, 400, "ODataError", message)
}

/// A code and a message of their own.
pub(super) fn with_code(received: &Received, status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, &json!({"error": {"code": code, "message": message, "target": received.request_id}}))
}

fn row(status: u16) -> &'static (u16, &'static str, &'static str) {
    TABLE.iter().find(|row| row.0 == status).unwrap_or(&TABLE[TABLE.len() - 1])
}

/// For faults.
pub(super) fn failure(_: &Shared, received: &Received, status: u16) -> Reply {
    reply(received, status)
}
