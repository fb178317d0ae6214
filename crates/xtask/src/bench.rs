//! Measures the module beside its peers, in one run on one server.

use anyhow::Result;

use crate::process::{run as run_command, say};
use crate::toolchain::Dotnet;
use crate::{build, layout};

/// Builds everything for release and runs the benchmark program.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let dotnet = Dotnet::find()?;
    build::module(&dotnet)?;
    build::emulator()?;
    say("building the benchmarks");
    dotnet.build("benchmarks/MdeFic.Benchmarks.csproj")?;
    let mut command = dotnet.program("MdeFic.Benchmarks", "MdeFic.Benchmarks");
    command.args(arguments);
    command.env("MDEFIC_MODULE", layout::module()).env("MDEFIC_EMULATOR", layout::program("mde-emulator"));
    run_command(&mut command)
}
