//! The generated C# half of the boundary.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::layout;
use crate::process::{cargo, run as run_command, say};

const FOLDER: &str = "powershell-module/Native/Generated";

/// Generates it, or checks that what is there is what would be generated.
pub(crate) fn run(check: bool) -> Result<()> {
    let committed = layout::root().join(FOLDER);
    let folder = if check { layout::root().join("target/bindings") } else { committed.clone() };
    if check && folder.exists() {
        // What an earlier check left there would count as generated.
        std::fs::remove_dir_all(&folder).with_context(|| format!("can't empty {}", folder.display()))?;
    }
    say("generating the bindings (first time: some minutes)");
    let mut command = cargo(&["run", "--quiet", "--package", "mde-ffi", "--example", "generate_bindings", "--"]);
    run_command(command.arg(&folder).stdout(std::process::Stdio::null()))?;
    if check {
        let drifted = drifted(&folder, &committed)?;
        if !drifted.is_empty() {
            bail!("not what the boundary generates: {}; run 'cargo xtask bindings'", drifted.join(", "));
        }
    }
    Ok(())
}

/// The files that differ, are missing, or are there although nothing generates them.
fn drifted(generated: &Path, committed: &Path) -> Result<Vec<String>> {
    let mut files: BTreeSet<_> = layout::files_below(generated)?.into_iter().collect();
    files.extend(layout::files_below(committed).unwrap_or_default());
    let read = |path: &Path| std::fs::read_to_string(path).ok().map(|text| text.replace("\r\n", "\n"));
    let differs = files.into_iter().filter(|file| read(&generated.join(file)) != read(&committed.join(file)));
    Ok(differs.map(|file| format!("{FOLDER}/{}", file.display())).collect())
}
