//! The Defender API: who may read, pages, filters, encodings.

use mde_emulator::{Compression, Config, DefenderState, NextLink, Tenant};
use serde_json::{Value, json};

use crate::{CONTOSO, FABRIKAM, SCOPE, World};

const ODD: &str = "99999999-9999-4999-8999-999999999999";

fn odd(indicators: usize) -> Tenant {
    Tenant { page_size: 10, ..Tenant::new(ODD, "Odd", indicators) }
}

#[tokio::test]
async fn a_full_page_and_the_next() {
    let world = World::new().await;
    let token = world.token(CONTOSO).await;
    let first: Value = world.indicators(&token, &[]).await.json().await.unwrap();
    assert_eq!(first["value"].as_array().unwrap().len(), 10_000);
    let link = first["@odata.nextLink"].as_str().unwrap();
    assert_eq!(link, format!("{}/api/indicators?$skip=10000", world.emulator.endpoints().defender));
    let second: Value = world.client.get(link).bearer_auth(&token).send().await.unwrap().json().await.unwrap();
    assert_eq!(second["value"].as_array().unwrap().len(), 2_500);
    assert!(second.get("@odata.nextLink").is_none());
    assert_eq!(second["value"][0]["id"], "11000");

    let started = std::time::Instant::now();
    let body = world.indicators(&token, &[]).await.bytes().await.unwrap();
    assert!(body.starts_with(br#"{"@odata.context":"#));
    assert!(body.len() > 8_000_000, "{}", body.len());
    assert!(started.elapsed().as_millis() < 1_000, "{:?}", started.elapsed());
}

#[tokio::test]
async fn who_may_read() {
    let world = World::new().await;
    let token = world.token(FABRIKAM).await;
    assert_eq!(world.indicators("a.b.c", &[]).await.status(), 401);
    let assertion = world.emulator.sign_assertion(&world.claims());
    assert_eq!(world.indicators(&assertion, &[]).await.status(), 401, "a token of another issuer");
    assert_eq!(world.indicators(&token, &[]).await.status(), 200);
    assert!(world.emulator.revoke_tokens(FABRIKAM));
    assert_eq!(world.indicators(&token, &[]).await.status(), 401);
    let again = world.token(FABRIKAM).await;
    assert_eq!(world.indicators(&again, &[]).await.status(), 200);

    world.emulator.add_tenant(Tenant { roles: vec!["Machine.Read.All".into()], ..odd(1) });
    let reply = world.indicators(&world.token(ODD).await, &[]).await;
    assert_eq!(reply.status(), 403);
    assert_eq!(
        reply.json::<Value>().await.unwrap()["error"]["message"],
        "Missing application roles. API required roles: Ti.ReadWrite.All,Ti.ReadWrite, application roles: Machine.Read.All."
    );
    world.emulator.add_tenant(Tenant { defender: DefenderState::NotProvisioned, ..odd(1) });
    assert_eq!(world.indicators(&world.token(ODD).await, &[]).await.status(), 403);
    world.emulator.add_tenant(Tenant { token_tenant: Some(CONTOSO.into()), ..odd(1) });
    let reply: Value = world.indicators(&world.token(ODD).await, &[("$top", "1")]).await.json().await.unwrap();
    assert_eq!(reply["value"].as_array().unwrap().len(), 1, "the other tenant's");

    let mut form = world.form();
    form.retain(|(name, _)| name != "scope");
    form.push(("scope".into(), SCOPE.replace("securitycenter", "security")));
    let reply: Value = world.exchange(FABRIKAM, &form).await.json().await.unwrap();
    let token = reply["access_token"].as_str().unwrap();
    assert_eq!(world.indicators(token, &[]).await.status(), 401, "a token of the XDR API");
}

#[tokio::test]
async fn without_the_all_role_only_the_own_records() {
    let world = World::new().await;
    world.emulator.add_tenant(Tenant { roles: vec!["Ti.ReadWrite".into()], page_size: 1_000, ..odd(300) });
    let reply: Value = world.indicators(&world.token(ODD).await, &[]).await.json().await.unwrap();
    let records = reply["value"].as_array().unwrap();
    assert!(records.len() > 50 && records.len() < 200, "{}", records.len());
    let client = world.emulator.config().application.client_id.as_str();
    assert!(records.iter().all(|record| record["createdBy"] == client));
}

#[tokio::test]
async fn kinds_of_next_link() {
    let world = World::new().await;
    let own = world.emulator.endpoints().defender.clone();
    let identity = world.emulator.endpoints().identity.clone();
    for (next_link, expected) in [
        (NextLink::Normal, Some(format!("{own}/api/indicators?$skip=10"))),
        (NextLink::Never, None),
        (NextLink::Loop, Some(format!("{own}/api/indicators?$skip=10"))),
        (NextLink::ForeignHost, Some(format!("{identity}/api/indicators?$skip=10"))),
        (NextLink::Malformed, Some(format!("{own}/api/indicators?=&=10&$skip=10"))),
    ] {
        world.emulator.add_tenant(Tenant { next_link, ..odd(25) });
        let token = world.token(ODD).await;
        let reply: Value = world.indicators(&token, &[]).await.json().await.unwrap();
        assert_eq!(reply["@odata.nextLink"].as_str(), expected.as_deref(), "{next_link:?}");
        let last: Value = world.indicators(&token, &[("$skip", "20")]).await.json().await.unwrap();
        assert_eq!(last["value"].as_array().unwrap().len(), 5);
        let endless = matches!(next_link, NextLink::Loop | NextLink::Malformed);
        assert_eq!(last.get("@odata.nextLink").is_some(), endless);
    }
    world.emulator.add_tenant(odd(25));
    let token = world.token(ODD).await;
    let top: Value = world.indicators(&token, &[("$top", "7")]).await.json().await.unwrap();
    assert_eq!(top["value"].as_array().unwrap().len(), 7);
    assert!(top.get("@odata.nextLink").is_none());
}

#[tokio::test]
async fn filters_and_what_is_unknown() {
    let world = World::new().await;
    let token = world.token(CONTOSO).await;
    let filter = "indicatorType eq 'Url' and action eq 'Block'";
    let reply: Value = world.indicators(&token, &[("$filter", filter)]).await.json().await.unwrap();
    let records = reply["value"].as_array().unwrap();
    assert!(!records.is_empty());
    assert!(records.iter().all(|record| record["indicatorType"] == "Url" && record["action"] == "Block"));
    for query in [("$filter", "nonsense eq 1"), ("$top", "10001"), ("$skip", "-1")] {
        let reply = world.indicators(&token, &[query]).await;
        assert_eq!(reply.status(), 400);
        assert_eq!(reply.json::<Value>().await.unwrap()["error"]["code"], "ODataError");
    }
    assert_eq!(world.indicators(&token, &[("$orderby", "id")]).await.status(), 501);
    let url = format!("{}/api/nothing", world.emulator.endpoints().defender_tls);
    let reply = world.client.get(url).send().await.unwrap();
    assert_eq!(reply.status(), 501);
    assert_eq!(reply.json::<Value>().await.unwrap()["supported"][0]["path"], "/api/indicators");
}

#[tokio::test]
async fn records_of_the_callers_own() {
    let world = World::new().await;
    let records = vec![json!({"id": "1", "indicatorValue": "a.example", "unknownField": {"x": 1}})];
    assert!(world.emulator.set_indicators(FABRIKAM, records.clone()));
    assert!(!world.emulator.set_indicators("nobody", records.clone()));
    let reply: Value = world.indicators(&world.token(FABRIKAM).await, &[]).await.json().await.unwrap();
    assert_eq!(reply["value"], json!(records));
}

#[tokio::test]
async fn encodings() {
    for compression in [Compression::Gzip, Compression::Deflate, Compression::Accepted] {
        let mut config = Config::default();
        config.defender.compression = compression;
        let world = World::with(config).await;
        let reply: Value = world.indicators(&world.token(FABRIKAM).await, &[]).await.json().await.unwrap();
        assert_eq!(reply["value"].as_array().unwrap().len(), 40);
        assert!(
            world.emulator.journal().iter().any(|record| record.path == "/api/indicators" && record.bytes < 30_000)
        );
    }
}
