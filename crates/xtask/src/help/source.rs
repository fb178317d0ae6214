//! What the C# source says of a cmdlet: its name, its parameters and their attributes.
//!
//! Not a parser of C#: it reads what stands at the beginning of lines, in the form that `cargo xtask lint` keeps. What it
//! can't read is an error, not a gap in the help.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::cmdlet::Help;
use crate::layout;

/// A cmdlet in the source.
#[derive(Debug)]
pub(crate) struct Cmdlet {
    pub(crate) name: String,
    pub(crate) parameters: Vec<Parameter>,
    default_set: Option<String>,
}

/// A parameter in the source.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) position: Option<u32>,
    pub(crate) is_mandatory: bool,
    pub(crate) pipeline: &'static str,
    pub(crate) aliases: Vec<String>,
    /// The value when it is left out, where the source names one.
    pub(crate) default: Option<String>,
    /// The sets it belongs to; all of them when there is none.
    pub(crate) sets: Vec<String>,
}

impl Cmdlet {
    /// The parameters of each set, the default one first, those with a position before the others. A cmdlet that names no
    /// set has one.
    pub(crate) fn parameter_sets(&self) -> Vec<Vec<&Parameter>> {
        let mut names: Vec<&str> = self.default_set.as_deref().into_iter().collect();
        for set in self.parameters.iter().flat_map(|parameter| &parameter.sets) {
            if !names.contains(&set.as_str()) {
                names.push(set);
            }
        }
        if names.is_empty() {
            names.push("");
        }
        let of_set = |name: &str| {
            let is_in =
                |parameter: &&Parameter| parameter.sets.is_empty() || parameter.sets.iter().any(|set| set == name);
            let mut parameters: Vec<&Parameter> = self.parameters.iter().filter(is_in).collect();
            parameters.sort_by_key(|parameter| (parameter.position.unwrap_or(u32::MAX), !parameter.is_mandatory));
            parameters
        };
        names.into_iter().map(of_set).collect()
    }
}

