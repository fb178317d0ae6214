//! The generated C# half of the boundary.

use anyhow::{Result, bail};

use crate::layout;
use crate::process::{cargo, run as run_command, say};

const FOLDER: &str = "powershell-module/Native/Generated";

/// Generates it, or checks that what is there is what would be generated.
pub(crate) fn run(check: bool) -> Result<()> {
    let committed = layout::root().join(FOLDER);
    let folder = if check { layout::root().join("target/bindings") } else { committed.clone() };
    say("generating the bindings (first time: some minutes)");
    let mut command = cargo(&["run", "--quiet", "--package", "mde-ffi", "--example", "generate_bindings", "--"]);
    run_command(command.arg(&folder).stdout(std::process::Stdio::null()))?;
    if check {
        for file in layout::files_below(&folder)? {
            let read = |folder: &std::path::Path| std::fs::read_to_string(folder.join(&file)).unwrap_or_default();
            if read(&folder) != read(&committed).replace("\r\n", "\n") {
                bail!("{FOLDER}/{} is not what the boundary generates; run 'cargo xtask bindings'", file.display());
            }
        }
    }
    Ok(())
}
