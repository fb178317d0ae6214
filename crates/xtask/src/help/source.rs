//! What the C# source says of a cmdlet: its name, its parameters and their attributes.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::cmdlet::Help;

/// A cmdlet in the source.
pub(crate) struct Cmdlet {
    pub(crate) name: String,
    pub(crate) parameters: Vec<Parameter>,
}

/// A parameter in the source.
#[derive(Clone)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) position: Option<String>,
    pub(crate) is_mandatory: bool,
    pub(crate) pipeline: &'static str,
    pub(crate) aliases: Vec<String>,
}

/// Every cmdlet below the folder, with the parameters that it inherits, in the order of their names.
pub(crate) fn cmdlets(folder: &Path) -> Result<Vec<Cmdlet>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "cs") {
            let text = std::fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
            files.push(text.replace("\r\n", "\n"));
        }
    }
    let mut found = Vec::new();
    for text in &files {
        let Some(name) = cmdlet_name(text) else { continue };
        let mut parameters = parameters(text);
        let mut base = base_class(text);
        while let Some(text) = base.and_then(|name| files.iter().find(|text| text.contains(&format!(" class {name} "))))
        {
            parameters.extend(self::parameters(text));
            base = base_class(text);
        }
        found.push(Cmdlet { name, parameters });
    }
    found.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(found)
}

/// Every parameter has a text, and every text a parameter.
pub(crate) fn compare(cmdlet: &Cmdlet, help: &Help) -> Result<()> {
    let declared: Vec<&str> = cmdlet.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    let documented: Vec<&str> = help.parameters.iter().map(|(name, _)| name.as_str()).collect();
    if let Some(missing) = declared.iter().find(|name| !documented.contains(name)) {
        bail!("docs/cmdlets/{}.md says nothing of -{missing}", cmdlet.name);
    }
    if let Some(extra) = documented.iter().find(|name| !declared.contains(name)) {
        bail!("docs/cmdlets/{}.md describes -{extra}, which the cmdlet does not have", cmdlet.name);
    }
    Ok(())
}

/// `[Cmdlet(VerbsCommon.Get, "MdeFicToken"` becomes `Get-MdeFicToken`.
fn cmdlet_name(text: &str) -> Option<String> {
    let after = text.split_once("[Cmdlet(Verbs")?.1;
    let (verb, rest) = after.split_once('.')?.1.split_once(',')?;
    Some(format!("{verb}-{}", rest.split('"').nth(1)?))
}

fn base_class(text: &str) -> Option<&str> {
    let after = text.split_once(" class ")?.1;
    after.split_once(" : ")?.1.split(['\n', ',', '{']).next().map(str::trim)
}

fn parameters(text: &str) -> Vec<Parameter> {
    let mut found = Vec::new();
    let mut attributes = String::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with("[Parameter") {
            line.clone_into(&mut attributes);
        } else if !attributes.is_empty() && line.starts_with('[') {
            attributes.push_str(line);
        } else if !attributes.is_empty() && line.starts_with("public ") {
            let words: Vec<&str> = line.split_whitespace().collect();
            if let [_, kind, name, ..] = words.as_slice() {
                found.push(parameter(name, kind, &attributes));
            }
            attributes.clear();
        }
    }
    found
}

fn parameter(name: &str, kind: &str, attributes: &str) -> Parameter {
    let after = |mark: &str| attributes.split_once(mark).map(|(_, after)| after);
    let pipeline =
        match (attributes.contains("ValueFromPipeline ="), attributes.contains("ValueFromPipelineByPropertyName")) {
            (true, true) => "true (ByValue, ByPropertyName)",
            (true, false) => "true (ByValue)",
            (false, true) => "true (ByPropertyName)",
            (false, false) => "false",
        };
    let aliases = after("[Alias(").and_then(|after| after.split(')').next()).unwrap_or_default();
    Parameter {
        name: name.to_owned(),
        kind: kind.trim_end_matches('?').to_owned(),
        position: after("Position = ").map(|after| after.chars().take_while(char::is_ascii_digit).collect()),
        is_mandatory: attributes.contains("Mandatory = true"),
        pipeline,
        aliases: aliases
            .split(',')
            .map(|alias| alias.trim().trim_matches('"').to_owned())
            .filter(|a| !a.is_empty())
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_read() {
        let text = "[Cmdlet(VerbsCommon.Get, \"MdeThing\")]\npublic sealed class GetMdeThingCommand : TenantCommand\n{\n\
            [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]\n[Alias(\"A\", \"B\")]\n\
            public string? Name { get; set; }\n}";
        assert_eq!(cmdlet_name(text).as_deref(), Some("Get-MdeThing"));
        assert_eq!(base_class(text), Some("TenantCommand"));
        let found = parameters(text);
        assert_eq!((found[0].name.as_str(), found[0].kind.as_str()), ("Name", "string"));
        assert_eq!((found[0].position.as_deref(), found[0].is_mandatory), (Some("0"), true));
        assert_eq!((found[0].pipeline, found[0].aliases.len()), ("true (ByPropertyName)", 2));
    }
}
