//! The emulator as a child process: for the demo, for tests in other languages, for a person.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{build, layout};

/// A running emulator. It ends when this is dropped.
pub(crate) struct Emulator {
    child: Child,
    /// What it said of itself when it was ready.
    pub facts: Value,
}

impl Emulator {
    /// Builds and starts it.
    pub(crate) fn start(arguments: &[String]) -> Result<Self> {
        build::emulator()?;
        let mut command = Command::new(layout::program("mde-emulator"));
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("the emulator does not start")?;
        let mut line = String::new();
        if let Some(output) = child.stdout.as_mut() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let facts = serde_json::from_str(&line)
            .context("the emulator ended before it was ready; what it wrote above says why")?;
        Ok(Self { child, facts })
    }

    /// One of its facts, as text.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.facts[name].as_str().unwrap_or_default()
    }

    /// The variables of a host, with the endpoints of Entra and Defender as a user would set them.
    pub(crate) fn environment(&self, host: &str) -> Vec<(String, String)> {
        let variables = self.facts["environment"][host].as_object().into_iter().flatten();
        let mut variables: Vec<_> =
            variables.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect();
        variables.push(("AZURE_AUTHORITY_HOST".to_owned(), self.text("authority").to_owned()));
        variables.push(("MDEFIC_API_BASE_URL".to_owned(), self.text("defender").to_owned()));
        variables
    }

    /// The ids of its tenants.
    pub(crate) fn tenants(&self) -> Vec<String> {
        let tenants = self.facts["tenants"].as_array().into_iter().flatten();
        tenants.filter_map(|tenant| tenant["id"].as_str().map(str::to_owned)).collect()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It ends by itself when its input does.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Runs it until Ctrl+C, and prints what to set to use it.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let mut emulator = Emulator::start(arguments)?;
    // Waiting for a child closes its input, and that is what ends it.
    let _input = emulator.child.stdin.take();
    println!("\n# PowerShell");
    for (name, value) in emulator.environment("appService") {
        println!("$env:{name} = '{value}'");
    }
    println!("\n# bash");
    for (name, value) in emulator.environment("appService") {
        println!("export {name}='{value}'");
    }
    println!("\n# -ClientId {}", emulator.text("clientId"));
    println!("# -ManagedIdentityClientId {}", emulator.text("managedIdentityClientId"));
    for tenant in emulator.facts["tenants"].as_array().into_iter().flatten() {
        let text = |name: &str| tenant[name].as_str().unwrap_or_default();
        println!("# -TenantId {} ({}, {} indicators)", text("id"), text("name"), tenant["indicators"]);
    }
    println!("# faults and journal: {}", emulator.text("admin"));
    println!("\nrunning until Ctrl+C");
    emulator.child.wait()?;
    Ok(())
}
