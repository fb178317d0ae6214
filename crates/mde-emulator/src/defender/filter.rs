//! A small part of OData's `$filter`, over the fields that the documentation names for indicators.
//!
//! Comparisons, `and`, `or`, `not`, parentheses, `contains`, `startswith`, `endswith`; strings, booleans, `null`, dates.
//! Whatever else a client sends is an error, as it should be before the real service sees it.

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Which fields may be filtered, and those of them that are no texts.
#[derive(Debug)]
pub(super) struct Fields {
    pub(super) names: &'static [&'static str],
    pub(super) times: &'static [&'static str],
    pub(super) booleans: &'static [&'static str],
}

/// Those of indicators, from learn.microsoft.com/defender-endpoint/api/get-ti-indicators-collection.
pub(super) const INDICATORS: Fields = Fields {
    names: &INDICATOR_FIELDS,
    times: &["expirationTime", "creationTimeDateTimeUtc"],
    booleans: &["generateAlert"],
};

const INDICATOR_FIELDS: [&str; 13] = [
    "application",
    "createdByDisplayName",
    "expirationTime",
    "generateAlert",
    "title",
    "rbacGroupNames",
    "rbacGroupIds",
    "indicatorValue",
    "indicatorType",
    "creationTimeDateTimeUtc",
    "createdBy",
    "action",
    "severity",
];

/// A filter that has been understood.
#[derive(Debug)]
pub(super) enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    Compare(String, Comparison, Literal),
    Text(TextFunction, String, String),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum TextFunction {
    Contains,
    StartsWith,
    EndsWith,
}

#[derive(Debug)]
pub(super) enum Literal {
    Null,
    Boolean(bool),
    Number(f64),
    Text(String),
    Time(OffsetDateTime),
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Open,
    Close,
    Comma,
    Text(String),
    Word(String),
}

impl Filter {
    /// Whether a record passes.
    pub(super) fn matches(&self, record: &Value) -> bool {
        match self {
            Self::And(left, right) => left.matches(record) && right.matches(record),
            Self::Or(left, right) => left.matches(record) || right.matches(record),
            Self::Not(inner) => !inner.matches(record),
            Self::Compare(field, comparison, literal) => compare(&record[field.as_str()], *comparison, literal),
            Self::Text(function, field, text) => {
                // OData functions here ignore case, as the service's database does by default.
                let value = record[field.as_str()].as_str().unwrap_or_default().to_lowercase();
                let text = text.to_lowercase();
                match function {
                    TextFunction::Contains => value.contains(&text),
                    TextFunction::StartsWith => value.starts_with(&text),
                    TextFunction::EndsWith => value.ends_with(&text),
                }
            }
        }
    }
}

fn compare(value: &Value, comparison: Comparison, literal: &Literal) -> bool {
    use std::cmp::Ordering;
    let ordering = match (value, literal) {
        (Value::Null, Literal::Null) => Some(Ordering::Equal),
        (Value::Bool(value), Literal::Boolean(literal)) => Some(value.cmp(literal)),
        (Value::Number(value), Literal::Number(literal)) => value.as_f64().and_then(|value| value.partial_cmp(literal)),
        (Value::String(value), Literal::Text(literal)) => Some(value.as_str().cmp(literal)),
        (Value::String(value), Literal::Time(literal)) => {
            OffsetDateTime::parse(value, &Rfc3339).ok().map(|value| value.cmp(literal))
        }
        // Null, or another type: only "not equal" holds.
        _ => None,
    };
    match comparison {
        Comparison::Equal => ordering == Some(Ordering::Equal),
        Comparison::NotEqual => ordering != Some(Ordering::Equal),
        Comparison::Greater => ordering == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
        Comparison::Less => ordering == Some(Ordering::Less),
        Comparison::LessOrEqual => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
    }
}

