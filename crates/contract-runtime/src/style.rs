//! From the text of a parameter to a JSON value, by its style (OpenAPI 3.0.3 §4.7.12.3, RFC 6570).
//!
//! Delimiters are looked for in the text as it was sent, and each part is decoded after that: an encoded comma is data, a bare one
//! is not. Where a style has two readings in use (`label` without `explode`: RFC 6570 puts commas, the table of OpenAPI
//! 3.0.3 dots), both are read.

use crate::Style;
use crate::choice::Choice;
use crate::guide::Guide;
use std::collections::HashSet;

use percent_encoding::percent_decode_str;

/// Why a text cannot be read.
pub(crate) type Unreadable = &'static str;

/// The reason why several texts are no value.
pub(crate) const TWICE: Unreadable = "was sent more than once";

/// How the parts of a text are decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// Percent-encoded.
    Percent,
    /// Percent-encoded, and `+` is a space (URL standard, `application/x-www-form-urlencoded`).
    Form,
    /// As it is.
    Plain,
}

impl Coding {
    /// The text that was meant. What is no text in UTF-8, or no percent-encoding, is refused, not replaced.
    pub(crate) fn decode(self, text: &str) -> Result<String, Unreadable> {
        if self == Self::Plain {
            return Ok(text.to_owned());
        }
        let mut rest = text.as_bytes();
        while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
            match rest.get(at..at + 3) {
                Some([_, high, low]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    rest = rest.get(at + 3..).unwrap_or_default();
                }
                _ => return Err("has a percent sign that encodes nothing"),
            }
        }
        let spaced = match self {
            Self::Form => text.replace('+', " "),
            Self::Percent | Self::Plain => text.to_owned(),
        };
        let decoded = percent_decode_str(&spaced).decode_utf8();
        decoded
            .map(std::borrow::Cow::into_owned)
            .map_err(|_| "is not valid UTF-8")
    }
}

/// What one text stands for that holds all of a parameter: every style but those of which each item or member stands apart in a
/// query.
///
/// `name` is the parameter's, which `matrix` repeats.
pub(crate) fn read(
    text: &str,
    name: &str,
    (style, explode): (Style, bool),
    coding: Coding,
    guide: &Guide,
) -> Result<Choice, Unreadable> {
    let text = match style {
        Style::Label => text.strip_prefix('.').ok_or("must begin with a dot")?,
        Style::Matrix => return matrix(text, name, explode, coding, guide),
        _ => text,
    };
    let reader = Reader { coding, guide };
    let whole = (guide.is_scalar() || text.is_empty()).then(|| reader.whole(text));
    let delimited = reader.delimited(text, style, explode);
    // Of a list whose items cannot be read, it is told what is wrong with them, and not that it is no JSON either.
    let is_whole = whole.as_ref().is_some_and(Result::is_ok);
    let choices = if guide.prefers_structure() || !is_whole {
        Choice::of(delimited.into_iter().chain(whole))
    } else {
        Choice::of(whole.into_iter().chain(delimited))
    };
    choices.unwrap_or(Err("cannot be read as what its schema asks for"))
}

/// `;name=value`
fn matrix(
    text: &str,
    name: &str,
    explode: bool,
    coding: Coding,
    guide: &Guide,
) -> Result<Choice, Unreadable> {
    const FORM: &str = "must have the form ;name=value";
    let text = text.strip_prefix(';').ok_or(FORM)?;
    let pairs: Vec<(&str, &str)> = text
        .split(';')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .collect();
    let reader = Reader { coding, guide };
    let is_own = |(key, _): &(&str, &str)| coding.decode(key).as_deref() == Ok(name);
    let own = match pairs.as_slice() {
        pairs if !pairs.iter().all(is_own) => Err(FORM),
        [(_, value)] if !explode => read(value, name, (Style::Simple, false), coding, guide),
        pairs if explode => reader.repeated(&pairs.iter().map(|(_, value)| *value).collect::<Vec<_>>()),
        _ => Err(TWICE),
    };
    if !explode || !guide.is_object() {
        return own;
    }
    let members = reader.members(pairs.into_iter());
    let choices = if guide.is_object_alone() {
        [members, own]
    } else {
        [own, members]
    };
    Choice::of(choices).unwrap_or(Err(FORM))
}

/// Reads parts of a text as a guide says.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) coding: Coding,
    pub(crate) guide: &'a Guide,
}

