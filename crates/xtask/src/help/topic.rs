//! Help topics: plain text that `Get-Help about_…` shows as it is, so it has to be wrapped here.

use std::fmt::Write;

use super::markdown::plain;

/// The width that fits every console, and the job output of the portal.
const WIDTH: usize = 80;

/// A topic from its page: headings without marks, paragraphs and list items wrapped and indented.
pub(crate) fn of_page(page: &str) -> String {
    let mut topic = String::new();
    let mut paragraph = String::new();
    let page = page.replace("\r\n", "\n");
    for line in page.lines() {
        let is_item = line.starts_with("- ");
        if line.is_empty() || line.starts_with('#') || is_item {
            finish(&mut topic, &mut paragraph);
        }
        if line.starts_with('#') {
            let _ = writeln!(topic, "{}", line.trim_start_matches('#').trim());
        } else if line.is_empty() {
            topic.push('\n');
        } else {
            paragraph.push_str(line.trim());
            paragraph.push(' ');
        }
    }
    finish(&mut topic, &mut paragraph);
    topic
}

fn finish(topic: &mut String, paragraph: &mut String) {
    let text = plain(paragraph);
    paragraph.clear();
    if !text.is_empty() {
        let hanging = if text.starts_with("- ") { 6 } else { 4 };
        wrap(topic, &text, 4, hanging);
    }
}

/// Writes the text in lines of at most [`WIDTH`]; a longer word, such as an address, has a line of its own.
pub(crate) fn wrap(into: &mut String, text: &str, first: usize, hanging: usize) {
    let mut width = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if width > 0 && width + 1 + length <= WIDTH {
            into.push(' ');
            width += 1;
        } else {
            let indent = if width == 0 { first } else { hanging };
            if width > 0 {
                into.push('\n');
            }
            let _ = write!(into, "{:indent$}", "");
            width = indent;
        }
        into.push_str(word);
        width += length;
    }
    into.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_and_items_are_wrapped_and_indented() {
        let page = format!(
            "# about_X\n\n## SHORT DESCRIPTION\n\nOne `two`\nthree.\n\n- item {}\n- last\n",
            "word ".repeat(20)
        );
        let topic = of_page(&page);
        assert!(topic.starts_with("about_X\n\nSHORT DESCRIPTION\n\n    One two three.\n\n    - item word"), "{topic}");
        assert!(topic.contains("\n      word") && topic.ends_with("\n    - last\n"), "{topic}");
        assert!(topic.lines().all(|line| line.chars().count() <= WIDTH), "{topic}");
    }

    #[test]
    fn a_long_word_has_its_own_line() {
        let mut text = String::new();
        wrap(&mut text, &format!("see {} there", "x".repeat(100)), 4, 4);
        assert_eq!(text.lines().count(), 3);
    }
}