/// Understands a filter, or says in the manner of the service what is wrong with it.
pub(super) fn parse(text: &str, fields: &'static Fields) -> Result<Filter, String> {
    let mut parser = Parser { tokens: tokens(text)?, position: 0, fields };
    let filter = parser.or()?;
    if parser.position < parser.tokens.len() {
        return Err(format!("Syntax error at position {} in '{text}'.", parser.position));
    }
    Ok(filter)
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut characters = text.chars().peekable();
    while let Some(&character) = characters.peek() {
        match character {
            ' ' | '\t' => drop(characters.next()),
            '(' | ')' | ',' => {
                characters.next();
                tokens.push(match character {
                    '(' => Token::Open,
                    ')' => Token::Close,
                    _ => Token::Comma,
                });
            }
            '\'' => {
                characters.next();
                let mut value = String::new();
                loop {
                    match characters.next() {
                        None => return Err(format!("There is an unterminated string literal in '{text}'.")),
                        // Two quotes are one quote inside a string.
                        Some('\'') if characters.peek() == Some(&'\'') => {
                            characters.next();
                            value.push('\'');
                        }
                        Some('\'') => break,
                        Some(other) => value.push(other),
                    }
                }
                tokens.push(Token::Text(value));
            }
            _ => {
                let mut word = String::new();
                while let Some(&next) = characters.peek() {
                    if matches!(next, ' ' | '\t' | '(' | ')' | ',' | '\'') {
                        break;
                    }
                    word.push(next);
                    characters.next();
                }
                tokens.push(Token::Word(word));
            }
        }
    }
    Ok(tokens)
}

struct Parser {
    tokens: Vec<Token>,
    position: usize,
    fields: &'static Fields,
}

