//! The token endpoint: each mistake has its number.

use mde_emulator::{ApplicationState, CANARY_BASE64, Config, DefenderState, FederatedCredential, Host, Tenant};
use serde_json::{Value, json};

use crate::{CONTOSO, RESOURCE, World};

async fn code(world: &World, tenant: &str, form: &[(String, String)]) -> u64 {
    let reply = world.exchange(tenant, form).await;
    let status = reply.status().as_u16();
    let body: Value = reply.json().await.unwrap();
    let code = body["error_codes"][0].as_u64().unwrap_or_else(|| panic!("{status} {body}"));
    let description = body["error_description"].as_str().unwrap();
    assert!(description.starts_with(&format!("AADSTS{code}: ")) && !description.contains('{'), "{description}");
    assert!(description.contains(" Trace ID: ") && description.contains(" Timestamp: "));
    code
}

fn set(form: &mut Vec<(String, String)>, name: &str, value: Option<&str>) {
    form.retain(|(key, _)| key != name);
    form.extend(value.map(|value| (name.to_owned(), value.to_owned())));
}

#[tokio::test]
async fn a_managed_identity_becomes_a_token_for_a_customer() {
    let world = World::new().await;
    let reply: Value = world
        .client
        .get(world.variable(Host::AppService, "IDENTITY_ENDPOINT"))
        .header("X-IDENTITY-HEADER", world.variable(Host::AppService, "IDENTITY_HEADER"))
        .query(&[("api-version", "2019-08-01"), ("resource", RESOURCE)])
        .query(&[("client_id", &world.emulator.config().identity.user_assigned[0].client_id)])
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let assertion = reply["access_token"].as_str().unwrap();
    let mut form = world.form();
    set(&mut form, "client_assertion", Some(assertion));
    for tenant in [CONTOSO, "contoso.onmicrosoft.com"] {
        let reply: Value = world.exchange(tenant, &form).await.json().await.unwrap();
        assert_eq!(reply["expires_in"], 3_599);
        assert!(reply["access_token"].as_str().unwrap().contains(CANARY_BASE64));
    }
}

#[tokio::test]
async fn mistakes_in_the_form() {
    let world = World::new().await;
    for (name, value, expected) in [
        ("client_secret", Some("x"), 7_000_215),
        ("resource", Some("https://x.example"), 901_002),
        ("client_assertion", None, 7_000_218),
        ("client_assertion", Some("a.b.c"), 50_027),
        ("client_assertion_type", None, 900_144),
        ("client_assertion_type", Some("jwt"), 90_023),
        ("scope", None, 900_144),
        ("scope", Some("https://api.securitycenter.microsoft.com"), 1_002_012),
        ("scope", Some("https://unknown.example/.default"), 500_011),
        ("grant_type", None, 900_144),
        ("grant_type", Some("password"), 70_003),
        ("client_id", None, 900_144),
        ("client_id", Some("00000000-0000-0000-0000-000000000000"), 700_016),
    ] {
        let mut form = world.form();
        set(&mut form, name, value);
        assert_eq!(code(&world, CONTOSO, &form).await, expected, "{name} {value:?}");
    }
    let mut form = world.form();
    form.push(("invented".into(), "x".into()));
    assert_eq!(world.exchange(CONTOSO, &form).await.status(), 501);
    let url = format!("{}/{CONTOSO}/oauth2/v2.0/token", world.emulator.endpoints().authority);
    let reply = world.client.post(url).json(&json!({})).send().await.unwrap();
    assert_eq!(reply.status(), 400);
}

#[tokio::test]
async fn mistakes_in_the_assertion() {
    let world = World::new().await;
    let subject = world.claims()["sub"].as_str().unwrap().to_uppercase();
    let system = world.emulator.config().identity.system_assigned.as_ref().unwrap().object_id.clone();
    for (claim, value, expected) in [
        ("iss", json!("https://sts.windows.net/x/"), 700_211),
        ("aud", json!("https://management.azure.com"), 700_212),
        ("sub", json!("somebody"), 700_213),
        ("sub", json!(system), 700_213),
        ("sub", json!(subject), 7_002_138),
        ("exp", json!(1), 700_024),
        ("nbf", json!(9_999_999_999_u64), 700_024),
    ] {
        let mut claims = world.claims();
        claims.insert(claim.into(), value);
        let mut form = world.form();
        set(&mut form, "client_assertion", Some(&world.emulator.sign_assertion(&claims)));
        assert_eq!(code(&world, CONTOSO, &form).await, expected, "{claim}");
    }
    let mut form = world.form();
    let good = world.emulator.sign_assertion(&world.claims());
    let (signed, _) = good.rsplit_once('.').unwrap();
    let other = world.token(CONTOSO).await;
    let forged = format!("{signed}.{}", other.rsplit_once('.').unwrap().1);
    set(&mut form, "client_assertion", Some(&forged));
    assert_eq!(code(&world, CONTOSO, &form).await, 700_027);

    let mut claims = world.claims();
    claims.insert("aud".into(), json!("fb60f99c-7a34-4190-8149-302f77469936"));
    set(&mut form, "client_assertion", Some(&world.emulator.sign_assertion(&claims)));
    assert_eq!(world.exchange(CONTOSO, &form).await.status(), 200, "the audience's id stands for its address");
}

#[tokio::test]
async fn tenants_that_refuse() {
    let world = World::new().await;
    let form = world.form();
    assert_eq!(code(&world, "11111111-1111-1111-1111-111111111111", &form).await, 90_002);
    assert_eq!(code(&world, "nowhere.example", &form).await, 90_002);
    assert_eq!(code(&world, "common", &form).await, 900_023);
    assert_eq!(code(&world, "a%20b", &form).await, 900_023);
    for (application, defender, force, expected) in [
        (ApplicationState::NotConsented, DefenderState::Provisioned, None, 7_000_229),
        (ApplicationState::Unknown, DefenderState::Provisioned, None, 700_016),
        (ApplicationState::Disabled, DefenderState::Provisioned, None, 7_000_112),
        (ApplicationState::Consented, DefenderState::NoServicePrincipal, None, 500_011),
        (ApplicationState::Consented, DefenderState::Provisioned, Some(53_003), 53_003),
        (ApplicationState::Consented, DefenderState::Provisioned, Some(123_456), 123_456),
    ] {
        let tenant = Tenant::new("99999999-9999-4999-8999-999999999999", "Odd", 0);
        world.emulator.add_tenant(Tenant { application, defender, force_error: force, ..tenant });
        assert_eq!(code(&world, "odd.onmicrosoft.com", &form).await, expected);
    }
}

#[tokio::test]
async fn federated_credentials() {
    for (credentials, expected) in [
        (vec![], 70_025),
        (vec![FederatedCredential { subject: Some("other".into()), ..FederatedCredential::default() }], 700_213),
    ] {
        let mut config = Config::default();
        config.application.federated_credentials = credentials;
        let world = World::with(config).await;
        assert_eq!(code(&world, CONTOSO, &world.form()).await, expected);
    }
}

#[tokio::test]
async fn the_correlation_id_is_the_clients() {
    let world = World::new().await;
    let url = format!("{}/{CONTOSO}/oauth2/v2.0/token", world.emulator.endpoints().authority);
    let id = "01234567-89ab-4cde-8f01-23456789abcd";
    let reply =
        world.client.post(url).header("client-request-id", id).form(&[("client_id", "x")]).send().await.unwrap();
    assert!(reply.headers().contains_key("x-ms-request-id"));
    assert_eq!(reply.json::<Value>().await.unwrap()["correlation_id"], id);
}
