//! The package: a zip whose name, folder and manifest agree, as Azure Automation asks.
//!
//! Source: learn.microsoft.com/azure/automation/shared-resources/modules

use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::toolchain::Dotnet;
use crate::{build, layout};

/// Builds the package and prints the sizes.
pub(crate) fn run() -> Result<()> {
    build::module(&Dotnet::find()?)?;
    let folder = layout::root().join("target/package");
    std::fs::create_dir_all(&folder)?;
    let package = folder.join("MdeFic.zip");
    compress(&layout::module(), &package)?;
    let versioned = folder.join(format!("MdeFic.{}.zip", layout::VERSION));
    std::fs::copy(&package, &versioned)?;
    for (name, path) in [
        ("native library", layout::native_library()),
        ("module assembly", layout::module().join("MdeFic.dll")),
        ("package", versioned),
    ] {
        let size = path.metadata().with_context(|| format!("{} is missing", path.display()))?.len();
        println!("{name:<16} {:>6} KiB  {}", size.div_ceil(1024), path.display());
    }
    Ok(())
}

fn compress(folder: &Path, package: &Path) -> Result<()> {
    let mut zip = ZipWriter::new(File::create(package)?);
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for file in layout::files_below(folder)? {
        // Zip names have forward slashes, whatever the machine.
        let name: Vec<_> = file.iter().map(|part| part.to_string_lossy()).collect();
        zip.start_file(format!("MdeFic/{}", name.join("/")), options)?;
        zip.write_all(&std::fs::read(folder.join(&file))?)?;
    }
    zip.finish()?;
    Ok(())
}
