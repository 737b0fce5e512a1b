//! Whether a header of a response is as it is declared.

use poem::http::HeaderMap;
use serde_json::Value;

use super::{BREAKS, UndeclaredResponse};
use crate::choice::Choice;
use crate::guide::Guide;
use crate::reply::is_set_cookie;
use crate::style::{self, Coding, Unreadable};
use crate::{Direction, Header, Style, json, media, parameter};

pub(super) fn check_header(
    name: &'static str,
    header: &Header,
    headers: &HeaderMap,
) -> Result<(), UndeclaredResponse> {
    let undeclared = |reason, violations| UndeclaredResponse::Header {
        name,
        reason,
        violations,
    };
    let values = values(name, header, headers).map_err(|reason| undeclared(reason, Vec::new()))?;
    if values.is_empty() && header.required {
        return Err(UndeclaredResponse::NoHeader(name));
    }
    for mut value in values {
        let violations = header.schema.check_in(Direction::Response, &mut value);
        if !violations.is_empty() {
            return Err(undeclared(BREAKS, violations));
        }
    }
    Ok(())
}

/// The values of a header: none where it is absent, and more than one where each field is a value of its own.
fn values(name: &str, header: &Header, headers: &HeaderMap) -> Result<Vec<Value>, Unreadable> {
    let guide = Guide::of_answer(header.schema);
    if header.content.is_none() && is_set_cookie(name) {
        return cookies(name, headers, &guide);
    }
    let text = if header.content.is_none() && !guide.is_scalar() {
        parameter::joined_header(name, headers)?
    } else {
        parameter::single_header(name, headers)?
    };
    let Some(text) = text else {
        return Ok(Vec::new());
    };
    let style = (Style::Simple, header.explode);
    let choice = match header.content {
        Some(media_type) if media::is_json(media_type) => json::parse_strict(text.as_bytes())
            .map(Choice::Value)
            .map_err(|_| "is not acceptable JSON")?,
        _ => style::read(&text, name, style, Coding::Plain, &guide)?,
    };
    Ok(vec![choice.settle(&guide)])
}

/// A comma does not part cookies (RFC 9110 §5.3): each field is an item of a list, or else a value.
fn cookies(name: &str, headers: &HeaderMap, guide: &Guide) -> Result<Vec<Value>, Unreadable> {
    let texts = headers.get_all(name).iter().map(parameter::header_text);
    let texts: Vec<&str> = texts.collect::<Result<_, _>>()?;
    if !guide.is_array() {
        let value = |text: &&str| Ok(guide.read(text)?.settle(guide));
        return texts.iter().map(value).collect();
    }
    let item = |(index, text): (usize, &&str)| guide.item(index).read(text);
    let items: Vec<Choice> = texts.iter().enumerate().map(item).collect::<Result<_, _>>()?;
    let list = (!items.is_empty()).then(|| Choice::Items(items).settle(guide));
    Ok(list.into_iter().collect())
}
