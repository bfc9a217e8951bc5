//! Small numbers for texts that come again and again.
//!
//! Samples arrive either one series after the other or one round of all series after the other. In
//! both, what follows a text is what followed it the last time, so that is compared first and most
//! look-ups never hash.

use std::collections::HashMap;

/// Gives each distinct text a number, counting from 0.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    ids: HashMap<String, usize>,
    texts: Vec<Text>,
    last: usize,
}

#[derive(Debug)]
struct Text {
    text: String,
    /// The number of the text that followed this one last time.
    successor: usize,
}

impl Interner {
    /// The number of a text, and whether it is new.
    pub(crate) fn intern(&mut self, text: &str) -> (usize, bool) {
        if self.expected() == Some(text) {
            let id = self.texts[self.last].successor;
            self.last = id;
            return (id, false);
        }
        let (id, is_new) = match self.ids.get(text) {
            Some(id) => (*id, false),
            None => (self.insert(text), true),
        };
        if let Some(last) = self.texts.get_mut(self.last) {
            last.successor = id;
        }
        self.last = id;
        (id, is_new)
    }

    /// The text that is likely to come next.
    pub(crate) fn expected(&self) -> Option<&str> {
        let last = self.texts.get(self.last)?;
        Some(&self.texts[last.successor].text)
    }

    fn insert(&mut self, text: &str) -> usize {
        let id = self.texts.len();
        self.ids.insert(text.to_owned(), id);
        self.texts.push(Text {
            text: text.to_owned(),
            // Until something else has followed it, a series is expected to go on.
            successor: id,
        });
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equal_texts_and_only_they_share_a_number(texts in prop::collection::vec("[ab]{0,2}", 0..40)) {
            let mut interner = Interner::default();
            let mut seen: Vec<&String> = Vec::new();
            for text in &texts {
                let (id, is_new) = interner.intern(text);
                let known = seen.iter().position(|s| *s == text);
                prop_assert_eq!(is_new, known.is_none());
                if is_new {
                    seen.push(text);
                }
                prop_assert_eq!(id, known.unwrap_or(seen.len() - 1));
            }
        }
    }
}
