//! Builds the native library and the module, and lays both out as a folder that PowerShell can import.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::layout;
use crate::process::{cargo, run as run_command, say};
use crate::toolchain::Dotnet;

/// What lies in the module's folder beside its help and its native libraries.
const FILES: &[&str] = &["MdeFic.psd1", "MdeFic.dll", "MdeFic.Format.ps1xml", "LICENSE"];

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
    release(&["--package", "mde-ffi", "--lib"])
}

/// Builds the emulator program.
pub(crate) fn emulator() -> Result<()> {
    say("building the emulator (first time: two to three minutes)");
    release(&["--package", "mde-emulator", "--bins"])
}

/// Both with the same flags: with other ones cargo would build their common dependencies twice.
fn release(what: &[&str]) -> Result<()> {
    let mut command = cargo(&["build", "--release", "--quiet"]);
    if cfg!(all(windows, target_env = "msvc")) {
        // Azure Automation and Server Core have no Visual C++ runtime.
        let given = std::env::var("RUSTFLAGS").unwrap_or_default();
        command.env("RUSTFLAGS", format!("{given} -C target-feature=+crt-static").trim_start());
    }
    run_command(command.args(what))
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
    let mut kept: Vec<PathBuf> = FILES.iter().map(PathBuf::from).collect();
    for file in layout::files_below(&help).context("the help is missing; run 'cargo xtask help'")? {
        let file = Path::new("en-US").join(file);
        copy(&source.join(&file), &module.join(&file))?;
        kept.push(file);
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
    write(stamped.as_bytes(), &module.join("MdeFic.psd1"))?;
    remove_others(&module, &kept)
}

/// Removes what an earlier version had. Other machines' native libraries stay: a package is put together from several.
fn remove_others(module: &Path, kept: &[PathBuf]) -> Result<()> {
    for file in layout::files_below(module)? {
        if !kept.contains(&file) && !file.starts_with("runtimes") {
            std::fs::remove_file(module.join(&file))
                .with_context(|| format!("can't remove {}; is the module loaded somewhere?", file.display()))?;
        }
    }
    Ok(())
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
