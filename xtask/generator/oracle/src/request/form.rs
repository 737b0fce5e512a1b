//! Forms: urlencoded and multipart, with what `encoding` says of their properties (OpenAPI 3.0.3 §4.7.14, §4.7.15; RFC 7578).

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::content::is_json;
use super::reading::Reading;
use super::shape;
use super::style::{self, Style, encoded};
use super::wire;
use crate::instance::Maker;

pub(super) const BOUNDARY: &str = "boundary-of-the-oracle";

/// How the properties of a form are written.
#[derive(Debug, Default)]
pub(super) struct Encodings<'a> {
    of: HashMap<&'a str, Encoding<'a>>,
    /// The properties that are files.
    files: HashSet<&'a str>,
}

#[derive(Debug, Default)]
struct Encoding<'a> {
    content_type: Option<&'a str>,
    style: Option<Style>,
    /// The names of the headers that a part must have.
    headers: Vec<&'a str>,
}

/// A part of a form.
struct Piece {
    content_type: Option<String>,
    text: String,
}

impl<'a> Encodings<'a> {
    /// Reads them; none where they say what is not written here.
    pub(super) fn read(document: &'a Value, media: &'a Value, is_multipart: bool) -> Option<Self> {
        let mut all = HashMap::new();
        for (property, encoding) in media
            .get("encoding")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let text = |name: &str| encoding.get(name).and_then(Value::as_str);
            let explode = encoding.get("explode").and_then(Value::as_bool);
            let is_styled = text("style").is_some() || explode.is_some();
            if is_styled && (is_multipart || text("style") == Some("deepObject")) {
                return None;
            }
            let headers = encoding
                .get("headers")
                .and_then(Value::as_object)
                .into_iter()
                .flatten();
            if headers.clone().any(|(_, header)| header.get("$ref").is_some()) {
                return None;
            }
            let is_required = |header: &Value| header.get("required") == Some(&Value::Bool(true));
            all.insert(
                property.as_str(),
                Encoding {
                    content_type: text("contentType"),
                    style: is_styled.then(|| Style::of("query", text("style"), explode)),
                    headers: headers
                        .filter(|(_, header)| is_required(header))
                        .map(|(name, _)| name.as_str())
                        .collect(),
                },
            );
        }
        let properties = media
            .get("schema")
            .map(|schema| shape::properties(document, schema));
        let is_file = |schema: &Value| {
            let item = schema.get("items");
            shape::is_binary(document, schema) || item.is_some_and(|item| shape::is_binary(document, item))
        };
        let files = properties
            .into_iter()
            .flatten()
            .filter(|(_, schema)| is_file(schema));
        Some(Self {
            of: all,
            files: files.map(|(name, _)| name).collect(),
        })
    }

    /// An object as a urlencoded form, and what that may be read as, if anything.
    pub(super) fn form(&self, value: &Value) -> Option<(Vec<u8>, Option<Reading>)> {
        let mut pairs = Vec::new();
        let mut members = Vec::new();
        let mut is_readable = true;
        for (name, member) in value.as_object()? {
            let encoding = self.of.get(name.as_str());
            let is_json = encoding.and_then(|one| one.content_type).is_some_and(is_json);
            let style = encoding
                .and_then(|one| one.style)
                .filter(|style| !style.explode && !is_json);
            let (texts, reading) = match style {
                Some(style) if !member.is_object() => styled(name, style, member)?,
                _ => repeated(name, member, is_json),
            };
            // Nothing is sent of a list without items.
            if texts.is_empty() {
                continue;
            }
            pairs.extend(texts);
            is_readable &= reading.is_some();
            members.extend(reading.map(|reading| (name.clone(), reading)));
        }
        let is_written = !pairs.is_empty();
        is_written.then(|| {
            (
                pairs.join("&").into_bytes(),
                is_readable.then_some(Reading::Members(members)),
            )
        })
    }

    /// An object as a multipart form, likewise. One that is meant to be wrong may be so by the media type of a part.
    pub(super) fn multipart(
        &self,
        value: &Value,
        maker: &mut Maker<'_>,
        is_broken: bool,
    ) -> Option<(Vec<u8>, Option<Reading>)> {
        let mut bytes = Vec::new();
        let mut members = Vec::new();
        let mut is_readable = true;
        for (name, member) in value.as_object()? {
            if name.contains(['"', '\r', '\n', '\\']) || !name.is_ascii() || name.is_empty() {
                return None;
            }
            let encoding = self.of.get(name.as_str());
            let pieces: Vec<Piece> = match member {
                Value::Null => continue,
                Value::Array(items) => items
                    .iter()
                    .map(|item| piece(item, encoding, maker, is_broken))
                    .collect(),
                member => vec![piece(member, encoding, maker, is_broken)],
            };
            let mut readings = Vec::new();
            for piece in &pieces {
                let has_headers = !is_broken || maker.random.u8(..4) != 0;
                bytes.extend(head(name, piece, encoding.filter(|_| has_headers)));
                bytes.extend(piece.text.as_bytes());
                bytes.extend(b"\r\n");
                let lacks = !has_headers && encoding.is_some_and(|one| !one.headers.is_empty());
                let reading = if self.files.contains(name.as_str()) {
                    piece.file(encoding)
                } else {
                    piece.reading(encoding)
                };
                readings.extend(reading.filter(|_| !lacks));
            }
            if pieces.is_empty() {
                continue;
            }
            is_readable &= readings.len() == pieces.len();
            members.push((name.clone(), Reading::of_repeated(readings)));
        }
        bytes.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
        (!members.is_empty()).then(|| (bytes, is_readable.then_some(Reading::Members(members))))
    }
}

