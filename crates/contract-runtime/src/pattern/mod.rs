//! Regular expressions of ECMA 262, compiled once.
//!
//! An engine that tries one way after the other takes a time that grows exponentially with the text for patterns such as `^(a+)+$`,
//! and the text is the client's. So a pattern is translated for an engine that needs time linear in the text; what that engine cannot say
//! (looking ahead and behind, word boundaries) is tried under a limit. Only what cannot be translated, such as back references,
//! goes to an engine of ECMA 262 itself, which has no limit.

mod translate;

use std::sync::OnceLock;

use translate::translated;

/// How many ways are tried before a text is held to be without the pattern.
const STEP_COUNT_MAX: usize = 100_000;

/// A `pattern` of the contract; it matches anywhere in a text unless it is anchored.
#[derive(Debug)]
pub struct Pattern {
    source: &'static str,
    compiled: OnceLock<Option<Compiled>>,
}

#[derive(Debug)]
enum Compiled {
    Bounded(Box<fancy_regex::Regex>),
    Unbounded(Box<regress::Regex>),
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

    /// Whether the pattern occurs in `text`. A pattern that does not compile matches nothing, and so does one that would take too long: it
    /// refuses rather than admits.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        match self.compiled.get_or_init(|| compile(self.source)) {
            Some(Compiled::Bounded(regex)) => regex.is_match(text).unwrap_or(false),
            Some(Compiled::Unbounded(regex)) => regex.find(text).is_some(),
            None => false,
        }
    }
}

/// Whether a text is a regular expression of ECMA 262.
pub(crate) fn is_pattern(text: &str) -> bool {
    of_ecma(text).is_some()
}

/// With the flag `u`, as JSON Schema wants it (core §6.4), or without, where somebody escaped a character that needs none.
fn of_ecma(source: &str) -> Option<regress::Regex> {
    let strict = regress::Regex::with_flags(source, "u").ok();
    strict.or_else(|| translated(source).and_then(|_| regress::Regex::new(source).ok()))
}

fn compile(source: &str) -> Option<Compiled> {
    let own = of_ecma(source)?;
    let bounded = translated(source).and_then(|text| {
        fancy_regex::RegexBuilder::new(&text)
            .backtrack_limit(STEP_COUNT_MAX)
            .build()
            .ok()
    });
    Some(match bounded {
        Some(regex) => Compiled::Bounded(Box::new(regex)),
        None => Compiled::Unbounded(Box::new(own)),
    })
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
            ("^\\@\\_$", "@_", true),
        ] {
            assert_eq!(Pattern::new(pattern).matches(text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_pattern_that_explodes_is_bounded() {
        let hostile = format!("{}!", "a".repeat(50_000));
        for pattern in [
            "^(a+)+$",
            "^(a|a)*$",
            "^(?=(a+)+$)a",
            "^(?!b)(a|aa)+$",
            "^(([a-z])+.)+[A-Z]([a-z])+$",
        ] {
            let pattern = Pattern::new(pattern);
            assert!(!pattern.matches(&hostile), "{}", pattern.source());
            assert!(matches!(pattern.compiled.get(), Some(Some(Compiled::Bounded(_)))));
        }
    }

    const PATTERNS: &[&str] = &[
        "^[a-z]+$",
        "a.c",
        "^\\d{2,3}$",
        "\\w+\\s\\W",
        "[^\\d\\s]",
        "[\\w.-]+@[\\w-]+\\.[a-z]{2,}",
        "^(?:a|b)*?c$",
        "(?<year>\\d+)-",
        "^(?!foo)\\S+$",
        "(?<!a)b",
        "\\bx\\b",
        "\\Bx",
        "[\\]\\\\^&~-]",
        "[^]",
        "[]",
        "\\u0041|\\x42|\\u{43}",
        "^\\p{L}+$",
        "[\\p{Nd}_]",
        "a{2}",
        "^$",
        "|x",
        "[&&a]",
        "[a-c&&b]",
        "\\cJ",
        "\\t|\\v|\\f|\\0",
        "^[^,]*(,[^,]*)*$",
        "(a)(b)?",
        "\\/x",
        "[+*?.]",
        "é",
        "\\.",
        "[\\b]",
        "^\\s*$",
        "\\uD83D\\uDE00",
        "x{0,2}y",
        "\\$\\{",
        "a b#c",
        "[--/]",
        "[a\\-z]",
        "[^\\W]",
    ];
    const TEXTS: &[&str] = &[
        "",
        "a",
        "abc",
        "a\nc",
        "a\u{2028}c",
        "12",
        "1234",
        "x y",
        "x",
        "ax",
        "xfoo",
        "foo",
        "ab",
        "b",
        "]",
        "\\",
        "&",
        "~",
        "-",
        "^",
        "A",
        "B",
        "C",
        "Äp",
        "5_",
        "aa",
        "ay",
        "xxy",
        "\n",
        "\t",
        "\u{b}",
        "\0",
        "a,b,,",
        "/x",
        "+",
        "é",
        ".",
        "\u{8}",
        "\u{feff}\u{a0}",
        "😀",
        "${",
        "a b#c",
        ",",
        "2026-1",
        "me@x.example",
        "_",
        "٣",
        "k\u{212a}",
        "aab",
        "&&",
        "a-z",
        "\r",
        "\u{85}",
    ];

    /// The translation says what an engine of ECMA 262 says.
    #[test]
    fn a_translation_means_the_same() {
        for pattern in PATTERNS {
            let own = of_ecma(pattern).unwrap();
            let Some(Compiled::Bounded(bounded)) = compile(pattern) else {
                panic!("{pattern} is not translated: {:?}", translated(pattern));
            };
            for text in TEXTS {
                assert_eq!(
                    bounded.is_match(text).unwrap(),
                    own.find(text).is_some(),
                    "{pattern} {text:?} {:?}",
                    translated(pattern)
                );
            }
        }
    }
}
