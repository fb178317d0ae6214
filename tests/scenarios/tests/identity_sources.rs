//! Sources that are no managed identity endpoint: a file, an assertion that is handed in, an agent's challenge.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::{Path, PathBuf};

use mde_core::http::{HttpTransports, TransportOptions};
use mde_core::observer::Silent;
use mde_core::{Code, Environment, Reportable, Secret, SystemClock};
use mde_identity::sources::azure_arc::AzureArc;
use mde_identity::sources::{AssertionSource, SourceContext};
use mde_identity::{IdentitySettings, Selector, SourceChoice};
use scenarios::{House, Setup, Stub, TlsStub};
use serde_json::json;

/// A folder of this test's own, removed when it is left.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("mdefic-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder.canonicalize().unwrap())
    }

    fn file(&self, name: &str, content: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, content).unwrap();
        path.to_string_lossy().into_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// An assertion that the emulator's application accepts.
fn assertion(house: &House, lifetime: i64) -> String {
    let config = house.emulator.config();
    let now = mde_core::Clock::now(&SystemClock);
    let claims = json!({
        "iss": config.issuer(),
        "sub": config.identity.user_assigned[0].object_id,
        "aud": "api://AzureADTokenExchange",
        "iat": now, "nbf": now - 10, "exp": now + lifetime,
    });
    house.emulator.sign_assertion(claims.as_object().unwrap())
}

#[tokio::test]
async fn a_projected_token_file_is_read_again_when_it_rotates() {
    let (house, folder) = (House::new().await, Folder::new("rotates"));
    let path = folder.file("token", &format!("{}\r\n", assertion(&house, 600)));
    let setup = Setup::default().variable("AZURE_FEDERATED_TOKEN_FILE", &path);
    assert_eq!(house.token(&setup, &house.tenant(0)).await.unwrap().source, "Kubernetes");
    folder.file("token", "no token any more");
    assert_eq!(house.token(&setup, &house.tenant(1)).await.unwrap_err().code, Code::TokenFileUnusable);
    folder.file("token", &assertion(&house, 900));
    house.token(&setup, &house.tenant(1)).await.unwrap();
    assert_eq!(house.requests("identity"), 0, "the file comes before the host's own endpoint");
}

#[tokio::test]
async fn a_token_file_of_no_use_is_named_and_not_quoted() {
    let (house, folder) = (House::new().await, Folder::new("useless"));
    let missing = folder.0.join("missing").to_string_lossy().into_owned();
    let folder_itself = folder.0.to_string_lossy().into_owned();
    for path in [
        missing,
        folder_itself,
        folder.file("empty", ""),
        folder.file("huge", &"x".repeat(70_000)),
        folder.file("text", "MDEFICCANARY is not a token"),
        folder.file("expired", &assertion(&house, -5)),
    ] {
        let setup = Setup::default().variable("AZURE_FEDERATED_TOKEN_FILE", &path);
        let report = house.token(&setup, &house.tenant(0)).await.unwrap_err();
        assert_eq!(report.code, Code::TokenFileUnusable, "{path}");
        assert!(report.message.contains(&path), "{}", report.message);
    }
}

#[tokio::test]
async fn an_assertion_that_is_handed_in_is_exchanged_and_never_mixed_up() {
    let house = House::new().await;
    let with = |text: String| Setup { assertion: Some(Secret::new(text)), ..Setup::default() };
    let first = house.token(&with(assertion(&house, 600)), &house.tenant(0)).await.unwrap();
    assert_eq!(first.source, "Assertion");
    let other = with(assertion(&house, 700));
    house.token(&other, &house.tenant(0)).await.unwrap();
    house.token(&other, &house.tenant(0)).await.unwrap();
    assert_eq!(house.requests("authority"), 2, "another assertion is another identity");
    let report = house.token(&with("MDEFICCANARY".to_owned()), &house.tenant(0)).await.unwrap_err();
    assert_eq!(report.code, Code::AssertionUnusable);
}

