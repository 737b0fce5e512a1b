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
    /// Whether it speaks of lists.
    pub(super) is_list: bool,
    pub(super) names: Vec<String>,
    /// Whether it allows others on purpose.
    pub(super) is_map: bool,
}

/// A schema, and those that it is composed of.
fn parts<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let mut found = Vec::new();
    let mut open = vec![schema];
    for _ in 0..COUNT_MAX {
        let Some(schema) = open.pop() else { break };
        found.push(schema);
        let reference = schema.get("$ref").and_then(Value::as_str);
        let target = reference
            .and_then(|reference| reference.strip_prefix('#'))
            .map(percent_decoded);
        open.extend(target.and_then(|pointer| document.pointer(&pointer)));
        for union in ["allOf", "anyOf", "oneOf"] {
            open.extend(schema.get(union).and_then(Value::as_array).into_iter().flatten());
        }
    }
    found
}

/// Whether a value is a file.
pub(super) fn is_binary(document: &Value, schema: &Value) -> bool {
    let is_binary = |part: &&Value| part.get("format").is_some_and(|format| format == "binary");
    parts(document, schema).iter().any(is_binary)
}

/// The properties that a schema speaks of.
pub(super) fn properties<'a>(document: &'a Value, schema: &'a Value) -> Vec<(&'a str, &'a Value)> {
    let of = |part: &'a Value| part.get("properties").and_then(Value::as_object);
    let members = parts(document, schema).into_iter().filter_map(of).flatten();
    members.map(|(name, schema)| (name.as_str(), schema)).collect()
}

/// Whether the type of a schema, if it has one, is `kind` or one of several with it.
fn says(schema: &Value, kind: &str) -> Option<bool> {
    match schema.get("type")? {
        Value::String(one) => Some(one == kind),
        Value::Array(kinds) => Some(kinds.iter().any(|one| one == kind)),
        _ => None,
    }
}

impl Shape {
    pub(super) fn is_structured(&self) -> bool {
        self.is_object || self.is_list
    }

    pub(super) fn of(document: &Value, schema: &Value) -> Self {
        let mut shape = Self::default();
        let mut says_more = false;
        for part in parts(document, schema) {
            let properties = part.get("properties").and_then(Value::as_object);
            let names = properties.into_iter().flatten().map(|(name, _)| name.clone());
            shape.names.extend(names);
            let more = part.get("additionalProperties");
            says_more |= more.is_some_and(|more| *more != Value::Bool(false));
            says_more |= part.get("patternProperties").is_some();
            shape.is_object |= says(part, "object").unwrap_or(properties.is_some() || more.is_some());
            shape.is_list |= says(part, "array").unwrap_or(part.get("items").is_some());
        }
        shape.is_map = says_more || shape.names.is_empty();
        shape
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_and_lists_are_structured_through_references_and_unions() {
        let document = json!({"components": {"schemas": {"pet": {"type": "object"}}}});
        for (schema, expected) in [
            (json!({"type": "string"}), false),
            (json!({"minLength": 1}), false),
            (json!({"items": {}}), true),
            (json!({"type": "string", "items": {}}), false),
            (json!({"type": ["array", "null"]}), true),
            (json!({"$ref": "#/components/schemas/pet"}), true),
            (
                json!({"oneOf": [{"type": "string"}, {"properties": {"a": {}}}]}),
                true,
            ),
        ] {
            assert_eq!(
                Shape::of(&document, &schema).is_structured(),
                expected,
                "{schema}"
            );
        }
    }
}
