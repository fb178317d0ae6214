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

fn paragraphs<'a>(xml: &mut String, depth: usize, texts: impl IntoIterator<Item = &'a str>) {
    for text in texts {
        line(xml, depth, &format!("<maml:para>{}</maml:para>", escaped(text)));
    }
}

fn command(xml: &mut String, cmdlet: &Cmdlet, help: &Help) {
    let (verb, noun) = cmdlet.name.split_once('-').unwrap_or((&cmdlet.name, ""));
    line(xml, 1, COMMAND);
    line(xml, 2, "<command:details>");
    line(xml, 3, &format!("<command:name>{}</command:name>", cmdlet.name));
    line(xml, 3, &format!("<command:verb>{verb}</command:verb>"));
    line(xml, 3, &format!("<command:noun>{noun}</command:noun>"));
    line(xml, 3, "<maml:description>");
    paragraphs(xml, 4, [help.synopsis.as_str()]);
    line(xml, 3, "</maml:description>");
    line(xml, 2, "</command:details>");
    line(xml, 2, "<maml:description>");
    paragraphs(xml, 3, help.description.iter().map(String::as_str));
    line(xml, 2, "</maml:description>");
    line(xml, 2, "<command:syntax>");
    line(xml, 3, "<command:syntaxItem>");
    line(xml, 4, &format!("<maml:name>{}</maml:name>", cmdlet.name));
    for (name, text) in &help.parameters {
        parameter(xml, 4, cmdlet, name, text);
    }
    line(xml, 3, "</command:syntaxItem>");
    line(xml, 2, "</command:syntax>");
    line(xml, 2, "<command:parameters>");
    for (name, text) in &help.parameters {
        parameter(xml, 3, cmdlet, name, text);
    }
    line(xml, 2, "</command:parameters>");
    line(xml, 2, "<command:returnValues>");
    line(xml, 3, "<command:returnValue>");
    line(xml, 4, &format!("<dev:type><maml:name>{}</maml:name></dev:type>", escaped(&help.outputs)));
    line(xml, 3, "</command:returnValue>");
    line(xml, 2, "</command:returnValues>");
    line(xml, 2, "<maml:alertSet>");
    line(xml, 3, "<maml:alert>");
    paragraphs(xml, 4, [help.notes.as_str()]);
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

fn parameter(xml: &mut String, depth: usize, cmdlet: &Cmdlet, name: &str, text: &str) {
    let Some(declared) = cmdlet.parameters.iter().find(|parameter| parameter.name == name) else { return };
    let Parameter { kind, position, is_mandatory, pipeline, aliases, .. } = declared;
    let position = position.as_deref().unwrap_or("named");
    let aliases = if aliases.is_empty() { "none".to_owned() } else { aliases.join(", ") };
    line(
        xml,
        depth,
        &format!(
            r#"<command:parameter required="{is_mandatory}" globbing="false" pipelineInput="{pipeline}" position="{position}" aliases="{aliases}">"#
        ),
    );
    line(xml, depth + 1, &format!("<maml:name>{name}</maml:name>"));
    line(xml, depth + 1, "<maml:description>");
    paragraphs(xml, depth + 2, [text]);
    line(xml, depth + 1, "</maml:description>");
    if kind != "SwitchParameter" {
        line(xml, depth + 1, &format!(r#"<command:parameterValue required="true">{kind}</command:parameterValue>"#));
    }
    line(xml, depth, "</command:parameter>");
}

fn example(xml: &mut String, example: &Example) {
    line(xml, 3, "<command:example>");
    line(xml, 4, &format!("<maml:title>{}</maml:title>", escaped(&example.title)));
    line(xml, 4, &format!("<dev:code>{}</dev:code>", escaped(&example.code)));
    line(xml, 4, "<dev:remarks>");
    paragraphs(xml, 5, [example.remarks.as_str()]);
    line(xml, 4, "</dev:remarks>");
    line(xml, 3, "</command:example>");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