#[tokio::test]
async fn github_is_asked_for_the_audience_with_the_jobs_token() {
    let house = House::new().await;
    let stub = Stub::answering(200, "application/json", json!({ "value": assertion(&house, 300) }).to_string()).await;
    let setup = Setup::default()
        .variable("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{}/token?api-version=2.0", stub.url))
        .variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "jobs-token");
    assert_eq!(house.token(&setup, &house.tenant(0)).await.unwrap().source, "GitHubActions");
    let request = &stub.requests()[0];
    assert!(request.starts_with("GET /token?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange "), "{request}");
    assert!(request.contains("authorization: Bearer jobs-token\r\n"), "{request}");
}

#[tokio::test]
async fn azure_pipelines_is_asked_for_the_service_connections_token() {
    let house = House::new().await;
    let stub =
        Stub::answering(200, "application/json", json!({ "oidcToken": assertion(&house, 600) }).to_string()).await;
    let variables = Setup::default()
        .variable("SYSTEM_OIDCREQUESTURI", format!("{}/oidc", stub.url))
        .variable("SYSTEM_ACCESSTOKEN", "jobs-token");
    let setup =
        Setup { service_connection: Some("11111111-0000-4000-8000-000000000000".to_owned()), ..variables.clone() };
    assert_eq!(house.token(&setup, &house.tenant(0)).await.unwrap().source, "AzurePipelines");
    let request = stub.requests()[0].to_ascii_lowercase();
    let path = "post /oidc?api-version=7.1&serviceconnectionid=11111111-0000-4000-8000-000000000000 ";
    assert!(request.starts_with(path), "{request}");
    for header in
        ["content-length: 0\r\n", "x-tfs-fedauthredirect: suppress\r\n", "authorization: bearer jobs-token\r\n"]
    {
        assert!(request.contains(header), "{header} is missing: {request}");
    }
    // Without a service connection the job's variables name no source: the host's own identity is asked.
    assert_ne!(house.token(&variables, &house.tenant(1)).await.unwrap_err().code, Code::NoIdentitySource);
    assert_eq!(stub.requests().len(), 1);
}

#[tokio::test]
async fn an_issuer_that_refuses_or_babbles_is_named() {
    let house = House::new().await;
    for (status, body, code) in [
        (401, "denied", Code::IdentityHeaderRejected),
        (404, "", Code::IdentityEndpointRefused),
        (200, "<html>", Code::IdentityReplyInvalid),
        (200, r#"{"value":"no token"}"#, Code::AssertionUnusable),
    ] {
        let stub = Stub::answering(status, "text/plain", body).await;
        let setup = Setup::default()
            .variable("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{}/?a=b", stub.url))
            .variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "jobs-token");
        assert_eq!(house.token(&setup, &house.tenant(0)).await.unwrap_err().code, code);
    }
}

#[tokio::test]
async fn azure_machine_learning_names_its_default_identity() {
    let house = House::new().await;
    let default = house.user_assigned().id().unwrap().to_owned();
    let setup = Setup::on(mde_emulator::Host::AppServiceLegacy).variable("DEFAULT_IDENTITY_CLIENT_ID", &default);
    assert_eq!(house.token(&setup, &house.tenant(0)).await.unwrap().source, "AzureMachineLearning");
    let journal = house.emulator.journal();
    assert_eq!(journal[0].query("clientid"), Some(default.as_str()));
}

#[tokio::test]
async fn cloud_shell_is_asked_by_form_and_its_limit_is_told() {
    let house = House::new().await;
    let config = house.emulator.config();
    let mut claims = json!({ "iss": config.issuer(), "sub": "a person", "aud": "api://AzureADTokenExchange" });
    let now = mde_core::Clock::now(&SystemClock);
    claims["nbf"] = json!(now - 10);
    claims["exp"] = json!(now + 600);
    let token = house.emulator.sign_assertion(claims.as_object().unwrap());
    let body = json!({ "access_token": token, "expires_in": "600" }).to_string();
    let stub = Stub::answering(200, "application/json", body).await;
    let setup = Setup::on(mde_emulator::Host::Imds)
        .variable("AZURE_POD_IDENTITY_AUTHORITY_HOST", "")
        .variable("MSI_ENDPOINT", format!("{}/token", stub.url));
    let report = house.token(&setup, &house.tenant(0)).await.unwrap_err();
    assert_eq!(report.code, Code::FederatedSubjectMismatch);
    assert!(report.remedy().contains("Cloud Shell gives the signed-in person's token"), "{}", report.remedy());
    let request = &stub.requests()[0];
    assert!(request.starts_with("POST /token ") && request.contains("metadata: true\r\n"), "{request}");
    assert!(request.ends_with("resource=api%3A%2F%2FAzureADTokenExchange"), "{request}");
}

