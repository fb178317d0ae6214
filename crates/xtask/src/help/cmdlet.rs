//! A cmdlet's page: its sections, and what must be in them.

use anyhow::{Result, bail};

use super::markdown::{paragraphs, plain, sections};

const SECTIONS: &[&str] =
    &["SYNOPSIS", "DESCRIPTION", "EXAMPLES", "PARAMETERS", "INPUTS", "OUTPUTS", "NOTES", "RELATED LINKS"];

/// A cmdlet's page.
#[derive(Debug)]
pub(crate) struct Help {
    pub(crate) synopsis: String,
    pub(crate) description: Vec<String>,
    pub(crate) examples: Vec<Example>,
    /// Name without hyphen, and paragraphs.
    pub(crate) parameters: Vec<(String, Vec<String>)>,
    /// Type, and paragraphs.
    pub(crate) inputs: Vec<(String, Vec<String>)>,
    /// Type, and paragraphs.
    pub(crate) outputs: Vec<(String, Vec<String>)>,
    pub(crate) notes: Vec<String>,
    /// Text and address.
    pub(crate) links: Vec<(String, String)>,
}

/// One example.
#[derive(Debug)]
pub(crate) struct Example {
    pub(crate) title: String,
    pub(crate) code: String,
    pub(crate) remarks: Vec<String>,
}

/// Reads the page of this cmdlet.
pub(crate) fn parse(name: &str, text: &str) -> Result<Help> {
    let text = text.replace("\r\n", "\n");
    if !text.starts_with(&format!("# {name}\n")) {
        bail!("the page does not begin with '# {name}'");
    }
    let found = sections(&text, 2);
    if let Some((unknown, _)) = found.iter().find(|(heading, _)| !SECTIONS.contains(&heading.as_str())) {
        bail!("'{unknown}' is no section of help; there are {}", SECTIONS.join(", "));
    }
    let section = |name: &str| found.iter().find(|(heading, _)| heading == name).map_or("", |(_, body)| body.as_str());
    let described = |name: &str| -> Vec<(String, Vec<String>)> {
        sections(section(name), 3).into_iter().map(|(heading, body)| (plain(&heading), paragraphs(&body))).collect()
    };
    let help = Help {
        synopsis: paragraphs(section("SYNOPSIS")).join(" "),
        description: paragraphs(section("DESCRIPTION")),
        examples: sections(section("EXAMPLES"), 3).into_iter().map(example).collect(),
        parameters: parse_parameters(&text),
        inputs: described("INPUTS"),
        outputs: described("OUTPUTS"),
        notes: paragraphs(section("NOTES")),
        links: section("RELATED LINKS").lines().filter_map(link).collect(),
    };
    if help.synopsis.is_empty() || help.description.is_empty() || help.outputs.is_empty() {
        bail!("synopsis, description or outputs are missing");
    }
    if help.examples.is_empty() {
        bail!("there is no example");
    }
    if let Some(example) = help.examples.iter().find(|example| example.code.is_empty() || example.remarks.is_empty()) {
        bail!("'{}' has no code or no explanation", example.title);
    }
    if let Some((name, _)) = help.parameters.iter().find(|(_, text)| text.is_empty()) {
        bail!("-{name} has no text");
    }
    Ok(help)
}

/// The parameters that a page describes: names without hyphen, and paragraphs.
pub(crate) fn parse_parameters(page: &str) -> Vec<(String, Vec<String>)> {
    let page = page.replace("\r\n", "\n");
    let found = sections(&page, 2).into_iter().find(|(heading, _)| heading == "PARAMETERS");
    let body = found.map(|(_, body)| body).unwrap_or_default();
    let parameters = sections(&body, 3).into_iter();
    parameters.map(|(name, body)| (plain(&name).trim_start_matches('-').to_owned(), paragraphs(&body))).collect()
}

fn example((title, text): (String, String)) -> Example {
    let after = text.split_once("```powershell\n").map_or("", |(_, after)| after);
    let (code, remarks) = after.split_once("```").unwrap_or((after, ""));
    Example { title, code: code.trim_end().to_owned(), remarks: paragraphs(remarks) }
}

fn link(line: &str) -> Option<(String, String)> {
    let line = line.trim().trim_start_matches("- ");
    let (text, address) = line.strip_prefix('[')?.split_once("](")?;
    Some((text.to_owned(), address.trim_end_matches(')').to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Get-X\n\n## SYNOPSIS\n\nDoes.\n\n## DESCRIPTION\n\nOne.\n\nTwo.\n\n## EXAMPLES\n\n### Example 1: a\n\n\
        ```powershell\nGet-X -A 1\n```\n\nRemark.\n\n## PARAMETERS\n\n### -A\n\nText.\n\n## OUTPUTS\n\n### T\n\n## RELATED LINKS\n\n\
        [L](https://x)\n";

    #[test]
    fn a_page_is_read() {
        let help = parse("Get-X", PAGE).unwrap();
        assert_eq!(help.description, ["One.", "Two."]);
        assert_eq!(help.examples[0].code, "Get-X -A 1");
        assert_eq!(help.examples[0].remarks, ["Remark."]);
        assert_eq!(help.parameters, [("A".to_owned(), vec!["Text.".to_owned()])]);
        assert_eq!(help.outputs, [("T".to_owned(), vec![])]);
        assert_eq!(help.links, [("L".to_owned(), "https://x".to_owned())]);
    }

    #[test]
    fn what_is_missing_or_misspelt_is_refused() {
        for (from, to) in [
            ("```powershell", "```"),
            ("Remark.", ""),
            ("Text.", ""),
            ("# Get-X\n", "# Get-Y\n"),
            ("## OUTPUTS", "## OUTPUT"),
            ("Does.", ""),
            ("### Example 1: a", "Example 1: a"),
        ] {
            assert!(parse("Get-X", &PAGE.replacen(from, to, 1)).is_err(), "{from}");
        }
    }
}
