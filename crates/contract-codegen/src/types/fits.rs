//! Whether a default is a value that its schema accepts.
//!
//! What cannot be judged here does not fit: a default that is not applied is told, one that breaks its schema would be served.

use std::collections::HashMap;

use contract_scalars::{Decimal, Format, Regex};
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
        && format(part).is_none_or(|format| format.accepts_text(text))
}

fn format(part: SchemaAt<'_>) -> Option<Format> {
    part.text("format").and_then(Format::named)
}

fn number_fits(number: &Number, part: SchemaAt<'_>) -> bool {
    let Some(value) = Decimal::of(number) else {
        return false;
    };
    let bound = |keyword: &str| Decimal::of(part.keyword(keyword)?.as_number()?);
    let exclusive = |keyword: &str| part.flag(keyword);
    format(part).is_none_or(|format| format.accepts_number(number))
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
