//! Microsoft Graph, as far as hunting goes.
//!
//! Sources: learn.microsoft.com/graph/api/security-security-runhuntingquery, learn.microsoft.com/graph/errors (the shape
//! of errors).

use serde::Deserialize;
use serde_json::{Value, json};

use crate::defender::bearer;
use crate::exchange::{Received, Reply};
use crate::faults::Target;
use crate::routes::Route;
use crate::state::Shared;

/// Its tokens' audience.
pub(crate) const AUDIENCE: &str = "https://graph.microsoft.com";
const ROLE: &str = "ThreatHunting.Read.All";

/// The endpoints of the listener.
pub(crate) const ROUTES: &[&Route] = &[&Route {
    methods: &["POST"],
    path: "/v1.0/security/runHuntingQuery",
    target: Some(Target::Lists),
    query: &[],
    form: &[],
    answer: |shared, received| match hunt(shared, received) {
        Ok(reply) | Err(reply) => reply,
    },
    failure: |_, received, status| error(received, status, "UnknownError", "Something went wrong."),
}];

fn error(received: &Received, status: u16, code: &str, message: &str) -> Reply {
    Reply::json(
        status,
        &json!({"error": {
            "code": code,
            "message": message,
            "innerError": {
                "date": "2026-11-23T06:00:00",
                "request-id": received.request_id,
                "client-request-id": received.request_id,
            },
        }}),
    )
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct QueryBody {
    query: String,
    #[serde(default)]
    timespan: Option<String>,
}

fn hunt(shared: &Shared, received: &Received) -> Result<Reply, Reply> {
    let claims = bearer(shared, received)
        .filter(|claims| claims["aud"].as_str().is_some_and(|audience| audience.trim_end_matches('/') == AUDIENCE));
    let Some(claims) = claims else {
        return Err(error(
            received,
            401,
            "InvalidAuthenticationToken",
            "Access token validation failure. Invalid audience.",
        ));
    };
    if !claims["roles"].as_array().is_some_and(|roles| roles.iter().any(|role| role == ROLE)) {
        let message =
            format!("The principal does not have required Microsoft Graph permission(s): {ROLE} to call this API.");
        return Err(error(received, 403, "Forbidden", &message));
    }
    let Ok(QueryBody { query, timespan }) = serde_json::from_slice(&received.body) else {
        return Err(error(received, 400, "BadRequest", "Empty Payload. JSON content expected."));
    };
    if query.contains("syntaxerror") {
        return Err(error(
            received,
            400,
            "BadRequest",
            "Syntax error: Query could not be parsed at 'syntaxerror' on line [1,1]",
        ));
    }
    let count = query.rsplit("take ").next().and_then(|text| text.trim().parse::<usize>().ok()).unwrap_or(3);
    let column = |name: &str, kind: &str| json!({"name": name, "type": kind});
    let results: Vec<Value> = (0..count)
        .map(|number| {
            json!({
                "DeviceName": format!("pc-{number:04}"),
                "Count": number,
                "Score": 0.5,
                "IsActive": number.is_multiple_of(2),
                "Timestamp": "2026-11-20T20:31:57.5522833Z",
                "Nothing": null,
                "AdditionalFields": {"deep": [number]},
                "Timespan": timespan,
            })
        })
        .collect();
    Ok(Reply::json(
        200,
        &json!({
            "@odata.context": format!("{}/v1.0/$metadata#microsoft.graph.security.huntingQueryResults", received.origin),
            "schema": [
                column("DeviceName", "String"),
                column("Count", "Int64"),
                column("Score", "Double"),
                column("IsActive", "Boolean"),
                column("Timestamp", "DateTime"),
                column("Nothing", "String"),
                column("AdditionalFields", "Object"),
                column("Timespan", "String"),
            ],
            "results": results,
        }),
    ))
}
