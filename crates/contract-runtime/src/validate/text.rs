//! What the keywords say of texts.

use super::{Checker, as_count, counted};
use crate::Keyword;

impl Checker {
    pub(super) fn text(&mut self, keyword: Keyword, text: &str) {
        // A text has no more characters than bytes: most are not counted.
        let is_longer = |most: u64| as_count(text.len()) > most && as_count(text.chars().count()) > most;
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
            Keyword::Pattern(pattern) if !pattern.matches(text) => {
                self.report("pattern", || {
                    format!("must match the pattern {}", pattern.source())
                });
            }
            Keyword::Format(_, Some(format)) if !format.accepts_text(text) => {
                self.report("format", || format.expectation().to_owned());
            }
            _ => {}
        }
    }
}
