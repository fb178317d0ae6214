//! The program around the library, for tests, demos and benchmarks that aren't written in Rust.
//!
//! Prints one line of JSON when it is ready and ends when its standard input does, so that it can't outlive a parent that
//! was killed; or on Ctrl+C.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::PathBuf;

use clap::Parser;
use mde_emulator::{CANARY, Config, Emulator, Host, Tenant};
use serde_json::{Value, json};

/// A local stand-in for Azure's managed-identity endpoints, the Entra token endpoint and the Defender API.
#[derive(Parser)]
#[command(name = "mde-emulator", version)]
struct Arguments {
    /// JSON file with the configuration; what it leaves out keeps its default.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Wait before every answer of the emulated services.
    #[arg(long, value_name = "MILLISECONDS")]
    latency: Option<u64>,

    /// A customer tenant and how many indicators it has, in place of the configured ones. May be repeated.
    #[arg(long, value_name = "NAME=INDICATORS", value_parser = tenant)]
    tenant: Vec<(String, usize)>,
}

fn tenant(text: &str) -> Result<(String, usize), String> {
    let (name, count) = text.split_once('=').ok_or("expected NAME=INDICATORS")?;
    Ok((name.to_owned(), count.parse().map_err(|_| format!("'{count}' is not a number"))?))
}

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let config = configure(Arguments::parse())?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run(config))
}

fn configure(arguments: Arguments) -> Result<Config, Failure> {
    let mut config = match arguments.config {
        None => Config::default(),
        Some(path) => {
            let text =
                std::fs::read_to_string(&path).map_err(|error| format!("can't read {}: {error}", path.display()))?;
            Config::from_json(&text).map_err(|error| format!("{}: {error}", path.display()))?
        }
    };
    if let Some(latency) = arguments.latency {
        config.latency_milliseconds = latency;
    }
    if !arguments.tenant.is_empty() {
        config.tenants = arguments
            .tenant
            .iter()
            .enumerate()
            .map(|(index, (name, count))| {
                Tenant::new(format!("00000000-0000-4000-8000-{:012}", index + 1), name, *count)
            })
            .collect();
    }
    Ok(config)
}

async fn run(config: Config) -> Result<(), Failure> {
    let emulator = Emulator::start(config).await?;
    let directory = std::env::temp_dir().join(format!("mde-emulator-{}", std::process::id()));
    std::fs::create_dir_all(&directory)?;
    let certificate = directory.join("authority.pem");
    std::fs::write(&certificate, &emulator.endpoints().certificate_pem)?;

    announce(&ready(&emulator, &certificate.to_string_lossy())?)?;
    let (ended, end_of_input) = tokio::sync::oneshot::channel();
    // A plain thread, because a blocked read of standard input would keep Tokio's own pool from ending.
    std::thread::spawn(move || {
        let mut buffer = [0; 256];
        while matches!(std::io::stdin().read(&mut buffer), Ok(count) if count > 0) {}
        // The receiver is gone when Ctrl+C came first.
        let _ = ended.send(());
    });
    tokio::select! {
        _ = end_of_input => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    drop(emulator);
    std::fs::remove_dir_all(&directory)?;
    Ok(())
}

#[allow(clippy::print_stdout, reason = "the one line that tells the parent process where everything is")]
fn announce(line: &Value) -> std::io::Result<()> {
    println!("{line}");
    std::io::stdout().flush()
}

fn ready(emulator: &Emulator, certificate: &str) -> Result<Value, serde_json::Error> {
    let config = emulator.config();
    let environment = |host| emulator.environment(host).into_iter().collect::<BTreeMap<_, _>>();
    let identity = config.identity.user_assigned.first();
    let tenants: Vec<Value> = emulator
        .tenants()
        .iter()
        .map(|tenant| json!({"id": tenant.id, "name": tenant.name, "indicators": tenant.indicators}))
        .collect();
    let mut line = serde_json::to_value(emulator.endpoints())?;
    let rest = json!({
        "certificateFile": certificate,
        "clientId": config.application.client_id,
        "managedIdentityClientId": identity.map(|identity| &identity.client_id),
        "managedIdentityObjectId": identity.map(|identity| &identity.object_id),
        "managedIdentityResourceId": identity.map(|identity| &identity.resource_id),
        "homeTenantId": config.home_tenant.id,
        "tenants": tenants,
        "environment": Host::ALL.iter().map(|(name, host)| (*name, environment(*host))).collect::<BTreeMap<_, _>>(),
        "serviceConnectionId": emulator.service_connection_id(),
        "canary": CANARY,
    });
    if let (Value::Object(line), Value::Object(rest)) = (&mut line, rest) {
        line.extend(rest);
    }
    Ok(line)
}
