//! From a regular expression of ECMA 262 (§22.2) to one of the same meaning for the engines of Rust. What is written alike means
//! different things there: `\d` is any script's digit, `\s` knows other blanks, `.` matches a carriage return.

mod classes;

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

use super::groups::{Flags, Groups};

const DIGITS: &str = "0-9";
const WORD: &str = "A-Za-z0-9_";
/// White space and line ends (ECMA 262 §12.2, §12.3).
const BLANKS: &str =
    r"\x09-\x0D\x20\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}\x{FEFF}";
const ANY: &str = r"\x00-\x{10FFFF}";

/// Line ends (ECMA 262 §12.3).
const LINE_ENDS: &str = r"\n\r\x{2028}\x{2029}";
/// The first and the last half of a pair; no text of Rust has one alone.
const HALVES: (u32, u32) = (0xD800, 0xDFFF);
/// A part that may be repeated more often costs more than one step.
const REPEATED_MAX: usize = 32;

/// A pattern for the engines of Rust.
#[derive(Debug)]
pub(super) struct Translation {
    pub(super) text: String,
    /// Whether one way is tried after the other: for looking ahead and behind, word boundaries and back references.
    pub(super) is_tried: bool,
    /// Whether a part of it may go through all of a text.
    pub(super) is_long: bool,
    /// Whether some of it ignores case.
    pub(super) ignores_case: bool,
}

/// The translation, where all of the pattern has one.
pub(super) fn translated(pattern: &str) -> Option<Translation> {
    let mut translator = Translator {
        rest: pattern.chars().peekable(),
        groups: Groups::default(),
        out: Translation {
            text: String::new(),
            is_tried: false,
            is_long: false,
            ignores_case: false,
        },
    };
    while let Some(next) = translator.rest.next() {
        translator.token(next)?;
    }
    translator.groups.are_alike().then_some(translator.out)
}

struct Translator<'a> {
    rest: Peekable<Chars<'a>>,
    groups: Groups,
    out: Translation,
}

/// One part of a class.
enum Part {
    One(char),
    /// Half of a pair.
    Half(u32),
    /// Text for the inside of a class.
    Several(String),
}

impl Part {
    fn of_code(code: u32) -> Option<Self> {
        match char::from_u32(code) {
            Some(character) => Some(Self::One(character)),
            None => (HALVES.0..=HALVES.1).contains(&code).then_some(Self::Half(code)),
        }
    }

    fn code(&self) -> Option<u32> {
        match self {
            Self::One(character) => Some(u32::from(*character)),
            Self::Half(code) => Some(*code),
            Self::Several(_) => None,
        }
    }
}

