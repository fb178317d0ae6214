//! Help and error documentation, generated: the pages of `docs/cmdlets` become what `Get-Help` shows, the error table
//! becomes `docs/errors.md` and a help topic. A cmdlet without a page, a parameter without a text and a page without an
//! example are errors.

mod cmdlet;
mod errors;
mod maml;
mod markdown;
mod source;
mod topic;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::layout;
use crate::process::say;

/// Generates all of it, or checks that what is there is what would be generated.
pub(crate) fn run(check: bool) -> Result<()> {
    say("generating help");
    let root = layout::root();
    let mut drifted = Vec::new();
    for (path, text) in generate(&root)? {
        let path = root.join(path);
        let there = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
        if there == text {
            continue;
        }
        if check {
            drifted.push(path.strip_prefix(&root)?.display().to_string());
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
    bail!("not what would be generated; run 'cargo xtask help':\n  {}", drifted.join("\n  "))
}

/// Every generated file: its path in the checkout, and its text with LF line endings.
fn generate(root: &Path) -> Result<Vec<(PathBuf, String)>> {
    let pages = root.join("docs/cmdlets");
    let sources = source::cmdlets(&root.join("powershell-module/Commands"))?;
    let shared = cmdlet::parse_parameters(&std::fs::read_to_string(root.join("docs/common-parameters.md"))?);
    let mut documented = Vec::new();
    for source in &sources {
        let path = pages.join(format!("{}.md", source.name));
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{} has no help: write {}", source.name, path.display()))?;
        let mut help = cmdlet::parse(&source.name, &text).with_context(|| format!("in {}", path.display()))?;
        let is_left_out = |name: &str| !help.parameters.iter().any(|(documented, _)| documented == name);
        let declares = |name: &str| source.parameters.iter().any(|parameter| parameter.name == name);
        let taken = shared.iter().filter(|(name, _)| declares(name) && is_left_out(name)).cloned();
        help.parameters.extend(taken.collect::<Vec<_>>());
        source::compare(source, &help)?;
        documented.push((source, help));
    }
    for file in layout::files_below(&pages)? {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        if !sources.iter().any(|source| source.name == name) {
            bail!("docs/cmdlets/{} describes a cmdlet that the module does not have", file.display());
        }
    }
    let about = std::fs::read_to_string(root.join("docs/about/about_MdeFic.md"))?;
    let english = Path::new("powershell-module/en-US");
    Ok(vec![
        (english.join("MdeFic.dll-Help.xml"), maml::document(&documented)),
        (english.join("about_MdeFic.help.txt"), topic::of_page(&about)),
        (english.join("about_MdeFic_Errors.help.txt"), errors::topic()),
        (PathBuf::from("docs/errors.md"), errors::page()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_generated_has_unix_line_endings_and_one_at_the_end() {
        for (path, text) in generate(&layout::root()).unwrap() {
            assert!(!text.contains('\r'), "{}", path.display());
            assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{}", path.display());
            assert!(text.lines().all(|line| line.trim_end() == line), "{} has blanks at a line's end", path.display());
        }
    }

    #[test]
    fn the_same_is_generated_every_time() {
        assert_eq!(generate(&layout::root()).unwrap(), generate(&layout::root()).unwrap());
    }
}
