//! From a regular expression of ECMA 262 (§22.2) to one of the same meaning for the engines of Rust. What is written alike means
//! different things there: `\d` is any script's digit, `\s` knows other blanks, `.` matches a carriage return.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

const DIGITS: &str = "0-9";
const WORD: &str = "A-Za-z0-9_";
/// White space and line ends (ECMA 262 §12.2, §12.3).
const BLANKS: &str =
    r"\x09-\x0D\x20\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}\x{FEFF}";
const ANY: &str = r"\x00-\x{10FFFF}";

/// The translation, where all of the pattern has one.
pub(super) fn translated(pattern: &str) -> Option<String> {
    let mut translator = Translator {
        rest: pattern.chars().peekable(),
        out: String::new(),
    };
    while let Some(next) = translator.rest.next() {
        translator.token(next)?;
    }
    Some(translator.out)
}

struct Translator<'a> {
    rest: Peekable<Chars<'a>>,
    out: String,
}

/// One part of a class.
enum Part {
    One(char),
    /// Text for the inside of a class.
    Several(String),
}

impl Translator<'_> {
    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn push_character(&mut self, character: char) {
        push_character(&mut self.out, character);
    }

    fn token(&mut self, next: char) -> Option<()> {
        match next {
            '^' => self.push(r"\A"),
            '$' => self.push(r"\z"),
            '.' => self.push(r"[^\n\r\x{2028}\x{2029}]"),
            '*' | '+' | '?' | '|' | ')' => self.out.push(next),
            '{' => self.quantifier()?,
            '(' => self.group()?,
            '[' => self.class()?,
            '\\' => self.escape()?,
            other => self.push_character(other),
        }
        Some(())
    }

    /// `{2}`, `{2,}`, `{2,3}`; a brace that is none of them stands for itself.
    fn quantifier(&mut self) -> Option<()> {
        let text: String = self.rest.clone().take_while(|next| *next != '}').collect();
        let (least, most) = text.split_once(',').unwrap_or((&text, "0"));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if least.is_empty() || !is_number(least) || !is_number(most) {
            self.push_character('{');
            return Some(());
        }
        for _ in 0..=text.len() {
            self.rest.next()?;
        }
        write!(self.out, "{{{text}}}").ok()
    }

    fn group(&mut self) -> Option<()> {
        if self.rest.next_if_eq(&'?').is_none() {
            self.out.push('(');
            return Some(());
        }
        match self.rest.next()? {
            ':' => self.push("(?:"),
            '=' => self.push("(?="),
            '!' => self.push("(?!"),
            '<' => match self.rest.next()? {
                '=' => self.push("(?<="),
                '!' => self.push("(?<!"),
                _ => {
                    // A name serves replacements and back references, of which there are none.
                    self.rest.by_ref().find(|next| *next == '>')?;
                    self.out.push('(');
                }
            },
            _ => return None,
        }
        Some(())
    }

    fn escape(&mut self) -> Option<()> {
        let next = self.rest.next()?;
        match next {
            'b' => self.push(&boundary("(?!", "(?=")),
            'B' => self.push(&boundary("(?=", "(?!")),
            '1'..='9' | 'k' => return None,
            _ => match self.escaped(next)? {
                Part::One(character) => self.push_character(character),
                Part::Several(text) => {
                    write!(self.out, "[{text}]").ok()?;
                }
            },
        }
        Some(())
    }

    /// What stands behind a backslash, inside and outside of classes.
    fn escaped(&mut self, next: char) -> Option<Part> {
        let several = |text: &str| Part::Several(text.to_owned());
        Some(match next {
            'd' => several(DIGITS),
            'D' => Part::Several(format!("[^{DIGITS}]")),
            'w' => several(WORD),
            'W' => Part::Several(format!("[^{WORD}]")),
            's' => several(BLANKS),
            'S' => Part::Several(format!("[^{BLANKS}]")),
            'p' | 'P' => Part::Several(self.property(next)?),
            't' => Part::One('\t'),
            'n' => Part::One('\n'),
            'v' => Part::One('\u{b}'),
            'f' => Part::One('\u{c}'),
            'r' => Part::One('\r'),
            '0' if !self.rest.peek().is_some_and(char::is_ascii_digit) => Part::One('\0'),
            'c' => {
                let letter = self.rest.next().filter(char::is_ascii_alphabetic)?;
                Part::One(char::from(u8::try_from(letter).ok()? % 32))
            }
            'x' => Part::One(char::from_u32(self.hexadecimal(2)?)?),
            'u' => Part::One(self.code_point()?),
            other if other.is_ascii_alphanumeric() => return None,
            other => Part::One(other),
        })
    }

    /// A property of Unicode, if the engine knows it by the same name.
    fn property(&mut self, letter: char) -> Option<String> {
        self.rest.next_if_eq(&'{')?;
        let name: String = self.rest.by_ref().take_while(|next| *next != '}').collect();
        Some(format!("\\{letter}{{{name}}}"))
    }

    fn hexadecimal(&mut self, count: usize) -> Option<u32> {
        let digits: String = self.rest.by_ref().take(count).collect();
        let is_whole = digits.len() == count && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_whole.then(|| u32::from_str_radix(&digits, 16).ok())?
    }

    /// `\u0041`, `\u{1F600}`, or two halves of a character: `\uD83D\uDE00`.
    fn code_point(&mut self) -> Option<char> {
        if self.rest.next_if_eq(&'{').is_some() {
            let digits: String = self.rest.by_ref().take_while(|next| *next != '}').collect();
            return char::from_u32(u32::from_str_radix(&digits, 16).ok()?);
        }
        let first = u16::try_from(self.hexadecimal(4)?).ok()?;
        if !(0xD800..0xDC00).contains(&first) {
            return char::from_u32(first.into());
        }
        self.rest.next_if_eq(&'\\')?;
        self.rest.next_if_eq(&'u')?;
        let second = u16::try_from(self.hexadecimal(4)?).ok()?;
        char::decode_utf16([first, second]).next()?.ok()
    }

    fn class(&mut self) -> Option<()> {
        let is_negated = self.rest.next_if_eq(&'^').is_some();
        let mut parts = String::new();
        loop {
            let part = match self.rest.next()? {
                ']' => break,
                other => self.class_part(other)?,
            };
            match part {
                Part::Several(text) => parts.push_str(&text),
                Part::One(character) => {
                    push_character(&mut parts, character);
                    if let Some(end) = self.range_end()? {
                        parts.push('-');
                        push_character(&mut parts, end);
                    }
                }
            }
        }
        match (parts.is_empty(), is_negated) {
            (true, true) => write!(self.out, "[{ANY}]"),
            (true, false) => write!(self.out, "[^{ANY}]"),
            (false, true) => write!(self.out, "[^{parts}]"),
            (false, false) => write!(self.out, "[{parts}]"),
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
    fn range_end(&mut self) -> Option<Option<char>> {
        let mut ahead = self.rest.clone();
        if ahead.next() != Some('-') || matches!(ahead.next(), None | Some(']')) {
            return Some(None);
        }
        self.rest.next();
        let next = self.rest.next()?;
        match self.class_part(next)? {
            Part::One(end) => Some(Some(end)),
            // `[a-\d]` means something without the flag `u` only.
            Part::Several(_) => None,
        }
    }
}

fn boundary(behind: &str, before: &str) -> String {
    format!("(?:(?<=[{WORD}]){behind}[{WORD}])|(?<![{WORD}]){before}[{WORD}]))")
}

fn push_character(out: &mut String, character: char) {
    if character.is_alphanumeric() {
        out.push(character);
    } else {
        // Writing into a text cannot fail.
        let _ = write!(out, "\\x{{{:X}}}", u32::from(character));
    }
}