impl Parser {
    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.position).cloned();
        self.position += 1;
        token
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.tokens.get(self.position), Some(Token::Word(next)) if next == word);
        self.position += usize::from(found);
        found
    }

    fn expect(&mut self, token: &Token) -> Result<(), String> {
        match self.next() {
            Some(next) if next == *token => Ok(()),
            other => Err(format!("Syntax error: {token:?} expected, found {other:?}.")),
        }
    }

    fn or(&mut self) -> Result<Filter, String> {
        let mut left = self.and()?;
        while self.take_word("or") {
            left = Filter::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Filter, String> {
        let mut left = self.not()?;
        while self.take_word("and") {
            left = Filter::And(Box::new(left), Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Filter, String> {
        if self.take_word("not") {
            return Ok(Filter::Not(Box::new(self.not()?)));
        }
        match self.next() {
            Some(Token::Open) => {
                let inner = self.or()?;
                self.expect(&Token::Close)?;
                Ok(inner)
            }
            Some(Token::Word(word)) => self.comparison(&word),
            other => Err(format!("Syntax error: unexpected {other:?}.")),
        }
    }

    fn comparison(&mut self, word: &str) -> Result<Filter, String> {
        let function = match word {
            "contains" => Some(TextFunction::Contains),
            "startswith" => Some(TextFunction::StartsWith),
            "endswith" => Some(TextFunction::EndsWith),
            _ => None,
        };
        if let Some(function) = function {
            self.expect(&Token::Open)?;
            let Some(Token::Word(name)) = self.next() else { return Err("Syntax error: a field expected.".into()) };
            let name = self.field(&name)?;
            self.expect(&Token::Comma)?;
            let Some(Token::Text(text)) = self.next() else { return Err("Syntax error: a string expected.".into()) };
            self.expect(&Token::Close)?;
            return Ok(Filter::Text(function, name, text));
        }
        let name = self.field(word)?;
        let comparison = match self.next() {
            Some(Token::Word(word)) => match word.as_str() {
                "eq" => Comparison::Equal,
                "ne" => Comparison::NotEqual,
                "gt" => Comparison::Greater,
                "ge" => Comparison::GreaterOrEqual,
                "lt" => Comparison::Less,
                "le" => Comparison::LessOrEqual,
                other => return Err(format!("Syntax error: '{other}' is not a comparison.")),
            },
            other => return Err(format!("Syntax error: a comparison expected, found {other:?}.")),
        };
        let literal = match self.next() {
            Some(Token::Text(text)) => Literal::Text(text),
            Some(Token::Word(word)) => match word.as_str() {
                "null" => Literal::Null,
                "true" => Literal::Boolean(true),
                "false" => Literal::Boolean(false),
                other if other.parse::<f64>().is_ok() => Literal::Number(other.parse().unwrap_or_default()),
                other => Literal::Time(
                    OffsetDateTime::parse(other, &Rfc3339)
                        .map_err(|_| format!("'{other}' is not a string, a date, a boolean or null."))?,
                ),
            },
            other => return Err(format!("Syntax error: a value expected, found {other:?}.")),
        };
        self.check(&name, comparison, &literal)?;
        Ok(Filter::Compare(name, comparison, literal))
    }

    fn field(&self, name: &str) -> Result<String, String> {
        if self.fields.names.contains(&name) {
            return Ok(name.to_owned());
        }
        Err(format!("Could not find a property named '{name}' that can be filtered."))
    }

    /// The service compares only values of one type.
    fn check(&self, name: &str, comparison: Comparison, literal: &Literal) -> Result<(), String> {
        let is_time = self.fields.times.contains(&name);
        let is_boolean = self.fields.booleans.contains(&name);
        let fits = match literal {
            Literal::Null => matches!(comparison, Comparison::Equal | Comparison::NotEqual),
            Literal::Boolean(_) => is_boolean,
            Literal::Number(_) => name == "cvssV3" || name == "rbacGroupId",
            Literal::Time(_) => is_time,
            Literal::Text(_) => !is_time && !is_boolean && !name.starts_with("rbac"),
        };
        if fits {
            return Ok(());
        }
        Err(format!(
            "A binary operator with incompatible types was detected: {comparison:?} between property '{name}' and {}.",
            match literal {
                Literal::Null => "null",
                Literal::Boolean(_) => "Edm.Boolean",
                Literal::Number(_) => "Edm.Double",
                Literal::Text(_) => "Edm.String",
                Literal::Time(_) => "Edm.DateTimeOffset",
            }
        ))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn passes(filter: &str) -> bool {
        let record = json!({
            "action": "Block", "indicatorType": "Url", "title": "It's O'Neill", "severity": "High",
            "expirationTime": null, "creationTimeDateTimeUtc": "2024-05-06T07:08:09.1234567Z",
            "generateAlert": true, "application": null, "indicatorValue": "https://a.example/(x)",
        });
        parse(filter, &INDICATORS).unwrap_or_else(|error| panic!("{filter}: {error}")).matches(&record)
    }

    #[test]
    fn what_passes() {
        for filter in [
            "action eq 'Block'",
            "action ne 'Audit' and severity eq 'High'",
            "action eq 'Audit' or severity eq 'High'",
            "not (action eq 'Audit')",
            "title eq 'It''s O''Neill'",
            "expirationTime eq null",
            "application eq null",
            "creationTimeDateTimeUtc gt 2024-05-06T07:08:09Z",
            "creationTimeDateTimeUtc le 2024-05-06T09:08:09.1234567+02:00",
            "generateAlert eq true",
            "contains(title,'neill')",
            "startswith(indicatorValue, 'https://') and endswith(indicatorValue,'(x)')",
            "(action eq 'Audit' or action eq 'Block') and (not(severity eq 'Low'))",
        ] {
            assert!(passes(filter), "{filter}");
        }
    }

    #[test]
    fn what_does_not_pass() {
        for filter in [
            "action eq 'block'",
            "action eq 'Block' and severity eq 'Low'",
            "expirationTime lt 2030-01-01T00:00:00Z",
            "not (action eq 'Block') or generateAlert eq false",
            "creationTimeDateTimeUtc ge 2025-01-01T00:00:00Z",
        ] {
            assert!(!passes(filter), "{filter}");
        }
    }

    #[test]
    fn what_is_refused() {
        for filter in [
            "",
            "action",
            "action eq",
            "action is 'Block'",
            "action eq Block",
            "action eq 'Block",
            "(action eq 'Block'",
            "action eq 'Block' severity eq 'Low'",
            "description eq 'x'",
            "Action eq 'Block'",
            "generateAlert eq 'true'",
            "expirationTime gt null",
            "expirationTime gt '2024-01-01'",
            "rbacGroupNames eq 'Servers'",
            "tolower(title) eq 'x'",
        ] {
            assert!(parse(filter, &INDICATORS).is_err(), "{filter}");
        }
    }
}
