//! Keeps an event of the log one line, whatever texts it holds.
//!
//! The formats escape what JSON and terminals of old know: line feeds in JSON, escape sequences on a terminal. What is left are characters that some
//! programs take for the end of a line, some terminals for the start of a command, and some readers for a change of direction.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

use tracing_subscriber::fmt::MakeWriter;

/// Makes writers whose lines hold no such character.
pub(super) struct OneLine<M> {
    inner: M,
}

impl<M> OneLine<M> {
    pub(super) fn new(inner: M) -> Self {
        Self { inner }
    }
}

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for OneLine<M> {
    type Writer = OneLineWriter<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        OneLineWriter(self.inner.make_writer())
    }
}

/// Each call of `write` is one event: so its caller hands them over.
pub(super) struct OneLineWriter<W>(W);

impl<W: io::Write> io::Write for OneLineWriter<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.0.write_all(&escaped(event)).map(|()| event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The event with one line feed, at its end. What replaces a character is its JSON escape, which means the same inside of a JSON text; outside
/// of one these characters do not occur in the JSON format.
fn escaped(event: &[u8]) -> Cow<'_, [u8]> {
    let Ok(text) = str::from_utf8(event) else {
        return Cow::Borrowed(event);
    };
    let line = text.strip_suffix('\n').unwrap_or(text);
    if !line.contains(is_unruly) {
        return Cow::Borrowed(event);
    }
    let mut safe = String::with_capacity(event.len() + 16);
    for character in line.chars() {
        if is_unruly(character) {
            // A string takes whatever is written to it.
            _ = write!(safe, "\\u{:04x}", u32::from(character));
        } else {
            safe.push(character);
        }
    }
    safe.push('\n');
    Cow::Owned(safe.into_bytes())
}

/// Whether it is a control character, except the escape that begins a colour, a separator of lines or paragraphs, or one that changes the direction of
/// what follows (Unicode Standard Annex 9, section 2).
fn is_unruly(character: char) -> bool {
    match character {
        '\u{1b}' => false,
        '\u{2028}'
        | '\u{2029}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => true,
        other => other.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(event: &str, expected: &str) {
        assert_eq!(String::from_utf8_lossy(&escaped(event.as_bytes())), expected);
    }

    #[test]
    fn an_event_is_one_line() {
        check("plain ✓\n", "plain ✓\n");
        check("a\nb\n", "a\\u000ab\n");
        check("\u{1b}[2mgrey\u{1b}[0m\n", "\u{1b}[2mgrey\u{1b}[0m\n");
        check(
            "{\"a\":\"\u{85}\u{9b}\u{7f}\u{2028}\u{202e}\"}\n",
            "{\"a\":\"\\u0085\\u009b\\u007f\\u2028\\u202e\"}\n",
        );
    }
}
