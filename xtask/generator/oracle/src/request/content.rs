//! What a body is in one of its media types, whichever way it goes.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::asked::Asked;
use super::form::{self, Encodings};
use super::reading::Reading;
use super::shape::Shape;
use crate::instance::Maker;
use crate::{Judge, Judges};

const ATTEMPTS: usize = 20;

/// A body that was made.
pub(crate) struct MadeBody {
    /// Its media type and its bytes; nothing where it is absent.
    pub(crate) bytes: Option<(String, Vec<u8>)>,
    /// Whether the contract accepts it; nothing where that cannot be said.
    pub(crate) is_valid: Option<bool>,
    pub(crate) told: Value,
}

/// A media type and what is in it.
pub(crate) struct Form<'a> {
    /// One that a body may be sent as: never a range.
    media_type: Cow<'a, str>,
    kind: Kind,
    /// None where anything is accepted.
    schema: Option<(&'a Value, Asked)>,
    encodings: Encodings<'a>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Json,
    Form,
    Multipart,
    Text,
    Opaque,
}

impl Kind {
    fn of(media_type: &str) -> Option<Self> {
        let essence = essence(media_type);
        match essence.as_str() {
            _ if essence.contains('*') => None,
            _ if is_json(&essence) => Some(Self::Json),
            "application/x-www-form-urlencoded" => Some(Self::Form),
            "multipart/form-data" => Some(Self::Multipart),
            "text/event-stream" => Some(Self::Opaque),
            _ if essence.ends_with("xml") => Some(Self::Opaque),
            _ if essence.starts_with("text/") => Some(Self::Text),
            _ if essence.starts_with("multipart/") => None,
            _ => Some(Self::Opaque),
        }
    }
}

pub(crate) fn is_json(media_type: &str) -> bool {
    let essence = essence(media_type);
    essence == "application/json" || essence == "text/json" || essence.ends_with("+json")
}

impl<'a> Form<'a> {
    /// Reads the media type at a pointer; none where bodies of it cannot be written here.
    pub(crate) fn read(
        document: &'a Value,
        judges: &Judges,
        pointer: &str,
        media_type: &'a str,
    ) -> Result<Option<Self>, String> {
        let Some(kind) = Kind::of(media_type) else {
            return Ok(None);
        };
        Self::of_kind(document, judges, pointer, (Cow::Borrowed(media_type), kind))
    }

