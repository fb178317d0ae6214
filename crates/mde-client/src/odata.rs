//! Filters as OData writes them.
//!
//! Source: docs.oasis-open.org/odata/odata/v4.01 part 2, section 5.1.1 (literals, `and`)

/// A text as a literal: in single quotes, those inside it doubled.
pub fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// A filter that holds where this one and all of these fields' values do. None when there is nothing to hold.
pub fn equal_too<'a>(filter: Option<&str>, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Option<String> {
    let conditions: Vec<_> = fields.into_iter().map(|(field, value)| format!("{field} eq {}", text(value))).collect();
    match (filter, conditions.is_empty()) {
        (filter, true) => filter.map(str::to_owned),
        (None, false) => Some(conditions.join(" and ")),
        (Some(filter), false) => Some(format!("({filter}) and {}", conditions.join(" and "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_join_the_users_own_filter() {
        assert_eq!(equal_too(None, []), None);
        assert_eq!(equal_too(Some("a eq 1"), []).as_deref(), Some("a eq 1"));
        assert_eq!(equal_too(None, [("name", "O'Neil")]).as_deref(), Some("name eq 'O''Neil'"));
        let both = equal_too(Some("a eq 1 or b eq 2"), [("c", "3"), ("d", "4")]);
        assert_eq!(both.as_deref(), Some("(a eq 1 or b eq 2) and c eq '3' and d eq '4'"));
    }
}
