//! A header of a response: fields for it, and what the oracle says of those.

use serde_json::{Value, json};

use crate::Judges;
use crate::instance::Maker;
use crate::request::operation::resolved;
use crate::request::part::Part;
use crate::request::reading::Reading;
use crate::request::style::is_plain;

/// A declared header.
pub(super) struct Header<'a> {
    part: Part<'a>,
    /// Whether it is nothing but a list, whose items may come in fields of their own (RFC 9110 §5.3).
    is_list: bool,
    /// Whether it is `Set-Cookie`, whose fields nobody may join (RFC 6265 §3).
    is_cookie: bool,
}

/// Fields that were made.
pub(super) struct MadeHeader {
    pub(super) lines: Vec<String>,
    pub(super) told: Value,
}

impl<'a> Header<'a> {
    /// Reads the header at a pointer; why not, where that is not done here.
    pub(super) fn read(
        responses: &'a Value,
        judges: &Judges,
        pointer: &str,
        name: &'a str,
    ) -> Result<Self, String> {
        if poem::http::HeaderName::try_from(name).is_err() {
            return Err("a header whose name HTTP does not have".to_owned());
        }
        let part = Part::of_response(responses, judges, pointer, name)?;
        let schema = responses.pointer(&format!("{pointer}/schema"));
        let schema = schema.map(|schema| resolved(responses, String::new(), schema).1);
        Ok(Self {
            part,
            is_list: schema.and_then(|schema| schema.get("type")) == Some(&json!("array")),
            is_cookie: name.eq_ignore_ascii_case("set-cookie"),
        })
    }

    pub(super) fn name(&self) -> &'a str {
        self.part.name
    }

    /// A header that is meant to be valid, or not to be.
    pub(super) fn make(&self, maker: &mut Maker<'_>, is_broken: bool) -> MadeHeader {
        let absent = || MadeHeader {
            lines: Vec::new(),
            told: json!({ self.part.name: "absent" }),
        };
        let Some(made) = self.part.make(maker, is_broken) else {
            return absent();
        };
        let told = made.told;
        let lines = match made.texts.as_slice() {
            [text] if self.is_list && (self.is_cookie || maker.random.bool()) => {
                text.split(',').map(str::to_owned).collect()
            }
            [text] if is_broken && !self.is_cookie && self.part.is_scalar() && maker.random.u8(..4) == 0 => {
                vec![text.clone(), text.clone()]
            }
            _ => made.texts,
        };
        let is_sendable = |line: &String| line.is_empty() || is_plain(line);
        if lines.iter().all(is_sendable) {
            MadeHeader { lines, told }
        } else {
            absent()
        }
    }

    /// Whether the contract accepts these fields; nothing where that cannot be said.
    pub(super) fn verdict(&self, lines: &[String]) -> Option<bool> {
        if self.is_cookie && !lines.is_empty() {
            let readings: Vec<Reading> = lines.iter().map(|line| Reading::of_text(line)).collect();
            if self.is_list {
                return self.part.accepts(&Reading::Items(readings));
            }
            let verdicts: Vec<Option<bool>> = readings.iter().map(|one| self.part.accepts(one)).collect();
            return verdicts.into_iter().try_fold(true, |all, one| Some(all && one?));
        }
        // What is one value cannot be two.
        if lines.len() > 1 && self.part.is_scalar() {
            return Some(false);
        }
        let fields: Vec<&str> = lines.iter().map(String::as_str).collect();
        self.part.verdict_of_fields(&fields)
    }
}
