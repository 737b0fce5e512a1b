//! Other values in the place of a value, by its kind.

use serde_json::{Number, Value, json};

/// Other values for `value`, the member `name` of `object`; each with what it does to those who keep to the contract.
pub(super) fn others(
    document: &Value,
    object: &Value,
    name: &str,
    value: &Value,
) -> Vec<(&'static str, Value)> {
    match value {
        Value::Bool(flag) => vec![("flipped", json!(!flag))],
        Value::Number(number) => numbers(name, number),
        Value::String(text) => texts(document, object, name, text),
        Value::Null => vec![("altered", json!("not null"))],
        Value::Array(_) | Value::Object(_) => vec![("altered", json!("of another kind"))],
    }
}

/// The next numbers in both directions: those whose last digit is another one.
fn numbers(name: &str, number: &Number) -> Vec<(&'static str, Value)> {
    let (more, less) = beside(&number.to_string());
    let value = |text: String| text.parse().map(Value::Number).ok();
    let (more, less) = (value(more), value(less));
    let (raised, lowered) = match name {
        _ if name.starts_with("max") || name == "exclusiveMaximum" => ("loosened", "tightened"),
        _ if name.starts_with("min") || name == "exclusiveMinimum" => ("tightened", "loosened"),
        _ => ("altered", "altered"),
    };
    let more = more.map(|value| (raised, value));
    more.into_iter()
        .chain(less.map(|value| (lowered, value)))
        .collect()
}

/// A number of JSON with one added to, and one taken from, its last digit.
fn beside(text: &str) -> (String, String) {
    let (mantissa, exponent) = text.find(['e', 'E']).map_or((text, ""), |at| text.split_at(at));
    let (is_negative, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, mantissa),
    };
    let (sign, other_sign) = if is_negative { ("-", "") } else { ("", "-") };
    let farther = format!("{sign}{}{exponent}", greater(digits));
    let nearer = match lesser(digits) {
        Some(lesser) => format!("{sign}{lesser}{exponent}"),
        // Beyond zero.
        None => format!("{other_sign}{}{exponent}", greater(digits)),
    };
    if is_negative {
        (nearer, farther)
    } else {
        (farther, nearer)
    }
}

/// Digits, with a point or without, that are one more in the last of them.
fn greater(digits: &str) -> String {
    let mut bytes = digits.as_bytes().to_vec();
    for byte in bytes.iter_mut().rev() {
        match byte {
            b'.' => {}
            b'9' => *byte = b'0',
            _ => {
                *byte += 1;
                return text_of(&bytes);
            }
        }
    }
    format!("1{}", text_of(&bytes))
}

/// Digits that are one less in the last of them; nothing where they are all zero.
fn lesser(digits: &str) -> Option<String> {
    let mut bytes = digits.as_bytes().to_vec();
    for byte in bytes.iter_mut().rev() {
        match byte {
            b'.' => {}
            b'0' => *byte = b'9',
            _ => {
                *byte -= 1;
                let text = text_of(&bytes);
                // JSON has no zero before another digit.
                let is_long = text.starts_with('0') && text.get(1..2).is_some_and(|next| next != ".");
                return Some(if is_long { text.get(1..)?.to_owned() } else { text });
            }
        }
    }
    None
}

fn text_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

const KINDS: [&str; 6] = ["string", "integer", "number", "boolean", "array", "object"];
const PLACES: [&str; 4] = ["query", "header", "path", "cookie"];

const STYLES: [&str; 3] = ["pipeDelimited", "label", "form"];
const FORMATS: [&str; 2] = ["uuid", "date"];

/// A type that a list of types does not have.
pub(super) fn kind_beside(items: &[Value]) -> Option<Value> {
    let mut kinds = KINDS.iter().map(|kind| json!(kind));
    kinds.find(|kind| !items.contains(kind))
}

fn texts(document: &Value, object: &Value, name: &str, text: &str) -> Vec<(&'static str, Value)> {
    let mut found = vec![("altered", json!(format!("{text}x")))];
    let other = |words: &[&str]| words.iter().find(|word| **word != text).map(|word| json!(word));
    match name {
        "$ref" => found.extend(redirected(document, text).map(|reference| ("redirected", reference))),
        "type" if object.get("in").is_none() => found.extend(other(&KINDS).map(|kind| ("altered", kind))),
        "in" => found.extend(other(&PLACES).map(|place| ("moved", place))),
        "style" => found.extend(other(&STYLES).map(|style| ("altered", style))),
        "format" => found.extend(other(&FORMATS).map(|format| ("altered", format))),
        _ if !text.is_empty() => found.push(("emptied", json!(""))),
        _ => {}
    }
    found
}

/// A reference to another component of the same section.
fn redirected(document: &Value, reference: &str) -> Option<Value> {
    let (section, name) = reference.strip_prefix('#')?.rsplit_once('/')?;
    let members = document.pointer(section)?.as_object()?;
    let other = members.keys().find(|other| *other != name)?;
    Some(json!(format!("#{section}/{}", crate::source::escape(other))))
}

#[cfg(test)]
mod tests {
    use super::beside;

    #[test]
    fn the_last_digit_of_a_number_is_changed() {
        for (number, more, less) in [
            ("5", "6", "4"),
            ("0", "1", "-1"),
            ("-1", "-0", "-2"),
            ("99", "100", "98"),
            ("100", "101", "99"),
            ("-10", "-9", "-11"),
            ("0.1", "0.2", "0.0"),
            ("1.00", "1.01", "0.99"),
            (
                "18446744073709551616",
                "18446744073709551617",
                "18446744073709551615",
            ),
            ("1.5e-30", "1.6e-30", "1.4e-30"),
            ("-0.0", "0.1", "-0.1"),
        ] {
            let (found_more, found_less) = beside(number);
            assert_eq!(
                (found_more.as_str(), found_less.as_str()),
                (more, less),
                "{number}"
            );
        }
    }
}