/// A list or a scalar in one text.
fn styled(name: &str, style: Style, member: &Value) -> Option<(Vec<String>, Option<Reading>)> {
    if member.is_null() || member.as_array().is_some_and(Vec::is_empty) {
        return Some((Vec::new(), None));
    }
    let texts = style::texts(name, style, "query", member)?;
    let reading = texts
        .first()
        .and_then(|text| wire::of_text(wire::pair(text).1, name, style, "query"));
    Some((texts, reading))
}

/// A pair for each item; objects as JSON.
fn repeated(name: &str, member: &Value, is_all_json: bool) -> (Vec<String>, Option<Reading>) {
    let texts: Vec<String> = match member {
        _ if is_all_json => vec![member.to_string()],
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().map(text_or_json).collect(),
        other => vec![text_or_json(other)],
    };
    let read = |text: &String| {
        if is_all_json {
            serde_json::from_str(text).ok().map(Reading::Value)
        } else {
            Some(Reading::of_form_text(text))
        }
    };
    let readings: Option<Vec<Reading>> = texts.iter().map(read).collect();
    let pairs = texts
        .iter()
        .map(|text| format!("{}={}", encoded(name), encoded(text)));
    let reading = readings.map(|mut readings| {
        if is_all_json {
            readings.swap_remove(0)
        } else {
            Reading::of_repeated(readings)
        }
    });
    (pairs.collect(), reading)
}

fn text_or_json(value: &Value) -> String {
    scalar(value).unwrap_or_else(|| value.to_string())
}

pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

fn piece(value: &Value, encoding: Option<&Encoding<'_>>, maker: &mut Maker<'_>, is_broken: bool) -> Piece {
    let declared = encoding.and_then(|one| one.content_type);
    let is_structured = scalar(value).is_none();
    let chosen = maker.random.u8(..8);
    let content_type = match (declared, chosen) {
        (Some(_), 0) if is_broken => Some("application/x-unheard-of".to_owned()),
        (Some(declared), 1..=4) => {
            let one = maker.random.choice(declared.split(',').collect::<Vec<_>>());
            one.map(|one| one.trim().replace('*', "x"))
        }
        (None, 1..=2) if is_structured => Some("application/json".to_owned()),
        (None, 1..=2) => Some("text/plain".to_owned()),
        _ => None,
    };
    let effective = content_type.as_deref().or(declared);
    let text = if effective.is_some_and(is_json) {
        value.to_string()
    } else {
        text_or_json(value)
    };
    Piece { content_type, text }
}

impl Piece {
    /// The same for a file, which is its bytes (OpenAPI 3.0.3 §4.7.14.2): a character for each.
    fn file(&self, encoding: Option<&Encoding<'_>>) -> Option<Reading> {
        let declared = encoding.and_then(|one| one.content_type);
        let bytes: String = self.text.bytes().map(char::from).collect();
        let is_declared = declared.is_none_or(|declared| self.is_declared(declared));
        is_declared.then(|| Reading::Value(Value::from(bytes)))
    }

    /// What it may be read as, if anything.
    fn reading(&self, encoding: Option<&Encoding<'_>>) -> Option<Reading> {
        let declared = encoding.and_then(|one| one.content_type);
        if !declared.is_none_or(|declared| self.is_declared(declared)) {
            return None;
        }
        match self.content_type.as_deref().or(declared) {
            Some(content_type) if is_json(content_type) => {
                // It may be a text as well, which is sent as it is.
                let text = Reading::Value(Value::from(self.text.as_str()));
                let json = serde_json::from_str(&self.text).ok().map(Reading::Value);
                Some(Reading::any(std::iter::once(text).chain(json).collect()))
            }
            Some(_) => Some(Reading::of_text(&self.text)),
            None => Some(Reading::of_form_text(&self.text)),
        }
    }

    /// Whether it is of a media type that its encoding lists. One that says none is a plain text (RFC 7578 §4.4); it is let pass where it may
    /// be JSON or any bytes.
    fn is_declared(&self, declared: &str) -> bool {
        let is_one = |sent: &str| declared.split(',').any(|one| is_within(sent, one.trim()));
        if let Some(sent) = &self.content_type {
            return is_one(sent);
        }
        let mut each = declared.split(',');
        is_one("text/plain") || is_one("application/octet-stream") || each.any(|one| is_json(one.trim()))
    }
}

/// Whether a media type is another, or within a range.
fn is_within(sent: &str, declared: &str) -> bool {
    let essence = |text: &str| {
        text.split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase()
    };
    let (sent, declared) = (essence(sent), essence(declared));
    declared == "*/*"
        || sent == declared
        || declared
            .strip_suffix('*')
            .is_some_and(|kind| sent.starts_with(kind))
}

fn head(name: &str, piece: &Piece, encoding: Option<&Encoding<'_>>) -> Vec<u8> {
    let mut head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n");
    if let Some(content_type) = &piece.content_type {
        head.extend(["Content-Type: ", content_type, "\r\n"]);
    }
    for header in encoding.into_iter().flat_map(|one| &one.headers) {
        head.extend([header, ": 1\r\n"]);
    }
    head.push_str("\r\n");
    head.into_bytes()
}
