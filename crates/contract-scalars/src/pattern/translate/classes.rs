//! Classes of characters (ECMA 262 §22.2.1): what stands between square brackets.

use std::fmt::Write as _;

use super::{ANY, HALVES, Part, Translator, push_character};

impl Translator<'_> {
    pub(super) fn class(&mut self) -> Option<()> {
        let is_negated = self.rest.next_if_eq(&'^').is_some();
        let mut parts = String::new();
        loop {
            let part = match self.rest.next()? {
                ']' => break,
                other => self.class_part(other)?,
            };
            match (part.code(), part) {
                (Some(first), _) => {
                    let last = self.range_end()?.unwrap_or(first);
                    push_range(&mut parts, first, last);
                }
                (None, Part::Several(text)) => parts.push_str(&text),
                (None, _) => {}
            }
        }
        match (parts.is_empty(), is_negated) {
            (true, true) => write!(self.out.text, "[{ANY}]"),
            (true, false) => write!(self.out.text, "[^{ANY}]"),
            (false, true) => write!(self.out.text, "[^{parts}]"),
            (false, false) => write!(self.out.text, "[{parts}]"),
        }
        .ok()
    }

    fn class_part(&mut self, next: char) -> Option<Part> {
        match next {
            '\\' => match self.rest.next()? {
                'b' => Some(Part::One('\u{8}')),
                other => self.escaped(other),
            },
            other => Some(Part::One(other)),
        }
    }

    /// The end of the range that the last character began, where a hyphen says so.
    #[expect(clippy::option_option, reason = "no translation, no range, a range")]
    fn range_end(&mut self) -> Option<Option<u32>> {
        let mut ahead = self.rest.clone();
        if ahead.next() != Some('-') || matches!(ahead.next(), None | Some(']')) {
            return Some(None);
        }
        self.rest.next();
        let next = self.rest.next()?;
        // `[a-\d]` means something without the flag `u` only.
        self.class_part(next)?.code().map(Some)
    }
}

/// The characters from `first` to `last`, without the halves of pairs among them.
fn push_range(out: &mut String, first: u32, last: u32) {
    for (first, last) in [(first, last.min(HALVES.0 - 1)), (first.max(HALVES.1 + 1), last)] {
        if let (true, Some(first), Some(last)) = (first <= last, char::from_u32(first), char::from_u32(last))
        {
            push_character(out, first);
            if first != last {
                out.push('-');
                push_character(out, last);
            }
        }
    }
}
