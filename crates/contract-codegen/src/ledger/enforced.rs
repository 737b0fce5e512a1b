//! Whether a field can be broken at all.

use contract_scalars::{Format, is_pattern};
use serde_json::Value;

use crate::grammar::{Fate, Field};
use crate::schema::{Kinds, count};

/// The first word of the `type` keyword that is none.
pub(super) fn unknown_type(value: &Value) -> Option<&str> {
    let words = value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice);
    let mut words = words.iter().filter_map(Value::as_str);
    words.find(|word| Kinds::named(word).is_none())
}

/// Whether a field with this value can be broken.
pub(super) fn asserts(field: &Field, value: &Value) -> bool {
    field.fate == Fate::Asserts
        && match (field.name, value) {
            ("format", Value::String(format)) => Format::named(format).is_some(),
            ("pattern", Value::String(pattern)) => is_pattern(pattern),
            ("type", value) => unknown_type(value).is_none(),
            (
                "additionalProperties" | "unevaluatedProperties" | "unevaluatedItems" | "additionalItems",
                value,
            ) => *value == Value::Bool(false),
            ("minLength" | "minItems" | "minProperties" | "minContains", value) => count(value) != Some(0),
            (_, value) => *value != Value::Bool(false),
        }
}
