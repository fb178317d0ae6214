//! The XML that `Get-Help` reads.
//!
//! Source: learn.microsoft.com/powershell/scripting/developer/help/writing-help-for-windows-powershell-cmdlets

use std::fmt::Write;

use super::cmdlet::{Example, Help};
use super::source::{Cmdlet, Parameter};

const HEAD: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<!-- Generated from docs/cmdlets by 'cargo xtask help'. -->
<helpItems schema="maml" xmlns="http://msh">
"#;
const COMMAND: &str = r#"<command:command xmlns:maml="http://schemas.microsoft.com/maml/2004/10" xmlns:command="http://schemas.microsoft.com/maml/dev/command/2004/10" xmlns:dev="http://schemas.microsoft.com/maml/dev/2004/10">"#;
/// The marks around an example's title, without which examples run into each other.
const RULE: &str = "--------------";

/// The help of all cmdlets.
pub(crate) fn document(cmdlets: &[(&Cmdlet, Help)]) -> String {
    let mut xml = HEAD.to_owned();
    for (cmdlet, help) in cmdlets {
        command(&mut xml, cmdlet, help);
    }
    xml.push_str("</helpItems>\n");
    xml
}

fn line(xml: &mut String, depth: usize, text: &str) {
    let _ = writeln!(xml, "{:1$}{text}", "", depth * 2);
}

fn paragraphs(xml: &mut String, depth: usize, texts: &[String]) {
    for text in texts {
        line(xml, depth, &format!("<maml:para>{}</maml:para>", escaped(text)));
    }
}

fn described(xml: &mut String, depth: usize, texts: &[String]) {
    line(xml, depth, "<maml:description>");
    paragraphs(xml, depth + 1, texts);
    line(xml, depth, "</maml:description>");
}

fn command(xml: &mut String, cmdlet: &Cmdlet, help: &Help) {
    let (verb, noun) = cmdlet.name.split_once('-').unwrap_or((&cmdlet.name, ""));
    line(xml, 1, COMMAND);
    line(xml, 2, "<command:details>");
    line(xml, 3, &format!("<command:name>{}</command:name>", cmdlet.name));
    line(xml, 3, &format!("<command:verb>{verb}</command:verb>"));
    line(xml, 3, &format!("<command:noun>{noun}</command:noun>"));
    described(xml, 3, std::slice::from_ref(&help.synopsis));
    line(xml, 2, "</command:details>");
    described(xml, 2, &help.description);
    let text_of =
        |name: &str| help.parameters.iter().find(|(known, _)| known == name).map_or(&[][..], |(_, text)| text);
    line(xml, 2, "<command:syntax>");
    for set in cmdlet.parameter_sets() {
        line(xml, 3, "<command:syntaxItem>");
        line(xml, 4, &format!("<maml:name>{}</maml:name>", cmdlet.name));
        for declared in set {
            parameter(xml, 4, declared, text_of(&declared.name));
        }
        line(xml, 3, "</command:syntaxItem>");
    }
    line(xml, 2, "</command:syntax>");
    line(xml, 2, "<command:parameters>");
    for (name, text) in &help.parameters {
        if let Some(declared) = cmdlet.parameters.iter().find(|parameter| parameter.name == *name) {
            parameter(xml, 3, declared, text);
        }
    }
    line(xml, 2, "</command:parameters>");
    types(xml, "inputType", &help.inputs);
    types(xml, "returnValue", &help.outputs);
    line(xml, 2, "<maml:alertSet>");
    line(xml, 3, "<maml:alert>");
    paragraphs(xml, 4, &help.notes);
    line(xml, 3, "</maml:alert>");
    line(xml, 2, "</maml:alertSet>");
    line(xml, 2, "<command:examples>");
    help.examples.iter().for_each(|one| example(xml, one));
    line(xml, 2, "</command:examples>");
    line(xml, 2, "<command:relatedLinks>");
    for (text, address) in &help.links {
        line(xml, 3, "<maml:navigationLink>");
        line(xml, 4, &format!("<maml:linkText>{}</maml:linkText>", escaped(text)));
        let uri = if address.starts_with("https:") { address.as_str() } else { "" };
        line(xml, 4, &format!("<maml:uri>{}</maml:uri>", escaped(uri)));
        line(xml, 3, "</maml:navigationLink>");
    }
    line(xml, 2, "</command:relatedLinks>");
    line(xml, 1, "</command:command>");
}

fn parameter(xml: &mut String, depth: usize, declared: &Parameter, text: &[String]) {
    let Parameter { name, kind, position, is_mandatory, pipeline, aliases, default, .. } = declared;
    let position = position.map_or_else(|| "named".to_owned(), |position| position.to_string());
    let aliases = if aliases.is_empty() { "none".to_owned() } else { aliases.join(", ") };
    line(
        xml,
        depth,
        &format!(
            r#"<command:parameter required="{is_mandatory}" globbing="false" pipelineInput="{pipeline}" position="{position}" aliases="{aliases}">"#
        ),
    );
    line(xml, depth + 1, &format!("<maml:name>{name}</maml:name>"));
    described(xml, depth + 1, text);
    if kind != "SwitchParameter" {
        line(xml, depth + 1, &format!(r#"<command:parameterValue required="true">{kind}</command:parameterValue>"#));
    }
    let default = default.as_deref().unwrap_or("None");
    line(xml, depth + 1, &format!("<dev:defaultValue>{}</dev:defaultValue>", escaped(default)));
    line(xml, depth, "</command:parameter>");
}

fn types(xml: &mut String, element: &str, types: &[(String, Vec<String>)]) {
    line(xml, 2, &format!("<command:{element}s>"));
    for (name, text) in types {
        line(xml, 3, &format!("<command:{element}>"));
        line(xml, 4, &format!("<dev:type><maml:name>{}</maml:name></dev:type>", escaped(name)));
        described(xml, 4, text);
        line(xml, 3, &format!("</command:{element}>"));
    }
    line(xml, 2, &format!("</command:{element}s>"));
}

fn example(xml: &mut String, example: &Example) {
    line(xml, 3, "<command:example>");
    line(xml, 4, &format!("<maml:title>{RULE} {} {RULE}</maml:title>", escaped(&example.title)));
    line(xml, 4, &format!("<dev:code>{}</dev:code>", escaped(&example.code)));
    line(xml, 4, "<dev:remarks>");
    paragraphs(xml, 5, &example.remarks);
    // An empty line before the next title.
    line(xml, 5, "<maml:para></maml:para>");
    line(xml, 4, "</dev:remarks>");
    line(xml, 3, "</command:example>");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_would_read_is_escaped() {
        assert_eq!(escaped("<a> & \"b\""), "&lt;a&gt; &amp; \"b\"");
    }

    #[test]
    fn every_element_is_closed_by_the_line_or_by_its_end() {
        let example_text = Example { title: "t & u".into(), code: "a | b\n    c".into(), remarks: vec!["<r>".into()] };
        let mut xml = String::new();
        example(&mut xml, &example_text);
        types(&mut xml, "inputType", &[("T".into(), vec!["text".into()])]);
        let count = |mark: &str| xml.matches(mark).count();
        assert_eq!(count("<") - count("</"), count("</"), "{xml}");
        assert!(xml.contains("t &amp; u") && xml.contains("&lt;r&gt;"), "{xml}");
    }
}
