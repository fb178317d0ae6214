//! JSON pieces: objects whose unknown values are kept as they were sent, and objects written in a given order.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// An object's members in their order, their values untouched.
#[derive(Debug)]
pub(super) struct RawObject(pub(super) Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for RawObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = RawObject;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawObject, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(RawObject(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// The text as a JSON string.
pub(super) fn string(text: &str) -> String {
    Value::from(text).to_string()
}

/// The texts as a JSON array.
pub(super) fn array(texts: &[String]) -> String {
    Value::from(texts).to_string()
}

/// A number or truth value that was kept as text becomes one again; everything else is a string.
pub(super) fn scalar(text: &str) -> String {
    let is_scalar = matches!(serde_json::from_str(text), Ok(Value::Number(_) | Value::Bool(_)));
    if is_scalar { text.to_owned() } else { string(text) }
}

/// An object of these members, whose values are JSON already.
pub(super) fn object<'a>(members: impl Iterator<Item = (&'a str, String)>) -> String {
    let members: Vec<_> = members.map(|(name, json)| format!("{}:{json}", string(name))).collect();
    format!("{{{}}}", members.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_keep_their_order_and_their_values() {
        let object: RawObject = serde_json::from_str(r#"{"b":1.50,"a":{"x":[ 1 ]}}"#).unwrap();
        let members: Vec<_> = object.0.iter().map(|(name, raw)| (name.as_str(), raw.get().to_owned())).collect();
        assert_eq!(super::object(members.into_iter()), r#"{"b":1.50,"a":{"x":[ 1 ]}}"#);
        assert!(serde_json::from_str::<RawObject>("[1]").is_err());
    }

    #[test]
    fn texts_are_quoted_where_they_must_be() {
        assert_eq!(string("a\"b\n"), r#""a\"b\n""#);
        assert_eq!((scalar("1"), scalar("Malware")), ("1".to_owned(), r#""Malware""#.to_owned()));
        assert_eq!(array(&["a".to_owned()]), r#"["a"]"#);
    }
}
