//! Sources that are no managed identity endpoint: a file, an assertion that is handed in, an agent's challenge.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::{Path, PathBuf};

use mde_core::http::{HttpTransports, TransportOptions};
use mde_core::observer::Silent;
use mde_core::{Code, Environment, Reportable, Secret, SystemClock};
use mde_identity::sources::azure_arc::AzureArc;
use mde_identity::sources::{AssertionSource, SourceContext};
use mde_identity::{IdentitySettings, Selector, SourceChoice};
use scenarios::{House, Setup, Stub};
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
    assert_eq!(house.token(&setup, &house.tenant(1)).await.unwrap_err().code, Code::AssertionUnusable);
    folder.file("token", &assertion(&house, 900));
    house.token(&setup, &house.tenant(1)).await.unwrap();
    assert_eq!(house.requests("identity"), 0, "the file comes before the host's own endpoint");
}

#[tokio::test]
async fn a_token_file_of_no_use_is_named_and_not_quoted() {
    let (house, folder) = (House::new().await, Folder::new("useless"));
    let missing = folder.0.join("missing").to_string_lossy().into_owned();
    let folder_itself = folder.0.to_string_lossy().into_owned();
    for (path, code) in [
        (missing, Code::TokenFileUnusable),
        (folder_itself, Code::TokenFileUnusable),
        (folder.file("empty", ""), Code::TokenFileUnusable),
        (folder.file("huge", &"x".repeat(70_000)), Code::TokenFileUnusable),
        (folder.file("text", "MDEFICCANARY is not a token"), Code::AssertionUnusable),
        (folder.file("expired", &assertion(&house, -5)), Code::AssertionUnusable),
    ] {
        let setup = Setup::default().variable("AZURE_FEDERATED_TOKEN_FILE", &path);
        assert_eq!(house.token(&setup, &house.tenant(0)).await.unwrap_err().code, code, "{path}");
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
