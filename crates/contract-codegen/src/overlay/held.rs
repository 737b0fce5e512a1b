//! What the constants of generated code hold of an object. The grammar's column `held` says it of fields; what depends on values is here.

use serde_json::Value;

use super::is_empty;
use crate::Source;
use crate::emit::schemas::takes;
use crate::grammar::{Content, Fate, Field, Grammar, Shape};
use crate::source::child;

/// References are no fields of an object, but of whatever stands in its place.
static REFERENCE: Field = Field {
    name: "$ref",
    content: Content::Text,
    fate: Fate::Shows,
    held: true,
};

/// The row of the member `name` of an object that stands at `pointer`, if the constants hold it.
pub(super) fn held(
    source: &Source,
    grammar: Grammar,
    shape: Shape,
    (pointer, object): (&str, &Value),
    name: &str,
) -> Option<&'static Field> {
    let field = match (shape, name) {
        (Shape::Schema, "$ref") => &REFERENCE,
        _ => grammar.field(shape, name).filter(|field| field.held)?,
    };
    let value = object.get(name)?;
    let is_held = match (shape, name) {
        (Shape::Schema, _) => source.schema(pointer).is_some_and(|schema| takes(schema, name)),
        // Every schema that says nothing is the same constant, whether the contract has it or not.
        (Shape::Parameter | Shape::Header | Shape::MediaType, "schema") => {
            says_something(source, &child(pointer, name), value)
        }
        // The style of a parameter is that of its schema; `content` has none.
        (Shape::Parameter | Shape::Header, "style" | "explode") => object.get("content").is_none(),
        (Shape::SecurityScheme, _) => is_of_scheme(object, name),
        _ => !is_empty(value),
    };
    is_held.then_some(field)
}

/// Whether the constant of a schema has a keyword at all.
fn says_something(source: &Source, pointer: &str, value: &Value) -> bool {
    match (value, source.schema(pointer)) {
        (Value::Bool(accepts), _) => !accepts,
        (Value::Object(members), Some(schema)) => members.keys().any(|name| takes(schema, name)),
        _ => true,
    }
}

/// The fields that a security scheme of each type has.
fn is_of_scheme(object: &Value, name: &str) -> bool {
    matches!(
        (object.get("type").and_then(Value::as_str), name),
        (_, "type" | "description")
            | (Some("apiKey"), "name" | "in")
            | (Some("http"), "scheme" | "bearerFormat")
            | (Some("openIdConnect"), "openIdConnectUrl")
    )
}
