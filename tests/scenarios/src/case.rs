//! A case of an assertion source as a folder: what the host's variables are, what its endpoint answers, what comes of it.
//! `tests/scenarios/cases/README.md` describes the files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mde_core::http::{HttpTransports, TransportOptions};
use mde_core::observer::Silent;
use mde_core::{Clock, Report, Reportable, Secret, SystemClock};
use mde_emulator::CANARY;
use mde_identity::sources::azure_arc::AzureArc;
use mde_identity::sources::{AssertionSource, SourceContext};
use mde_identity::{IdentitySettings, Selector, SourceChoice};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::{House, Reply, ScriptedServer, Setup, TlsStub};

/// A case that was read.
#[derive(Debug)]
pub struct Case {
    folder: PathBuf,
    /// `AppService/refused`.
    pub name: String,
}

/// Every case below the folder `cases`.
pub fn all_cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let folders = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut folders: Vec<_> = entries.filter(|path| path.is_dir()).collect();
        folders.sort();
        folders
    };
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    folders(&root)
        .iter()
        .flat_map(|source| {
            folders(source)
                .into_iter()
                .map(|folder| Case { name: format!("{}/{}", name(source), name(&folder)), folder })
        })
        .collect()
}

/// A folder of the case's own, removed when it is left.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What came of a case: the source that gave the assertion, or the report.
type Outcome = Result<String, Report>;

impl Case {
    fn read(&self, file: &str) -> String {
        let text = std::fs::read_to_string(self.folder.join(file)).unwrap_or_default();
        text.replace("\r\n", "\n")
    }

    /// Runs it; what is not as expected comes back as text.
    ///
    /// # Errors
    /// What differs from what the case expects.
    pub async fn run(&self) -> Result<(), String> {
        let house = House::new().await;
        let scratch = Scratch(std::env::temp_dir().join(format!("mdefic-case-{}", uuid::Uuid::new_v4().simple())));
        std::fs::create_dir_all(&scratch.0).map_err(|error| error.to_string())?;
        let folder = std::path::absolute(&scratch.0).map_err(|error| error.to_string())?;
        let mut words = words(&house, &folder);
        let replies: Vec<Reply> =
            self.read("http").split("\n---\n").filter_map(|block| Reply::parse(block, &words)).collect();
        let tls = TlsStub::answering(replies.first().map(|reply| reply.body.clone()).unwrap_or_default()).await;
        let server = ScriptedServer::start(replies).await;
        words.insert("http".into(), server.url.clone());
        words.insert("https".into(), tls.url.clone());
        words.insert("thumbprint".into(), tls.thumbprint.clone());
        // A challenge names a file, so the files and the server know each other's places.
        server.fill(&words);
        self.write_files(&folder, &words);
        let started = Instant::now();
        let outcome = self.outcome(&house, &words).await;
        let problems = self.compare(&outcome, started.elapsed().as_secs_f64(), &server, &words);
        let heard = house.ears.heard();
        let leaked = heard.iter().find(|line| line.contains(CANARY));
        let leaked = leaked.map(|line| format!("a secret was said: {line}"));
        let problems: Vec<_> = problems.into_iter().chain(server.mismatches()).chain(leaked).collect();
        if problems.is_empty() { Ok(()) } else { Err(format!("{}: {}", self.name, problems.join("; "))) }
    }

