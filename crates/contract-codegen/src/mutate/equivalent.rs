//! Changes after which a contract says the same, by the words of the specifications. They are listed here once more, apart from the normal
//! form: what that hides for another reason is a survivor.

use serde_json::{Value, json};

use super::Change;
use crate::grammar::Shape;

/// A member that says what is so without it.
const DEFAULT: &str = "it is the default";
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
        ([name], Change::Drop) => {
            let is_default = is_default(object, shape, name, object.get(name)?);
            is_default.then_some(DEFAULT)
        }
        ([name], Change::Rename(new)) => {
            let value = object.get(name)?;
            let says_nothing =
                is_default(object, shape, name, value) && is_default(object, shape, new, value);
            (says_nothing && object.get(new).is_none()).then_some(DEFAULT)
        }
        ([], Change::Add(name, value)) if is_default(object, shape, name, value) => Some(DEFAULT),
        (["required" | "type", _], Change::Swap) if shape == Shape::Schema => Some(SET),
        _ => None,
    }
}

/// Whether `value` of the member `name` is what the object says without it.
fn is_default(object: &Value, shape: Shape, name: &str, value: &Value) -> bool {
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
