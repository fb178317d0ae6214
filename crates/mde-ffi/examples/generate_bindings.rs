//! Writes the C# half of the boundary into the folder that is named.
#![allow(clippy::print_stdout, reason = "a program that prints")]

use interoptopus_csharp::RustLibrary;
use interoptopus_csharp::config::HeaderConfig;
use interoptopus_csharp::dispatch::Dispatch;
use interoptopus_csharp::output::Target;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("the folder to write to is missing")?;
    std::fs::create_dir_all(&folder)?;
    RustLibrary::builder(mde_ffi::ffi_inventory())
        .dll_name("mde_ffi")
        .dispatch(Dispatch::custom(|_, _| Target::new("Interop.cs", "MdeFic.Native.Generated")))
        .headers(HeaderConfig { emit_version: true })
        .build()
        .process()?
        .write_buffers_to(&folder)?;
    println!("{folder}");
    Ok(())
}
