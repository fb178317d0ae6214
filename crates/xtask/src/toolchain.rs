//! Finds a .NET SDK without a manual step: one on the path, else a tool-chain bundle, else Microsoft's install script.

use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::layout;
use crate::process::{run, say};

/// The oldest SDK that will do.
const OLDEST: u32 = 10;

/// A .NET SDK.
pub(crate) struct Dotnet {
    program: PathBuf,
    /// The folder that packages come from; nuget.org when there is none.
    packages: Option<PathBuf>,
}

impl Dotnet {
    /// An SDK, or why there is none.
    pub(crate) fn find() -> Result<Self> {
        let bundle = bundle();
        let packages = bundle.as_ref().map(|bundle| bundle.join("nuget"));
        if is_recent(Path::new("dotnet")) {
            return Ok(Self { program: "dotnet".into(), packages });
        }
        let folder = layout::root().join("target/toolchain");
        let program = folder.join(format!("dotnet/dotnet{EXE_SUFFIX}"));
        if !is_recent(&program) {
            match &bundle {
                Some(bundle) => unpack(bundle, &folder)?,
                None => install(&folder.join("dotnet"))?,
            }
        }
        if !is_recent(&program) {
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
fn bundle() -> Option<PathBuf> {
    let named = std::env::var_os("MDEFIC_TOOLCHAIN").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| layout::root().join("../shared/toolchain"));
    folder.join("unpack").is_file().then(|| folder.canonicalize().unwrap_or(folder))
}

fn is_recent(program: &Path) -> bool {
    let output = Command::new(program).arg("--version").env("DOTNET_NOLOGO", "1").output();
    output.is_ok_and(|output| {
        let version = String::from_utf8_lossy(&output.stdout).into_owned();
        version
            .split('.')
            .next()
            .and_then(|major| major.trim().parse::<u32>().ok())
            .is_some_and(|major| major >= OLDEST)
    })
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
