//! Every test of every language, and one line that counts them.

use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result};

use crate::process::{cargo, is_ci, is_installed, say, shown};
use crate::toolchain::Dotnet;
use crate::{build, layout};

/// The C# test projects: folder, project, and why it is there.
const PROJECTS: &[(&str, &str, &str)] = &[
    ("tests/interop", "MdeFic.Interop.Tests", "C# against the native library"),
    ("tests/powershell", "MdeFic.PowerShell.Tests", "the built module in PowerShell's engine"),
];

#[derive(Default, Clone, Copy)]
struct Count {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// Runs all of them. The last line counts them, whatever happened before it.
pub(crate) fn run() -> ExitCode {
    let mut count = Count::default();
    say("Rust tests (first time: some minutes to build)");
    count.add(or_failed(counted(&mut cargo(&["test", "--quiet", "--workspace", "--no-fail-fast"]), libtest)));
    match Dotnet::find() {
        Ok(dotnet) => dotnet_tests(&dotnet, &mut count),
        Err(error) => {
            println!("no .NET could be had, so the C# tests did not run: {error:#}");
            // What decides what lands must not do so by half of the tests.
            *(if is_ci() { &mut count.failed } else { &mut count.skipped }) += PROJECTS.len() as u64;
        }
    }
    let Count { passed, failed, skipped } = count;
    match skipped {
        0 => println!("\n{passed} passed, {failed} failed"),
        _ => println!("\n{passed} passed, {failed} failed, {skipped} skipped"),
    }
    if failed > 0 || passed == 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn dotnet_tests(dotnet: &Dotnet, count: &mut Count) {
    let built = build::module(dotnet).and_then(|()| build::emulator()).and_then(|()| {
        say("building the host for PowerShell's engine");
        dotnet.build("tests/script-host/MdeFic.ScriptHost.csproj")
    });
    if let Err(error) = built {
        // Every project would only say the same again.
        count.add(or_failed(Err(error)));
        return;
    }
    for (folder, project, purpose) in PROJECTS {
        say(&format!("{project}: {purpose}"));
        count.add(or_failed(project_tests(dotnet, folder, project)));
    }
    count.add(or_failed(pester()));
}

fn project_tests(dotnet: &Dotnet, folder: &str, project: &str) -> Result<Count> {
    let files = layout::files_below(&layout::root().join(folder))?;
    if !files.iter().any(|file| file.extension().is_some_and(|extension| extension == "cs")) {
        println!("{folder} holds no test yet");
        return Ok(Count { skipped: 1, ..Count::default() });
    }
    dotnet.build(&format!("{folder}/{project}.csproj"))?;
    let mut program = dotnet.program(project, project);
    // Colours would stand between the words of the summary.
    program.args(["--no-ansi", "--progress", "off"]);
    counted(with_product(&mut program), testing_platform)
}

/// Something that could not even be started is a failure to be counted, not the end of the other tests.
fn or_failed(count: Result<Count>) -> Count {
    count.unwrap_or_else(|error| {
        println!("error: {error:#}");
        Count { failed: 1, ..Count::default() }
    })
}

/// Tells a test program where the built things are.
fn with_product(command: &mut Command) -> &mut Command {
    command
        .env("MDEFIC_MODULE", layout::module())
        .env("MDEFIC_EXAMPLES", layout::root().join("examples"))
        .env("MDEFIC_EMULATOR", layout::program("mde-emulator"))
        .env("MDEFIC_SCRIPT_HOST", layout::dotnet_output("MdeFic.ScriptHost").join("MdeFic.ScriptHost.dll"))
}

/// The smoke tests on real PowerShell, where it is installed.
fn pester() -> Result<Count> {
    if !is_installed("pwsh") {
        println!("no pwsh is installed: the engine tests stand for it, the Pester smoke tests are skipped");
        return Ok(Count { skipped: 1, ..Count::default() });
    }
    say("Pester smoke tests in pwsh");
    let script = "if (-not (Get-Module -ListAvailable Pester | Where-Object Version -ge 5.0)) \
        { 'Pester 5 or later is not installed (Install-PSResource Pester): skipped'; 'pester: 0 0 1'; exit 0 } \
        $r = Invoke-Pester -Path tests/pester -PassThru; \"pester: $($r.PassedCount) $($r.FailedCount) $($r.SkippedCount)\"";
    let mut command = Command::new("pwsh");
    command.args(["-NoProfile", "-Command", script]).current_dir(layout::root());
    counted(with_product(&mut command), |line, count| {
        let mut words = line.strip_prefix("pester: ").into_iter().flat_map(str::split_whitespace);
        let mut next = || words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
        *count = Count { passed: next(), failed: next(), skipped: next() };
    })
}

/// Runs a test program and reads its numbers. What it prints is shown up to and with a failure, not where all is well. A
/// program that ends badly without a failed test has failed as a whole.
fn counted(command: &mut Command, read: fn(&str, &mut Count)) -> Result<Count> {
    let shown = shown(command);
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| format!("can't start {shown}"))?;
    let mut total = Count::default();
    let mut unshown = Vec::new();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            let line = String::from_utf8_lossy(&line?).trim_end().to_owned();
            let mut count = Count::default();
            read(&line, &mut count);
            total.add(count);
            // One program of several, in which all is well.
            let is_well = line.starts_with("test result: ok");
            unshown.push(line);
            if is_well {
                unshown.clear();
            } else if count.failed > 0 {
                show(&mut unshown);
            }
        }
    }
    let status = child.wait()?;
    if !status.success() {
        show(&mut unshown);
        println!("{shown} ended with {status}");
        total.failed = total.failed.max(1);
    }
    if total.passed + total.failed + total.skipped == 0 {
        show(&mut unshown);
        println!("{shown} ran no test");
        total.failed = 1;
    }
    println!("    {} passed, {} failed", total.passed, total.failed);
    Ok(total)
}

fn show(lines: &mut Vec<String>) {
    for line in lines.drain(..).filter(|line| !line.is_empty()) {
        println!("{line}");
    }
}

/// `test result: ok. 18 passed; 0 failed; 0 ignored; …`
fn libtest(line: &str, count: &mut Count) {
    if let Some(numbers) = line.strip_prefix("test result: ") {
        let before = |word: &str| {
            let words: Vec<&str> = numbers.split([' ', ';', '.']).collect();
            words.windows(2).find(|pair| pair[1] == word).and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
        };
        *count = Count { passed: before("passed"), failed: before("failed"), skipped: before("ignored") };
    }
}

/// The summary of Microsoft's testing platform: `total: 3`, `failed: 0`, `succeeded: 3`, `skipped: 0`, a line each.
fn testing_platform(line: &str, count: &mut Count) {
    let number = |name: &str| line.trim().strip_prefix(name).and_then(|rest| rest.trim().parse().ok());
    count.passed = number("succeeded:").unwrap_or(0);
    count.failed = number("failed:").unwrap_or(0);
    count.skipped = number("skipped:").unwrap_or(0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_are_read() {
        let mut count = Count::default();
        libtest("test result: FAILED. 18 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out", &mut count);
        assert_eq!((count.passed, count.failed, count.skipped), (18, 2, 1));
        testing_platform("  succeeded: 7", &mut count);
        assert_eq!((count.passed, count.failed), (7, 0));
    }
}