impl Translator<'_> {
    fn push(&mut self, text: &str) {
        self.out.text.push_str(text);
    }

    fn push_character(&mut self, character: char) {
        push_character(&mut self.out.text, character);
    }

    fn token(&mut self, next: char) -> Option<()> {
        match next {
            '^' | '$' => self.anchor(next),
            '.' if self.groups.flags.has_any => self.push(&format!("[{ANY}]")),
            '.' => self.push(&format!("[^{LINE_ENDS}]")),
            '*' | '+' => {
                self.out.is_long = true;
                self.out.text.push(next);
            }
            '?' | '|' => self.out.text.push(next),
            ')' => {
                let is_repeated = self
                    .rest
                    .peek()
                    .is_some_and(|next| matches!(next, '*' | '+' | '{'));
                self.groups.close(is_repeated)?;
                self.out.text.push(')');
            }
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
        let is_open = text.ends_with(',');
        let most = if is_open || !text.contains(',') {
            least
        } else {
            most
        };
        self.out.is_long |= is_open || most.parse().is_ok_and(|most: usize| most > REPEATED_MAX);
        write!(self.out.text, "{{{text}}}").ok()
    }

    fn anchor(&mut self, next: char) {
        let end = if next == '^' { r"\A" } else { r"\z" };
        if !self.groups.flags.has_lines {
            return self.push(end);
        }
        self.out.is_tried = true;
        let look = if next == '^' { "(?<=" } else { "(?=" };
        self.push(&format!("(?:{end}|{look}[{LINE_ENDS}]))"));
    }

    fn group(&mut self) -> Option<()> {
        if self.rest.next_if_eq(&'?').is_none() {
            self.groups.open_captured(None);
            self.push("(");
            return Some(());
        }
        match self.rest.next()? {
            ':' => self.open("(?:", false),
            '=' => self.look("(?=", false),
            '!' => self.look("(?!", false),
            '<' => match self.rest.next()? {
                '=' => self.look("(?<=", true),
                '!' => self.look("(?<!", true),
                first => {
                    let rest = self.rest.by_ref().take_while(|next| *next != '>');
                    let name = std::iter::once(first).chain(rest).collect();
                    self.groups.open_captured(Some(name));
                    self.push("(");
                }
            },
            first => self.modified(first)?,
        }
        Some(())
    }

    fn open(&mut self, text: &str, looks_behind: bool) {
        self.groups.open(looks_behind);
        self.push(text);
    }

    fn look(&mut self, text: &str, looks_behind: bool) {
        self.out.is_tried = true;
        self.open(text, looks_behind);
    }

    /// `(?i:`, `(?s-im:`.
    fn modified(&mut self, first: char) -> Option<()> {
        let mut flags: Flags = self.groups.flags;
        let mut is_set = true;
        let mut next = first;
        while next != ':' {
            match next {
                '-' => is_set = false,
                'i' => flags.ignores_case = is_set,
                'm' => flags.has_lines = is_set,
                's' => flags.has_any = is_set,
                _ => return None,
            }
            next = self.rest.next()?;
        }
        self.out.ignores_case |= flags.ignores_case;
        self.open(if flags.ignores_case { "(?i:" } else { "(?-i:" }, false);
        self.groups.flags = flags;
        Some(())
    }

    fn escape(&mut self) -> Option<()> {
        let next = self.rest.next()?;
        match next {
            'b' => self.boundary("(?!", "(?="),
            'B' => self.boundary("(?=", "(?!"),
            'k' => {
                self.rest.next_if_eq(&'<')?;
                let name: String = self.rest.by_ref().take_while(|next| *next != '>').collect();
                self.back_reference(&name)?;
            }
            '1'..='9' => {
                let mut number = String::from(next);
                while let Some(digit) = self.rest.next_if(char::is_ascii_digit) {
                    number.push(digit);
                }
                self.back_reference(&number)?;
            }
            _ => match self.escaped(next)? {
                Part::One(character) => self.push_character(character),
                Part::Half(_) => self.push(&format!("[^{ANY}]")),
                Part::Several(text) => self.push(&format!("[{text}]")),
            },
        }
        Some(())
    }

    /// What a group holds that took no part is empty in ECMA 262, and matches nothing here: so it is asked for first.
    fn back_reference(&mut self, name: &str) -> Option<()> {
        if self.groups.flags.ignores_case {
            return None;
        }
        let number = self.groups.refer(name)?;
        (self.out.is_tried, self.out.is_long) = (true, true);
        self.push(&format!("(?:(?({number})\\{number}|))"));
        Some(())
    }

    fn boundary(&mut self, behind: &str, before: &str) {
        self.out.is_tried = true;
        self.push(&boundary(behind, before));
    }

    /// What stands behind a backslash, inside and outside of classes.
    fn escaped(&mut self, next: char) -> Option<Part> {
        let several = |text: &str| Part::Several(text.to_owned());
        Some(match next {
            // What is left out is another thing where case is ignored, and engines differ in it.
            'W' | 'P' if self.groups.flags.ignores_case => return None,
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
            'u' => self.code_point()?,
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

    /// `\u0041`, `\u{1F600}`, two halves of a character (`\uD83D\uDE00`), or one alone.
    fn code_point(&mut self) -> Option<Part> {
        if self.rest.next_if_eq(&'{').is_some() {
            let digits: String = self.rest.by_ref().take_while(|next| *next != '}').collect();
            return Part::of_code(u32::from_str_radix(&digits, 16).ok()?);
        }
        let first = self.hexadecimal(4)?;
        if let Some(character) = self.second_half(first) {
            return Some(Part::One(character));
        }
        Part::of_code(first)
    }

    /// The character that `first` begins, if its second half follows.
    fn second_half(&mut self, first: u32) -> Option<char> {
        let before = self.rest.clone();
        let halves = |translator: &mut Self| {
            translator.rest.next_if_eq(&'\\')?;
            translator.rest.next_if_eq(&'u')?;
            let second = u16::try_from(translator.hexadecimal(4)?).ok()?;
            let mut characters = char::decode_utf16([u16::try_from(first).ok()?, second]);
            characters
                .next()?
                .ok()
                .filter(|character| character.len_utf16() == 2)
        };
        let character = halves(self);
        if character.is_none() {
            self.rest = before;
        }
        character
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

#[cfg(test)]
mod tests;
