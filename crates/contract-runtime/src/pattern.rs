//! Regular expressions of ECMA 262, compiled once.

use std::sync::OnceLock;

/// A `pattern` of the contract; it matches anywhere in a text unless it is anchored.
#[derive(Debug)]
pub struct Pattern {
    source: &'static str,
    compiled: OnceLock<Option<regress::Regex>>,
}

impl Pattern {
    /// A pattern; the generator has compiled it once already, so that a wrong one never gets here.
    #[must_use]
    pub const fn new(source: &'static str) -> Self {
        Self {
            source,
            compiled: OnceLock::new(),
        }
    }

    /// The pattern as the contract has it.
    #[must_use]
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// Whether the pattern occurs in `text`. A pattern that does not compile matches nothing: it refuses rather than admits.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let compiled = self
            .compiled
            .get_or_init(|| regress::Regex::with_flags(self.source, "u").ok());
        compiled.as_ref().is_some_and(|regex| regex.find(text).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Poem-openapi compiles its patterns anew at each check.
    #[test]
    fn a_pattern_is_compiled_once() {
        static WORD: Pattern = Pattern::new("^[a-z]+$");
        assert!(WORD.compiled.get().is_none(), "not before it is needed");
        assert!(WORD.matches("abc"));
        let compiled: *const _ = WORD.compiled.get().unwrap();
        assert!(!WORD.matches("ABC"));
        assert!(std::ptr::eq(compiled, WORD.compiled.get().unwrap()));
    }

    #[test]
    fn a_pattern_is_of_ecma_262_and_matches_anywhere() {
        for (pattern, text, expected) in [
            ("b", "abc", true),
            ("^\\p{Lu}", "Äpfel", true),
            ("^.$", "\u{1F600}", true),
            ("(?<=a)b", "ab", true),
            ("(", "(", false),
        ] {
            assert_eq!(Pattern::new(pattern).matches(text), expected, "{pattern} {text}");
        }
    }
}