    fn of_kind(
        document: &'a Value,
        judges: &Judges,
        pointer: &str,
        (media_type, kind): (Cow<'a, str>, Kind),
    ) -> Result<Option<Self>, String> {
        let media = document
            .pointer(pointer)
            .ok_or("a media type that is not there")?;
        let Some(encodings) = Encodings::read(document, media, kind == Kind::Multipart) else {
            return Ok(None);
        };
        let schema = media.get("schema");
        // A text can be one value and no more: what is to be an object or a list is in no form that the contract tells.
        let is_structured = schema.is_some_and(|schema| Shape::of(document, schema).is_structured());
        let kind = match kind {
            Kind::Text if is_structured => Kind::Opaque,
            _ => kind,
        };
        let at = format!("{pointer}/schema");
        let asked = match kind {
            Kind::Opaque => None,
            Kind::Json => schema.map(|_| Asked::whole(judges, &at)).transpose()?,
            _ => schema.map(|_| Asked::read(document, judges, &at)).transpose()?,
        };
        let schema = schema.zip(asked);
        Ok(Some(Self {
            media_type,
            kind,
            schema,
            encodings,
        }))
    }

    /// The same for one that may be a range. One with a schema that more than texts fulfil is JSON, any other is bytes.
    pub(crate) fn read_range(
        document: &'a Value,
        judges: &Judges,
        pointer: &str,
        media_type: &'a str,
    ) -> Result<Option<Self>, String> {
        let essence = essence(media_type);
        let Some((kind, subtype)) = essence.split_once('/').filter(|_| essence.contains('*')) else {
            return Self::read(document, judges, pointer, media_type);
        };
        let schema = document.pointer(&format!("{pointer}/schema"));
        let is_json = match schema {
            Some(schema) => is_more_than_text(document, schema, &judges.of(&format!("{pointer}/schema"))?),
            None => false,
        };
        let one = match (kind, subtype) {
            (_, subtype) if subtype.ends_with("+json") => ("application/vnd.oracle+json", Kind::Json),
            (_, subtype) if subtype.ends_with("+xml") => ("application/vnd.oracle+xml", Kind::Opaque),
            ("text", _) => ("text/plain", Kind::Text),
            ("*" | "application", "*") if is_json => ("application/json", Kind::Json),
            ("*" | "application", "*") => ("application/octet-stream", Kind::Opaque),
            ("image", "*") if !is_json => ("image/png", Kind::Opaque),
            _ => return Ok(None),
        };
        Self::of_kind(document, judges, pointer, (Cow::Borrowed(one.0), one.1))
    }

    pub(crate) fn media_type(&self) -> &str {
        &self.media_type
    }

    pub(crate) fn is_json(&self) -> bool {
        self.kind == Kind::Json
    }

    /// A body that is meant to be valid, or not to be; none where nothing can be written.
    pub(crate) fn make(&self, maker: &mut Maker<'_>, is_broken: bool) -> Option<MadeBody> {
        let mut other = None;
        for _ in 0..ATTEMPTS {
            let Some(made) = self.make_once(maker, is_broken) else {
                continue;
            };
            if made.is_valid == Some(!is_broken) {
                return Some(made);
            }
            other = Some(made);
        }
        other
    }

    fn make_once(&self, maker: &mut Maker<'_>, is_broken: bool) -> Option<MadeBody> {
        let Some((schema, judge)) = &self.schema else {
            let bytes = match self.kind {
                Kind::Json => b"{\"any\": [1]}".to_vec(),
                Kind::Form => b"any=1".to_vec(),
                Kind::Multipart => self.encodings.multipart(&json!({"any": "1"}), maker, false)?.0,
                Kind::Text | Kind::Opaque => b"anything".to_vec(),
            };
            return Some(MadeBody {
                bytes: Some((self.written_type(), bytes)),
                is_valid: Some(true),
                told: json!({"body": "anything"}),
            });
        };
        let value = maker.valid(schema)?;
        let value = if is_broken {
            maker.broken(schema, value).value
        } else {
            value
        };
        let (bytes, reading) = self.written(&value, maker, is_broken)?;
        Some(MadeBody {
            bytes: Some((self.written_type(), bytes)),
            is_valid: reading.map_or(Some(false), |reading| judge.accepts(&reading)),
            told: json!({"body": value, "reason": judge.reason(&value)}),
        })
    }

    fn written_type(&self) -> String {
        match self.kind {
            Kind::Multipart => format!("multipart/form-data; boundary={}", form::BOUNDARY),
            _ => self.media_type.clone().into_owned(),
        }
    }

    /// The bytes of a value, and what they may be read as, if anything; none where this form cannot carry it.
    fn written(
        &self,
        value: &Value,
        maker: &mut Maker<'_>,
        is_broken: bool,
    ) -> Option<(Vec<u8>, Option<Reading>)> {
        match self.kind {
            Kind::Json => Some((
                value.to_string().into_bytes(),
                Some(Reading::Value(value.clone())),
            )),
            Kind::Form => self.encodings.form(value),
            Kind::Multipart => self.encodings.multipart(value, maker, is_broken),
            Kind::Text | Kind::Opaque => {
                let text = form::scalar(value).filter(|text| !text.is_empty())?;
                let reading = Reading::of_text(&text);
                Some((text.into_bytes(), Some(reading)))
            }
        }
    }
}

/// A media type without its parameters.
fn essence(media_type: &str) -> String {
    let essence = media_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// Whether a schema accepts something that is no text.
fn is_more_than_text(document: &Value, schema: &Value, judge: &Judge) -> bool {
    let samples = [
        json!(0),
        json!(1.5),
        json!(true),
        json!(null),
        json!([]),
        json!({}),
    ];
    let mut maker = Maker::new(document, fastrand::Rng::with_seed(1));
    let mut made = std::iter::repeat_with(|| maker.valid(schema))
        .take(ATTEMPTS)
        .flatten();
    Shape::of(document, schema).is_structured()
        || samples.iter().any(|sample| judge.accepts(sample))
        || made.any(|value| !value.is_string() && judge.accepts(&value))
}
