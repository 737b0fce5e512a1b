//! OpenAPI 3.0 schemas in the words of JSON Schema 2020-12.

use serde_json::{Value, json};

/// Rewrites the words of an OpenAPI 3.0 schema into those of JSON Schema 2020-12, in place.
pub(super) fn to_json_schema(schema: &mut Value) {
    let Some(members) = schema.as_object_mut() else {
        return;
    };
    if let Some(reference) = members.get("$ref").cloned() {
        // In 3.0 the neighbours of a reference count for nothing (Reference Object).
        *members = serde_json::Map::from_iter([("$ref".to_owned(), reference)]);
        return;
    }
    for (limit, exclusive) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
        if members.get(exclusive).is_some_and(Value::is_boolean)
            && members.remove(exclusive) == Some(json!(true))
        {
            let value = members.remove(limit).unwrap_or_default();
            members.insert(exclusive.to_owned(), value);
        }
    }
    if let Some(pattern) = members.remove("x-key-pattern") {
        members.insert("propertyNames".to_owned(), json!({ "pattern": pattern }));
    }
    for name in ["items", "additionalProperties", "not"] {
        members.get_mut(name).into_iter().for_each(to_json_schema);
    }
    for name in ["allOf", "anyOf", "oneOf"] {
        members
            .get_mut(name)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
            .for_each(to_json_schema);
    }
    for (_, property) in members
        .get_mut("properties")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten()
    {
        to_json_schema(property);
    }
}
