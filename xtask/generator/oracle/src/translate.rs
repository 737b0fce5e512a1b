//! The schemas of a document in the language of JSON Schema.
//!
//! For OpenAPI 3.0 (3.0.3 §4.7.24) these are the rules, and there are no others:
//!
//! 1. Beside `$ref` nothing counts.
//! 2. Keywords that 3.0 does not have are left out.
//! 3. `nullable: true` adds `null` to `type`; without `type` it says nothing, and `enum` still says what it says.
//! 4. `exclusiveMinimum: true` makes `minimum` exclusive, `exclusiveMaximum: true` makes `maximum` so.
//! 5. In a request a required property that is `readOnly` need not be there; nor in an answer one that is `writeOnly`.
//!
//! For every dialect the formats of numbers, which JSON Schema does not check, become bounds.

use serde_json::{Map, Value, json};

use crate::{Dialect, Direction};

/// What JSON Schema calls a type.
const TYPES: &[&str] = &[
    "array", "boolean", "integer", "null", "number", "object", "string",
];

/// The keywords of 3.0 that say what is valid.
const KEYWORDS_30: &[&str] = &[
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "nullable",
    "oneOf",
    "pattern",
    "properties",
    "readOnly",
    "required",
    "type",
    "uniqueItems",
    "writeOnly",
];

/// Keywords that hold one schema.
const ONE: &[&str] = &[
    "additionalItems",
    "additionalProperties",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Keywords that hold a list of schemas; `items` does in draft-07.
const LIST: &[&str] = &["allOf", "anyOf", "items", "oneOf", "prefixItems"];

/// Keywords that hold schemas by name.
const NAMED: &[&str] = &[
    "$defs",
    "definitions",
    "dependentSchemas",
    "patternProperties",
    "properties",
];

/// Fields, outside of schemas, whose members are named by the author, so that one named `schema` is no schema.
const AUTHORED: &[&str] = &[
    "callbacks",
    "channels",
    "content",
    "encoding",
    "headers",
    "links",
    "messages",
    "operations",
    "paths",
    "requestBodies",
    "responses",
    "scopes",
    "securitySchemes",
    "servers",
    "variables",
    "webhooks",
];

/// Fields whose values are the author's data.
const DATA: &[&str] = &["default", "enum", "example", "examples", "mapping", "const"];

/// A copy of a document in which every schema is one of JSON Schema; each stands where it stood.
#[must_use]
pub fn translated(document: &Value, dialect: Dialect, direction: Direction) -> Value {
    let rules = Rules {
        document,
        dialect,
        direction,
    };
    let mut copy = document.clone();
    rules.outside(&mut copy, false);
    copy
}

struct Rules<'a> {
    document: &'a Value,
    dialect: Dialect,
    direction: Direction,
}

impl Rules<'_> {
    /// What is no schema; `is_authored` tells that the names of its members are the author's.
    fn outside(&self, value: &mut Value, is_authored: bool) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.outside(item, false)),
            Value::Object(members) => {
                for (name, member) in members {
                    let name = name.as_str();
                    match name {
                        _ if is_authored => self.outside(member, false),
                        "schema" | "payload" => self.schema(member),
                        "schemas" => members_of(member).for_each(|schema| self.schema(schema)),
                        _ if name.starts_with("x-") || DATA.contains(&name) => {}
                        _ => self.outside(member, AUTHORED.contains(&name) || (name == "headers")),
                    }
                }
            }
            _ => {}
        }
    }

    fn schema(&self, schema: &mut Value) {
        let Value::Object(members) = schema else { return };
        if self.dialect == Dialect::OpenApi30 {
            self.normalise(members);
        }
        numbers(members);
        if let Some(Value::String(reference)) = members.get_mut("$ref")
            && let Some(pointer) = reference.strip_prefix('#')
        {
            *reference = format!("#{}", crate::judge::uri_encoded(&percent_decoded(pointer)));
        }
        for (name, member) in members {
            let name = name.as_str();
            if NAMED.contains(&name) {
                members_of(member).for_each(|schema| self.schema(schema));
            } else if let (true, Value::Array(items)) = (LIST.contains(&name), &mut *member) {
                for schema in items {
                    self.schema(schema);
                }
            } else if ONE.contains(&name) {
                self.schema(member);
            }
        }
    }

    fn normalise(&self, members: &mut Map<String, Value>) {
        if members.get("$ref").is_some_and(Value::is_string) {
            members.retain(|name, _| name == "$ref");
            return;
        }
        members.retain(|name, _| KEYWORDS_30.contains(&name.as_str()));
        self.direct(members);
        members.retain(|name, _| !matches!(name.as_str(), "readOnly" | "writeOnly"));
        let is_type = |kind: &Value| kind.as_str().is_some_and(|kind| TYPES.contains(&kind));
        if members.get("type").is_some_and(|kind| !is_type(kind)) {
            members.remove("type");
        }
        if members.remove("nullable") == Some(Value::Bool(true))
            && let Some(kind) = members.get_mut("type")
        {
            *kind = json!([kind.clone(), "null"]);
        }
        for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
            if members.remove(exclusive) == Some(Value::Bool(true))
                && let Some(value) = members.remove(bound)
            {
                members.insert(exclusive.to_owned(), value);
            }
        }
    }

    /// Rule 5.
    fn direct(&self, members: &mut Map<String, Value>) {
        let keyword = match self.direction {
            Direction::Request => "readOnly",
            Direction::Response => "writeOnly",
            Direction::Either => return,
        };
        let properties = members.get("properties").cloned().unwrap_or_default();
        let is_free = |name: &Value| {
            let property = name.as_str().and_then(|name| properties.get(name));
            property.is_some_and(|property| self.resolved(property).get(keyword) == Some(&Value::Bool(true)))
        };
        if let Some(Value::Array(required)) = members.get_mut("required") {
            required.retain(|name| !is_free(name));
        }
    }

    fn resolved<'v>(&'v self, mut schema: &'v Value) -> &'v Value {
        for _ in 0..100 {
            let target = schema
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|reference| reference.strip_prefix('#'));
            match target.and_then(|pointer| self.document.pointer(&percent_decoded(pointer))) {
                Some(next) => schema = next,
                None => break,
            }
        }
        schema
    }
}

