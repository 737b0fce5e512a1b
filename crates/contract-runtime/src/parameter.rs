//! Parameters: from the text of a request to a checked value.

use percent_encoding::percent_decode_str;
use poem::http::HeaderMap;
use serde_json::Value;

use crate::{Kind, Location, Parameter};

/// How a place of parameters is called in answers.
pub(crate) fn place(location: Location) -> &'static str {
    match location {
        Location::Path => "path parameter",
        Location::Query => "query parameter",
        Location::Header => "header",
    }
}

/// The parameter's text; why it cannot be read, where it cannot.
pub(crate) fn find(
    descriptor: &Parameter,
    path_values: &[(String, String)],
    query: Option<&str>,
    headers: &HeaderMap,
) -> Result<Option<String>, &'static str> {
    match descriptor.location {
        Location::Path => Ok(path_values
            .iter()
            .find(|(name, _)| name == descriptor.name)
            .map(|(_, value)| value.clone())),
        Location::Query => query_value(descriptor.name, query.unwrap_or_default()),
        Location::Header => header_value(descriptor.name, headers),
    }
}

fn header_value(name: &str, headers: &HeaderMap) -> Result<Option<String>, &'static str> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err("was sent more than once");
    }
    match value.to_str() {
        Ok(text) => Ok(Some(text.to_owned())),
        Err(_) => Err("has characters that are not visible ASCII"),
    }
}

/// `application/x-www-form-urlencoded` as far as a query uses it; bytes that are not UTF-8 are refused, not replaced.
fn query_value(name: &str, query: &str) -> Result<Option<String>, &'static str> {
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_decode_str(&spaced)
            .decode_utf8()
            .map(std::borrow::Cow::into_owned)
    };
    let mut found = None;
    for pair in query.split('&') {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if decode(key).as_deref() != Ok(name) {
            continue;
        }
        let value = decode(value).map_err(|_| "is not valid UTF-8")?;
        if found.replace(value).is_some() {
            return Err("was sent more than once");
        }
    }
    Ok(found)
}

/// The value that a text stands for, checked against the parameter's schema; the first thing that is wrong, otherwise.
pub(crate) fn read(descriptor: &Parameter, text: &str) -> Result<Value, String> {
    let schema = descriptor.schema;
    let mut value = match schema.kinds().first() {
        Some(Kind::Integer) => whole_number(text).ok_or("must be a whole number")?,
        Some(Kind::Number) => serde_json::from_str::<serde_json::Number>(text)
            .map(Value::Number)
            .map_err(|_| "must be a number")?,
        Some(Kind::Boolean) => match text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => return Err("must be true or false".to_owned()),
        },
        _ => Value::String(text.to_owned()),
    };
    match schema.check(&mut value).into_iter().next() {
        None => Ok(value),
        Some(violation) => Err(violation.message),
    }
}

fn whole_number(text: &str) -> Option<Value> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // More digits than 64 bits hold are still a number: the schema's bounds or format will refuse it, not its form.
    plain.then(|| {
        text.parse::<i64>().map_or_else(
            |_| text.parse::<f64>().map_or(Value::Null, Value::from),
            Value::from,
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_values_are_decoded_once_and_strictly() {
        assert_eq!(query_value("a", "b=1&a=x%20y+z"), Ok(Some("x y z".to_owned())));
        assert_eq!(query_value("a", "a=%ff"), Err("is not valid UTF-8"));
        assert_eq!(query_value("a", "a=1&%61=2"), Err("was sent more than once"));
        assert_eq!(query_value("a", ""), Ok(None));
    }

    #[test]
    fn whole_numbers_are_decimal_digits_only() {
        assert_eq!(whole_number("-12"), Some(Value::from(-12)));
        for text in ["", "-", "+1", "1.0", "1e3", "0x1", " 1"] {
            assert_eq!(whole_number(text), None, "{text:?}");
        }
    }
}
