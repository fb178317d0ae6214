//! Where things lie in the checkout.

use std::env::consts::{ARCH, DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX, OS};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The version of everything, stamped into the module.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new(".")).to_path_buf()
}

/// Where cargo builds to.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// The built module, a folder that can be imported.
pub(crate) fn module() -> PathBuf {
    root().join("target/module/MdeFic")
}

/// A program that cargo built for release.
pub(crate) fn program(name: &str) -> PathBuf {
    target().join("release").join(format!("{name}{EXE_SUFFIX}"))
}

/// The native library that cargo built for release.
pub(crate) fn native_library() -> PathBuf {
    target().join("release").join(format!("{DLL_PREFIX}mde_ffi{DLL_SUFFIX}"))
}

/// What the build of a C# project produces.
pub(crate) fn dotnet_output(project: &str) -> PathBuf {
    root().join("target/dotnet/bin").join(project).join("release")
}

/// The runtime identifier of this machine, as .NET names it.
pub(crate) fn runtime_identifier() -> String {
    let system = match OS {
        "windows" => "win",
        "macos" => "osx",
        "linux" if cfg!(target_env = "musl") => "linux-musl",
        other => other,
    };
    let processor = match ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{system}-{processor}")
}

/// All files below a folder, with their path relative to it, sorted.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).with_context(|| format!("can't read {}", next.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path.strip_prefix(folder)?.to_path_buf());
            }
        }
    }
    files.sort();
    Ok(files)
}
