//! What a schema says of the members of an object that stand apart in a query: which of the pairs are its.

use serde_json::Value;

use crate::translate::percent_decoded;

/// So many schemas are looked through.
const COUNT_MAX: usize = 500;

/// The members that a schema speaks of.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// Whether it speaks of objects at all.
    pub(super) is_object: bool,
    pub(super) names: Vec<String>,
    /// Whether it allows others on purpose.
    pub(super) is_map: bool,
}

impl Shape {
    pub(super) fn of(document: &Value, schema: &Value) -> Self {
        let mut shape = Self::default();
        let mut says_more = false;
        let mut open = vec![schema];
        for _ in 0..COUNT_MAX {
            let Some(schema) = open.pop() else { break };
            let reference = schema.get("$ref").and_then(Value::as_str);
            let target = reference
                .and_then(|reference| reference.strip_prefix('#'))
                .map(percent_decoded);
            open.extend(target.and_then(|pointer| document.pointer(&pointer)));
            for union in ["allOf", "anyOf", "oneOf"] {
                open.extend(schema.get(union).and_then(Value::as_array).into_iter().flatten());
            }
            let properties = schema.get("properties").and_then(Value::as_object);
            shape
                .names
                .extend(properties.into_iter().flatten().map(|(name, _)| name.clone()));
            let more = schema.get("additionalProperties");
            says_more |= more.is_some_and(|more| *more != Value::Bool(false))
                || schema.get("patternProperties").is_some();
            shape.is_object |= match schema.get("type") {
                Some(Value::String(kind)) => kind == "object",
                Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "object"),
                _ => properties.is_some() || more.is_some(),
            };
        }
        shape.is_map = says_more || shape.names.is_empty();
        shape
    }
}
