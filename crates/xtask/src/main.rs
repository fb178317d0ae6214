//! Everything a developer runs: `cargo xtask <task>`. Here is only the list; each task has a file.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints")]

mod bench;
mod bindings;
mod build;
mod clean;
mod demo;
mod emulator;
mod help;
mod layout;
mod lint;
mod package;
mod process;
mod test;
mod toolchain;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Everything a developer of MdeFic runs.
#[derive(Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Shows the main job on the embedded emulator: tokens and indicators of three tenants.
    Demo,
    /// Runs every test of every language.
    Test,
    /// Builds the native library and the module into target/module/MdeFic.
    Build,
    /// Generates the C# half of the boundary, or checks that it is what would be generated.
    Bindings {
        /// Change nothing; fail when something would change.
        #[arg(long)]
        check: bool,
    },
    /// Generates help and error documentation, or checks that they are what would be generated.
    Help {
        /// Change nothing; fail when something would change.
        #[arg(long)]
        check: bool,
    },
    /// Checks format, style and generated files.
    Lint,
    /// Measures the module beside its peers.
    Bench {
        /// Arguments for the benchmark program, such as --quick.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Builds the module's package into target/package.
    Package,
    /// Runs the emulator until Ctrl+C.
    Emulator {
        /// Arguments for the emulator, such as --tenant Contoso=100.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Removes what was built.
    Clean {
        /// The tool chain and downloaded packages too.
        #[arg(long)]
        all: bool,
    },
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Demo => demo::run(),
        Task::Test => return test::run(),
        Task::Build => build::run(),
        Task::Bindings { check } => bindings::run(check),
        Task::Help { check } => help::run(check),
        Task::Lint => lint::run(),
        Task::Bench { arguments } => bench::run(&arguments),
        Task::Package => package::run(),
        Task::Emulator { arguments } => emulator::run(&arguments),
        Task::Clean { all } => clean::run(all),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
