//! Managed-identity endpoints: the table of them, and what they have in common (choosing an identity, making its token).
//!
//! Each endpoint's own parameters and words are in its file.

mod app_service;
mod automation;
mod azure_arc;
mod cloud_shell;
mod imds;
mod legacy;
mod machine_learning;
mod pipelines;
mod service_fabric;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::macros::format_description;

use crate::config::{ExpiresOnForm, ManagedIdentity, TOKEN_EXCHANGE_APPLICATION};
use crate::exchange::{Received, Reply};
use crate::keys::Claims;
use crate::routes::Route;
use crate::state::{Shared, now};

/// The endpoints of the identity listener.
pub(crate) const ROUTES: &[&Route] = &[
    &app_service::ROUTE,
    &legacy::ROUTE,
    &automation::ROUTE,
    &imds::ROUTE,
    &machine_learning::ROUTE,
    &cloud_shell::ROUTE,
    &azure_arc::ROUTE,
    &pipelines::GITHUB,
    &pipelines::AZURE_PIPELINES,
];

/// The endpoint of the identity listener that speaks HTTPS.
pub(crate) const TLS_ROUTES: &[&Route] = &[&service_fabric::ROUTE];

pub(crate) use pipelines::service_account_token;

/// How a request names the identity it wants.
enum Selector<'a> {
    None,
    ClientId(&'a str),
    ObjectId(&'a str),
    ResourceId(&'a str),
}

/// The identity that a request names, if it is assigned to the host. No selector means the system-assigned one, which is
/// useless for a federated credential: a client that forgets its selector finds out at the token endpoint.
fn select<'a>(shared: &'a Shared, selector: &Selector<'_>) -> Option<&'a ManagedIdentity> {
    let settings = &shared.config.identity;
    let wanted = |identity: &&ManagedIdentity| {
        identity.assigned
            && match selector {
                Selector::None => true,
                Selector::ClientId(id) => identity.client_id.eq_ignore_ascii_case(id),
                Selector::ObjectId(id) => identity.object_id.eq_ignore_ascii_case(id),
                Selector::ResourceId(id) => identity.resource_id.eq_ignore_ascii_case(id),
            }
    };
    if matches!(selector, Selector::None) {
        return settings.system_assigned.as_ref().filter(wanted);
    }
    settings.user_assigned.iter().chain(&settings.system_assigned).find(wanted)
}

/// Whether the endpoints give tokens for a resource.
fn is_resource(shared: &Shared, resource: &str) -> bool {
    let bare = |text: &str| text.trim_end_matches('/').to_owned();
    shared.config.identity.resources.iter().any(|known| bare(known) == bare(resource))
        || (resource == TOKEN_EXCHANGE_APPLICATION)
}

/// A token and its times.
struct Issued {
    token: String,
    expires_at: i64,
    lifetime: i64,
}

/// Makes the token of a managed identity, version 2.0.
fn issue(shared: &Shared, received: &Received, identity: &ManagedIdentity, resource: &str) -> Issued {
    let own = [
        ("azp", json!(identity.client_id)),
        ("azpacr", json!("2")),
        ("idtyp", json!("app")),
        ("oid", json!(identity.object_id)),
        ("sub", json!(identity.object_id)),
    ];
    issue_claims(shared, received, resource, own)
}

/// Makes a token of the home tenant with these claims beside those that all have.
fn issue_claims<const N: usize>(
    shared: &Shared,
    received: &Received,
    resource: &str,
    own: [(&str, Value); N],
) -> Issued {
    let settings = &shared.config.identity;
    let lifetime = if received.issue_expired { -3_600 } else { settings.token_lifetime_seconds };
    let issued_at = now() + lifetime.min(0) * 2;
    let expires_at = now() + lifetime;
    let claims: Claims = [
        ("aud", json!(settings.token_audience.as_deref().unwrap_or(resource))),
        ("iss", json!(shared.config.issuer())),
        ("iat", json!(issued_at)),
        ("nbf", json!(issued_at)),
        ("exp", json!(expires_at)),
        ("tid", json!(shared.config.home_tenant.id)),
        ("uti", json!(uuid::Uuid::new_v4().simple().to_string())),
        ("ver", json!("2.0")),
    ]
    .into_iter()
    .chain(own)
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    Issued { token: shared.keys.home.sign(&claims), expires_at, lifetime }
}

/// The fields that all successful replies have. `form` is how this endpoint writes `expires_on` by itself.
fn success(shared: &Shared, issued: &Issued, resource: &str, form: ExpiresOnForm) -> Map<String, Value> {
    let form = shared.config.identity.expires_on.unwrap_or(form);
    let mut body = Map::new();
    body.insert("access_token".into(), json!(issued.token));
    if let Some(value) = expires_on(form, issued) {
        body.insert("expires_on".into(), value);
    }
    if let Some(seconds) = shared.config.identity.refresh_in_seconds {
        body.insert("refresh_in".into(), json!(seconds.to_string()));
    }
    body.insert("resource".into(), json!(resource));
    body.insert("token_type".into(), json!("Bearer"));
    body
}

/// Writes a time the way a host does; the sources are at [`ExpiresOnForm`].
fn expires_on(form: ExpiresOnForm, issued: &Issued) -> Option<Value> {
    let time = OffsetDateTime::from_unix_timestamp(issued.expires_at).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let written = |format: Result<String, time::error::Format>| Some(json!(format.unwrap_or_default()));
    match form {
        ExpiresOnForm::EpochString => Some(json!(issued.expires_at.to_string())),
        ExpiresOnForm::EpochNumber => Some(json!(issued.expires_at)),
        ExpiresOnForm::Linux => {
            written(time.format(format_description!("[month]/[day]/[year] [hour]:[minute]:[second] +00:00")))
        }
        ExpiresOnForm::Windows => written(time.format(format_description!(
            "[month padding:none]/[day padding:none]/[year] [hour repr:12 padding:none]:[minute]:[second] [period] +00:00"
        ))),
        ExpiresOnForm::HybridWorker => {
            written(time.format(format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z")))
        }
        ExpiresOnForm::RoundTrip => written(
            time.format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].0000000+00:00")),
        ),
        ExpiresOnForm::RelativeSeconds => Some(json!(issued.lifetime)),
        ExpiresOnForm::Absent => None,
    }
}

/// The error of App Service in both API versions. The spelling `occured` is theirs (azure-functions-host#9884).
fn app_service_error(status: u16, message: &str) -> Reply {
    Reply::json(
        status,
        &json!({"statusCode": status, "message": message, "correlationId": uuid::Uuid::new_v4().to_string()}),
    )
}

/// What App Service says for a wrong resource, an unassigned identity and its own bad days alike.
const APP_SERVICE_FETCH_FAILED: &str = "An unexpected error occured while fetching the AAD Token.";

fn app_service_failure(_: &Shared, _: &Received, status: u16) -> Reply {
    app_service_error(status, APP_SERVICE_FETCH_FAILED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_expires_on() {
        let issued = Issued { token: String::new(), expires_at: 1_579_152_252, lifetime: 86_400 };
        for (form, expected) in [
            (ExpiresOnForm::EpochString, json!("1579152252")),
            (ExpiresOnForm::EpochNumber, json!(1_579_152_252)),
            (ExpiresOnForm::Linux, json!("01/16/2020 05:24:12 +00:00")),
            (ExpiresOnForm::Windows, json!("1/16/2020 5:24:12 AM +00:00")),
            (ExpiresOnForm::HybridWorker, json!("2020-01-16 05:24:12Z")),
            (ExpiresOnForm::RoundTrip, json!("2020-01-16T05:24:12.0000000+00:00")),
            (ExpiresOnForm::RelativeSeconds, json!(86_400)),
        ] {
            assert_eq!(expires_on(form, &issued), Some(expected), "{form:?}");
        }
        assert_eq!(expires_on(ExpiresOnForm::Absent, &issued), None);
    }
}
