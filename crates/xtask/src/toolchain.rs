//! Finds a .NET SDK without a manual step: one on the path, else a tool-chain bundle, else Microsoft's install script.

use std::env::consts::EXE_SUFFIX;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::layout;
use crate::process::{run, say};

/// The oldest SDK that will do.
const OLDEST: u32 = 10;

/// Whether the SDK of a bundle runs on this machine.
const SUITS_BUNDLE: bool = cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"));

/// A .NET SDK.
pub(crate) struct Dotnet {
    program: PathBuf,
    /// Where packages come from, as `RestoreSources` has it; when there is nothing, where the user's own settings say.
    packages: Option<OsString>,
}

impl Dotnet {
    /// An SDK, or why there is none.
    pub(crate) fn find() -> Result<Self> {
        let bundle = bundle()?;
        let packages = bundle.as_ref().map(|bundle| bundle.join("nuget").into_os_string());
        if let Some(version) = version(Path::new("dotnet")).filter(|version| is_recent(version)) {
            // The bundle's packages go with the SDK that it brings; another one may ask for others.
            let fits = bundle.as_ref().is_some_and(|bundle| brings(bundle, &version));
            let packages = packages.map(|folder| if fits { folder } else { with_nuget_org(folder) });
            return Ok(Self { program: "dotnet".into(), packages });
        }
        let folder = layout::root().join("target/toolchain");
        let program = folder.join(format!("dotnet/dotnet{EXE_SUFFIX}"));
        let is_there = || version(&program).is_some_and(|version| is_recent(&version));
        if !is_there() {
            match &bundle {
                Some(bundle) if SUITS_BUNDLE => unpack(bundle, &folder)?,
                _ => install(&folder.join("dotnet"))?,
            }
        }
        // An SDK that was installed, not unpacked, is of any version.
        let packages = if SUITS_BUNDLE { packages } else { packages.map(with_nuget_org) };
        if !is_there() {
            bail!("{} is no .NET SDK {OLDEST} or later; remove target/toolchain and try again", program.display());
        }
        Ok(Self { program, packages })
    }

    /// The dotnet program itself.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).current_dir(layout::root());
        self.prepare(&mut command);
        command
    }

    /// A program that was built.
    pub(crate) fn program(&self, project: &str, assembly: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(layout::dotnet_output(project).join(format!("{assembly}.dll"))).current_dir(layout::root());
        self.prepare(&mut command);
        command
    }

    /// Builds a project for release. What the build says is shown only if it fails.
    pub(crate) fn build(&self, project: &str) -> Result<()> {
        let mut command =
            self.command(&["build", project, "-c", "Release", "--nologo", "-v", "quiet", "-nodeReuse:false"]);
        let output = command.output().with_context(|| format!("can't start the build of {project}"))?;
        if !output.status.success() {
            println!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            bail!("{project} does not build");
        }
        Ok(())
    }

    fn prepare(&self, command: &mut Command) {
        let home = layout::root().join("target");
        if let Some(folder) = self.program.parent().filter(|folder| folder.is_absolute()) {
            command.env("DOTNET_ROOT", folder);
            let path = std::env::var_os("PATH").unwrap_or_default();
            let paths = std::iter::once(folder.to_path_buf()).chain(std::env::split_paths(&path));
            if let Ok(path) = std::env::join_paths(paths) {
                command.env("PATH", path);
            }
            // A bundle brings no libicu along.
            command.env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1");
            command.env("DOTNET_SYSTEM_GLOBALIZATION_PREDEFINED_CULTURES_ONLY", "false");
            // Nothing is left behind in the user's home.
            command.env("DOTNET_CLI_HOME", home.join("dotnet-home"));
        }
        if let Some(packages) = &self.packages {
            command.env("MDEFIC_NUGET_SOURCE", packages);
            command.env("NUGET_PACKAGES", home.join("nuget-packages"));
        }
        command.env("DOTNET_NOLOGO", "1").env("DOTNET_CLI_TELEMETRY_OPTOUT", "1");
        command.env("TESTINGPLATFORM_TELEMETRY_OPTOUT", "1").env("MSBUILDDISABLENODEREUSE", "1");
    }
}

