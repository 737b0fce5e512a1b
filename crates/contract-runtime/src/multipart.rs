//! Bodies of `multipart/form-data` (RFC 7578).

use bytes::Bytes;
use poem::http::HeaderMap;
use serde_json::Value;

use crate::choice::Choice;
use crate::guide::Guide;
use crate::style::{TWICE, Unreadable};
use crate::{Direction, MediaType, Violation, json, media};

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
pub(crate) fn value_of(
    parts: &[Part],
    media_type: &MediaType,
    direction: Direction,
) -> Result<Value, FormError> {
    let guide = Guide::of_form(media_type.schema, direction);
    let mut members: Vec<(String, Choice)> = Vec::new();
    for part in parts {
        if members.iter().any(|(known, _)| *known == part.name) {
            continue;
        }
        let same: Vec<&Part> = parts.iter().filter(|other| other.name == part.name).collect();
        let value = property(&part.name, &same, media_type, &guide.member(&part.name))?;
        members.push((part.name.clone(), value));
    }
    Ok(Choice::Members(members).settle(&guide))
}

fn property(name: &str, parts: &[&Part], media_type: &MediaType, guide: &Guide) -> Result<Choice, FormError> {
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
    // A list is a part for each item, or one part that is JSON.
    let whole = match parts {
        [part] if !guide.is_array() || guide.is_scalar() => {
            let is_fit = |choice: &Choice| !guide.is_array() || guide.has_kind_of(choice);
            let whole = of_part(part, declared, guide);
            Some(whole).filter(|whole| whole.as_ref().map_or(true, is_fit))
        }
        [_] => None,
        _ => Some(Err(TWICE)).filter(|_| !guide.is_array()),
    };
    let items = guide.is_array().then(|| {
        let item = |(index, part): (usize, &&Part)| of_part(part, declared, &guide.item(index));
        let items: Result<Vec<Choice>, Unreadable> = parts.iter().enumerate().map(item).collect();
        items.map(Choice::Items)
    });
    let choice = Choice::of(whole.into_iter().chain(items)).unwrap_or(Err(TWICE));
    choice.map_err(|reason| invalid("type", reason))
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

/// What one part stands for. A file is its bytes, whatever is in it (OpenAPI 3.0.3 §4.7.14.2). Otherwise it is JSON where it says so, or where
/// the contract says so and the part says nothing; but where a text is asked for, it may be the text that was sent as well.
fn of_part(part: &Part, declared: Option<&str>, guide: &Guide) -> Result<Choice, Unreadable> {
    if guide.is_binary() {
        return Ok(Choice::Value(text_of(&part.bytes, true).into()));
    }
    let text = text_of(&part.bytes, false);
    let content_type = part.content_type.as_deref().or(declared);
    if content_type.is_some_and(media::is_json) {
        let value = json::parse_strict(&part.bytes).map_err(|_| "is not acceptable JSON");
        let is_fit = |value: &Value| !guide.is_text_alone() || value.is_string() || value.is_null();
        let value = Some(value).filter(|value| value.as_ref().map_or(true, is_fit));
        let text = guide.has_texts().then(|| Ok(Choice::Value(text.into())));
        let choices = value
            .map(|value| value.map(Choice::Value))
            .into_iter()
            .chain(text);
        return Choice::of(choices).unwrap_or(Err("is not acceptable JSON"));
    }
    if content_type.is_some() {
        return guide.without_json().read(&text);
    }
    guide.read(&text)
}

/// A part's bytes as a text: UTF-8 where they are that, otherwise a character for each byte.
fn text_of(bytes: &[u8], is_binary: bool) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !is_binary => text.to_owned(),
        _ => bytes.iter().copied().map(char::from).collect(),
    }
}