#[tokio::test]
async fn service_fabric_is_known_by_its_thumbprint_and_by_nothing_else() {
    let house = House::new().await;
    let body = json!({ "access_token": assertion(&house, 600), "expires_on": 9_999_999_999_i64 }).to_string();
    let (right, wrong) = (TlsStub::answering(body.clone()).await, TlsStub::answering(body).await);
    let with = |thumbprint: &str| {
        Setup::default()
            .variable("IDENTITY_ENDPOINT", format!("{}/metadata", right.url))
            .variable("IDENTITY_HEADER", "MDEFICCANARY")
            .variable("IDENTITY_SERVER_THUMBPRINT", thumbprint)
    };
    let token = house.token(&with(&right.thumbprint.to_lowercase()), &house.tenant(0)).await.unwrap();
    assert_eq!(token.source, "ServiceFabric");
    let refused = house.token(&with(&wrong.thumbprint), &house.tenant(1)).await.unwrap_err();
    assert_eq!(refused.code, Code::CertificateUntrusted);
    let malformed = house.token(&with("not a thumbprint"), &house.tenant(1)).await.unwrap_err();
    assert_eq!(malformed.code, Code::UrlInvalid);
}

async fn arc(challenge: &str, key_directory: &Path) -> Code {
    let stub = Stub::challenging(challenge).await;
    let settings = IdentitySettings {
        environment: Environment::new([("IDENTITY_ENDPOINT", stub.url.as_str()), ("IMDS_ENDPOINT", stub.url.as_str())]),
        source: SourceChoice::Auto,
        selector: Selector::Default,
        cloud: mde_core::cloud::public(),
        authority: "https://login.microsoftonline.com".parse().unwrap(),
        exchange_audience: "api://AzureADTokenExchange".to_owned(),
        service_connection: None,
        assertion: None,
    };
    let transports = std::sync::Arc::new(HttpTransports::new(TransportOptions::default()).unwrap());
    let transport = transports.for_environment(&settings.environment).unwrap();
    let context =
        SourceContext { settings: &settings, transport: transport.as_ref(), clock: &SystemClock, observer: &Silent };
    let source = AzureArc { key_directory: Some(key_directory.to_path_buf()) };
    source.assertion(&context, false).await.unwrap_err().report().code
}

#[tokio::test]
async fn an_arc_challenge_reads_nothing_but_the_agents_own_keys() {
    let (folder, elsewhere) = (Folder::new("arc"), Folder::new("elsewhere"));
    let own = |name: &str| folder.0.join(name).display().to_string();
    let foreign = elsewhere.file("other.key", "secret");
    folder.file("plain.txt", "secret");
    folder.file("huge.key", &"x".repeat(5 * 1024));
    let parent = format!("{}/../{}/other.key", folder.0.display(), elsewhere.0.file_name().unwrap().to_string_lossy());
    let refused = Code::ArcChallengeRefused;
    for (challenge, code) in [
        (format!("Basic realm={foreign}"), refused),
        (format!("Basic realm={parent}"), refused),
        (format!("Basic realm={}", own("plain.txt")), refused),
        ("Basic".to_owned(), refused),
        (format!("Basic realm={}=x", own("a.key")), refused),
        ("Basic realm=/etc/passwd".to_owned(), refused),
        (format!("Basic realm={}", own("missing.key")), Code::ArcKeyUnreadable),
        (format!("Basic realm={}", own("huge.key")), Code::ArcKeyUnreadable),
    ] {
        assert_eq!(arc(&challenge, &folder.0).await, code, "{challenge}");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&foreign, folder.0.join("link.key")).unwrap();
        assert_eq!(arc(&format!("Basic realm={}", own("link.key")), &folder.0).await, refused);
    }
}
