//! The body of a request, in the media types that this crate can write.

use serde_json::{Value, json};

use super::operation::{Operation, escape};
use super::style::encoded;
use super::{reading, verdict};
use crate::instance::Maker;
use crate::{Judge, Judges};

const ATTEMPTS: usize = 20;
const BOUNDARY: &str = "boundary-of-the-oracle";

/// A body, if there is one.
type Bytes = Option<(String, Vec<u8>)>;

/// The body of an operation.
pub(super) struct Body<'a> {
    is_required: bool,
    forms: Vec<Form<'a>>,
}

struct Form<'a> {
    media_type: &'a str,
    kind: Kind,
    /// None where anything is accepted.
    schema: Option<(&'a Value, Judge)>,
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
            "text/plain" => Some(Self::Text),
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
            // An encoding changes how a form is written; what is below has the defaults alone.
            let is_encoded = media
                .get("encoding")
                .and_then(Value::as_object)
                .is_some_and(|encoding| !encoding.is_empty());
            if is_encoded && matches!(kind, Kind::Form | Kind::Multipart) {
                continue;
            }
            let is_checked = !matches!(kind, Kind::Opaque);
            let schema = match media.get("schema").filter(|_| is_checked) {
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
            });
        }
        if forms.is_empty() {
            return Err("a body of which no media type can be written here".to_owned());
        }
        Ok(Some(Self {
            is_required: body.get("required") == Some(&Value::Bool(true)),
            forms,
        }))
    }

    /// A body that is valid or not, whether it is, and what it was.
    pub(super) fn make(&self, maker: &mut Maker<'_>, is_broken: bool) -> Option<(Bytes, bool, Value)> {
        if self.is_required == is_broken && maker.random.u8(..6) == 0 {
            return Some((None, !self.is_required, json!({"body": "absent"})));
        }
        if is_broken && maker.random.u8(..12) == 0 {
            let unheard_of = "application/x-unheard-of".to_owned();
            return Some((
                Some((unheard_of, b"x".to_vec())),
                false,
                json!({"body": "of another media type"}),
            ));
        }
        let form = maker.random.choice(&self.forms)?;
        if is_broken && form.kind == Kind::Json && maker.random.u8(..12) == 0 {
            let bytes = b"{\"a\":".to_vec();
            return Some((
                Some((form.media_type.to_owned(), bytes)),
                false,
                json!({"body": "no JSON"}),
            ));
        }
        let made = (0..ATTEMPTS).find_map(|_| form.make(maker, is_broken));
        let absent = || (!self.is_required && !is_broken).then(|| (None, true, json!({"body": "absent"})));
        made.or_else(absent)
    }
}

impl Form<'_> {
    fn make(&self, maker: &mut Maker<'_>, is_broken: bool) -> Option<(Bytes, bool, Value)> {
        let Some((schema, judge)) = &self.schema else {
            let bytes = match self.kind {
                Kind::Json => b"{\"any\": [1]}".to_vec(),
                Kind::Form => b"any=1".to_vec(),
                Kind::Multipart => multipart(&json!({"any": "1"}))?,
                Kind::Text | Kind::Opaque => b"anything".to_vec(),
            };
            let body = (self.written_type(), bytes);
            return (!is_broken).then(|| (Some(body), true, json!({"body": "anything"})));
        };
        let value = maker.valid(schema)?;
        let value = if is_broken {
            maker.broken(schema, value).value
        } else {
            value
        };
        let (bytes, readings) = self.written(&value)?;
        let is_wanted = verdict(judge, &value, &readings) == Some(!is_broken);
        let told = json!({"body": value, "reason": judge.reason(&value)});
        is_wanted.then(|| (Some((self.written_type(), bytes)), !is_broken, told))
    }

    fn written_type(&self) -> String {
        match self.kind {
            Kind::Multipart => format!("multipart/form-data; boundary={BOUNDARY}"),
            _ => self.media_type.to_owned(),
        }
    }

    /// The bytes of a value, and what they may be read as; none where this form cannot carry it without doubt.
    fn written(&self, value: &Value) -> Option<(Vec<u8>, Vec<Value>)> {
        match self.kind {
            Kind::Json => Some((value.to_string().into_bytes(), vec![value.clone()])),
            Kind::Form => Some((form(value)?.into_bytes(), reading::all(value))),
            Kind::Multipart => Some((multipart(value)?, reading::all(value))),
            Kind::Text | Kind::Opaque => {
                let text = scalar(value).filter(|text| !text.is_empty())?;
                Some((text.into_bytes(), reading::all(value)))
            }
        }
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// The members of an object with their texts; a list has one for each item. Objects in a form, empty lists and `null` are not
/// written alike by everybody.
fn pairs(value: &Value) -> Option<Vec<(&str, String)>> {
    let mut pairs = Vec::new();
    for (name, member) in value.as_object()? {
        match member {
            Value::Array(items) if items.is_empty() => return None,
            Value::Array(items) => {
                for item in items {
                    pairs.push((name.as_str(), scalar(item)?));
                }
            }
            other => pairs.push((name.as_str(), scalar(other)?)),
        }
    }
    (!pairs.is_empty()).then_some(pairs)
}

fn form(value: &Value) -> Option<String> {
    let pairs = pairs(value)?;
    let written: Vec<String> = pairs
        .iter()
        .map(|(name, text)| format!("{}={}", encoded(name), encoded(text)))
        .collect();
    Some(written.join("&"))
}

fn multipart(value: &Value) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for (name, text) in pairs(value)? {
        if name.contains(['"', '\r', '\n', '\\']) || !name.is_ascii() {
            return None;
        }
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        bytes.extend(head.into_bytes());
        bytes.extend(text.into_bytes());
        bytes.extend(b"\r\n");
    }
    bytes.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
    Some(bytes)
}
