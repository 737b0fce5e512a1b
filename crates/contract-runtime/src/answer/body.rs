//! Whether the body of a response is as it is declared.

use bytes::Bytes;
use futures_util::FutureExt as _;
use poem::http::HeaderMap;
use serde_json::Value;

use super::{BREAKS, UndeclaredResponse};
use crate::guide::Guide;
use crate::multipart::{self, FormError};
use crate::{ContentForm, Direction, MediaType, Response, Violation, form, json, media, parameter};

pub(super) fn check_body(
    response: &Response,
    headers: &HeaderMap,
    body: Option<&[u8]>,
) -> Result<(), UndeclaredResponse> {
    if response.media_types.is_empty() && body.is_some_and(<[u8]>::is_empty) {
        return Ok(());
    }
    let sent = parameter::single_header("content-type", headers).ok().flatten();
    let declared = sent
        .as_deref()
        .and_then(|sent| media::declared(sent, response.media_types));
    let (Some(sent), Some(media_type)) = (sent, declared) else {
        return Err(UndeclaredResponse::MediaType(response.key));
    };
    let Some(bytes) = body else { return Ok(()) };
    let Some(mut value) = value_of(media_type, &sent, bytes)? else {
        return Ok(());
    };
    match media_type.schema.check_in(Direction::Response, &mut value) {
        violations if violations.is_empty() => Ok(()),
        violations => Err(broken(violations)),
    }
}

fn broken(violations: Vec<Violation>) -> UndeclaredResponse {
    UndeclaredResponse::Body {
        reason: BREAKS,
        violations,
    }
}

fn unreadable(reason: &'static str) -> UndeclaredResponse {
    UndeclaredResponse::Body {
        reason,
        violations: Vec::new(),
    }
}

/// The value that is held against the schema, where there is one.
fn value_of(media_type: &MediaType, sent: &str, bytes: &[u8]) -> Result<Option<Value>, UndeclaredResponse> {
    let text = || std::str::from_utf8(bytes).map_err(|_| unreadable("is not valid UTF-8"));
    let value = match media_type.form {
        ContentForm::Json => json::parse_strict(bytes).map_err(|_| unreadable("is not acceptable JSON"))?,
        ContentForm::Text => {
            let guide = Guide::of_answer(media_type.schema);
            guide.read(text()?).map_err(unreadable)?.settle(&guide)
        }
        ContentForm::Form => {
            let value = form::value_of(text()?, media_type, Direction::Response);
            value.map_err(|(_, reason)| unreadable(reason))?
        }
        ContentForm::Multipart => multipart_value(media_type, sent, bytes)?,
        ContentForm::Opaque | ContentForm::Bytes | ContentForm::EventStream => return Ok(None),
    };
    Ok(Some(value))
}

fn multipart_value(media_type: &MediaType, sent: &str, bytes: &[u8]) -> Result<Value, UndeclaredResponse> {
    const NO_FORM: &str = "is no multipart form";
    // All of it is here, so there is nothing to wait for.
    let parts = multipart::parts(sent, Bytes::copy_from_slice(bytes)).now_or_never();
    let parts = parts.and_then(Result::ok).ok_or_else(|| unreadable(NO_FORM))?;
    multipart::value_of(&parts, media_type, Direction::Response).map_err(|error| match error {
        FormError::Malformed(_) => unreadable(NO_FORM),
        FormError::Invalid(violations) => broken(violations),
    })
}