impl Reader<'_> {
    /// A text that is not split up.
    pub(crate) fn whole(self, text: &str) -> Result<Choice, Unreadable> {
        self.guide.read(&self.coding.decode(text)?)
    }

    /// Texts under one name: a list of them, or the only one.
    pub(crate) fn repeated(self, texts: &[&str]) -> Result<Choice, Unreadable> {
        let whole = match texts {
            [text] if self.guide.is_scalar() || text.is_empty() => Some(self.whole(text)),
            [_] if self.guide.is_array() => None,
            [text] => Some(self.whole(text)),
            _ => Some(Err(TWICE)).filter(|_| !self.guide.is_array()),
        };
        let items = self.guide.is_array().then(|| self.items(texts.iter().copied()));
        let choices = if self.guide.prefers_structure() {
            Choice::of(items.into_iter().chain(whole))
        } else {
            Choice::of(whole.into_iter().chain(items))
        };
        choices.unwrap_or(Err(TWICE))
    }

    /// Every list and object that the text may be.
    fn delimited<'t>(self, text: &'t str, style: Style, explode: bool) -> Vec<Result<Choice, Unreadable>> {
        let mut found = Vec::new();
        for parts in self.splits(text, style, explode) {
            if self.guide.is_array() {
                found.push(self.items(parts.iter().copied()));
            }
            if !self.guide.is_object() {
                continue;
            }
            if explode {
                let pair = |part: &&'t str| part.split_once('=').unwrap_or((part, ""));
                found.push(self.members(parts.iter().map(pair)));
            } else {
                found.push(self.in_turn(&parts));
            }
        }
        // A list without items is written like one whose only item is an empty text.
        if text.is_empty() && self.guide.is_array() {
            found.push(self.items(std::iter::once("")));
        }
        found
    }

    /// `R,100,G,200`
    fn in_turn(self, parts: &[&str]) -> Result<Choice, Unreadable> {
        if !parts.len().is_multiple_of(2) {
            return Err("must be names and values in turn");
        }
        self.members(parts.chunks_exact(2).filter_map(|pair| match pair {
            [key, value] => Some((*key, *value)),
            _ => None,
        }))
    }

    /// The ways in which a text may be split up, the likeliest first.
    fn splits(self, text: &str, style: Style, explode: bool) -> Vec<Vec<&str>> {
        if text.is_empty() {
            return vec![Vec::new()];
        }
        let at = |delimiter: char| text.split(delimiter).collect::<Vec<_>>();
        match style {
            Style::SpaceDelimited => vec![split_at_any(text, &["%20", "+", " "])],
            Style::PipeDelimited => vec![split_at_any(text, &["|", "%7C", "%7c"])],
            Style::Label if explode => vec![at('.')],
            // RFC 6570 puts commas, the table of OpenAPI 3.0.3 dots.
            Style::Label if !text.contains('.') => vec![at(',')],
            Style::Label if text.contains(',') || self.guide.item(0).has_fractions() => {
                vec![at(','), at('.')]
            }
            Style::Label => vec![at('.'), at(',')],
            _ if self.coding == Coding::Plain => {
                let trimmed = at(',').into_iter().map(|part| part.trim_matches([' ', '\t']));
                vec![trimmed.collect()]
            }
            _ => vec![at(',')],
        }
    }

    /// A list of texts.
    pub(crate) fn items<'t>(self, parts: impl Iterator<Item = &'t str>) -> Result<Choice, Unreadable> {
        let item = |(index, part): (usize, &str)| {
            let text = self.coding.decode(part)?;
            self.guide.item(index).read(&text)
        };
        let items: Result<Vec<Choice>, Unreadable> = parts.enumerate().map(item).collect();
        items.map(Choice::Items)
    }

    /// An object of texts.
    pub(crate) fn members<'t>(
        self,
        pairs: impl Iterator<Item = (&'t str, &'t str)>,
    ) -> Result<Choice, Unreadable> {
        let mut names = HashSet::new();
        let mut members: Vec<(String, Choice)> = Vec::new();
        for (key, value) in pairs {
            let (key, value) = (self.coding.decode(key)?, self.coding.decode(value)?);
            if !names.insert(key.clone()) {
                return Err("has a member twice");
            }
            let value = self.guide.member(&key).read(&value)?;
            members.push((key, value));
        }
        Ok(Choice::Members(members))
    }
}