    fn write_files(&self, folder: &Path, words: &HashMap<String, String>) {
        #[cfg(unix)]
        use std::os::unix::fs::symlink;
        #[cfg(windows)]
        use std::os::windows::fs::symlink_file as symlink;

        for entry in std::fs::read_dir(&self.folder).unwrap().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if let Some(name) = name.strip_prefix("file.") {
                std::fs::write(folder.join(name), filled(&self.read(&format!("file.{name}")), words)).unwrap();
            }
        }
        for line in self.read("env").lines() {
            if let Some((link, target)) = line.strip_prefix("%link=").and_then(|text| text.split_once(" to ")) {
                symlink(filled(target, words), folder.join(link)).unwrap();
            }
        }
    }

    async fn outcome(&self, house: &House, words: &HashMap<String, String>) -> Outcome {
        let text = filled(&self.read("env"), words);
        let value =
            |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=').map(str::to_owned));
        let mut setup = Setup { bare: true, ..Setup::default() };
        setup.source = match value("-IdentitySource") {
            Some(name) => name.leak(),
            None => "Auto",
        };
        setup.cloud = value("-Cloud").map(|cloud| &*cloud.leak());
        setup.service_connection = value("-ServiceConnectionId");
        setup.assertion = value("-Assertion").map(Secret::new);
        setup.selector = Selector::parse(
            value("-ManagedIdentityClientId").as_deref(),
            value("-ManagedIdentityObjectId").as_deref(),
            value("-ManagedIdentityResourceId").as_deref(),
        )
        .map_err(|error| error.report())?;
        for line in text.lines().filter(|line| !line.starts_with(['-', '%', '#'])) {
            if let Some((name, value)) = line.split_once('=') {
                setup.variables.retain(|(known, _)| *known != name);
                setup.variables.push((name.to_owned().leak(), value.to_owned()));
            }
        }
        let settings = house.settings(&setup).map_err(|error| error.report())?;
        let is_probed = matches!(setup_source(&settings), Some(("Imds", true)));
        // No case may reach the metadata service of the machine that it runs on.
        assert!(!is_probed, "{}: the case names no host", self.name);
        match value("%key-directory") {
            Some(directory) => arc_assertion(house, &setup, PathBuf::from(directory)).await,
            None => house.token(&setup, &house.tenant(1)).await.map(|token| token.source.to_owned()),
        }
    }

    fn compare(
        &self,
        outcome: &Outcome,
        seconds: f64,
        server: &ScriptedServer,
        words: &HashMap<String, String>,
    ) -> Vec<String> {
        let shown = match outcome {
            Ok(source) => format!("source {source}"),
            // `Debug` doubles the backslashes of a path, which the message has as they are.
            Err(report) => format!("error {} {} {report:?} {}", report.code.id(), report.message, report.remedy()),
        };
        let mut problems = Vec::new();
        let expectations = filled(&self.read("expect"), words);
        for line in expectations.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            let is_met = match word {
                "source" => outcome.as_deref() == Ok(rest),
                "error" => outcome.as_ref().is_err_and(|report| report.code.id() == rest),
                "says" => shown.contains(rest),
                "not" => !shown.contains(rest),
                "within" => rest.parse().is_ok_and(|limit: f64| seconds <= limit),
                "requests" => rest.parse() == Ok(server.requests().len()),
                _ => false,
            };
            if !is_met {
                problems.push(format!(
                    "'{line}' is not met after {seconds:.1} s and {} requests by: {shown}",
                    server.requests().len()
                ));
            }
        }
        if expectations.trim().is_empty() {
            problems.push("it expects nothing".to_owned());
        }
        if shown.contains(CANARY) {
            problems.push("a secret is shown".to_owned());
        }
        problems
    }
}

fn setup_source(settings: &IdentitySettings) -> Option<(&'static str, bool)> {
    settings.source.resolve(settings).ok().map(|(source, probe)| (source.name(), probe))
}

/// The agent's folder is a fixed one, so the source is made by hand with another.
async fn arc_assertion(house: &House, setup: &Setup, key_directory: PathBuf) -> Outcome {
    let settings: Arc<IdentitySettings> = house.settings(setup).map_err(|error| error.report())?;
    let transports = Arc::new(HttpTransports::new(TransportOptions::default()).unwrap());
    let transport = transports.for_environment(&settings.environment).map_err(|error| error.report())?;
    let detected = SourceChoice::Auto.resolve(&settings).map_err(|error| error.report())?.0.name();
    let context =
        SourceContext { settings: &settings, transport: transport.as_ref(), clock: &SystemClock, observer: &Silent };
    let source = AzureArc { key_directory: Some(key_directory) };
    source.assertion(&context, false).await.map(|_| detected.to_owned()).map_err(|error| error.report())
}

fn words(house: &House, folder: &Path) -> HashMap<String, String> {
    let (config, now) = (house.emulator.config(), SystemClock.now());
    let (identity, system) = (&config.identity.user_assigned[0], config.identity.system_assigned.as_ref());
    let sign = |change: &[(&str, Value)]| {
        let mut claims: Map<String, Value> = json!({
            "iss": config.issuer(),
            "sub": identity.object_id,
            "aud": "api://AzureADTokenExchange",
            "iat": now, "nbf": now - 10, "exp": now + 3600,
        })
        .as_object()
        .cloned()
        .unwrap_or_default();
        claims.extend(change.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        house.emulator.sign_assertion(&claims)
    };
    let system = system.map(|identity| identity.object_id.clone()).unwrap_or_default();
    [
        ("folder", folder.display().to_string()),
        ("assertion", sign(&[])),
        ("system-assertion", sign(&[("sub", json!(system))])),
        ("person-assertion", sign(&[("sub", json!("a person")), ("idtyp", json!("user"))])),
        ("expired-assertion", sign(&[("exp", json!(now - 5)), ("nbf", json!(now - 3600))])),
        ("expires", (now + 3600).to_string()),
        ("identity", identity.client_id.clone()),
        ("identity-object", identity.object_id.clone()),
        ("identity-resource", identity.resource_id.clone()),
        ("canary", CANARY.to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// The text with every `{word}` replaced; `{fill:70000}` stands for so many letters.
pub(crate) fn filled(text: &str, words: &HashMap<String, String>) -> String {
    let mut filled = text.to_owned();
    for (word, value) in words {
        filled = filled.replace(&format!("{{{word}}}"), value);
    }
    while let Some(start) = filled.find("{fill:") {
        let Some(length) = filled[start..].find('}') else { break };
        let count = filled[start + 6..start + length].parse().unwrap_or(0);
        filled.replace_range(start..=start + length, &"x".repeat(count));
    }
    filled
}
