//! The managed-identity endpoints.

use mde_emulator::{CANARY, Config, ExpiresOnForm, Host};
use serde_json::Value;

use crate::{RESOURCE, World};

async fn get(world: &World, url: &str, headers: &[(&str, &str)], query: &[(&str, &str)]) -> (u16, Value) {
    let mut request = world.client.get(url).query(query);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let reply = request.send().await.unwrap();
    (reply.status().as_u16(), reply.json().await.unwrap())
}

#[tokio::test]
async fn app_service() {
    let world = World::new().await;
    let url = world.variable(Host::AppService, "IDENTITY_ENDPOINT");
    let header = world.variable(Host::AppService, "IDENTITY_HEADER");
    assert!(header.contains(CANARY));
    let identity = &world.emulator.config().identity.user_assigned[0];
    let version = ("api-version", "2019-08-01");
    for selector in [
        ("client_id", identity.client_id.as_str()),
        ("object_id", &identity.object_id),
        ("principal_id", &identity.object_id),
        ("mi_res_id", &identity.resource_id),
    ] {
        let query = [version, ("resource", RESOURCE), selector];
        let (status, body) = get(&world, &url, &[("x-identity-header", &header)], &query).await;
        assert_eq!(status, 200, "{body}");
        assert!(body["expires_on"].as_str().unwrap().parse::<u64>().is_ok());
        assert_eq!(body["client_id"], identity.client_id.as_str());
    }
    let good = [("x-identity-header", header.as_str())];
    let wrong_resource = [version, ("resource", "https://wrong.example")];
    let (status, body) = get(&world, &url, &good, &wrong_resource).await;
    assert_eq!(
        (status, body["message"].as_str()),
        (500, Some("An unexpected error occured while fetching the AAD Token."))
    );
    let wrong_spelling = [version, ("resource", RESOURCE), ("msi_res_id", identity.resource_id.as_str())];
    let (status, body) = get(&world, &url, &good, &wrong_spelling).await;
    assert_eq!((status, &body["unknownQuery"][0]), (501, &Value::from("msi_res_id")));
    let query = [version, ("resource", RESOURCE)];
    assert_eq!(get(&world, &url, &[], &query).await.0, 401);

    world.emulator.rotate_identity_header();
    assert_eq!(get(&world, &url, &good, &query).await.0, 401);
    let header = world.variable(Host::AppService, "IDENTITY_HEADER");
    assert_eq!(get(&world, &url, &[("x-identity-header", &header)], &query).await.0, 200);
}

#[tokio::test]
async fn legacy_in_both_forms() {
    for (form, expected) in [(None, "+00:00"), (Some(ExpiresOnForm::Windows), "M +00:00")] {
        let mut config = Config::default();
        config.identity.expires_on = form;
        let world = World::with(config).await;
        let secret = world.variable(Host::AppServiceLegacy, "MSI_SECRET");
        let client = world.emulator.config().identity.user_assigned[0].client_id.clone();
        let query = [("api-version", "2017-09-01"), ("resource", RESOURCE), ("clientid", &client)];
        let url = world.variable(Host::AppServiceLegacy, "MSI_ENDPOINT");
        let (status, body) = get(&world, &url, &[("secret", &secret)], &query).await;
        assert_eq!(status, 200);
        assert!(body["expires_on"].as_str().unwrap().ends_with(expected), "{body}");
    }
}

#[tokio::test]
async fn automation_wants_both_headers() {
    let world = World::new().await;
    let url = world.variable(Host::Automation, "IDENTITY_ENDPOINT");
    let header = world.variable(Host::Automation, "IDENTITY_HEADER");
    let client = world.emulator.config().identity.user_assigned[0].client_id.clone();
    let query = [("resource", RESOURCE), ("client_id", client.as_str())];
    let both = [("x-identity-header", header.as_str()), ("metadata", "True")];
    assert_eq!(get(&world, &url, &both, &query).await.0, 200);
    assert_eq!(get(&world, &url, &both[..1], &query).await.0, 400);
    assert_eq!(get(&world, &url, &both[1..], &query).await.0, 401);
    let (status, body) = get(&world, &url, &both, &[("resource", RESOURCE), ("client_id", "x")]).await;
    assert_eq!(status, 400);
    assert!(body["Message"].as_str().unwrap().starts_with("No managed identity was found for Automation account"));
    let reply = world.client.post(&url).header(both[0].0, both[0].1).header("Metadata", "true").form(&query);
    assert_eq!(reply.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn imds() {
    let world = World::new().await;
    let url =
        format!("{}/metadata/identity/oauth2/token", world.variable(Host::Imds, "AZURE_POD_IDENTITY_AUTHORITY_HOST"));
    let identity = world.emulator.config().identity.user_assigned[0].clone();
    let metadata = [("metadata", "true")];
    let (version, resource) = (("api-version", "2018-02-01"), ("resource", RESOURCE));
    let query = [version, resource, ("msi_res_id", identity.resource_id.as_str())];
    assert_eq!(get(&world, &url, &metadata, &query).await.0, 200);
    let forwarded = [metadata[0], ("x-forwarded-for", "10.0.0.1")];
    assert_eq!(get(&world, &url, &forwarded, &query).await.0, 403);
    for (headers, query, error, description) in [
        (&[][..], &query[..], "bad_request_102", "Required metadata header not specified"),
        (&metadata[..], &[version, resource, ("client_id", "x")][..], "invalid_request", "Identity not found"),
        (&metadata[..], &[version, ("resource", "https://x.example")][..], "invalid_resource", "AADSTS500011"),
        (&metadata[..], &[version][..], "invalid_request", "Required query variable 'resource' is missing"),
    ] {
        let (status, body) = get(&world, &url, headers, query).await;
        assert_eq!((status, body["error"].as_str()), (400, Some(error)));
        assert!(body["error_description"].as_str().unwrap().starts_with(description), "{body}");
    }
    assert_eq!(get(&world, &url, &metadata, &[resource]).await.0, 400);
    assert_eq!(get(&world, &url, &metadata, &[("api-version", "2017-01-01"), resource]).await.0, 400);
}

#[tokio::test]
async fn an_identity_that_is_not_assigned() {
    let mut config = Config::default();
    config.identity.user_assigned[0].assigned = false;
    let world = World::with(config).await;
    let client = world.emulator.config().identity.user_assigned[0].client_id.clone();
    let url = world.variable(Host::AppService, "IDENTITY_ENDPOINT");
    let header = world.variable(Host::AppService, "IDENTITY_HEADER");
    let query = [("api-version", "2019-08-01"), ("resource", RESOURCE), ("client_id", &client)];
    assert_eq!(get(&world, &url, &[("x-identity-header", &header)], &query).await.0, 500);
}
