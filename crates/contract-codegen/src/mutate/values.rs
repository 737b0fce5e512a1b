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

/// The next number in both directions.
fn numbers(name: &str, number: &Number) -> Vec<(&'static str, Value)> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let (more, less) = if let Some(whole) = number.as_i64() {
        (
            whole.checked_add(1).map(Value::from),
            whole.checked_sub(1).map(Value::from),
        )
    } else {
        let float = number.as_f64().unwrap_or_default();
        // From here on a float and the next whole number may be the same.
        let step = if float.abs() < EXACT { 1.0 } else { float };
        (Some(json!(float + step)), Some(json!(float - step)))
    };
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
