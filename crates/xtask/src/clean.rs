//! Removes what was built, but not what was downloaded.

use std::path::Path;

use anyhow::{Context, Result};

use crate::layout;

const PROJECTS: &[&str] =
    &["powershell-module", "benchmarks", "tests/script-host", "tests/interop", "tests/powershell"];

/// Removes the outputs; with `all` the tool chain and the packages too.
pub(crate) fn run(all: bool) -> Result<()> {
    let outputs = ["module", "package", "dotnet", "bindings"];
    let downloads: &[&str] = if all { &["toolchain", "nuget-packages", "dotnet-home"] } else { &[] };
    for name in outputs.iter().chain(downloads) {
        remove(&layout::root().join("target").join(name))?;
    }
    // An editor that builds on its own may leave these beside a project.
    for project in PROJECTS {
        for name in ["bin", "obj"] {
            remove(&layout::root().join(project).join(name))?;
        }
    }
    Ok(())
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)
            .with_context(|| format!("can't remove {}; is something of it still running?", folder.display()))?;
        println!("removed {}", folder.display());
    }
    Ok(())
}
