//! One type for everything that must never be shown: tokens, assertions, identity headers.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// A token, an assertion or an identity header. Its memory is cleared on drop; `Debug` shows only that it is there.
///
/// There is no `Display`, so that it can't be formatted into a log line or an error by accident.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes the text over.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text itself: for a request's header or form, and for the boundary that hands a token to its owner.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_the_text() {
        let shown = format!("{:?}", Some(Secret::new("eyJhbGciOi")));
        assert_eq!(shown, "Some(Secret(redacted))");
    }
}
