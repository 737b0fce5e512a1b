//! Whether a default is a value that its schema accepts.
//!
//! What cannot be judged here does not fit: a default that is not applied is told, one that breaks its schema would be served.

use std::collections::HashMap;

use contract_scalars::{Decimal, Regex};
use serde_json::{Number, Value};

use super::{literals, parts};
use crate::{Kinds, SchemaAt, schema};

/// Schemas deeper than this are not judged.
const DEPTH_MAX: usize = 32;

pub(crate) fn fits(value: &Value, schema: SchemaAt<'_>) -> bool {
    within(value, schema, DEPTH_MAX)
}

fn within(value: &Value, schema: SchemaAt<'_>, depth: usize) -> bool {
    let kinds = Kinds::of_value(value);
    depth > 0
        && !schema.kinds().and(kinds).is_empty()
        && parts::of(schema)
            .into_iter()
            .all(|part| one(value, part, depth - 1))
}

fn one(value: &Value, part: SchemaAt<'_>, depth: usize) -> bool {
    // `null` is accepted where the types say so; nothing else is asked of it, except by a list of values.
    let listed = literals::of(&[part])
        .is_none_or(|values| value.is_null() || values.iter().any(|one| literals::is_same(one.value, value)));
    let judged = [
        "not",
        "if",
        "contains",
        "propertyNames",
        "patternProperties",
        "dependentSchemas",
    ]
    .iter()
    .all(|keyword| part.keyword(keyword).is_none());
    let any = part.any_of();
    let one_of = part.one_of();
    listed
        && judged
        && (any.is_empty() || any.iter().any(|member| within(value, *member, depth)))
        && (one_of.is_empty()
            || one_of
                .iter()
                .filter(|member| within(value, **member, depth))
                .count()
                == 1)
        && match value {
            Value::String(text) => text_fits(text, part),
            Value::Number(number) => number_fits(number, part),
            Value::Array(items) => items_fit(items, part, depth),
            Value::Object(_) => members_fit(value, part, depth),
            Value::Null | Value::Bool(_) => true,
        }
}

fn count(part: SchemaAt<'_>, keyword: &str) -> Option<usize> {
    schema::count(part.keyword(keyword)?)?.try_into().ok()
}

fn is_between(length: usize, part: SchemaAt<'_>, least: &str, most: &str) -> bool {
    count(part, least).is_none_or(|least| length >= least)
        && count(part, most).is_none_or(|most| length <= most)
}

fn text_fits(text: &str, part: SchemaAt<'_>) -> bool {
    // What is no pattern, or cannot be told in time, does not fit.
    let matches = |pattern: &str| Regex::new(pattern).and_then(|regex| regex.occurs_in(text)) == Some(true);
    is_between(text.chars().count(), part, "minLength", "maxLength")
        && part.text("pattern").is_none_or(matches)
        && match part.text("format") {
            Some("uuid") => is_uuid(text),
            Some("date") => text
                .parse::<chrono::NaiveDate>()
                .is_ok_and(|date| date.to_string() == text),
            Some("date-time") => {
                text.get(10..11) != Some(" ") && chrono::DateTime::parse_from_rfc3339(text).is_ok()
            }
            Some("byte") => text.is_empty(),
            Some("ipv4") => text.parse::<std::net::Ipv4Addr>().is_ok(),
            Some("ipv6") => text.parse::<std::net::Ipv6Addr>().is_ok(),
            Some("email") => text.len() <= EMAIL_BYTES_MAX && matches(PLAIN_EMAIL),
            Some("uri" | "uri-reference" | "iri" | "iri-reference") => matches(PLAIN_URI),
            Some(format) => !schema::ENFORCED_FORMATS.contains(&format) || is_of_numbers(format),
            None => true,
        }
}

/// No part of an address of mail that is so short is too long (RFC 5321 §4.5.3.1).
const EMAIL_BYTES_MAX: usize = 60;

/// Addresses of mail and of the web as they are mostly written. What else the formats allow is not judged here.
const PLAIN_EMAIL: &str =
    r"^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*@[A-Za-z0-9]+(-[A-Za-z0-9]+)*(\.[A-Za-z0-9]+(-[A-Za-z0-9]+)*)+$";
const PLAIN_URI: &str = r"^https?://[A-Za-z0-9]+([.-][A-Za-z0-9]+)*(:[0-9]{1,4})?(/[A-Za-z0-9._~/-]*)?$";

/// Whether a format says nothing of texts.
fn is_of_numbers(format: &str) -> bool {
    matches!(format, "int32" | "int64" | "float" | "double")
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(index, character)| match index {
            8 | 13 | 18 | 23 => character == '-',
            _ => character.is_ascii_hexdigit(),
        })
}

fn number_fits(number: &Number, part: SchemaAt<'_>) -> bool {
    let Some(value) = Decimal::of(number) else {
        return false;
    };
    let bound = |keyword: &str| Decimal::of(part.keyword(keyword)?.as_number()?);
    let exclusive = |keyword: &str| part.flag(keyword);
    let whole = || value.to_integer().and_then(|value| value.as_i64());
    let in_format = match part.text("format") {
        Some("int32") => whole().is_some_and(|value| i32::try_from(value).is_ok()),
        Some("int64") => whole().is_some(),
        Some("float") => number
            .as_f64()
            .is_some_and(|value| value.abs() <= f64::from(f32::MAX)),
        Some("double") => number.as_f64().is_some(),
        _ => true,
    };
    in_format
        && bound("multipleOf").is_none_or(|step| value.is_multiple_of(&step))
        && bound("minimum")
            .is_none_or(|least| value > least || (value >= least && !exclusive("exclusiveMinimum")))
        && bound("maximum")
            .is_none_or(|most| value < most || (value <= most && !exclusive("exclusiveMaximum")))
        && bound("exclusiveMinimum").is_none_or(|least| value > least)
        && bound("exclusiveMaximum").is_none_or(|most| value < most)
}

fn items_fit(items: &[Value], part: SchemaAt<'_>, depth: usize) -> bool {
    is_between(items.len(), part, "minItems", "maxItems")
        && (!part.flag("uniqueItems") || items.len() < 2)
        && (part.prefix_items().is_empty() || items.is_empty())
        && part
            .items()
            .is_none_or(|schema| items.iter().all(|item| within(item, schema, depth)))
}

fn members_fit(value: &Value, part: SchemaAt<'_>, depth: usize) -> bool {
    let Some(members) = value.as_object() else {
        return false;
    };
    let properties: HashMap<&str, SchemaAt<'_>> = part.properties().into_iter().collect();
    is_between(members.len(), part, "minProperties", "maxProperties")
        && part.required().iter().all(|name| members.contains_key(*name))
        && members.iter().all(
            |(name, member)| match (properties.get(name.as_str()), part.additional()) {
                (Some(schema), _) => within(member, *schema, depth),
                (None, crate::AdditionalAt::Closed) => false,
                (None, crate::AdditionalAt::Of(schema)) => within(member, schema, depth),
                (None, crate::AdditionalAt::Open | crate::AdditionalAt::Unsaid) => true,
            },
        )
}
