//! Patterns, as the code that holds texts against them will.

use contract_scalars::Regex;

/// What a pattern is for the runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    /// A regular expression of ECMA 262 that is looked for within bounds.
    Bounded,
    /// One that the runtime cannot bound: what it costs grows exponentially with the text in the worst case, so it gets short texts only.
    Unlimited,
    /// No regular expression of ECMA 262.
    Wrong,
}

pub(super) const UNLIMITED: &str = "refers back, or ignores case, in a way that only an engine without a limit knows; a text of more than \
                                    256 bytes is refused";
pub(super) const WRONG: &str = "is no regular expression of ECMA 262";

pub(super) fn judged(pattern: &str) -> Judged {
    match Regex::new(pattern) {
        None => Judged::Wrong,
        Some(regex) if regex.is_unlimited() => Judged::Unlimited,
        Some(_) => Judged::Bounded,
    }
}
