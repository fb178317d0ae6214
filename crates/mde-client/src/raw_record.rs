//! A record as it was sent: for the lists whose shape belongs to whoever shows them.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::listing::Record;

/// A record as JSON text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRecord {
    id: String,
    /// The whole of it.
    pub json: String,
}

impl RawRecord {
    /// A record of this text.
    pub fn new(json: String) -> Self {
        Self { id: String::new(), json }
    }
}

impl Record for RawRecord {
    fn id(&self) -> &str {
        &self.id
    }
}

#[derive(Deserialize)]
struct IdBody {
    #[serde(default)]
    id: Value,
}

impl<'de> Deserialize<'de> for RawRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        // A list would be read as the members of the body in their order.
        let body = if raw.get().starts_with('{') { serde_json::from_str(raw.get()).ok() } else { None };
        let id = match body {
            Some(IdBody { id: Value::String(id) }) => id,
            Some(IdBody { id: Value::Number(id) }) => id.to_string(),
            _ => String::new(),
        };
        Ok(Self { id, json: String::from(Box::<str>::from(raw)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_stays_as_it_was_and_the_id_is_found() {
        for (json, id) in [
            (r#"{"id": "a", "x":1.50}"#, "a"),
            (r#"{"x":{"id":"inner"},"id":7}"#, "7"),
            (r#"{"x":1}"#, ""),
            ("[1]", ""),
            ("5", ""),
        ] {
            let record: RawRecord = serde_json::from_str(json).unwrap();
            assert_eq!((record.json.as_str(), record.id()), (json, id));
        }
    }
}
