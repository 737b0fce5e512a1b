//! Schemas that are of another format because of who refers to them.
//!
//! A multi-format schema says the format of what is in it, and what it refers to has to be of the same (AsyncAPI 3.0.0, Multi Format
//! Schema Object). So a component that only schemas of OpenAPI refer to is one of OpenAPI too. One that others refer to as well is read as
//! AsyncAPI's own, as are all others.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::child;
use crate::Dialect;
use crate::grammar::is_multi_format;

/// The places of such schemas, and what they are read as.
pub(super) type Formats = HashMap<String, Dialect>;

pub(super) fn formats(root: &Value) -> Formats {
    let mut references = References::default();
    references.collect(root, "", None);
    let mut found = Formats::new();
    if references.inside.is_empty() {
        return found;
    }
    let mut waiting = references.inside;
    while let Some((target, dialect)) = waiting.pop() {
        let Some(value) = root.pointer(&target) else {
            continue;
        };
        if found.contains_key(&target) || is_multi_format(value) {
            continue;
        }
        let mut below = References::default();
        below.collect(value, &target, Some(dialect));
        waiting.extend(below.inside);
        found.insert(target, dialect);
    }
    leave_to_others(root, &mut found);
    found
}

/// What something else refers to as well is left alone, and then what that refers to.
fn leave_to_others(root: &Value, found: &mut Formats) {
    loop {
        let mut references = References {
            known: found.clone(),
            ..References::default()
        };
        references.collect(root, "", None);
        let count = found.len();
        found.retain(|target, _| !references.outside.contains(target));
        if found.len() == count {
            return;
        }
    }
}

/// Where the reference of an object leads, and where its discriminator does.
fn targets(members: &Map<String, Value>) -> Vec<String> {
    let reference = members.get("$ref").into_iter();
    let discriminator = members.get("discriminator");
    let mapping = discriminator.and_then(|said| said.get("mapping")?.as_object());
    let mapped = mapping.into_iter().flat_map(Map::values);
    let local = |text: &Value| Some(text.as_str()?.strip_prefix('#')?.to_owned());
    let named = |text: &Value| Some(child("/components/schemas", text.as_str()?));
    reference
        .filter_map(local)
        .chain(mapped.filter_map(|text| local(text).or_else(|| named(text))))
        .collect()
}

/// References, by where they stand.
#[derive(Default)]
struct References {
    /// In a schema that says its format, with that format.
    inside: Vec<(String, Dialect)>,
    /// Everywhere else.
    outside: Vec<String>,
    /// Schemas that are known to be of another format.
    known: Formats,
}

impl References {
    fn collect(&mut self, value: &Value, pointer: &str, dialect: Option<Dialect>) {
        let dialect = self.known.get(pointer).copied().or(dialect);
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.collect(item, &child(pointer, index), dialect);
                }
            }
            Value::Object(members) => {
                for target in targets(members) {
                    match dialect {
                        Some(dialect) => self.inside.push((target, dialect)),
                        None => self.outside.push(target),
                    }
                }
                for (name, member) in members {
                    let says_format = name == "schema" && members.contains_key("schemaFormat");
                    let inner = if says_format { format_of(value) } else { dialect };
                    self.collect(member, &child(pointer, name), inner);
                }
            }
            _ => {}
        }
    }
}

/// The format that a multi-format schema says, if it is one of OpenAPI; none for what is read as AsyncAPI's own anyway.
fn format_of(value: &Value) -> Option<Dialect> {
    let format = value.get("schemaFormat")?.as_str()?;
    Dialect::of_schema_format(format).filter(|dialect| dialect.is_openapi())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const OPENAPI: &str = "application/vnd.oai.openapi;version=3.0.0";

    fn check(messages: &Value, expected: &[&str]) {
        let reference = |name| json!({"$ref": format!("#/components/schemas/{name}")});
        let root = json!({
            "asyncapi": "3.0.0",
            "components": {
                "messages": messages,
                "schemas": {"A": {"items": reference("B")}, "B": {"not": reference("B")}, "C": {}},
            }
        });
        let mut found: Vec<String> = formats(&root).into_keys().collect();
        found.sort();
        let expected: Vec<String> = expected
            .iter()
            .map(|name| format!("/components/schemas/{name}"))
            .collect();
        assert_eq!(found, expected, "{messages}");
    }

    #[test]
    fn schemas_are_of_the_format_of_those_that_refer_to_them() {
        let reference = |name| json!({"$ref": format!("#/components/schemas/{name}")});
        let openapi = |name| json!({"payload": {"schemaFormat": OPENAPI, "schema": reference(name)}});
        check(&json!({"M": openapi("A")}), &["A", "B"]);
        check(&json!({"M": openapi("B")}), &[]);
        check(&json!({"M": openapi("C")}), &["C"]);
        check(&json!({"M": openapi("C"), "N": {"payload": reference("C")}}), &[]);
        check(&json!({"M": {"payload": reference("A")}}), &[]);
        // What both refer to is AsyncAPI's; what only the one refers to is not.
        check(
            &json!({"M": openapi("A"), "N": {"payload": reference("B")}}),
            &["A"],
        );
    }
}
