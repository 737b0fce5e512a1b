//! The body of a request, in the media types that this crate can write.

use serde_json::{Value, json};

use super::content::{Form, MadeBody};
use super::operation::{Operation, escape};
use crate::Judges;
use crate::instance::Maker;

/// The body of an operation.
pub(super) struct Body<'a> {
    is_required: bool,
    /// Whether one of the media types stands for several.
    has_range: bool,
    forms: Vec<Form<'a>>,
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
        for (media_type, _) in content.into_iter().flatten() {
            let at = format!("{pointer}/content/{}", escape(media_type));
            forms.extend(Form::read(requests, judges, &at, media_type)?);
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
        if is_broken && form.is_json() && maker.random.u8(..12) == 0 {
            return Some(wrong(form.media_type(), b"{\"a\":", "no JSON"));
        }
        form.make(maker, is_broken).or_else(|| Some(absent()))
    }
}
