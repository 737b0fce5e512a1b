//! A parameter: values for it, what is sent of them, and what the oracle says of that.

use serde_json::{Value, json};

use super::operation::escape;
use super::style::{self, Style};
use super::{Draft, Made, path, reading, verdict};
use crate::instance::Maker;
use crate::{Judge, Judges};

/// So many values are tried before it is given up to make one that is wanted.
const ATTEMPTS: usize = 40;

/// Headers that say how a request is sent: one with any value would be another request.
const OF_HTTP: &[&str] = &[
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "cookie",
    "expect",
    "host",
    "transfer-encoding",
    "upgrade",
];

/// A parameter.
pub(super) struct Part<'a> {
    pub(super) name: &'a str,
    pub(super) place: &'a str,
    pub(super) is_required: bool,
    schema: Value,
    judge: Judge,
    style: Style,
    /// Whether it is JSON in one text (`content`).
    is_json: bool,
}

/// What is sent of a part.
pub(super) enum Sent {
    /// Nothing.
    Nothing,
    /// Its text, ready to be put where it belongs; a query may have several.
    Texts(Vec<String>),
}

impl<'a> Part<'a> {
    /// Reads a parameter; none where it is one that nobody reads (OpenAPI 3.0.3 §4.7.12.2).
    pub(super) fn read(
        requests: &'a Value,
        judges: &Judges,
        (pointer, _): &(String, &'a Value),
    ) -> Result<Option<Self>, String> {
        let parameter = requests.pointer(pointer).ok_or("a parameter that is not there")?;
        let text = |name: &str| parameter.get(name).and_then(Value::as_str);
        let (Some(name), Some(place)) = (text("name"), text("in")) else {
            return Err("a parameter without a name".to_owned());
        };
        let lower = name.to_ascii_lowercase();
        let is_header = |names: &[&str]| place == "header" && names.contains(&lower.as_str());
        let is_required = parameter.get("required") == Some(&Value::Bool(true));
        if is_header(&["accept", "content-type", "authorization"]) || (is_header(OF_HTTP) && !is_required) {
            return Ok(None);
        }
        if is_header(OF_HTTP) {
            return Err("a required header that says how the request itself is sent".to_owned());
        }
        let content = parameter
            .get("content")
            .and_then(Value::as_object)
            .and_then(|content| content.iter().next());
        let (schema, schema_pointer) = match content {
            Some((media_type, media)) => {
                if !super::body::is_json(media_type) {
                    return Err(format!("a parameter of {media_type}"));
                }
                (
                    media.get("schema"),
                    format!("{pointer}/content/{}/schema", escape(media_type)),
                )
            }
            None => (parameter.get("schema"), format!("{pointer}/schema")),
        };
        let Some(schema) = schema else {
            return Err("a parameter without a schema".to_owned());
        };
        let is_true = |name: &str| parameter.get(name) == Some(&Value::Bool(true));
        if is_true("allowEmptyValue") {
            return Err("a parameter that may be empty".to_owned());
        }
        Ok(Some(Self {
            name,
            place,
            is_required: is_required || place == "path",
            schema: schema.clone(),
            judge: judges.of(&schema_pointer)?,
            style: Style::of(
                place,
                text("style"),
                parameter.get("explode").and_then(Value::as_bool),
            ),
            is_json: content.is_some(),
        }))
    }

    pub(super) fn trouble(&self, is_broken: bool) -> String {
        let what = if is_broken {
            "no such fault"
        } else {
            "no valid value"
        };
        format!("{what} for a parameter in {}", self.place)
    }

    /// A valid part, or one that is not; none where none can be made.
    pub(super) fn make(&self, maker: &mut Maker<'_>, is_broken: bool) -> Option<Made> {
        let may_be_absent = self.is_required == is_broken && self.place != "path";
        if may_be_absent && maker.random.u8(..4) == 0 {
            return Some(Made {
                sent: Sent::Nothing,
                is_valid: !self.is_required,
                told: json!({ self.name: "absent" }),
            });
        }
        for _ in 0..ATTEMPTS {
            let Some(value) = maker.valid(&self.schema) else {
                break;
            };
            let is_object = value.is_object();
            let value = if is_broken {
                maker.broken(&self.schema, value).value
            } else {
                value
            };
            // An object has other delimiters, or other names, than what is none: it would be read as something else again.
            if is_object != value.is_object() && !self.is_json {
                continue;
            }
            let Some(texts) = self.texts(&value) else { continue };
            let readings = self.readings(&value);
            if verdict(&self.judge, &value, &readings) == Some(!is_broken) {
                return Some(Made {
                    sent: Sent::Texts(texts),
                    is_valid: !is_broken,
                    told: json!({ self.name: value, "reason": self.judge.reason(&value) }),
                });
            }
        }
        (!self.is_required && !is_broken).then(|| Made {
            sent: Sent::Nothing,
            is_valid: true,
            told: json!({ self.name: "absent" }),
        })
    }

    fn texts(&self, value: &Value) -> Option<Vec<String>> {
        if !self.is_json {
            return style::texts(self.name, self.style, self.place, value);
        }
        let text = value.to_string();
        match self.place {
            "query" => Some(vec![format!(
                "{}={}",
                style::encoded(self.name),
                style::encoded(&text)
            )]),
            "header" => style::is_plain(&text).then(|| vec![text]),
            _ => Some(vec![style::encoded(&text)]),
        }
    }

    fn readings(&self, value: &Value) -> Vec<Value> {
        if self.is_json {
            vec![value.clone()]
        } else {
            reading::all(value)
        }
    }
}

impl Sent {
    /// Puts it where it belongs.
    pub(super) fn put(self, part: &Part<'_>, draft: &mut Draft) {
        let Self::Texts(texts) = self else { return };
        match part.place {
            "path" => draft.path = path::filled(&draft.path, part.name, &texts.concat()),
            "query" => draft.query.extend(texts),
            "header" => draft
                .headers
                .extend(texts.into_iter().map(|text| (part.name.to_owned(), text))),
            _ => draft
                .cookies
                .extend(texts.into_iter().map(|text| format!("{}={text}", part.name))),
        }
    }
}
