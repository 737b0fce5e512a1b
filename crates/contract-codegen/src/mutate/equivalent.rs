//! Changes after which a contract says the same, by the words of the specifications. They are listed here once more, apart from the normal
//! form: what that hides for another reason is a survivor.

use serde_json::{Value, json};

use super::Change;
use crate::grammar::Shape;

/// Dropping a member that says what is so without it.
const DEFAULT: &str = "it said what is the default";
/// The order of a list that stands for a set (JSON Schema validation §6.1.1, §6.5.3).
const SET: &str = "the list is a set";

/// Why an object of a shape, which stands at `around`, says the same with `change` at `pointer`; `None` if it does not.
pub(super) fn reason(
    object: &Value,
    shape: Shape,
    around: &str,
    pointer: &str,
    change: &Change,
) -> Option<&'static str> {
    let path: Vec<&str> = pointer.strip_prefix(around)?.split('/').skip(1).collect();
    match (path.as_slice(), change) {
        ([name], Change::Drop) if is_default(object, shape, name) => Some(DEFAULT),
        (["required" | "type", _], Change::Swap) if shape == Shape::Schema => Some(SET),
        _ => None,
    }
}

fn is_default(object: &Value, shape: Shape, name: &str) -> bool {
    let Some(value) = object.get(name) else {
        return false;
    };
    let text = |name| object.get(name).and_then(Value::as_str);
    let style = match (shape, text("in")) {
        // OpenAPI 3.0.3 §4.7.12.2.
        (Shape::Parameter, Some("query" | "cookie")) => "form",
        _ => "simple",
    };
    match (shape, name) {
        (Shape::Parameter | Shape::Header, "style") => *value == json!(style),
        (Shape::Parameter | Shape::Header, "explode") => *value == json!(text("style").unwrap_or(style) == "form"),
        // OpenAPI 3.0.3 §4.7.10, §4.7.12, §4.7.13, §4.7.21.
        (Shape::Operation | Shape::Parameter | Shape::Header, "deprecated")
        | (Shape::Parameter | Shape::Header | Shape::RequestBody, "required")
        | (Shape::Parameter, "allowReserved" | "allowEmptyValue")
        // OpenAPI 3.0.3 §4.7.24; JSON Schema validation §6.4.3, §9.3, §9.4.
        | (
            Shape::Schema,
            "deprecated" | "readOnly" | "writeOnly" | "uniqueItems" | "nullable" | "exclusiveMinimum"
            | "exclusiveMaximum",
        ) => *value == json!(false),
        _ => false,
    }
}
