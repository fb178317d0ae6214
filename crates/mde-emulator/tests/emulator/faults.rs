//! Injected failures, the journal and the admin listener.

use std::time::Duration;

use mde_emulator::{CANARY, CANARY_BASE64, Config, Fault, FaultKind, RetryAfter, Target, ThrottleForm};
use serde_json::{Value, json};

use crate::{CONTOSO, FABRIKAM, World};

#[tokio::test]
async fn faults_hit_the_tenant_and_the_number_of_requests_asked_for() {
    let world = World::new().await;
    let fault = FaultKind::Status { status: 503, retry_after: Some(RetryAfter::Seconds(2)) };
    world.emulator.faults().add(Fault::new(Target::Token, fault).tenant("fabrikam.onmicrosoft.com").skip(1).times(2));
    let form = world.form();
    let mut seen = Vec::new();
    for _ in 0..4 {
        assert_eq!(world.exchange(CONTOSO, &form).await.status(), 200);
        let reply = world.exchange(FABRIKAM, &form).await;
        seen.push((reply.status().as_u16(), reply.headers().get("retry-after").is_some()));
    }
    assert_eq!(seen, [(200, false), (503, true), (503, true), (200, false)]);
    assert!(world.emulator.faults().pending().is_empty());
}

#[tokio::test]
async fn throttling_in_both_forms() {
    let world = World::new().await;
    let token = world.token(FABRIKAM).await;
    for (form, header, code) in
        [(ThrottleForm::Documented, true, "TooManyRequests"), (ThrottleForm::Observed, false, "429")]
    {
        world.emulator.faults().add(Fault::new(Target::Indicators, FaultKind::Throttled { form, seconds: 8, header }));
        let reply = world.indicators(&token, &[]).await;
        assert_eq!((reply.status().as_u16(), reply.headers().contains_key("retry-after")), (429, header));
        assert_eq!(reply.json::<Value>().await.unwrap()["error"]["code"], code);
    }
    let date = FaultKind::Status { status: 429, retry_after: Some(RetryAfter::Date(5)) };
    world.emulator.faults().add(Fault::new(Target::Indicators, date));
    let reply = world.indicators(&token, &[]).await;
    assert!(reply.headers()["retry-after"].to_str().unwrap().ends_with("GMT"));
}

#[tokio::test]
async fn broken_connections() {
    let world = World::new().await;
    let token = world.token(CONTOSO).await;
    for base in [world.emulator.endpoints().defender.clone(), world.emulator.endpoints().defender_tls.clone()] {
        let get = |seconds| {
            let request = world.client.get(format!("{base}/api/indicators?$top=1000")).bearer_auth(&token);
            request.timeout(Duration::from_secs(seconds)).send()
        };
        world.emulator.faults().add(Fault::new(Target::Any, FaultKind::Reset));
        assert!(!get(20).await.unwrap_err().is_timeout());
        world.emulator.faults().add(Fault::new(Target::Any, FaultKind::Hang));
        assert!(get(1).await.unwrap_err().is_timeout());
        world.emulator.faults().add(Fault::new(Target::Any, FaultKind::Truncate));
        let reply = get(20).await.unwrap();
        assert_eq!(reply.status(), 200);
        assert!(!reply.bytes().await.unwrap_err().is_timeout());
        world
            .emulator
            .faults()
            .add(Fault::new(Target::Any, FaultKind::Slow { bytes: 500_000, pause_milliseconds: 50 }));
        assert_eq!(get(20).await.unwrap().json::<Value>().await.unwrap()["value"].as_array().unwrap().len(), 1_000);
    }
    let statuses: Vec<_> = world.emulator.journal().iter().map(|record| (record.fault, record.status)).collect();
    assert!(statuses.contains(&(Some("reset"), None)) && statuses.contains(&(Some("truncate"), Some(200))));
}

#[tokio::test]
async fn odd_answers() {
    let world = World::new().await;
    let token = world.token(FABRIKAM).await;
    for (kind, status) in [
        (FaultKind::UnavailablePage, 503),
        (FaultKind::Html, 200),
        (FaultKind::Garbage, 200),
        (FaultKind::Redirect { location: "https://elsewhere.example/".into() }, 302),
        (FaultKind::Huge { bytes: 3_000_000 }, 200),
        (FaultKind::Expired, 401),
        (FaultKind::EntraError { code: 700_024 }, 400),
    ] {
        world.emulator.faults().add(Fault::new(Target::Indicators, kind.clone()));
        let reply = world.indicators(&token, &[]).await;
        assert_eq!(reply.status(), status, "{kind:?}");
        if let FaultKind::Huge { bytes } = kind {
            assert_eq!(reply.bytes().await.unwrap().len() as u64, bytes);
        }
    }
    world.emulator.faults().add(Fault::new(Target::Token, FaultKind::EntraError { code: 700_024 }));
    let body: Value = world.exchange(CONTOSO, &world.form()).await.json().await.unwrap();
    assert_eq!(body["error_codes"], json!([700_024]));
    world.emulator.faults().add(Fault::new(Target::Token, FaultKind::Expired));
    let expired = world.token(FABRIKAM).await;
    assert_eq!(world.indicators(&expired, &[]).await.status(), 401);
}

