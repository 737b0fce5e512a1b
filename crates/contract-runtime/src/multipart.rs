//! Bodies of `multipart/form-data` (RFC 7578).

use bytes::Bytes;
use poem::http::HeaderMap;
use serde_json::{Map, Value};

use crate::guide::Guide;
use crate::parameter::read_repeated;
use crate::{MediaType, Violation, json, media};

/// A part of a multipart form, as it was sent.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its name: the property that it belongs to.
    pub name: String,
    /// The name of the file, where it is one. It is the client's: never a path to write to.
    pub file_name: Option<String>,
    /// Its media type, where it says one.
    pub content_type: Option<String>,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its bytes.
    pub bytes: Bytes,
}

/// A multipart form: the value that its parts make together, and the parts.
///
/// In the value, what has the format `binary` or is no text stands as a string with one character (U+0000 to U+00FF) for each byte; the
/// bytes themselves are in the parts.
#[derive(Debug, Clone)]
pub struct Multipart<T> {
    /// The value.
    pub value: T,
    /// The parts, in the order in which they were sent.
    pub parts: Vec<Part>,
}

impl<T> Multipart<T> {
    /// The first part of a name.
    #[must_use]
    pub fn part(&self, name: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.name == name)
    }
}

/// Why a form cannot be read.
#[derive(Debug)]
pub(crate) enum FormError {
    /// It is no such form.
    Malformed(String),
    /// A part of it is not what its schema or its encoding asks for.
    Invalid(Vec<Violation>),
}

/// How many parts a form may have.
const PART_COUNT_MAX: usize = 1_000;

/// The parts of a form.
pub(crate) async fn parts(content_type: &str, bytes: Bytes) -> Result<Vec<Part>, FormError> {
    let malformed = |error: multer::Error| FormError::Malformed(format!("is no multipart form: {error}"));
    let boundary = multer::parse_boundary(content_type).map_err(malformed)?;
    let stream = futures_util::stream::once(std::future::ready(Ok::<_, std::convert::Infallible>(bytes)));
    let mut form = multer::Multipart::new(stream, boundary);
    let mut parts = Vec::new();
    while let Some(field) = form.next_field().await.map_err(malformed)? {
        if parts.len() >= PART_COUNT_MAX {
            return Err(FormError::Malformed(format!(
                "has more than {PART_COUNT_MAX} parts"
            )));
        }
        let Some(name) = field.name().map(str::to_owned) else {
            return Err(FormError::Malformed("has a part without a name".to_owned()));
        };
        parts.push(Part {
            name,
            file_name: field.file_name().map(str::to_owned),
            content_type: field.content_type().map(ToString::to_string),
            headers: field.headers().clone(),
            bytes: field.bytes().await.map_err(malformed)?,
        });
    }
    Ok(parts)
}

/// The value that the parts make together, as the schema and the encodings of `media_type` say. It is not checked yet.
pub(crate) fn value_of(parts: &[Part], media_type: &MediaType) -> Result<Value, FormError> {
    let guide = Guide::of(media_type.schema);
    let mut object = Map::new();
    for part in parts {
        if object.contains_key(&part.name) {
            continue;
        }
        let same: Vec<&Part> = parts.iter().filter(|other| other.name == part.name).collect();
        let value = property(&part.name, &same, media_type, &guide.member(&part.name))?;
        object.insert(part.name.clone(), value);
    }
    Ok(Value::Object(object))
}

fn property(name: &str, parts: &[&Part], media_type: &MediaType, guide: &Guide) -> Result<Value, FormError> {
    let invalid = |keyword, message: &str| {
        FormError::Invalid(vec![Violation {
            pointer: format!("/{}", name.replace('~', "~0").replace('/', "~1")),
            keyword,
            message: message.to_owned(),
        }])
    };
    let encoding = media_type
        .encodings
        .iter()
        .find(|encoding| encoding.property == name);
    let declared = encoding.and_then(|encoding| encoding.content_type);
    for part in parts {
        if let Some(declared) = declared.filter(|declared| !is_declared(part, declared)) {
            return Err(invalid("contentType", &format!("must be sent as {declared}")));
        }
        for (header, descriptor) in encoding.into_iter().flat_map(|encoding| encoding.headers) {
            if descriptor.required && part.headers.get(*header).is_none() {
                return Err(invalid("headers", &format!("lacks the header {header}")));
            }
        }
    }
    let item = guide.item(0);
    // A file is its bytes, whatever is in it (OpenAPI 3.0.3 §4.7.14.2).
    let is_binary = guide.is_binary() || item.is_binary();
    let json = |part: &Part, guide: &Guide| {
        json_of(part, guide).ok_or_else(|| invalid("type", "is not acceptable JSON"))
    };
    let is_json = |part: &&Part, guide: &Guide| !is_binary && is_json(part, declared, guide);
    let is_of_objects = !guide.is_scalar() && guide.is_array() && is_object_alone(&item);
    // A list is a part for each item, or one part that is JSON.
    if let [part] = parts
        && (is_json(part, guide) || is_of_objects)
    {
        return json(part, guide).map(|value| list_or_item(value, guide));
    }
    if is_of_objects || (guide.is_array() && parts.iter().all(|part| is_json(part, &item))) {
        let items: Result<Vec<Value>, _> = parts.iter().map(|part| json(part, &item)).collect();
        return items.map(Value::Array);
    }
    let texts = parts.iter().map(|part| text_of(&part.bytes, is_binary));
    read_repeated(&texts.collect::<Vec<_>>(), guide).map_err(|reason| invalid("type", reason))
}

/// Whether a part is of one of the media types that its encoding lists. One that says none is a plain text (RFC 7578 §4.4), which is let
/// pass where it may be JSON or any bytes: many clients do not say so.
fn is_declared(part: &Part, declared: &str) -> bool {
    if let Some(sent) = part.content_type.as_deref() {
        return media::is_one_of(sent, declared);
    }
    let is_unsaid = |one| media::is_json(one) || media::is_one_of("application/octet-stream", one);
    media::is_one_of("text/plain", declared) || declared.split(',').any(is_unsaid)
}

/// Whether a part says that it is JSON; where it says nothing, its encoding or its schema does.
fn is_json(part: &Part, declared: Option<&str>, guide: &Guide) -> bool {
    match part.content_type.as_deref() {
        Some(sent) => media::is_json(sent),
        None => declared.is_some_and(media::is_json) || is_object_alone(guide),
    }
}

fn is_object_alone(guide: &Guide) -> bool {
    guide.is_object() && !guide.is_scalar()
}

/// The value of a part that is JSON. Where only a text is asked for, what is no JSON, or none of a text, is that text itself.
fn json_of(part: &Part, guide: &Guide) -> Option<Value> {
    let value = json::parse_strict(&part.bytes).ok();
    if !guide.is_text_alone() {
        return value;
    }
    let text = value.filter(|value| value.is_string() || value.is_null());
    text.or_else(|| Some(text_of(&part.bytes, false).into()))
}

/// A list that came in one part may be all of it, or its only item.
fn list_or_item(value: Value, guide: &Guide) -> Value {
    if !guide.is_array() || guide.accepts(&value) {
        return value;
    }
    let alone = Value::Array(vec![value.clone()]);
    if !guide.has_kind_of(&value) || guide.accepts(&alone) {
        alone
    } else {
        value
    }
}

/// A part's bytes as a text: UTF-8 where they are that, otherwise a character for each byte.
fn text_of(bytes: &[u8], is_binary: bool) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !is_binary => text.to_owned(),
        _ => bytes.iter().copied().map(char::from).collect(),
    }
}
