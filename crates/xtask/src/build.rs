//! Builds the native library and the module, and lays both out as a folder that PowerShell can import.

use std::path::Path;

use anyhow::{Context, Result};

use crate::layout;
use crate::process::{cargo, run as run_command, say};
use crate::toolchain::Dotnet;

/// Builds everything the module consists of.
pub(crate) fn run() -> Result<()> {
    module(&Dotnet::find()?)?;
    println!("{}", layout::module().display());
    Ok(())
}

/// Builds the module with this SDK.
pub(crate) fn module(dotnet: &Dotnet) -> Result<()> {
    native()?;
    say("building the PowerShell module");
    dotnet.build("powershell-module/MdeFic.csproj")?;
    lay_out()
}

/// Builds the native library.
pub(crate) fn native() -> Result<()> {
    say("building the native library (first time: two to four minutes)");
    let mut command = cargo(&["build", "--release", "--quiet", "--package", "mde-ffi", "--lib"]);
    if cfg!(all(windows, target_env = "msvc")) {
        // Azure Automation and Server Core have no Visual C++ runtime.
        command.env("RUSTFLAGS", "-C target-feature=+crt-static");
    }
    run_command(&mut command)
}

/// Builds the emulator program.
pub(crate) fn emulator() -> Result<()> {
    say("building the emulator (first time: two to three minutes)");
    run_command(&mut cargo(&["build", "--release", "--quiet", "--package", "mde-emulator", "--bins"]))
}

fn lay_out() -> Result<()> {
    let (module, source) = (layout::module(), layout::root().join("powershell-module"));
    let library = layout::native_library();
    let name = library.file_name().unwrap_or_default();
    copy(&library, &module.join("runtimes").join(layout::runtime_identifier()).join("native").join(name))?;
    copy(&layout::dotnet_output("MdeFic").join("MdeFic.dll"), &module.join("MdeFic.dll"))?;
    copy(&source.join("MdeFic.Format.ps1xml"), &module.join("MdeFic.Format.ps1xml"))?;
    copy(&layout::root().join("LICENSE"), &module.join("LICENSE"))?;
    let help = source.join("en-US");
    for file in layout::files_below(&help)? {
        copy(&help.join(&file), &module.join("en-US").join(&file))?;
    }
    let manifest = std::fs::read_to_string(source.join("MdeFic.psd1"))?;
    let stamped: String = manifest
        .lines()
        .map(|line| {
            if line.trim_start().starts_with("ModuleVersion") {
                format!("    ModuleVersion        = '{}'\n", layout::VERSION)
            } else {
                format!("{line}\n")
            }
        })
        .collect();
    write(stamped.as_bytes(), &module.join("MdeFic.psd1"))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let bytes = std::fs::read(from).with_context(|| format!("can't read {}", from.display()))?;
    write(&bytes, to)
}

/// Writes unless the same is there already: a library that is loaded somewhere can't be written on Windows.
fn write(bytes: &[u8], to: &Path) -> Result<()> {
    if std::fs::read(to).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // Removing first leaves a process that has the old library loaded with the old one, instead of a torn one.
    let _ = std::fs::remove_file(to);
    std::fs::write(to, bytes).with_context(|| format!("can't write {}; is the module loaded somewhere?", to.display()))
}
