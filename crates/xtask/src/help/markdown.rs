//! As much of markdown as help pages use: headings, paragraphs, fenced code, links.

/// The text that has been cut at its headings of one level: each heading with what follows it. A `#` within fenced code is
/// no heading.
pub(crate) fn sections(text: &str, level: usize) -> Vec<(String, String)> {
    let mark = format!("{} ", "#".repeat(level));
    let mut found: Vec<(String, String)> = Vec::new();
    let mut is_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        match (line.strip_prefix(&mark), found.last_mut()) {
            (Some(heading), _) if !is_code => found.push((heading.trim().to_owned(), String::new())),
            (_, Some((_, body))) => {
                body.push_str(line);
                body.push('\n');
            }
            (_, None) => {}
        }
    }
    for (_, body) in &mut found {
        *body = body.trim().to_owned();
    }
    found
}

/// The paragraphs of a text, each on one line and without marks.
pub(crate) fn paragraphs(text: &str) -> Vec<String> {
    let joined = |paragraph: &str| paragraph.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    text.split("\n\n").map(|paragraph| plain(&joined(paragraph))).filter(|paragraph| !paragraph.is_empty()).collect()
}

/// The text without code marks; a link becomes its text.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, label, after)) = next_link(rest) {
        plain.push_str(before);
        plain.push_str(label);
        rest = after;
    }
    plain.push_str(rest);
    plain.replace('`', "").trim().to_owned()
}

/// The first link: what stands before it, its text, what follows.
fn next_link(text: &str) -> Option<(&str, &str, &str)> {
    let middle = text.find("](")?;
    let start = text[..middle].rfind('[')?;
    let end = middle + text[middle..].find(')')?;
    Some((&text[..start], &text[start + 1..middle], &text[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_within_code_are_code() {
        let text = "# T\n\n## A\n\n```powershell\n## not a heading\n```\n\n## B\n\nText.\n";
        let found = sections(text, 2);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0], ("A".to_owned(), "```powershell\n## not a heading\n```".to_owned()));
        assert_eq!(found[1].1, "Text.");
    }

    #[test]
    fn paragraphs_are_one_line_without_marks() {
        let text = "See `-A` and\n[the page](https://x) of it.\n\n\n[x] stays.";
        assert_eq!(paragraphs(text), ["See -A and the page of it.", "[x] stays."]);
    }
}
