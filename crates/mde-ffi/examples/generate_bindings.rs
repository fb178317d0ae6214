//! Writes the C# half of the boundary into the folder that is named.
#![allow(clippy::print_stdout, reason = "a program that prints")]

use std::path::Path;

use interoptopus_csharp::RustLibrary;
use interoptopus_csharp::config::HeaderConfig;
use interoptopus_csharp::dispatch::Dispatch;
use interoptopus_csharp::output::Target;

/// What the generator has no setting for.
///
/// - Its types are public; they are nobody's business outside of the module, and PowerShell looks at every public type
///   when it imports one.
/// - Every method asks for full optimisation at its first call, which costs a module that is imported for one call more
///   than it gains. Only the decoding of records, of which there are many in a batch, is worth it.
fn adapt(text: &str) -> String {
    const RECORDS: [&str; 2] = ["IndicatorsReply", "RecordsReply"];
    const OPTIMISED: &str = "[MethodImpl(MethodImplOptions.AggressiveOptimization)]";
    let lines: Vec<&str> = text.lines().collect();
    let mut adapted = String::with_capacity(text.len());
    for (row, line) in lines.iter().enumerate() {
        let next = lines.get(row + 1).copied().unwrap_or_default();
        if line.trim() == OPTIMISED && !RECORDS.iter().any(|records| next.contains(&format!("{records} Unwire()"))) {
            continue;
        }
        let internal = line.strip_prefix("public ").map(|rest| format!("internal {rest}"));
        adapted.push_str(internal.as_deref().unwrap_or(line).trim_end());
        adapted.push('\n');
    }
    adapted
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("the folder to write to is missing")?;
    std::fs::create_dir_all(&folder)?;
    let generated = RustLibrary::builder(mde_ffi::ffi_inventory())
        .dll_name("mde_ffi")
        .dispatch(Dispatch::custom(|_, _| Target::new("Interop.cs", "MdeFic.Native.Generated")))
        .headers(HeaderConfig { emit_version: true })
        .build()
        .process()?;
    let text = generated.buffer("Interop.cs").ok_or("the generator wrote no Interop.cs")?;
    std::fs::write(Path::new(&folder).join("Interop.cs"), adapt(text))?;
    println!("{folder}");
    Ok(())
}
