//! Regular expressions of ECMA 262, compiled once.
//!
//! An engine that tries one way after the other takes a time that grows exponentially with the text for patterns such as `^(a+)+$`,
//! and the text is the client's. So a pattern is translated for an engine that needs time linear in the text; what that engine cannot say
//! (looking ahead and behind, word boundaries, most back references) is tried under a limit. Only what cannot be translated, such
//! as a back reference into a group that is repeated, goes to an engine of ECMA 262 itself, which has no limit and gets short texts only.

mod groups;
mod limited;
mod translate;

use std::sync::OnceLock;

use limited::Limited;
use translate::translated;

/// The longest text, in bytes, that an engine without a limit gets.
const UNLIMITED_LENGTH_MAX: usize = 256;

/// The longest text, in bytes, that is taken for a regular expression where a client sends one.
const PATTERN_TEXT_LENGTH_MAX: usize = 4096;

/// A `pattern` of the contract; it matches anywhere in a text unless it is anchored.
#[derive(Debug)]
pub struct Pattern {
    source: &'static str,
    compiled: OnceLock<Option<Compiled>>,
}

#[derive(Debug)]
enum Compiled {
    Linear(Box<fancy_regex::Regex>),
    Limited(Box<Limited>),
    Unlimited(Box<regress::Regex>),
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

    /// Whether the pattern occurs in `text`. A pattern that does not compile matches nothing, and so does one that would take too long.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.occurs_in(text).unwrap_or_default()
    }

    /// Whether the pattern occurs in `text`, if that can be said in reasonable time.
    pub(crate) fn occurs_in(&self, text: &str) -> Option<bool> {
        match self.compiled.get_or_init(|| compile(self.source)) {
            Some(Compiled::Linear(regex)) => regex.is_match(text).ok(),
            Some(Compiled::Limited(limited)) => limited.occurs_in(text),
            Some(Compiled::Unlimited(regex)) => {
                (text.len() <= UNLIMITED_LENGTH_MAX).then(|| regex.find(text).is_some())
            }
            None => Some(false),
        }
    }

    /// Whether how long a look takes has no limit but that of the text's length. Patterns that refer back to a group within one that is
    /// repeated are of this kind.
    #[must_use]
    pub fn is_unlimited(&self) -> bool {
        let compiled = self.compiled.get_or_init(|| compile(self.source));
        matches!(compiled, Some(Compiled::Unlimited(_)))
    }
}

/// Whether a text is a regular expression of ECMA 262. One that is too long is refused: the engine that reads it goes deeper into the stack
/// with each alternative.
pub(crate) fn is_pattern(text: &str) -> bool {
    text.len() <= PATTERN_TEXT_LENGTH_MAX
        && without_modifiers(text).is_some_and(|text| of_ecma(&text).is_some())
}

/// The text with groups that have no modifiers: the engine looks up the other case of each letter that stands in such a group, of all
/// letters for `(?i:\p{L})`. Nothing where the modifiers are wrong.
fn without_modifiers(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut is_in_class = false;
    let mut rest = text.chars();
    while let Some(next) = rest.next() {
        out.push(next);
        match next {
            '\\' => out.extend(rest.next()),
            '[' => is_in_class = true,
            ']' => is_in_class = false,
            '(' if !is_in_class => {
                let behind = rest.as_str();
                if behind.starts_with('?') && behind.get(1..2).is_some_and(|flag| "ims-".contains(flag)) {
                    let (modifiers, behind) = behind.get(1..)?.split_once(':')?;
                    if !are_modifiers(modifiers) {
                        return None;
                    }
                    out.push_str("?:");
                    rest = behind.chars();
                }
            }
            _ => {}
        }
    }
    Some(out)
}

/// ECMA 262 §22.2.1.1: each one once, and not none of them.
fn are_modifiers(text: &str) -> bool {
    let flags = text.replacen('-', "", 1);
    let is_once = |flag: char| flags.chars().filter(|one| *one == flag).count() <= 1;
    !flags.is_empty() && flags.chars().all(|flag| "ims".contains(flag) && is_once(flag))
}

/// With the flag `u`, as JSON Schema wants it (core §6.4).
fn of_ecma_strict(source: &str) -> Option<regress::Regex> {
    regress::Regex::with_flags(source, "u").ok()
}

/// With the flag `u`, or without, where somebody escaped a character that needs none.
fn of_ecma(source: &str) -> Option<regress::Regex> {
    of_ecma_strict(source).or_else(|| translated(source).and_then(|_| regress::Regex::new(source).ok()))
}

