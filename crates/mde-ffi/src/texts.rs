//! Texts of a batch, each of them once.
//!
//! Most texts of a record (type, action, creator, title) repeat from record to record. Each crosses the boundary once a
//! batch and the records refer to it by number: the other side decodes and allocates a fraction of the strings, and a
//! user who keeps the records keeps a fraction of them too.

use foldhash::fast::RandomState;
use indexmap::IndexSet;

/// Collects the texts of a batch.
#[derive(Default)]
pub(crate) struct Texts(IndexSet<String, RandomState>);

impl Texts {
    /// The number of this text, counted from one; zero stands for no text.
    pub(crate) fn number(&mut self, text: Option<String>) -> u32 {
        text.map_or(0, |text| self.0.insert_full(text).0 as u32 + 1)
    }

    /// The numbers of these texts.
    pub(crate) fn numbers(&mut self, texts: Vec<String>) -> Vec<u32> {
        texts.into_iter().map(|text| self.number(Some(text))).collect()
    }

    /// The texts in the order of their numbers.
    pub(crate) fn into_texts(self) -> Vec<String> {
        self.0.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_kept_once() {
        let mut texts = Texts::default();
        assert_eq!(texts.number(None), 0);
        assert_eq!(texts.numbers(vec!["a".into(), "b".into(), "a".into()]), [1, 2, 1]);
        assert_eq!(texts.number(Some(String::new())), 3);
        assert_eq!(texts.into_texts(), ["a", "b", ""]);
    }
}
