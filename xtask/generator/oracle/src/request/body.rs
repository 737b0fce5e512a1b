//! The body of a request, in the media types that this crate can write.

use serde_json::{Value, json};

use super::form::{self, Encodings};
use super::operation::{Operation, escape};
use super::reading::Reading;
use super::shape::Shape;
use crate::instance::Maker;
use crate::{Judge, Judges};

const ATTEMPTS: usize = 20;

/// A body that was made.
pub(super) struct MadeBody {
    /// Its media type and its bytes; nothing where it is absent.
    pub(super) bytes: Option<(String, Vec<u8>)>,
    /// Whether the contract accepts it; nothing where that cannot be said.
    pub(super) is_valid: Option<bool>,
    pub(super) told: Value,
}

/// The body of an operation.
pub(super) struct Body<'a> {
    is_required: bool,
    /// Whether one of the media types stands for several.
    has_range: bool,
    forms: Vec<Form<'a>>,
}

struct Form<'a> {
    media_type: &'a str,
    kind: Kind,
    /// None where anything is accepted.
    schema: Option<(&'a Value, Judge)>,
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
        let essence = media_type
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
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

pub(super) fn is_json(media_type: &str) -> bool {
    let essence = media_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    essence == "application/json" || essence == "text/json" || essence.ends_with("+json")
}

impl<'a> Body<'a> {
    /// Reads the body; none where the operation has none.
    pub(super) fn read(
        requests: &'a Value,
        judges: &Judges,
        operation: &Operation<'_>,
    ) -> Result<Option<Self>, String> {
        let Some((pointer, _)) = &operation.body else {
            return Ok(None);
        };
        let body = requests.pointer(pointer).ok_or("a body that is not there")?;
        let content = body.get("content").and_then(Value::as_object);
        let mut forms = Vec::new();
        for (media_type, media) in content.into_iter().flatten() {
            let Some(kind) = Kind::of(media_type) else {
                continue;
            };
            let Some(encodings) = Encodings::read(requests, media, kind == Kind::Multipart) else {
                continue;
            };
            let schema = media.get("schema");
            // A text can be one value and no more: what is to be an object or a list is in no form that the contract tells.
            let is_structured = schema.is_some_and(|schema| Shape::of(requests, schema).is_structured());
            let kind = match kind {
                Kind::Text if is_structured => Kind::Opaque,
                _ => kind,
            };
            let schema = match schema.filter(|_| kind != Kind::Opaque) {
                Some(schema) => Some((
                    schema,
                    judges.of(&format!("{pointer}/content/{}/schema", escape(media_type)))?,
                )),
                None => None,
            };
            forms.push(Form {
                media_type,
                kind,
                schema,
                encodings,
            });
        }
        if forms.is_empty() {
            return Err("a body of which no media type can be written here".to_owned());
        }
        Ok(Some(Self {
            is_required: body.get("required") == Some(&Value::Bool(true)),
            has_range: content
                .into_iter()
                .flatten()
                .any(|(media_type, _)| media_type.contains('*')),
            forms,
        }))
    }

    /// A body that is meant to be valid, or not to be; none where nothing of the kind can be written.
    pub(super) fn make(&self, maker: &mut Maker<'_>, is_broken: bool) -> Option<MadeBody> {
        let absent = || MadeBody {
            bytes: None,
            is_valid: Some(!self.is_required),
            told: json!({"body": "absent"}),
        };
        if self.is_required == is_broken && maker.random.u8(..6) == 0 {
            return Some(absent());
        }
        let wrong = |media_type: &str, bytes: &[u8], what: &str| MadeBody {
            bytes: Some((media_type.to_owned(), bytes.to_vec())),
            is_valid: Some(false),
            told: json!({ "body": what }),
        };
        if is_broken && !self.has_range && maker.random.u8(..12) == 0 {
            return Some(wrong("application/x-unheard-of", b"x", "of another media type"));
        }
        let form = maker.random.choice(&self.forms)?;
        if is_broken && form.kind == Kind::Json && maker.random.u8(..12) == 0 {
            return Some(wrong(form.media_type, b"{\"a\":", "no JSON"));
        }
        let mut other = None;
        for _ in 0..ATTEMPTS {
            let Some(made) = form.make(maker, is_broken) else {
                continue;
            };
            if made.is_valid == Some(!is_broken) {
                return Some(made);
            }
            other = Some(made);
        }
        other.or_else(|| Some(absent()))
    }
}

impl Form<'_> {
    fn make(&self, maker: &mut Maker<'_>, is_broken: bool) -> Option<MadeBody> {
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
            is_valid: reading.map_or(Some(false), |reading| reading.is_valid(judge)),
            told: json!({"body": value, "reason": judge.reason(&value)}),
        })
    }

    fn written_type(&self) -> String {
        match self.kind {
            Kind::Multipart => format!("multipart/form-data; boundary={}", form::BOUNDARY),
            _ => self.media_type.to_owned(),
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