fn compile(source: &str) -> Option<Compiled> {
    let own = of_ecma(source)?;
    // Without the flag `u` other characters are the same but for their case.
    let is_same = |ignores_case: bool| !ignores_case || of_ecma_strict(source).is_some();
    let translation = translated(source).filter(|translation| is_same(translation.ignores_case));
    let compiled = translation.and_then(|translation| {
        if translation.is_tried {
            Limited::new(translation).map(Box::new).map(Compiled::Limited)
        } else {
            let regex = fancy_regex::Regex::new(&translation.text).ok()?;
            Some(Compiled::Linear(Box::new(regex)))
        }
    });
    Some(compiled.unwrap_or_else(|| Compiled::Unlimited(Box::new(own))))
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
            "^(?i:(a+)+)$",
            "^([\\uD83D]|(a+)+)$",
            "^(a+)+(b)\\2$",
            "^((a|aa)+)\\1!b$",
        ] {
            let pattern = Pattern::new(pattern);
            assert!(!pattern.matches(&hostile), "{}", pattern.source());
            assert!(!pattern.is_unlimited());
        }
    }

    #[test]
    fn what_has_no_translation_gets_short_texts_only() {
        let pattern = Pattern::new("^(?:(a)|b)+\\1$");
        assert!(pattern.is_unlimited());
        assert_eq!(pattern.occurs_in("baa"), Some(true));
        assert_eq!(pattern.occurs_in(&"a".repeat(UNLIMITED_LENGTH_MAX + 1)), None);
        assert!(!Pattern::new("(").is_unlimited(), "it matches nothing");
        for pattern in [
            "(?i:\\W)",
            "(?i:[\\W_])",
            "(?i:\\P{Lu})",
            "(?:(a)\\1|b\\1)+",
            "(?=\\2)(a)(b)",
        ] {
            assert!(Pattern::new(pattern).is_unlimited(), "{pattern}");
        }
    }

    /// On the stack of a test, which is that of a server's thread.
    #[test]
    fn what_a_client_sends_as_a_pattern_is_read_within_bounds() {
        assert!(is_pattern(&"|".repeat(PATTERN_TEXT_LENGTH_MAX)));
        assert!(!is_pattern(&"|".repeat(2_000_000)));
        // Thousands of times all letters in both cases.
        for _ in 0..10 {
            assert!(is_pattern(&"(?i:\\p{L})".repeat(300)));
        }
    }

    #[test]
    fn modifiers_of_what_a_client_sends_are_looked_at() {
        for (text, expected) in [
            ("(?i:a)", true),
            ("(?i-ms:a)", true),
            ("(?-i:a)", true),
            ("\\(?i:", true),
            ("[(?i]", true),
            ("(?-:a)", false),
            ("(?ii:a)", false),
            ("(?i-i:a)", false),
            ("(?i--m:a)", false),
            ("(?x:a)", false),
            ("(?i", false),
            ("(?i:a", false),
            ("(?<i>a)(?=i)(?:i)", true),
        ] {
            assert_eq!(is_pattern(text), expected, "{text}");
            assert_eq!(of_ecma(text).is_some(), expected, "{text}");
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
        "(?i:a)c",
        "(?i:k)",
        "(?i:[^a])",
        "(?i:\\w)",
        "(?i:\\p{Lu})",
        "(?i:x(?-i:Y))",
        "a(?s:.)c",
        "(?m:^c$)",
        "(?m-i:a$)",
        "(?s:(?-s:.))c",
        "^([\\uD83D]|(a+)+)$",
        "[^\\uDE00]",
        "\\uD83D",
        "[\\u0061-\\uD83D]",
        "[\\uD83D-\\uFFFF]",
        "[\\uD83D-\\uDE00b]",
        "([ab])\\1",
        "(a)?\\1b",
        "(?<x>a|b)c?\\k<x>",
        "^(?:(a)|b)\\1c",
        "^(\\w)(?!\\1)",
        "(a+)\\1{2}",
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
        "\u{17f}",
        "K",
        "XY",
        "Xy",
        "bc",
        "aaaaaa",
        "bab",
        "ABC",
        "b\nc\n",
        "\u{ffee}",
    ];

    /// The translation says what an engine of ECMA 262 says.
    #[test]
    fn a_translation_means_the_same() {
        for pattern in PATTERNS {
            let own = of_ecma(pattern).unwrap();
            let translated = Pattern::new(pattern);
            assert!(!translated.is_unlimited(), "{pattern} is not translated");
            for text in TEXTS {
                assert_eq!(
                    translated.occurs_in(text),
                    Some(own.find(text).is_some()),
                    "{pattern} {text:?} {:?}",
                    translate::translated(pattern)
                );
            }
        }
    }
}
