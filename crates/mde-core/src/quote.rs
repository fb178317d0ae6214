//! A server's own words, as an error or a log line may quote them.

/// How a token begins: the base64url form of `{"`.
const TOKEN_START: &str = "eyJ";
/// What begins like a token and is no longer than this is taken for a word.
const LONGEST_WORD: usize = 24;

/// The text on one line, cut after `longest` characters, with everything that looks like a token left out: a server that
/// echoes a request must not carry its token into a log.
pub fn quoted(text: &str, longest: usize) -> String {
    let mut line = String::with_capacity(text.len().min(longest));
    let mut rest = text;
    while let Some(start) = rest.find(TOKEN_START) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.=+/".contains(c))).unwrap_or(from.len());
        line.push_str(before);
        line.push_str(if end > LONGEST_WORD { "<redacted>" } else { &from[..end] });
        rest = &from[end..];
    }
    line.push_str(rest);
    line.chars().map(|c| if c.is_control() { ' ' } else { c }).take(longest).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_left_out_and_words_are_kept() {
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJjYW5hcnkiOiJNREVGSUNDQU5BUlki.c2lnbmF0dXJl";
        assert_eq!(quoted(&format!("Bearer {token} is not valid"), 100), "Bearer <redacted> is not valid");
        assert_eq!(quoted(&format!("{token}{token}"), 100), "<redacted>");
        assert_eq!(quoted("eyJ and key\r\nline", 100), "eyJ and key  line");
        assert_eq!(quoted("abcdef", 3), "abc");
    }
}
