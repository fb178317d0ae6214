//! Format, style and generated files of every language.

use anyhow::{Context, Result};

use crate::process::{cargo, is_ci, is_installed, run as run_command, say};
use crate::toolchain::Dotnet;
use crate::{bindings, help};

const PROJECTS: &[&str] = &[
    "powershell-module/MdeFic.csproj",
    "tests/script-host/MdeFic.ScriptHost.csproj",
    "tests/interop/MdeFic.Interop.Tests.csproj",
    "tests/powershell/MdeFic.PowerShell.Tests.csproj",
    "benchmarks/MdeFic.Benchmarks.csproj",
];

/// Checks all of it; the first finding ends it.
pub(crate) fn run() -> Result<()> {
    say("cargo fmt --check");
    run_command(&mut cargo(&["fmt", "--all", "--check"])).context("run 'cargo fmt --all'")?;
    say("clippy, warnings as errors");
    run_command(&mut cargo(&["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    say("links in the documentation comments");
    let mut documentation = cargo(&["doc", "--quiet", "--workspace", "--no-deps", "--document-private-items"]);
    run_command(documentation.env("RUSTDOCFLAGS", "-D warnings"))?;
    bindings::run(true)?;
    say("help and error documentation");
    help::run(true)?;
    match Dotnet::find() {
        Ok(dotnet) => {
            say("C# style, in the build");
            for project in PROJECTS {
                dotnet.build(project)?;
            }
        }
        Err(error) if is_ci() => return Err(error),
        Err(error) => println!("C# style is not checked: {error:#}"),
    }
    if is_installed("cargo-deny") {
        say("advisories and licences");
        run_command(&mut cargo(&["deny", "check"]))?;
    }
    Ok(())
}