/// Every cmdlet below the folder, with the parameters that it inherits, in the order of their names.
pub(crate) fn cmdlets(folder: &Path) -> Result<Vec<Cmdlet>> {
    let mut files = Vec::new();
    for file in layout::files_below(folder)? {
        if file.extension().is_some_and(|extension| extension == "cs") {
            let text = std::fs::read_to_string(folder.join(&file))
                .with_context(|| format!("can't read {}", file.display()))?;
            files.push((file, without_comments(&text)));
        }
    }
    let mut found = Vec::new();
    for (file, text) in &files {
        if !text.contains("[Cmdlet(") {
            continue;
        }
        let Some(name) = cmdlet_name(text) else { bail!("{}: the [Cmdlet] attribute can't be read", file.display()) };
        let mut parameters = self::parameters(text).with_context(|| format!("in {}", file.display()))?;
        let mut base = base_class(text);
        while let Some((file, text)) =
            base.and_then(|name| files.iter().find(|(_, text)| text.contains(&format!(" class {name} "))))
        {
            let inherited = self::parameters(text).with_context(|| format!("in {}", file.display()))?;
            let own: Vec<_> = parameters.iter().map(|parameter: &Parameter| parameter.name.clone()).collect();
            parameters.extend(inherited.into_iter().filter(|parameter| !own.contains(&parameter.name)));
            base = base_class(text);
        }
        found.push(Cmdlet { name, parameters, default_set: default_set(text) });
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
    if let Some(example) = help.examples.iter().find(|example| !example.code.contains(&cmdlet.name)) {
        bail!("docs/cmdlets/{}.md: '{}' does not use the cmdlet", cmdlet.name, example.title);
    }
    Ok(())
}

/// Comments can quote anything, also classes and attributes.
fn without_comments(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// `[Cmdlet(VerbsCommon.Get, "MdeFicToken"` becomes `Get-MdeFicToken`.
fn cmdlet_name(text: &str) -> Option<String> {
    let after = text.split_once("[Cmdlet(")?.1;
    let (verb, rest) = after.split_once(',')?;
    let verb = verb.rsplit('.').next()?.trim().trim_matches('"');
    let noun = rest.trim_start().strip_prefix('"')?.split('"').next()?;
    Some(format!("{verb}-{noun}"))
}

fn default_set(text: &str) -> Option<String> {
    let named = text.split_once("DefaultParameterSetName = ")?.1.split([')', ',']).next()?.trim();
    named
        .strip_prefix('"')
        .map(|text| text.trim_matches('"'))
        .or_else(|| constants(text).get(named).copied())
        .map(str::to_owned)
}

fn base_class(text: &str) -> Option<&str> {
    let after = text.split_once(" class ")?.1;
    after.split_once(" : ")?.1.split(['\n', ',', '{']).next().map(str::trim)
}

/// The texts of the file's constants, by name.
fn constants(text: &str) -> HashMap<&str, &str> {
    let declarations = text.lines().filter_map(|line| line.split_once("const string ")?.1.split_once(" = "));
    declarations.filter_map(|(name, value)| Some((name, value.split('"').nth(1)?))).collect()
}

fn parameters(text: &str) -> Result<Vec<Parameter>> {
    let constants = constants(text);
    let mut found = Vec::new();
    let mut attributes = String::new();
    let mut depth = 0_i32;
    for line in text.lines().map(str::trim) {
        if depth > 0 || line.starts_with('[') {
            attributes.push_str(line);
            depth += line.chars().map(|c| i32::from(c == '[') - i32::from(c == ']')).sum::<i32>();
            continue;
        }
        let is_parameter = attributes.contains("[Parameter");
        match line.strip_prefix("public ") {
            Some(property) if is_parameter => {
                let words = ["required ", "virtual ", "override "];
                let property = words.iter().fold(property, |property, word| property.trim_start_matches(word));
                found.push(parameter(property, &attributes, &constants)?);
            }
            _ if is_parameter && !line.is_empty() => bail!("'{line}' is no property that a parameter can be"),
            _ => {}
        }
        if !line.is_empty() {
            attributes.clear();
        }
    }
    Ok(found)
}

fn parameter(property: &str, attributes: &str, constants: &HashMap<&str, &str>) -> Result<Parameter> {
    let Some((kind, rest)) = property.split_once(' ') else { bail!("'{property}' has no name") };
    let name = rest.split([' ', '{', '=']).next().unwrap_or_default();
    let after = |mark: &str| attributes.split_once(mark).map(|(_, after)| after);
    let by_value = attributes.contains("ValueFromPipeline =");
    let pipeline = match (by_value, attributes.contains("ValueFromPipelineByPropertyName")) {
        (true, true) => "true (ByValue, ByPropertyName)",
        (true, false) => "true (ByValue)",
        (false, true) => "true (ByPropertyName)",
        (false, false) => "false",
    };
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok();
    let quoted = |text: &str| -> Vec<String> {
        text.split(',').map(|one| one.trim().trim_matches('"').to_owned()).filter(|one| !one.is_empty()).collect()
    };
    let mut sets = Vec::new();
    for named in attributes.split("ParameterSetName = ").skip(1) {
        let named = named.split([')', ',']).next().unwrap_or_default().trim();
        let set =
            named.strip_prefix('"').map_or_else(|| constants.get(named).copied(), |text| Some(text.trim_matches('"')));
        sets.push(set.with_context(|| format!("-{name}: no constant {named} is in this file"))?.to_owned());
    }
    let initial = rest.split_once("} = ").map(|(_, value)| value.trim_end_matches(';').trim());
    let is_shown = |value: &&str| value.starts_with('"') || value.starts_with(|c: char| c.is_ascii_digit());
    let default = match kind {
        "SwitchParameter" => Some("False".to_owned()),
        _ => initial.filter(is_shown).map(|value| value.trim_matches('"').to_owned()),
    };
    Ok(Parameter {
        name: name.to_owned(),
        kind: kind.trim_end_matches('?').to_owned(),
        position: after("Position = ").and_then(digits),
        is_mandatory: attributes.contains("Mandatory = true"),
        pipeline,
        aliases: after("[Alias(").and_then(|after| after.split(')').next()).map(quoted).unwrap_or_default(),
        default,
        sets,
    })
}

#[cfg(test)]
mod tests {
    use super::super::cmdlet;
    use super::*;

    const SOURCE: &str = "/// <summary>A class Quoted : Nothing, [Parameter] too.</summary>\n\
        [Cmdlet(VerbsCommon.Get, \"MdeThing\", DefaultParameterSetName = ThingSet)]\n\
        public sealed class GetMdeThingCommand : TenantCommand\n{\n\
        private const string ThingSet = \"Thing\";\nprivate const string TextSet = \"Text\";\n\n\
        [Parameter(\n    Mandatory = true,\n    Position = 0,\n    ValueFromPipelineByPropertyName = true)]\n[Alias(\"A\", \"B\")]\n\
        public string? Name { get; set; }\n\n[Parameter(Mandatory = true, ParameterSetName = TextSet)]\n\
        public SwitchParameter AsText { get; set; }\n\n[Parameter] [ValidateRange(1, 64)]\npublic int Limit { get; set; } = 32;\n\n\
        public int NoParameter { get; set; }\n}\n";

    fn cmdlet() -> Cmdlet {
        let text = without_comments(SOURCE);
        Cmdlet {
            name: cmdlet_name(&text).unwrap(),
            parameters: parameters(&text).unwrap(),
            default_set: default_set(&text),
        }
    }

    #[test]
    fn attributes_are_read_also_over_several_lines() {
        let text = without_comments(SOURCE);
        assert_eq!(base_class(&text), Some("TenantCommand"));
        let Cmdlet { name, parameters: found, .. } = cmdlet();
        assert_eq!(name, "Get-MdeThing");
        assert_eq!(found.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["Name", "AsText", "Limit"]);
        assert_eq!((found[0].kind.as_str(), found[0].position, found[0].is_mandatory), ("string", Some(0), true));
        assert_eq!((found[0].pipeline, found[0].aliases.len()), ("true (ByPropertyName)", 2));
        assert_eq!(
            (found[1].sets.as_slice(), found[1].default.as_deref()),
            (["Text".to_owned()].as_slice(), Some("False"))
        );
        assert_eq!((found[2].default.as_deref(), found[2].position), (Some("32"), None));
    }

    #[test]
    fn a_set_holds_its_own_parameters_and_those_of_all() {
        let cmdlet = cmdlet();
        let names = |set: &[&Parameter]| set.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
        let sets = cmdlet.parameter_sets();
        assert_eq!(sets.len(), 2);
        assert_eq!(names(&sets[0]), ["Name", "Limit"]);
        assert_eq!(names(&sets[1]), ["Name", "AsText", "Limit"]);
    }

    #[test]
    fn a_parameter_without_a_text_and_a_text_without_a_parameter_are_told() {
        let page = |parameters: &str| {
            let page = format!(
                "# Get-MdeThing\n\n## SYNOPSIS\n\nS.\n\n## DESCRIPTION\n\nD.\n\n## EXAMPLES\n\n### Example 1: e\n\n\
                 ```powershell\nGet-MdeThing x\n```\n\nR.\n\n## PARAMETERS\n\n{parameters}\n## OUTPUTS\n\n### T\n"
            );
            cmdlet::parse("Get-MdeThing", &page).unwrap()
        };
        let told = |parameters: &str| compare(&cmdlet(), &page(parameters)).err().map(|error| error.to_string());
        let all = "### -Name\n\nN.\n\n### -AsText\n\nA.\n\n### -Limit\n\nL.\n\n";
        assert_eq!(told(all), None);
        assert!(told(&all.replace("### -Limit\n\nL.\n\n", "")).is_some_and(|text| text.contains("nothing of -Limit")));
        assert!(told(&format!("{all}### -More\n\nM.\n\n")).is_some_and(|text| text.contains("describes -More")));
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        assert!(parameters("[Parameter]\ninternal string Name { get; set; }\n").is_err());
        assert!(parameters("[Parameter(ParameterSetName = Elsewhere)]\npublic string Name { get; set; }\n").is_err());
        assert_eq!(cmdlet_name("[Cmdlet(\"Get\", \"MdeThing\")]").as_deref(), Some("Get-MdeThing"));
        assert_eq!(cmdlet_name("[Cmdlet(Verb, Noun)]"), None);
    }
}
