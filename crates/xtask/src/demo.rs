//! The main job on the embedded emulator: a runbook gets the indicators of three tenants without a secret.

use std::process::Command;

use anyhow::{Result, bail};

use crate::emulator::Emulator;
use crate::process::{cargo, is_ci, is_installed, run as run_command, say};
use crate::toolchain::Dotnet;
use crate::{build, layout};

const RUNBOOK: &str = "examples/runbooks/Get-TenantIndicators.ps1";

/// Runs the runbook in PowerShell, or the Rust half of it where there is no .NET.
pub(crate) fn run() -> Result<()> {
    match Dotnet::find() {
        Ok(dotnet) => in_powershell(&dotnet),
        Err(error) if is_ci() => Err(error),
        Err(error) => {
            println!("no .NET could be had, so the Rust half runs without PowerShell: {error:#}");
            in_rust()
        }
    }
}

fn in_powershell(dotnet: &Dotnet) -> Result<()> {
    build::module(dotnet)?;
    let emulator = Emulator::start(&[])?;
    let runbook = layout::root().join(RUNBOOK);
    let mut command = if is_installed("pwsh") {
        let mut command = Command::new("pwsh");
        command.args(["-NoProfile", "-File"]);
        command
    } else {
        say("building a host for PowerShell's engine (no pwsh is installed)");
        dotnet.build("tests/script-host/MdeFic.ScriptHost.csproj")?;
        let mut command = dotnet.program("MdeFic.ScriptHost", "MdeFic.ScriptHost");
        command.args(["-NoProfile", "-File"]);
        command
    };
    command.arg(runbook).args(["-TenantId", &emulator.tenants().join(",")]);
    command.args(["-ClientId", emulator.text("clientId")]);
    command.args(["-ManagedIdentityClientId", emulator.text("managedIdentityClientId")]);
    command.envs(emulator.environment("automation")).env("PSModulePath", module_path()?);
    say(&format!("running {RUNBOOK} as an Azure Automation job would"));
    run_command(&mut command)
}

fn in_rust() -> Result<()> {
    let emulator = Emulator::start(&[])?;
    let mut command =
        cargo(&["run", "--quiet", "--release", "--package", "mde-client", "--example", "indicators", "--"]);
    for tenant in emulator.tenants() {
        command.args(["--tenant-id", &tenant]);
    }
    command.args(["--client-id", emulator.text("clientId")]);
    command.args(["--managed-identity-client-id", emulator.text("managedIdentityClientId")]);
    command.envs(emulator.environment("automation"));
    say("running the client on three tenants");
    run_command(&mut command)
}

fn module_path() -> Result<std::ffi::OsString> {
    let Some(folder) = layout::module().parent().map(std::path::Path::to_path_buf) else { bail!("no module folder") };
    let known = std::env::var_os("PSModulePath").unwrap_or_default();
    Ok(std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&known)))?)
}
