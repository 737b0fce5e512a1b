//! What the keywords say of texts.

use super::{Checker, as_count, counted};
use crate::{Keyword, Pattern, Schema};

impl Checker {
    pub(super) fn text(&mut self, keyword: Keyword, schema: Schema, text: &str) {
        // A text has no more characters than bytes: most are not counted.
        let is_longer = |most: u64| as_count(text.len()) > most && as_count(text.chars().count()) > most;
        // What costs more the longer a text is, is not asked of one that is refused for its length.
        let is_too_long = || {
            let most = schema.find(|keyword| match keyword {
                Keyword::MaxLength(most) => Some(most),
                _ => None,
            });
            most.is_some_and(is_longer)
        };
        match keyword {
            Keyword::MinLength(least) if least > 0 && !is_longer(least - 1) => {
                self.report("minLength", || {
                    format!("must have at least {}", counted(least, "character", "characters"))
                });
            }
            Keyword::MaxLength(most) if is_longer(most) => {
                self.report("maxLength", || {
                    format!("must have at most {}", counted(most, "character", "characters"))
                });
            }
            Keyword::Pattern(pattern) if !is_too_long() && !self.occurs(pattern, text) => {
                self.report("pattern", || {
                    format!("must match the pattern {}", pattern.source())
                });
            }
            Keyword::Format(_, Some(format)) if !is_too_long() && !format.accepts_text(text) => {
                self.report("format", || format.expectation().to_owned());
            }
            _ => {}
        }
    }

    /// Whether a pattern occurs in a text, as far as that can be told.
    pub(super) fn occurs(&mut self, pattern: &Pattern, text: &str) -> bool {
        let occurs = pattern.occurs_in(text);
        if occurs.is_none() {
            self.leave_undecided("pattern", || {
                let pattern = pattern.source();
                format!("is too long to be held against the pattern {pattern}")
            });
        }
        occurs.unwrap_or_default()
    }
}
