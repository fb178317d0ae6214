//! Writing indicators, and the limits of all calls.

use mde_emulator::{Config, Tenant};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::{CONTOSO, FABRIKAM, World};

fn row(value: &str) -> Value {
    json!({"indicatorType": "DomainName", "indicatorValue": value, "action": "Block", "title": "T", "description": "D"})
}

impl World {
    async fn write(&self, method: Method, path: &str, token: &str, body: &Value) -> Response {
        let url = format!("{}{path}", self.emulator.endpoints().defender);
        self.client.request(method, url).bearer_auth(token).json(body).send().await.unwrap()
    }

    async fn post(&self, path: &str, token: &str, body: &Value) -> (u16, Value) {
        let reply = self.write(Method::POST, path, token, body).await;
        (reply.status().as_u16(), reply.json().await.unwrap_or_default())
    }

    async fn all(&self, token: &str) -> Vec<Value> {
        let mut reply: Value = self.indicators(token, &[]).await.json().await.unwrap();
        serde_json::from_value(reply["value"].take()).unwrap()
    }
}

#[tokio::test]
async fn one_is_created_changed_and_taken_away() {
    let world = World::new().await;
    let token = world.token(FABRIKAM).await;
    let (status, created) = world.post("/api/indicators", &token, &row("a.example")).await;
    assert_eq!((status, created["createdBySource"].as_str()), (200, Some("PublicApi")));
    let mut changed = row("A.example");
    changed["title"] = "New".into();
    let (_, updated) = world.post("/api/indicators", &token, &changed).await;
    assert_eq!((&updated["id"], &updated["title"]), (&created["id"], &json!("New")));
    let path = format!("/api/indicators/{}", created["id"].as_str().unwrap());
    assert_eq!(world.write(Method::DELETE, &path, &token, &Value::Null).await.status(), 204);
    assert_eq!(world.write(Method::DELETE, &path, &token, &Value::Null).await.status(), 404);
    assert_eq!(world.all(&token).await.len(), 40);
}

/// The codes of learn.microsoft.com/defender-endpoint/api/common-errors.
#[tokio::test]
async fn what_the_service_refuses_is_refused_in_its_words() {
    let world = World::new().await;
    let token = world.token(FABRIKAM).await;
    for (name, value, code) in [
        ("indicatorValue", json!("not a domain"), "InvalidDomainName"),
        ("IndicatorValue", json!("a.example"), "InvalidRequestBody"),
        ("id", json!("7"), "InvalidRequestBody"),
        ("title", json!(""), "MissingRequiredParameter"),
        ("action", json!("Explode"), "InvalidInput"),
        ("action", json!("Audit"), "InvalidInput"),
        ("expirationTime", json!("2020-01-01T00:00:00Z"), "BadRequest"),
    ] {
        let mut body = row("a.example");
        body[name] = value;
        let (status, reply) = world.post("/api/indicators", &token, &body).await;
        assert_eq!((status, reply["error"]["code"].as_str()), (400, Some(code)), "{name}");
    }
}

#[tokio::test]
async fn a_200_can_hold_refused_rows() {
    let mut config = Config::default();
    config.defender.indicator_capacity = 41;
    let world = World::with(config).await;
    let token = world.token(FABRIKAM).await;
    let rows = json!({"Indicators": [row("a.example"), row("b/d"), row("c.example")]});
    let (status, reply) = world.post("/api/indicators/import", &token, &rows).await;
    let failed: Vec<_> = reply["value"].as_array().unwrap().iter().map(|row| row["isFailed"] == true).collect();
    assert_eq!((status, failed), (200, vec![false, true, true]));
    // Quoted from minemeld-wd-atp's log of 2022.
    let reason = "Max capacity exceeded. Current Total: 41, Limit: 41 (Parameter 'Capacity: 41/41')";
    assert_eq!(reply["value"][2]["failureReason"], reason);
    let many: Vec<_> = (0..501).map(|number| row(&format!("h{number}.example"))).collect();
    let (status, reply) = world.post("/api/indicators/import", &token, &json!({ "Indicators": many })).await;
    assert_eq!((status, reply["error"]["code"].as_str()), (400, Some("MaximumBatchSizeExceeded")));
    assert_eq!(world.post("/api/indicators/import", &token, &json!({"indicators": []})).await.0, 400, "letter case");
}

#[tokio::test]
async fn a_batch_with_a_missing_id_removes_nothing() {
    let world = World::new().await;
    let token = world.token(FABRIKAM).await;
    let ids: Vec<_> = world.all(&token).await.iter().map(|record| record["id"].clone()).collect();
    let remove = |ids: Vec<Value>| json!({ "IndicatorIds": ids });
    assert_eq!(
        world.post("/api/indicators/BatchDelete", &token, &remove(vec![ids[0].clone(), "424242".into()])).await.0,
        404
    );
    assert_eq!(world.all(&token).await.len(), 40);
    assert_eq!(world.post("/api/indicators/BatchDelete", &token, &remove(ids[..2].to_vec())).await.0, 204);
    assert_eq!(world.all(&token).await.len(), 38);
    for wrong in [vec![], vec!["x".into()]] {
        assert_eq!(world.post("/api/indicators/BatchDelete", &token, &remove(wrong)).await.0, 400);
    }
}

#[tokio::test]
async fn with_the_small_role_others_indicators_are_out_of_reach() {
    let world = World::new().await;
    world.emulator.add_tenant(Tenant { roles: vec!["Ti.ReadWrite".into()], ..Tenant::new(FABRIKAM, "Fabrikam", 0) });
    world
        .emulator
        .set_indicators(FABRIKAM, vec![json!({"id": "1", "indicatorValue": "x.example", "createdBy": "someone"})]);
    let token = world.token(FABRIKAM).await;
    assert!(world.all(&token).await.is_empty());
    assert_eq!(world.write(Method::DELETE, "/api/indicators/1", &token, &Value::Null).await.status(), 404);
    world
        .emulator
        .add_tenant(Tenant { roles: vec!["Machine.Read.All".into()], ..Tenant::new(FABRIKAM, "Fabrikam", 0) });
    let token = world.token(FABRIKAM).await;
    assert_eq!(world.post("/api/indicators", &token, &row("a.example")).await.0, 403);
}

#[tokio::test]
async fn calls_are_counted_by_api_tenant_and_application() {
    let mut config = Config::default();
    config.defender.rate_limit_minute_milliseconds = Some(60_000);
    let world = World::with(config).await;
    let token = world.token(FABRIKAM).await;
    let none = json!({"Indicators": []});
    for _ in 0..30 {
        assert_eq!(world.post("/api/indicators/import", &token, &none).await.0, 200);
    }
    let refused = world.write(Method::POST, "/api/indicators/import", &token, &none).await;
    assert_eq!(refused.status(), 429);
    assert!(refused.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap() <= 60);
    let body: Value = refused.json().await.unwrap();
    assert!(
        body["error"]["message"]
            .as_str()
            .unwrap()
            .starts_with("API calls quota exceeded! Maximum allowed 30 per 00:01:00")
    );
    assert_eq!(world.indicators(&token, &[("$top", "1")]).await.status(), 200, "another API");
    let other = world.token(CONTOSO).await;
    assert_eq!(world.post("/api/indicators/import", &other, &none).await.0, 200, "another tenant");
}
