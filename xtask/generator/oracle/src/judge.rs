//! What the library `jsonschema` says of a value.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use jsonschema::{Draft, Registry, ValidationOptions, Validator};
use serde_json::{Value, json};

use crate::Dialect;
use crate::exact::exactly;
use crate::translate::percent_decoded;

const DOCUMENT: &str = "urn:contract";

/// The judges of a translated document: one for each schema that is asked for.
pub struct Judges {
    document: Value,
    registry: Registry<'static>,
    draft: Draft,
    /// Those that were asked for before, by where their schema stands.
    known: RefCell<HashMap<String, Judge>>,
}

/// So many are kept: each holds all that its schema refers to.
const KNOWN_MAX: usize = 100;

impl Judges {
    /// For a document whose schemas are translated.
    pub fn new(translated: &Value, dialect: Dialect) -> Result<Self, String> {
        let draft = match dialect {
            Dialect::OpenApi30 | Dialect::OpenApi31 => Draft::Draft202012,
            Dialect::AsyncApi => Draft::Draft7,
        };
        let resource = draft.create_resource(translated.clone());
        let registry = Registry::new()
            .add(DOCUMENT, resource)
            .and_then(jsonschema::RegistryBuilder::prepare)
            .map_err(|error| error.to_string())?;
        Ok(Self {
            document: translated.clone(),
            registry,
            draft,
            known: RefCell::default(),
        })
    }

    /// The judge for the schema at a JSON pointer.
    pub fn of(&self, pointer: &str) -> Result<Judge, String> {
        let pointer = self.end_of(pointer);
        if let Some(judge) = self.known.borrow().get(&pointer) {
            return Ok(judge.clone());
        }
        let judge = self.build(&json!({ "$ref": format!("{DOCUMENT}#{}", uri_encoded(&pointer)) }))?;
        let mut known = self.known.borrow_mut();
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(pointer, judge.clone());
        Ok(judge)
    }

    /// Where a schema stands that is no more than a reference.
    fn end_of(&self, pointer: &str) -> String {
        let mut pointer = pointer.to_owned();
        for _ in 0..100 {
            let schema = self.document.pointer(&pointer).and_then(Value::as_object);
            let reference = schema.filter(|schema| schema.len() == 1);
            let reference = reference.and_then(|schema| schema.get("$ref")?.as_str()?.strip_prefix('#'));
            match reference.map(percent_decoded) {
                Some(next) if self.document.pointer(&next).is_some() => pointer = next,
                _ => break,
            }
        }
        pointer
    }

    /// The judge that accepts everything.
    pub(crate) fn of_anything(&self) -> Result<Judge, String> {
        self.build(&json!({}))
    }

    fn build(&self, schema: &Value) -> Result<Judge, String> {
        let validator = exactly(formats(jsonschema::options()))
            .with_draft(self.draft)
            .with_registry(&self.registry)
            .build(schema)
            .map_err(|error| error.to_string())?;
        Ok(Judge {
            validator: Arc::new(validator),
        })
    }
}

/// One schema.
#[derive(Clone)]
pub struct Judge {
    validator: Arc<Validator>,
}

impl Judge {
    /// Whether a value is valid.
    #[must_use]
    pub fn accepts(&self, value: &Value) -> bool {
        self.validator.is_valid(value)
    }

    /// The first reason why a value is not valid.
    #[must_use]
    pub fn reason(&self, value: &Value) -> Option<String> {
        let error = self.validator.iter_errors(value).next()?;
        Some(format!(
            "{} at `{}` by {}",
            error,
            error.instance_path(),
            error.schema_path()
        ))
    }
}

/// Formats are asserted, those of OpenAPI and of the field beside those of JSON Schema.
fn formats(options: ValidationOptions<'_>) -> ValidationOptions<'_> {
    options
        .should_validate_formats(true)
        .should_ignore_unknown_formats(true)
        .with_format("uuid", is_uuid)
        .with_format("byte", is_base64)
}

/// Draft-07 does not know this one. Five groups of hexadecimal digits (RFC 9562 §4).
fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let is_group = |(group, length): (&&str, usize)| {
        group.len() == length && group.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    groups.len() == 5 && groups.iter().zip([8, 4, 4, 4, 12]).all(is_group)
}

/// RFC 4648 §4, with its padding; the bits that are left over are zero.
fn is_base64(text: &str) -> bool {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letters = text.trim_end_matches('=');
    let padding = text.len() - letters.len();
    let rest = letters
        .bytes()
        .last()
        .and_then(|last| LETTERS.bytes().position(|letter| letter == last));
    let is_clean = match padding {
        0 => true,
        1 => rest.is_some_and(|rest| rest % 4 == 0),
        _ => rest.is_some_and(|rest| rest % 16 == 0),
    };
    text.len().is_multiple_of(4)
        && padding <= 2
        && is_clean
        && letters.chars().all(|letter| LETTERS.contains(letter))
}

/// What a fragment cannot hold (RFC 3986 §3.5), as `%20`.
pub(crate) fn uri_encoded(pointer: &str) -> String {
    let mut text = String::new();
    for byte in pointer.bytes() {
        let is_plain = byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=:@?".contains(&byte);
        if is_plain {
            text.push(char::from(byte));
        } else {
            use std::fmt::Write as _;
            // Writing into a text cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_judged_where_it_stands() {
        let document = json!({
            "paths": {"/a b/{c}": {"schema": {"$ref": "#/components/schemas/List"}}},
            "components": {"schemas": {
                "List": {"type": "array", "items": {"$ref": "#/components/schemas/List/definition"}, "definition": {"format": "uuid", "type": "string"}},
            }},
        });
        let judges = Judges::new(&document, Dialect::OpenApi31).unwrap();
        let judge = judges.of("/paths/~1a b~1{c}/schema").unwrap();
        assert!(judge.accepts(&json!(["018f4c2e-7d1a-7c3b-9f00-2b6f0a1c9d3e"])));
        assert!(!judge.accepts(&json!(["no uuid"])));
        assert!(!judge.accepts(&json!({})));
        assert!(judge.reason(&json!([1])).unwrap().contains("/0"));
        assert!(judges.of("/nowhere").is_err());
    }

    #[test]
    fn numbers_of_any_length_are_told_apart() {
        let read = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
        for (schema, accepted, refused) in [
            (
                r#"{"maximum": 18446744073709551616}"#,
                "18446744073709551616.0",
                "18446744073709551617",
            ),
            (r#"{"exclusiveMinimum": 1}"#, "1.0000000000000000000001", "1.0"),
            (
                r#"{"const": 1.0000000000000000000001}"#,
                "10.000000000000000000001e-1",
                "1",
            ),
            (
                r#"{"enum": [[18446744073709551616]]}"#,
                "[18446744073709551616]",
                "[18446744073709551617]",
            ),
            (
                r#"{"type": ["integer", "null"]}"#,
                "18446744073709551616.0",
                "18446744073709551616.5",
            ),
            (r#"{"multipleOf": 1e-19}"#, "1e-18", "1e-20"),
        ] {
            let document = json!({"schema": read(schema)});
            let judge = Judges::new(&document, Dialect::OpenApi31)
                .unwrap()
                .of("/schema")
                .unwrap();
            assert!(judge.accepts(&read(accepted)), "{schema} {accepted}");
            assert!(!judge.accepts(&read(refused)), "{schema} {refused}");
        }
    }
}
