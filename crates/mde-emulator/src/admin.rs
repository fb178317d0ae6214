//! The admin listener: what library callers can do, for callers in another process. Bodies are JSON.
//!
//! It is not part of the emulated Azure: its requests aren't in the journal, and faults don't hit it.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::config::Tenant;
use crate::exchange::{Received, Reply};
use crate::faults::Fault;
use crate::keys::Claims;
use crate::routes::Route;
use crate::server::plain_failure;
use crate::state::Shared;

type Handler = fn(&Shared, &Received) -> Reply;

const fn route(methods: &'static [&'static str], path: &'static str, answer: Handler) -> Route {
    Route { methods, path, target: None, query: &[], form: &[], answer, failure: plain_failure }
}

/// The endpoints of the admin listener.
pub(crate) const ROUTES: &[&Route] = &[
    &route(&["GET"], "/config", |shared, _| Reply::json(200, &shared.config)),
    &route(&["GET"], "/faults", |shared, _| Reply::json(200, &shared.faults.pending())),
    &route(&["POST"], "/faults", |shared, received| with_body(received, |fault| add_faults(shared, fault))),
    &route(&["DELETE"], "/faults", |shared, _| {
        shared.faults.clear();
        Reply::empty(204)
    }),
    &route(&["GET"], "/journal", |shared, _| Reply::json(200, &shared.journal.snapshot())),
    &route(&["DELETE"], "/journal", |shared, _| {
        shared.journal.clear();
        Reply::empty(204)
    }),
    &route(&["GET"], "/tenants", |shared, _| {
        Reply::json(200, &shared.tenants().iter().map(|tenant| &tenant.settings).collect::<Vec<_>>())
    }),
    &route(&["POST"], "/tenants", |shared, received| {
        with_body(received, |tenant: Tenant| {
            shared.add_tenant(tenant);
            Reply::empty(204)
        })
    }),
    &route(&["POST"], "/tenants/{tenant}/indicators", |shared, received| {
        with_body(received, |indicators: Indicators| {
            let tenant = received.segment("tenant").unwrap_or_default();
            done(match indicators {
                Indicators::Given(records) => shared.set_indicators(tenant, records),
                Indicators::Generated { count } => shared.generate_indicators(tenant, count),
            })
        })
    }),
    &route(&["POST"], "/tenants/{tenant}/revoke", |shared, received| {
        done(shared.revoke(received.segment("tenant").unwrap_or_default()))
    }),
    &route(&["POST"], "/identity/rotate", |shared, _| {
        Reply::json(200, &json!({"identityHeader": shared.rotate_identity_header()}))
    }),
    &route(&["POST"], "/assertions", |shared, received| {
        with_body(received, |claims: Claims| Reply::json(200, &json!({"assertion": shared.keys.home.sign(&claims)})))
    }),
];

/// The body of `POST /tenants/{tenant}/indicators`: an array of records, or how many to generate.
#[derive(Deserialize)]
#[serde(untagged)]
enum Indicators {
    Given(Vec<Value>),
    Generated { count: usize },
}

/// The body of `POST /faults`: one fault or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(Fault),
    More(Vec<Fault>),
}

fn add_faults(shared: &Shared, faults: OneOrMore) -> Reply {
    match faults {
        OneOrMore::One(fault) => shared.faults.add(fault),
        OneOrMore::More(faults) => faults.into_iter().for_each(|fault| shared.faults.add(fault)),
    }
    Reply::empty(204)
}

fn with_body<T: DeserializeOwned>(received: &Received, then: impl FnOnce(T) -> Reply) -> Reply {
    match serde_json::from_slice(&received.body) {
        Ok(body) => then(body),
        Err(error) => Reply::json(400, &json!({"emulator": "bad body", "reason": error.to_string()})),
    }
}

fn done(found: bool) -> Reply {
    if found { Reply::empty(204) } else { Reply::json(404, &json!({"emulator": "no such tenant"})) }
}
