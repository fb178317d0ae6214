//! Removes what was built, but not what was downloaded.

use anyhow::{Context, Result};

use crate::layout;

/// Removes the outputs; with `all` the tool chain and the packages too.
pub(crate) fn run(all: bool) -> Result<()> {
    let outputs = ["module", "package", "dotnet", "bindings"];
    let downloads: &[&str] = if all { &["toolchain", "nuget-packages", "dotnet-home"] } else { &[] };
    for name in outputs.iter().chain(downloads) {
        let folder = layout::root().join("target").join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).with_context(|| format!("can't remove {}", folder.display()))?;
            println!("removed {}", folder.display());
        }
    }
    Ok(())
}
