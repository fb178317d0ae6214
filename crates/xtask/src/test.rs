//! Every test of every language, and one line that counts them.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

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

/// Runs all of them.
pub(crate) fn run() -> Result<()> {
    let mut count = Count::default();
    say("Rust tests (first time: some minutes to build)");
    count.add(counted(&mut cargo(&["test", "--quiet", "--workspace", "--no-fail-fast"]), libtest)?);
    match Dotnet::find() {
        Ok(dotnet) => count.add(dotnet_tests(&dotnet)?),
        Err(error) if is_ci() => return Err(error),
        Err(error) => {
            println!("no .NET could be had, so the C# tests are skipped: {error:#}");
            count.skipped += PROJECTS.len() as u64;
        }
    }
    let Count { passed, failed, skipped } = count;
    match skipped {
        0 => println!("\n{passed} passed, {failed} failed"),
        _ => println!("\n{passed} passed, {failed} failed, {skipped} skipped"),
    }
    if failed > 0 || passed == 0 {
        bail!("{failed} tests failed");
    }
    Ok(())
}

fn dotnet_tests(dotnet: &Dotnet) -> Result<Count> {
    build::module(dotnet)?;
    build::emulator()?;
    say("building the host for PowerShell's engine");
    dotnet.build("tests/script-host/MdeFic.ScriptHost.csproj")?;
    let mut count = Count::default();
    for (folder, project, purpose) in PROJECTS {
        say(&format!("{project}: {purpose}"));
        dotnet.build(&format!("{folder}/{project}.csproj"))?;
        let mut command = dotnet.program(project, project);
        count.add(counted(with_product(&mut command), testing_platform)?);
    }
    count.add(pester()?);
    Ok(count)
}

/// Tells a test program where the built things are.
fn with_product(command: &mut Command) -> &mut Command {
    command
        .env("MDEFIC_MODULE", layout::module())
        .env("MDEFIC_EMULATOR", layout::program("mde-emulator"))
        .env("MDEFIC_SCRIPT_HOST", layout::dotnet_output("MdeFic.ScriptHost").join("MdeFic.ScriptHost.dll"))
}

/// The smoke tests on real PowerShell, where it is installed.
fn pester() -> Result<Count> {
    if !is_installed("pwsh") {
        println!("no pwsh is installed: the engine tests stand for it, the Pester smoke tests are left out");
        return Ok(Count::default());
    }
    say("Pester smoke tests in pwsh");
    let script = "if (-not (Get-Module -ListAvailable Pester | Where-Object Version -ge 5.0)) { 'no Pester: left out'; exit 0 } \
        $r = Invoke-Pester -Path tests/pester -PassThru; \"pester: $($r.PassedCount) $($r.FailedCount)\"; exit 0";
    let mut command = Command::new("pwsh");
    command.args(["-NoProfile", "-Command", script]).current_dir(layout::root());
    counted(with_product(&mut command), |line, count| {
        let mut words = line.strip_prefix("pester: ").into_iter().flat_map(str::split_whitespace);
        let mut next = || words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
        *count = Count { passed: next(), failed: next(), skipped: 0 };
    })
}

/// Runs a test program, shows what it prints, and reads its numbers. A program that ends badly without a failed test has
/// failed as a whole.
fn counted(command: &mut Command, read: fn(&str, &mut Count)) -> Result<Count> {
    let shown = shown(command);
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| format!("can't start {shown}"))?;
    let mut total = Count::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            let line = String::from_utf8_lossy(&line?).trim_end().to_owned();
            let mut count = Count::default();
            read(&line, &mut count);
            total.add(count);
            if !line.is_empty() && !line.starts_with("running ") {
                println!("{line}");
            }
        }
    }
    let status = child.wait()?;
    if !status.success() && total.failed == 0 {
        println!("{shown} ended with {status}");
        total.failed += 1;
    }
    if total.passed + total.failed == 0 && !shown.starts_with("pwsh") {
        println!("{shown} ran no test");
        total.failed += 1;
    }
    Ok(total)
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
