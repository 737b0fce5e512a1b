//! The normal form: two documents that mean the same have the same one. The rules are listed in `docs/API-DESIGN.md`; each
//! is a function here. They follow the grammar, so that what only looks like a keyword, in an example or as the name of a
//! property, is compared as it stands. Each of them looks at one object alone: nothing is copied from elsewhere, so that a normal
//! form is never larger than its document, and a change in one place shows in that place.

use serde_json::{Map, Number, Value, json};

use crate::grammar::{Content, Grammar, Shape};
use crate::{Dialect, Language};

/// The normal form of an OpenAPI document.
#[must_use]
pub fn normal_openapi(document: &Value) -> Value {
    let grammar = Grammar {
        dialect: Dialect::said_by(document).unwrap_or(Dialect::OpenApi30),
        language: Language::Plain,
    };
    normal(document, grammar, Shape::OpenApi)
}

/// The normal form of an object of a shape, and of all in it.
#[must_use]
pub fn normal(value: &Value, grammar: Grammar, shape: Shape) -> Value {
    if shape == Shape::Schema && *value == json!(true) {
        return accepts_all();
    }
    let Value::Object(members) = value else {
        return numbers_by_value(value);
    };
    let mut normal: Map<String, Value> = members
        .iter()
        .map(|(name, member)| {
            let content = grammar
                .field(shape, name)
                .map_or(Content::Free, |field| field.content);
            (name.clone(), normal_content(member, grammar, content))
        })
        .collect();
    if shape == Shape::Schema {
        sets(&mut normal);
    }
    if !normal.contains_key("$ref") {
        leave_out_defaults(&mut normal, shape);
    }
    Value::Object(normal)
}

fn normal_content(value: &Value, grammar: Grammar, content: Content) -> Value {
    match (below(content, value), value) {
        (Some(Below::One(shape)), _) => normal(value, grammar, shape),
        (Some(Below::Many(shape)), Value::Array(items)) => {
            items.iter().map(|item| normal(item, grammar, shape)).collect()
        }
        (Some(Below::Many(shape)), Value::Object(members)) => {
            let normal = members.iter().map(|(name, member)| {
                let normal = if is_extension(content, name) {
                    numbers_by_value(member)
                } else {
                    normal(member, grammar, shape)
                };
                (name.clone(), normal)
            });
            Value::Object(normal.collect())
        }
        _ => numbers_by_value(value),
    }
}

/// How objects of the grammar stand in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Below {
    /// The field is one.
    One(Shape),
    /// They are the items or members of the field.
    Many(Shape),
}

/// How objects stand in a value of a field.
pub(crate) fn below(content: Content, value: &Value) -> Option<Below> {
    match (content, value) {
        (Content::One(shape) | Content::SchemaOrBool(shape), _)
        | (Content::OneOrList(shape), Value::Object(_)) => Some(Below::One(shape)),
        (Content::List(shape) | Content::OneOrList(shape), Value::Array(_))
        | (Content::Map(shape) | Content::Patterned(shape) | Content::MapOrTexts(shape), Value::Object(_)) => {
            Some(Below::Many(shape))
        }
        _ => None,
    }
}

/// Whether a member of a field is no object of the grammar, but an extension between them.
pub(crate) fn is_extension(content: Content, name: &str) -> bool {
    matches!(content, Content::Patterned(_)) && name.starts_with("x-")
}

/// Rule 2: numbers are compared by value: `1.0` is `1`. (Rule 1: the order of members never counts, because `differences` looks
/// them up by name.)
pub(crate) fn numbers_by_value(value: &Value) -> Value {
    match value {
        Value::Number(number) => by_value(number),
        Value::Array(items) => items.iter().map(numbers_by_value).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| (name.clone(), numbers_by_value(member)))
            .collect(),
        other => other.clone(),
    }
}

/// A number as its digits and the power of ten of the last of them, both without zeros that say nothing. The text is exact however
/// large or precise the number is.
fn by_value(number: &Number) -> Value {
    let text = number.to_string().to_ascii_lowercase();
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let (sign, whole) = match whole.strip_prefix('-') {
        Some(whole) => ("-", whole),
        None => ("", whole),
    };
    let digits = format!("{whole}{fraction}");
    let last = digits.trim_end_matches('0').len();
    let digits = digits.get(..last).unwrap_or_default().trim_start_matches('0');
    let power = power.parse::<i64>().ok().and_then(|power| {
        let behind_the_point = i64::try_from(whole.len() + fraction.len() - last).ok()?;
        power
            .checked_add(behind_the_point)?
            .checked_sub(i64::try_from(fraction.len()).ok()?)
    });
    let text = match power {
        _ if digits.is_empty() => "0".to_owned(),
        None => return Value::Number(number.clone()),
        Some(power @ 0..=18) => format!(
            "{sign}{digits}{}",
            "0".repeat(usize::try_from(power).unwrap_or_default())
        ),
        Some(power) => format!("{sign}{digits}e{power}"),
    };
    Value::Number(text.parse().unwrap_or_else(|_| number.clone()))
}

/// Rule 3: what is the specification's default is left out.
fn leave_out_defaults(members: &mut Map<String, Value>, shape: Shape) {
    let names = false_by_default(shape);
    members.retain(|name, value| *value != json!(false) || !names.contains(&name.as_str()));
    if matches!(shape, Shape::Parameter | Shape::Header) {
        leave_out_style(members);
    }
}

pub(crate) fn false_by_default(shape: Shape) -> &'static [&'static str] {
    match shape {
        Shape::Operation => &["deprecated"],
        Shape::Parameter => &["required", "deprecated", "allowReserved", "allowEmptyValue"],
        Shape::Header => &["required", "deprecated"],
        Shape::RequestBody => &["required"],
        Shape::Schema => &[
            "deprecated",
            "readOnly",
            "writeOnly",
            "nullable",
            "uniqueItems",
            "exclusiveMinimum",
            "exclusiveMaximum",
        ],
        _ => &[],
    }
}

/// `style` is `form` in queries and cookies and `simple` elsewhere; `explode` is true for `form` alone.
fn leave_out_style(members: &mut Map<String, Value>) {
    let place = members.get("in").and_then(Value::as_str);
    let by_default = if matches!(place, Some("query" | "cookie")) {
        "form"
    } else {
        "simple"
    };
    let style = members.get("style").and_then(Value::as_str).unwrap_or(by_default);
    let (is_form, is_default) = (style == "form", style == by_default);
    if members.get("explode") == Some(&json!(is_form)) {
        members.shift_remove("explode");
    }
    if is_default {
        members.shift_remove("style");
    }
}

/// Rule 4: the schema `true` is the schema `{}`.
fn accepts_all() -> Value {
    json!({})
}

/// Rule 5: `required` of a schema and `type` are sets; a set of one type is that type.
fn sets(members: &mut Map<String, Value>) {
    for name in ["required", "type"] {
        if let Some(items) = members.get_mut(name).and_then(Value::as_array_mut) {
            items.sort_by_key(ToString::to_string);
        }
    }
    if let Some(kind) = members.get_mut("type")
        && let Some([only]) = kind.as_array().map(Vec::as_slice)
    {
        *kind = only.clone();
    }
}

#[cfg(test)]
#[path = "normal_tests.rs"]
mod tests;
