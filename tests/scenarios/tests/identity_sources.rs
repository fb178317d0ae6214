//! Sources whose assertion changes between two calls. What one call needs and gets is in `cases`.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::PathBuf;

use mde_core::{Code, Secret, SystemClock};
use scenarios::{House, Setup};
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
