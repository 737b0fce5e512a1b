//! A parameter: values for it, what is sent of them, and what the oracle says of that.

use serde_json::{Value, json};

use super::asked::Asked;
use super::operation::escape;
use super::reading::Reading;
use super::shape::Shape;
use super::style::{self, Style, StyleName};
use super::{Draft, path, wire};
use crate::Judges;
use crate::instance::Maker;

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
pub(crate) struct Part<'a> {
    pub(crate) name: &'a str,
    pub(super) place: &'a str,
    is_required: bool,
    /// Whether it may come without a value (`allowEmptyValue`).
    may_be_empty: bool,
    schema: Value,
    shape: Shape,
    judge: Asked,
    style: Style,
    /// Whether it is JSON in one text (`content`).
    is_json: bool,
}

/// What is sent of a part: its texts, ready to be put where they belong. A query may have several; where there is none, it is absent.
pub(crate) struct Made {
    pub(crate) texts: Vec<String>,
    pub(crate) told: Value,
}

/// What is found of a part in a request.
enum Found {
    Absent,
    /// What has not the form of its style.
    Unreadable,
    /// Nothing, where that is allowed.
    Empty,
    Readable(Reading),
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
        let part = Self::described(requests, judges, pointer, (name, place))?;
        part.ok_or_else(|| "a parameter without a schema".to_owned())
            .map(Some)
    }

    /// A parameter or a header by its description; none where that has no schema.
    fn described(
        document: &'a Value,
        judges: &Judges,
        pointer: &str,
        (name, place): (&'a str, &'a str),
    ) -> Result<Option<Self>, String> {
        let description = document.pointer(pointer).ok_or("a parameter that is not there")?;
        let content = description
            .get("content")
            .and_then(Value::as_object)
            .and_then(|content| content.iter().next());
        let (schema, schema_pointer) = match content {
            Some((media_type, media)) => {
                if !super::content::is_json(media_type) {
                    return Err(format!("a parameter of {media_type}"));
                }
                (
                    media.get("schema"),
                    format!("{pointer}/content/{}/schema", escape(media_type)),
                )
            }
            None => (description.get("schema"), format!("{pointer}/schema")),
        };
        let Some(schema) = schema else {
            return Ok(None);
        };
        let is_true = |name: &str| description.get(name) == Some(&Value::Bool(true));
        let style = description.get("style").and_then(Value::as_str);
        let explode = description.get("explode").and_then(Value::as_bool);
        Ok(Some(Self {
            name,
            place,
            is_required: is_true("required") || place == "path",
            may_be_empty: is_true("allowEmptyValue") && place == "query",
            schema: schema.clone(),
            shape: Shape::of(document, schema),
            judge: Asked::read(document, judges, &schema_pointer)?,
            style: Style::of(place, style, explode),
            is_json: content.is_some(),
        }))
    }

    /// Reads a header of a response. One without a schema may have any value.
    pub(crate) fn of_response(
        document: &'a Value,
        judges: &Judges,
        pointer: &str,
        name: &'a str,
    ) -> Result<Self, String> {
        if let Some(part) = Self::described(document, judges, pointer, (name, "header"))? {
            return Ok(part);
        }
        let is_required = document.pointer(&format!("{pointer}/required"));
        Ok(Self {
            name,
            place: "header",
            is_required: is_required == Some(&Value::Bool(true)),
            may_be_empty: false,
            schema: json!({"type": "string", "minLength": 1}),
            shape: Shape::default(),
            judge: Asked::anything(judges)?,
            style: Style::of("header", None, None),
            is_json: false,
        })
    }

    /// Whether it is the parameter `name` in `place`.
    pub(super) fn is(&self, place: &str, name: &str) -> bool {
        let is_header = place == "header" && self.name.eq_ignore_ascii_case(name);
        self.place == place && (self.name == name || is_header)
    }

    /// Whether it is a single value, which can be sent but once.
    pub(crate) fn is_scalar(&self) -> bool {
        self.is_json || !self.shape.is_structured()
    }

    /// Whether its schema accepts a reading; nothing where that cannot be said.
    pub(crate) fn accepts(&self, reading: &Reading) -> Option<bool> {
        self.judge.accepts(reading)
    }

    /// A part that is meant to be valid, or not to be; none where nothing of the kind can be written at all.
    pub(crate) fn make(&self, maker: &mut Maker<'_>, is_broken: bool) -> Option<Made> {
        let absent = || Made {
            texts: Vec::new(),
            told: json!({ self.name: "absent" }),
        };
        let may_be_absent = self.is_required == is_broken && self.place != "path";
        if may_be_absent && maker.random.u8(..4) == 0 {
            return Some(absent());
        }
        if self.may_be_empty && maker.random.u8(..4) == 0 {
            return Some(Made {
                texts: vec![format!("{}=", style::encoded(self.name))],
                told: json!({ self.name: "empty" }),
            });
        }
        let mut other = None;
        for _ in 0..ATTEMPTS {
            let Some(value) = maker.valid(&self.schema) else {
                break;
            };
            let value = if is_broken {
                maker.broken(&self.schema, value).value
            } else {
                value
            };
            let Some(texts) = self.texts(&value) else { continue };
            let mut alone = Draft::default();
            self.put(&texts, &mut alone);
            let verdict = self.verdict(&alone, &texts, &[]);
            let made = Made {
                texts,
                told: json!({ self.name: value, "reason": self.judge.reason(&value) }),
            };
            if verdict == Some(!is_broken) {
                return Some(made);
            }
            other = Some(made);
        }
        // What cannot be wrong is sent all the same, and so is what cannot be right: the API must think so too.
        other.or_else(|| (self.place != "path").then(absent))
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

    /// Puts it where it belongs.
    pub(super) fn put(&self, texts: &[String], draft: &mut Draft) {
        let texts = texts.iter().cloned();
        match self.place {
            "path" => draft.path = path::filled(&draft.path, self.name, &texts.collect::<String>()),
            "query" => draft.query.extend(texts),
            "header" => draft
                .headers
                .extend(texts.map(|text| (self.name.to_owned(), text))),
            _ => draft
                .cookies
                .extend(texts.map(|text| format!("{}={text}", self.name))),
        }
    }

    /// Whether the contract accepts what a request has of the parameter; nothing where that cannot be said. `others` are the names of
    /// the query's other parameters.
    pub(super) fn verdict(&self, draft: &Draft, own: &[String], others: &[&str]) -> Option<bool> {
        let found = match self.place {
            "path" => readable(self.of_text(&own.concat())),
            "header" => {
                let is_own = |(name, _): &&(String, String)| name.eq_ignore_ascii_case(self.name);
                let lines: Vec<&str> = draft
                    .headers
                    .iter()
                    .filter(is_own)
                    .map(|(_, text)| text.as_str())
                    .collect();
                return self.verdict_of_fields(&lines);
            }
            "query" => self.in_query(draft, others),
            _ => self.named(&draft.cookies),
        };
        self.judged(&found)
    }

    /// The same for a header, by its fields.
    pub(crate) fn verdict_of_fields(&self, fields: &[&str]) -> Option<bool> {
        self.judged(&match fields {
            [] => Found::Absent,
            fields => readable(self.of_text(&fields.join(","))),
        })
    }

    fn judged(&self, found: &Found) -> Option<bool> {
        match found {
            Found::Absent => Some(!self.is_required),
            Found::Unreadable => Some(false),
            Found::Empty => Some(true),
            Found::Readable(reading) => self.judge.accepts(reading),
        }
    }

    fn of_text(&self, text: &str) -> Option<Reading> {
        if !self.is_json {
            return wire::of_text(text, self.name, self.style, self.place);
        }
        let text = wire::decoded(text, self.place);
        serde_json::from_str(&text).ok().map(Reading::Value)
    }

    /// What the pairs with its name say.
    fn named(&self, pairs: &[String]) -> Found {
        let pairs = pairs.iter().map(|pair| wire::pair(pair));
        let own: Vec<&str> = pairs
            .filter(|(key, _)| wire::decoded(key, self.place) == self.name)
            .map(|(_, text)| text)
            .collect();
        match own.as_slice() {
            [] => Found::Absent,
            [""] if self.may_be_empty => Found::Empty,
            texts if self.style.explode && !self.is_json => {
                Found::Readable(wire::repeated(texts.iter().copied(), self.place))
            }
            [text] => readable(self.of_text(text)),
            _ => Found::Unreadable,
        }
    }

    fn in_query(&self, draft: &Draft, others: &[&str]) -> Found {
        if self.style.name == StyleName::DeepObject && self.shape.is_object {
            return readable_members(self.deep_members(draft));
        }
        let named = self.named(&draft.query);
        if !self.style.explode || self.is_json || !self.shape.is_object {
            return named;
        }
        match (named, readable_members(self.exploded_members(draft, others))) {
            (Found::Readable(one), Found::Readable(other)) => Found::Readable(Reading::any(vec![one, other])),
            (Found::Absent, members) => members,
            (named, _) => named,
        }
    }

    /// `color[R]=100&color[G]=200`
    fn deep_members(&self, draft: &Draft) -> Vec<(String, Vec<String>)> {
        let inner = |key: &str| {
            let rest = key.strip_prefix(self.name)?.strip_prefix('[')?;
            rest.strip_suffix(']').map(str::to_owned)
        };
        grouped(draft, |key| inner(key))
    }

    /// `R=100&G=200`: those that the schema speaks of, and, where it allows others, those that are no other parameter's.
    fn exploded_members(&self, draft: &Draft, others: &[&str]) -> Vec<(String, Vec<String>)> {
        let is_own = |key: &str| {
            let is_named = self.shape.names.iter().any(|name| name == key);
            is_named || (self.shape.is_map && !others.contains(&key))
        };
        grouped(draft, |key| is_own(key).then(|| key.to_owned()))
    }
}

fn readable(reading: Option<Reading>) -> Found {
    reading.map_or(Found::Unreadable, Found::Readable)
}

fn readable_members(members: Vec<(String, Vec<String>)>) -> Found {
    if members.is_empty() {
        return Found::Absent;
    }
    let member = |(name, texts): (String, Vec<String>)| {
        let each = texts.iter().map(|text| Reading::of_text(text)).collect();
        (name, Reading::of_repeated(each))
    };
    Found::Readable(Reading::Members(members.into_iter().map(member).collect()))
}

/// The pairs of a query by what `name_of` makes of their keys.
fn grouped(draft: &Draft, name_of: impl Fn(&str) -> Option<String>) -> Vec<(String, Vec<String>)> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for (key, text) in draft.query.iter().map(|pair| wire::pair(pair)) {
        let Some(name) = name_of(&wire::decoded(key, "query")) else {
            continue;
        };
        let text = wire::decoded(text, "query");
        match found.iter_mut().find(|(known, _)| *known == name) {
            Some((_, texts)) => texts.push(text),
            None => found.push((name, vec![text])),
        }
    }
    found
}
