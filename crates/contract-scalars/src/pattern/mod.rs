//! Regular expressions of ECMA 262, compiled once.
//!
//! An engine that tries one way after the other takes a time that grows exponentially with the text for patterns such as `^(a+)+$`,
//! and the text is the client's. So a pattern is translated for an engine that needs time linear in the text; what that engine cannot say
//! (looking ahead and behind, word boundaries, most back references) is tried under a limit. Only what cannot be translated, such
//! as a back reference into a group that is repeated, goes to an engine of ECMA 262 itself, which has no limit and gets short texts only.

mod groups;
mod limited;
mod room;
mod translate;

use std::sync::OnceLock;

use limited::Limited;
use room::with_room;
use translate::translated;

/// The longest text, in bytes, that an engine without a limit gets.
const UNLIMITED_LENGTH_MAX: usize = 256;

/// The longest text, in bytes, that is taken for a regular expression where a client sends one.
const PATTERN_TEXT_LENGTH_MAX: usize = 4096;

/// A `pattern` of the contract; it matches anywhere in a text unless it is anchored.
#[derive(Debug)]
pub struct Pattern {
    source: &'static str,
    compiled: OnceLock<Option<Regex>>,
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
    #[must_use]
    pub fn occurs_in(&self, text: &str) -> Option<bool> {
        match self.compiled.get_or_init(|| Regex::new(self.source)) {
            Some(regex) => regex.occurs_in(text),
            None => Some(false),
        }
    }
}

/// A regular expression of ECMA 262.
#[derive(Debug)]
pub struct Regex(Compiled);

#[derive(Debug)]
enum Compiled {
    Linear(Box<fancy_regex::Regex>),
    Limited(Box<Limited>),
    Unlimited(Box<regress::Regex>),
}

impl Regex {
    /// Compiles a pattern; nothing where it is no regular expression of ECMA 262, or too large for any engine.
    #[must_use]
    pub fn new(source: &str) -> Option<Self> {
        with_room(source, || Self::compile(source))
    }

    fn compile(source: &str) -> Option<Self> {
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
        Some(Self(
            compiled.unwrap_or_else(|| Compiled::Unlimited(Box::new(own))),
        ))
    }

    /// Whether it occurs in `text`, if that can be said in reasonable time.
    #[must_use]
    pub fn occurs_in(&self, text: &str) -> Option<bool> {
        match &self.0 {
            Compiled::Linear(regex) => regex.is_match(text).ok(),
            Compiled::Limited(limited) => limited.occurs_in(text),
            Compiled::Unlimited(regex) => {
                (text.len() <= UNLIMITED_LENGTH_MAX).then(|| regex.find(text).is_some())
            }
        }
    }

    /// Whether how long a look takes has no limit but that of the text's length. Patterns that refer back to a group within one that is
    /// repeated are of this kind.
    #[must_use]
    pub fn is_unlimited(&self) -> bool {
        matches!(self.0, Compiled::Unlimited(_))
    }
}

/// Whether a pattern of a contract is a regular expression of ECMA 262, and not too large for any engine.
#[must_use]
pub fn is_pattern(source: &str) -> bool {
    with_room(source, || of_ecma(source)).is_some()
}

/// Whether a text that a client sent has the format `regex`. One that is too long is refused: the engine that reads it goes deeper into
/// the stack with each alternative.
#[must_use]
pub fn is_regex(text: &str) -> bool {
    text.len() <= PATTERN_TEXT_LENGTH_MAX && without_modifiers(text).is_some_and(|text| is_pattern(&text))
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

#[cfg(test)]
mod tests;