/// References are URIs, so what a URI cannot hold is written as `%20`.
pub(crate) fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(byte) = bytes.get(index) {
        let hexadecimal = (*byte == b'%').then(|| text.get(index + 1..index + 3)).flatten();
        if let Some(value) = hexadecimal.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            decoded.push(value);
            index += 3;
        } else {
            decoded.push(*byte);
            index += 1;
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// The formats of numbers as bounds, beside those that are there.
fn numbers(members: &mut Map<String, Value>) {
    let bounds = match members.get("format").and_then(Value::as_str) {
        Some("int32") => json!({"minimum": i32::MIN, "maximum": i32::MAX, "multipleOf": 1}),
        Some("int64") => json!({"minimum": i64::MIN, "maximum": i64::MAX, "multipleOf": 1}),
        _ => return,
    };
    match members.get_mut("allOf") {
        Some(Value::Array(all)) => all.push(bounds),
        _ => drop(members.insert("allOf".to_owned(), json!([bounds]))),
    }
}

fn members_of(value: &mut Value) -> impl Iterator<Item = &mut Value> {
    value
        .as_object_mut()
        .into_iter()
        .flat_map(|members| members.values_mut())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(dialect: Dialect, direction: Direction, schema: &Value, expected: &Value) {
        let document = json!({"components": {"schemas": {"A": schema, "Id": {"readOnly": true}}}});
        let found = translated(&document, dialect, direction);
        assert_eq!(&found["components"]["schemas"]["A"], expected);
    }

    #[test]
    fn each_rule_of_openapi_3_0() {
        let check =
            |schema: Value, expected: Value| check(Dialect::OpenApi30, Direction::Either, &schema, &expected);
        check(json!({"$ref": "#/x", "nullable": true}), json!({"$ref": "#/x"}));
        check(
            json!({"const": 1, "patternProperties": {}, "title": "t"}),
            json!({}),
        );
        check(
            json!({"type": "string", "nullable": true}),
            json!({"type": ["string", "null"]}),
        );
        check(json!({"enum": ["a"], "nullable": true}), json!({"enum": ["a"]}));
        check(
            json!({"minimum": 1, "exclusiveMinimum": true, "maximum": 2, "exclusiveMaximum": false}),
            json!({"exclusiveMinimum": 1, "maximum": 2}),
        );
        check(
            json!({"properties": {"nullable": {"items": {"nullable": true, "type": "string"}}}}),
            json!({"properties": {"nullable": {"items": {"type": ["string", "null"]}}}}),
        );
    }

    #[test]
    fn what_is_read_only_binds_answers_alone() {
        let schema = || json!({"required": ["a", "b", "c"], "properties": {"a": {"readOnly": true}, "b": {"$ref": "#/components/schemas/Id"}}});
        let with = |required: Value| json!({"required": required, "properties": {"a": {}, "b": {"$ref": "#/components/schemas/Id"}}});
        check(
            Dialect::OpenApi30,
            Direction::Request,
            &schema(),
            &with(json!(["c"])),
        );
        check(
            Dialect::OpenApi30,
            Direction::Response,
            &schema(),
            &with(json!(["a", "b", "c"])),
        );
        check(Dialect::OpenApi31, Direction::Request, &schema(), &schema());
    }

    #[test]
    fn formats_of_numbers_are_bounds_everywhere() {
        let expected = json!({"format": "int32", "allOf": [{"minimum": i32::MIN, "maximum": i32::MAX, "multipleOf": 1}]});
        check(
            Dialect::OpenApi31,
            Direction::Either,
            &json!({"format": "int32"}),
            &expected,
        );
    }

    #[test]
    fn a_member_that_the_author_named_schema_is_none() {
        let document = json!({"responses": {"schema": {"content": {"a/b": {"schema": {"type": "string", "nullable": true}}}}}});
        let found = translated(&document, Dialect::OpenApi30, Direction::Either);
        assert_eq!(
            found["responses"]["schema"]["content"]["a/b"]["schema"]["type"],
            json!(["string", "null"])
        );
    }
}