/// The folder with an SDK archive and packages: named by `MDEFIC_TOOLCHAIN`, or beside the checkout.
fn bundle() -> Result<Option<PathBuf>> {
    let named = std::env::var_os("MDEFIC_TOOLCHAIN").filter(|name| !name.is_empty()).map(PathBuf::from);
    let is_named = named.is_some();
    let folder = named.unwrap_or_else(|| layout::root().join("../shared/toolchain"));
    if folder.join("unpack").is_file() {
        return Ok(Some(folder.canonicalize().unwrap_or(folder)));
    }
    if is_named {
        bail!("MDEFIC_TOOLCHAIN names {}, where no 'unpack' is; correct it, or unset it", folder.display());
    }
    Ok(None)
}

/// Whether a bundle holds this version of the SDK.
fn brings(bundle: &Path, version: &str) -> bool {
    let prefix = format!("dotnet-sdk-{version}-");
    let files = bundle.read_dir().into_iter().flatten().flatten();
    files.into_iter().any(|file| file.file_name().to_string_lossy().starts_with(&prefix))
}

fn with_nuget_org(mut folder: OsString) -> OsString {
    folder.push(";https://api.nuget.org/v3/index.json");
    folder
}

/// The version of an SDK; nothing when there is none.
fn version(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").env("DOTNET_NOLOGO", "1").output().ok()?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !version.is_empty()).then_some(version)
}

fn is_recent(version: &str) -> bool {
    version.split('.').next().and_then(|major| major.parse::<u32>().ok()).is_some_and(|major| major >= OLDEST)
}

fn unpack(bundle: &Path, folder: &Path) -> Result<()> {
    say("unpacking the .NET SDK from the tool-chain bundle (first time only, some seconds)");
    let mut command = Command::new("bash");
    command.arg(bundle.join("unpack")).arg(folder).stdout(std::process::Stdio::null());
    run(&mut command).context("the tool-chain bundle can't be unpacked; it needs bash, tar and xz")
}

fn install(folder: &Path) -> Result<()> {
    say("installing the .NET SDK with Microsoft's install script (first time only, some minutes)");
    let scripts = layout::root().join("target/toolchain");
    std::fs::create_dir_all(&scripts)?;
    let extension = if cfg!(windows) { "ps1" } else { "sh" };
    let script = scripts.join(format!("dotnet-install.{extension}"));
    let mut download = Command::new("curl");
    download.args(["--fail", "--silent", "--show-error", "--location", "--max-time", "60", "--output"]);
    download.arg(&script).arg(format!("https://dot.net/v1/dotnet-install.{extension}"));
    let hint =
        format!("no .NET SDK {OLDEST} could be had: put one on PATH, or name a tool-chain bundle in MDEFIC_TOOLCHAIN");
    run(&mut download).context(hint.clone())?;
    let channel = format!("{OLDEST}.0");
    let mut command = if cfg!(windows) {
        let mut command = Command::new("powershell");
        command.args(["-NoProfile", "-ExecutionPolicy", "Bypass", "-File"]).arg(&script);
        command.args(["-Channel", &channel, "-NoPath", "-InstallDir"]).arg(folder);
        command
    } else {
        let mut command = Command::new("bash");
        command.arg(&script).args(["--channel", &channel, "--no-path", "--install-dir"]).arg(folder);
        command
    };
    run(&mut command).context(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_versions_are_refused() {
        assert!(is_recent("10.0.401"));
        assert!(is_recent("11.0.100-preview.1.25120.13"));
        assert!(!is_recent("8.0.404"));
        assert!(!is_recent("no version"));
    }
}
