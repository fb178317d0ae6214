//! Help and error documentation, generated: the markdown of `docs/cmdlets` becomes what `Get-Help` shows, the error table
//! becomes `docs/errors.md` and a help topic. A parameter without a text, or a cmdlet without an example, is an error.

mod cmdlet;
mod errors;
mod maml;
mod source;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::layout;
use crate::process::say;

/// Generates all of it, or checks that what is there is what would be generated.
pub(crate) fn run(check: bool) -> Result<()> {
    say("generating help");
    let mut drifted = Vec::new();
    for (path, text) in generate()? {
        let there = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
        if there == text {
            continue;
        }
        if check {
            drifted.push(path.strip_prefix(layout::root())?.display().to_string());
        } else {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            std::fs::write(&path, text).with_context(|| format!("can't write {}", path.display()))?;
        }
    }
    if drifted.is_empty() {
        return Ok(());
    }
    bail!("{} is not what would be generated; run 'cargo xtask help'", drifted.join(", "))
}

fn generate() -> Result<Vec<(PathBuf, String)>> {
    let root = layout::root();
    let english = root.join("powershell-module/en-US");
    let sources = source::cmdlets(&root.join("powershell-module/Commands"))?;
    let mut documented = Vec::new();
    for source in &sources {
        let path = root.join("docs/cmdlets").join(format!("{}.md", source.name));
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{} has no help: write {}", source.name, path.display()))?;
        let help = cmdlet::parse(&text).with_context(|| format!("in {}", path.display()))?;
        source::compare(source, &help)?;
        documented.push((source, help));
    }
    let about = std::fs::read_to_string(root.join("docs/about/about_MdeFic.md"))?;
    Ok(vec![
        (english.join("MdeFic.dll-Help.xml"), maml::document(&documented)),
        (english.join("about_MdeFic.help.txt"), cmdlet::topic(&about)),
        (english.join("about_MdeFic_Errors.help.txt"), errors::topic()),
        (root.join("docs/errors.md"), errors::page()),
    ])
}
