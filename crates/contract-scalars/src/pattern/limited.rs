//! An engine that tries one way after the other, up to a number of steps.
//!
//! It counts each way that it gives up, and looking ahead may go through all of the text before. So the longer a text is, the fewer
//! ways are tried; the number belongs to an engine, of which there is one for each order of lengths, made when it is needed.

use std::sync::OnceLock;

use super::translate::Translation;

/// How many ways are tried at most.
const WAY_COUNT_MAX: usize = 100_000;
/// How many characters are gone through at most, as far as that can be told beforehand.
const CHARACTER_COUNT_MAX: usize = 20_000_000;
/// Each place of a text is one way at least, where a pattern is not anchored.
const WAY_COUNT_OF_PLACE: usize = 4;

/// The greatest length of the first order, and how much greater that of each further one is.
const LENGTH_MAX: usize = 256;
const LENGTH_FACTOR: usize = 4;
const ORDER_COUNT: usize = 8;

#[derive(Debug)]
pub(super) struct Limited {
    translation: Translation,
    engines: [OnceLock<Option<fancy_regex::Regex>>; ORDER_COUNT],
}

impl Limited {
    /// An engine, where the translation compiles.
    pub(super) fn new(translation: Translation) -> Option<Self> {
        let limited = Self {
            translation,
            engines: [const { OnceLock::new() }; ORDER_COUNT],
        };
        limited.engine(LENGTH_MAX).is_some().then_some(limited)
    }

    /// Whether the pattern occurs in `text`; nothing where the limit was reached.
    pub(super) fn occurs_in(&self, text: &str) -> Option<bool> {
        self.engine(text.len())?.is_match(text).ok()
    }

    fn engine(&self, length: usize) -> Option<&fancy_regex::Regex> {
        let mut length_max = LENGTH_MAX;
        for engine in &self.engines {
            if length <= length_max {
                return engine.get_or_init(|| self.compile(length_max)).as_ref();
            }
            length_max *= LENGTH_FACTOR;
        }
        None
    }

    fn compile(&self, length_max: usize) -> Option<fancy_regex::Regex> {
        let limit = if self.translation.is_long {
            WAY_COUNT_MAX.min(CHARACTER_COUNT_MAX / length_max)
        } else {
            WAY_COUNT_MAX.max(WAY_COUNT_OF_PLACE * length_max)
        };
        let mut builder = fancy_regex::RegexBuilder::new(&self.translation.text);
        builder.backtrack_limit(limit).build().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::super::translate::translated;
    use super::*;

    fn limited(pattern: &str) -> Limited {
        Limited::new(translated(pattern).unwrap()).unwrap()
    }

    /// At each of its places, the rest of the text would be looked through for a digit: two billions of characters.
    #[test]
    fn fewer_ways_are_tried_the_longer_a_text_is() {
        let password = limited(r"((?=.*\d)(?=.*[a-z])(?=.*[A-Z]).{6,20})");
        assert_eq!(password.occurs_in(&"a".repeat(60_000)), None);
        assert_eq!(password.occurs_in(&"a".repeat(2_000_000)), None);
        assert_eq!(password.occurs_in(&"a".repeat(200)), Some(false));
        assert_eq!(password.occurs_in("Passw0rd"), Some(true));
        assert_eq!(
            password.occurs_in(&format!("Passw0rd{}", "a".repeat(60_000))),
            Some(true)
        );
    }

    #[test]
    fn a_word_is_found_wherever_it_stands() {
        let word = limited(r"\bfoo\b");
        assert_eq!(
            word.occurs_in(&format!("{} foo", "a".repeat(500_000))),
            Some(true)
        );
        assert_eq!(word.occurs_in(&"a".repeat(500_000)), Some(false));
    }

    #[test]
    fn a_text_that_no_engine_is_for_is_left_undecided() {
        assert_eq!(limited(r"\bfoo\b").occurs_in(&"a".repeat(5_000_000)), None);
    }
}
