//! Names from where a schema stands.

use crate::{SchemaAt, names};

/// Words of pointers that say how something is written down and not what it is.
const SILENT: [&str; 18] = [
    "additionalProperties",
    "allOf",
    "anyOf",
    "channels",
    "components",
    "content",
    "definitions",
    "$defs",
    "examples",
    "headers",
    "messages",
    "oneOf",
    "parameters",
    "paths",
    "properties",
    "responses",
    "schema",
    "schemas",
];

/// A name for a schema that is no component: the names on the way to it.
pub(super) fn name(schema: SchemaAt<'_>) -> String {
    if let Some(component) = schema.component() {
        return names::camel(component).to_string();
    }
    let tokens = schema.pointer().split('/').skip(1);
    let unescaped = tokens.map(|token| token.replace("~1", "/").replace("~0", "~"));
    let speaking: String = unescaped
        .filter(|token| !SILENT.contains(&token.as_str()))
        .map(|token| match token.as_str() {
            "items" => "Item".to_owned(),
            other => names::camel_text(other),
        })
        .collect();
    names::camel(&speaking).to_string()
}