fn split_at_any<'t>(text: &'t str, delimiters: &[&str]) -> Vec<&'t str> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let next = delimiters
            .iter()
            .filter_map(|delimiter| Some((rest.find(delimiter)?, delimiter.len())))
            .min();
        let Some((at, length)) = next else {
            parts.push(rest);
            return parts;
        };
        let (part, after) = rest.split_at(at);
        parts.push(part);
        rest = after.get(length..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{Keyword, Kind, Named, Schema};

    const INTEGER: Schema = Schema(&[Keyword::Type(&[Kind::Integer])]);
    const TEXT: Schema = Schema(&[Keyword::Type(&[Kind::String])]);
    const LIST: Schema = Schema(&[Keyword::Type(&[Kind::Array]), Keyword::Items(TEXT)]);
    const COUNTS: Schema = Schema(&[Keyword::Type(&[Kind::Array]), Keyword::Items(INTEGER)]);
    const COLOUR: Schema = Schema(&[
        Keyword::Type(&[Kind::Object]),
        Keyword::Properties(&[
            Named {
                name: "R",
                schema: INTEGER,
            },
            Named {
                name: "G",
                schema: INTEGER,
            },
            Named {
                name: "name",
                schema: TEXT,
            },
        ]),
    ]);

    fn reads(schema: Schema, style: Style, explode: bool, text: &str) -> Result<Value, Unreadable> {
        let guide = Guide::of(schema);
        let choice = read(text, "color", (style, explode), Coding::Percent, &guide)?;
        Ok(choice.settle(&guide))
    }

    /// The table of OpenAPI 3.0.3 §4.7.12.3.
    #[test]
    fn each_style_has_its_form() {
        let list = json!(["blue", "black", "brown"]);
        let colour = json!({"R": 100, "G": 200});
        for (style, explode, texts) in [
            (
                Style::Matrix,
                false,
                (";color=blue", ";color=blue,black,brown", ";color=R,100,G,200"),
            ),
            (
                Style::Matrix,
                true,
                (
                    ";color=blue",
                    ";color=blue;color=black;color=brown",
                    ";R=100;G=200",
                ),
            ),
            (
                Style::Label,
                false,
                (".blue", ".blue.black.brown", ".R.100.G.200"),
            ),
            (Style::Label, true, (".blue", ".blue.black.brown", ".R=100.G=200")),
            (Style::Simple, false, ("blue", "blue,black,brown", "R,100,G,200")),
            (Style::Simple, true, ("blue", "blue,black,brown", "R=100,G=200")),
            (Style::Form, false, ("blue", "blue,black,brown", "R,100,G,200")),
            (
                Style::SpaceDelimited,
                false,
                ("blue", "blue%20black%20brown", "R%20100%20G%20200"),
            ),
            (
                Style::PipeDelimited,
                false,
                ("blue", "blue|black%7Cbrown", "R|100|G|200"),
            ),
        ] {
            assert_eq!(
                reads(TEXT, style, explode, texts.0),
                Ok("blue".into()),
                "{style:?} {explode}"
            );
            assert_eq!(
                reads(LIST, style, explode, texts.1),
                Ok(list.clone()),
                "{style:?} {explode}"
            );
            assert_eq!(
                reads(COLOUR, style, explode, texts.2),
                Ok(colour.clone()),
                "{style:?} {explode}"
            );
        }
        assert_eq!(
            reads(LIST, Style::Label, false, ".blue,black.ish"),
            Ok(json!(["blue", "black.ish"]))
        );
    }

    #[test]
    fn delimiters_are_found_before_decoding() {
        assert_eq!(
            reads(LIST, Style::Simple, false, "a%2Cb,c"),
            Ok(json!(["a,b", "c"]))
        );
        assert_eq!(reads(TEXT, Style::Simple, false, "a%2520b"), Ok("a%20b".into()));
    }

    #[test]
    fn what_has_not_the_form_is_refused() {
        assert_eq!(
            reads(TEXT, Style::Label, false, "blue"),
            Err("must begin with a dot")
        );
        assert_eq!(
            reads(TEXT, Style::Matrix, false, ";other=blue"),
            Err("must have the form ;name=value")
        );
        assert_eq!(
            reads(COUNTS, Style::Simple, false, "1,x"),
            Err("must be a whole number")
        );
        assert_eq!(
            reads(COLOUR, Style::Simple, false, "R,100,G"),
            Err("must be names and values in turn")
        );
        assert_eq!(
            reads(COLOUR, Style::Simple, true, "R=1,R=2"),
            Err("has a member twice")
        );
        assert_eq!(
            reads(TEXT, Style::Simple, false, "%zz"),
            Err("has a percent sign that encodes nothing")
        );
        assert_eq!(
            reads(TEXT, Style::Simple, false, "%ff"),
            Err("is not valid UTF-8")
        );
    }

    #[test]
    fn a_text_or_a_list_is_what_the_schema_accepts() {
        let either = Schema(&[Keyword::AnyOf(&[INTEGER, COUNTS])]);
        assert_eq!(reads(either, Style::Form, false, "1"), Ok(json!(1)));
        assert_eq!(reads(either, Style::Form, false, "1,2"), Ok(json!([1, 2])));
    }
}
