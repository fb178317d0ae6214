//! Seconds as the services write them: as a number, or as a text that holds one (the older token endpoints).
//!
//! Source: learn.microsoft.com/previous-versions/azure/active-directory/azuread-dev/v1-protocols-oauth-code

use serde_json::Value;

/// The seconds, if it is a number in one of the forms; fractions are left out.
pub(crate) fn seconds(value: &Value) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "a time beyond the range saturates and is refused as absurd")]
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|float| float as i64)),
        Value::String(text) => text.trim().parse().ok().or_else(|| text.trim().parse::<f64>().ok().map(|f| f as i64)),
        _ => None,
    }
}
