//! Whether a field can be broken at all.

use serde_json::Value;

use crate::emit::schemas::is_pattern;
use crate::grammar::{Fate, Field};
use crate::schema::{ENFORCED_FORMATS, count};

/// Whether a field with this value can be broken.
pub(super) fn asserts(field: &Field, value: &Value) -> bool {
    field.fate == Fate::Asserts
        && match (field.name, value) {
            ("format", Value::String(format)) => ENFORCED_FORMATS.contains(&format.as_str()),
            ("pattern", Value::String(pattern)) => is_pattern(pattern),
            (
                "additionalProperties" | "unevaluatedProperties" | "unevaluatedItems" | "additionalItems",
                value,
            ) => *value == Value::Bool(false),
            ("minLength" | "minItems" | "minProperties" | "minContains", value) => count(value) != Some(0),
            (_, value) => *value != Value::Bool(false),
        }
}