#[tokio::test]
async fn the_journal_has_no_secrets() {
    let world = World::new().await;
    let token = world.token(FABRIKAM).await;
    world.indicators(&token, &[("$top", "1")]).await.bytes().await.unwrap();
    let journal = world.emulator.journal();
    let text = serde_json::to_string(&journal).unwrap();
    assert!(!text.contains(CANARY) && !text.contains(CANARY_BASE64));
    assert_eq!(journal[0].form("client_assertion"), Some("<redacted>"));
    assert_eq!(journal[0].form("grant_type"), Some("client_credentials"));
    assert_eq!(journal[0].tenant.as_deref(), Some(FABRIKAM));
    assert_eq!(journal[1].listener, "defender");
    assert_eq!(journal[1].header("authorization"), Some("<redacted>"));
    assert_eq!((journal[1].query("$top"), journal[1].status), (Some("1"), Some(200)));
    assert!(journal[1].bytes > 500);
    world.emulator.clear_journal();
    assert!(world.emulator.journal().is_empty());
}

#[tokio::test]
async fn the_admin_listener_can_do_the_same() {
    let world = World::new().await;
    let admin = world.emulator.endpoints().admin.clone();
    let post = |path: String, body: Value| world.client.post(format!("{admin}{path}")).json(&body).send();
    let fault = json!({"target": "token", "tenant": FABRIKAM, "times": 2, "kind": "status", "status": 500,
        "retryAfter": {"seconds": 1}});
    assert_eq!(post("/faults".into(), fault).await.unwrap().status(), 204);
    let faults = json!([{"target": "any", "kind": "reset", "skip": 7}, {"target": "identity", "kind": "hang"}]);
    assert_eq!(post("/faults".into(), faults).await.unwrap().status(), 204);
    assert_eq!(world.emulator.faults().pending().len(), 3);
    assert_eq!(post("/faults".into(), json!({"target": "token", "kind": "oops"})).await.unwrap().status(), 400);
    world.client.delete(format!("{admin}/faults")).send().await.unwrap();
    assert!(world.emulator.faults().pending().is_empty());

    let tenant =
        json!({"id": "99999999-9999-4999-8999-999999999999", "name": "Odd", "nextLink": "loop", "pageSize": 2});
    assert_eq!(post("/tenants".into(), tenant).await.unwrap().status(), 204);
    let tenants: Value = world.client.get(format!("{admin}/tenants")).send().await.unwrap().json().await.unwrap();
    assert_eq!(tenants.as_array().unwrap().len(), 4);
    for body in [json!([{"id": "1"}]), json!({"count": 9})] {
        assert_eq!(post(format!("/tenants/{FABRIKAM}/indicators"), body).await.unwrap().status(), 204);
    }
    let token = world.token(FABRIKAM).await;
    let reply: Value = world.indicators(&token, &[]).await.json().await.unwrap();
    assert_eq!(reply["value"].as_array().unwrap().len(), 9);
    assert_eq!(post(format!("/tenants/{FABRIKAM}/revoke"), Value::Null).await.unwrap().status(), 204);
    assert_eq!(world.indicators(&token, &[]).await.status(), 401);
    assert_eq!(post("/tenants/nobody/revoke".into(), Value::Null).await.unwrap().status(), 404);
    let header: Value = post("/identity/rotate".into(), Value::Null).await.unwrap().json().await.unwrap();
    assert!(header["identityHeader"].as_str().unwrap().contains(CANARY));
    let assertion: Value = post("/assertions".into(), json!({"iss": "me"})).await.unwrap().json().await.unwrap();
    assert_eq!(assertion["assertion"].as_str().unwrap().split('.').count(), 3);
    let journal: Value = world.client.get(format!("{admin}/journal")).send().await.unwrap().json().await.unwrap();
    assert!(journal.as_array().unwrap().iter().all(|record| record["listener"] != "admin"));
    let config = world.client.get(format!("{admin}/config")).send().await.unwrap().text().await.unwrap();
    Config::from_json(&config).unwrap();
}
