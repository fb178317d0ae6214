//! Reads a cmdlet's page: headings, paragraphs and fenced code, nothing more of markdown.

use anyhow::{Result, bail};

/// A cmdlet's page.
pub(crate) struct Help {
    pub(crate) synopsis: String,
    pub(crate) description: Vec<String>,
    pub(crate) examples: Vec<Example>,
    /// Name without hyphen, and text.
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) outputs: String,
    pub(crate) notes: String,
    /// Text and address.
    pub(crate) links: Vec<(String, String)>,
}

/// One example.
pub(crate) struct Example {
    pub(crate) title: String,
    pub(crate) code: String,
    pub(crate) remarks: String,
}

/// Reads the page.
pub(crate) fn parse(text: &str) -> Result<Help> {
    let text = text.replace("\r\n", "\n");
    let section = |name: &str| section(&text, "## ", name).unwrap_or_default();
    let help = Help {
        synopsis: section("SYNOPSIS"),
        description: section("DESCRIPTION").split("\n\n").map(str::to_owned).collect(),
        examples: parts(&section("EXAMPLES")).into_iter().map(example).collect(),
        parameters: parts(&section("PARAMETERS"))
            .into_iter()
            .map(|(name, text)| (name.trim_start_matches('-').to_owned(), text))
            .collect(),
        outputs: section("OUTPUTS"),
        notes: section("NOTES"),
        links: section("RELATED LINKS").lines().filter_map(link).collect(),
    };
    if help.synopsis.is_empty() || help.description.iter().all(String::is_empty) {
        bail!("synopsis or description is missing");
    }
    if help.examples.is_empty() || help.examples.iter().any(|example| example.code.is_empty()) {
        bail!("there is no example, or one without code");
    }
    Ok(help)
}

/// A topic as plain text: headings without marks, indented paragraphs.
pub(crate) fn topic(text: &str) -> String {
    let mut plain = String::new();
    for line in text.replace("\r\n", "\n").lines() {
        let heading = line.trim_start_matches('#');
        match (heading.len() < line.len(), line.is_empty()) {
            (true, _) => plain.push_str(heading.trim()),
            (false, true) => {}
            (false, false) => plain.extend(["    ", line]),
        }
        plain.push('\n');
    }
    plain
}

fn section(text: &str, mark: &str, name: &str) -> Option<String> {
    let heading = format!("\n{mark}{name}\n");
    let after = text.split_once(&heading)?.1;
    let end = after.find(&format!("\n{mark}")).unwrap_or(after.len());
    Some(after[..end].trim().to_owned())
}

/// The parts that begin with `### `: heading and text.
fn parts(section: &str) -> Vec<(String, String)> {
    let parts = section.split("### ").skip(1);
    parts
        .filter_map(|part| part.split_once('\n'))
        .map(|(head, text)| (head.trim().to_owned(), text.trim().to_owned()))
        .collect()
}

fn example((title, text): (String, String)) -> Example {
    let after = text.split_once("```powershell\n").map_or("", |(_, after)| after);
    let (code, remarks) = after.split_once("```").unwrap_or((after, ""));
    Example { title, code: code.trim_end().to_owned(), remarks: remarks.trim().to_owned() }
}

fn link(line: &str) -> Option<(String, String)> {
    let (text, address) = line.trim().strip_prefix('[')?.split_once("](")?;
    Some((text.to_owned(), address.trim_end_matches(')').to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# X\n\n## SYNOPSIS\n\nDoes.\n\n## DESCRIPTION\n\nOne.\n\nTwo.\n\n## EXAMPLES\n\n### Example 1: a\n\n\
        ```powershell\nX -A 1\n```\n\nRemark.\n\n## PARAMETERS\n\n### -A\n\nText.\n\n## RELATED LINKS\n\n[L](https://x)\n";

    #[test]
    fn a_page_is_read() {
        let help = parse(PAGE).unwrap();
        assert_eq!(help.description, ["One.", "Two."]);
        assert_eq!((help.examples[0].code.as_str(), help.examples[0].remarks.as_str()), ("X -A 1", "Remark."));
        assert_eq!(help.parameters, [("A".to_owned(), "Text.".to_owned())]);
        assert_eq!(help.links, [("L".to_owned(), "https://x".to_owned())]);
    }

    #[test]
    fn a_page_without_example_is_refused() {
        assert!(parse(&PAGE.replace("```powershell", "```")).is_err());
    }
}
