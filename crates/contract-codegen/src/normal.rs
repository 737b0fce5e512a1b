//! The normal form: two documents that mean the same have the same one. The rules are listed in `docs/API-DESIGN.md`; each
//! is a function here. They follow the grammar, so that what only looks like a keyword, in an example or as the name of a
//! property, is compared as it stands.

use serde_json::{Map, Number, Value, json};

use crate::grammar::{Content, Grammar, Shape};
use crate::{Dialect, Language};

/// The normal form of an OpenAPI 3.0 document.
#[must_use]
pub fn normal_openapi(document: &Value) -> Value {
    let reading = Reading {
        document,
        grammar: Grammar {
            dialect: Dialect::said_by(document).unwrap_or(Dialect::OpenApi30),
            language: Language::Service,
        },
        resolves_schemas: false,
    };
    let mut normal = normal_object(reading, document, Shape::OpenApi);
    push_security_down(&mut normal);
    drop_resolved_components(&mut normal);
    drop_empty(&mut normal);
    normal
}

/// A JSON Schema with all local references resolved, for the comparison with the schema that schemars derives.
#[must_use]
pub fn resolve_schema(document: &Value, schema: &Value) -> Value {
    let reading = Reading {
        document,
        grammar: Grammar {
            dialect: Dialect::AsyncApi30,
            language: Language::Service,
        },
        resolves_schemas: true,
    };
    normal_object(reading, schema, Shape::Schema)
}

/// A document while it is brought into normal form.
#[derive(Clone, Copy)]
struct Reading<'a> {
    document: &'a Value,
    grammar: Grammar,
    /// Whether references to schemas are resolved too.
    resolves_schemas: bool,
}

fn normal_object(reading: Reading<'_>, value: &Value, shape: Shape) -> Value {
    let value = follow(reading, value, shape);
    let Value::Object(members) = value else {
        return canonical_numbers(value);
    };
    let mut normal: Map<String, Value> = members
        .iter()
        .map(|(name, member)| {
            let content = reading
                .grammar
                .field(shape, name)
                .map_or(Content::Free, |field| field.content);
            (name.clone(), normal_content(reading, member, content))
        })
        .collect();
    match shape {
        Shape::Schema => normalise_schema(&mut normal),
        Shape::Parameter | Shape::Header | Shape::RequestBody => make_defaults_explicit(&mut normal, shape),
        _ => {}
    }
    Value::Object(normal)
}

fn normal_content(reading: Reading<'_>, value: &Value, content: Content) -> Value {
    match (content, value) {
        (Content::One(shape), _)
        | (Content::SchemaOrBool(shape) | Content::OneOrList(shape), Value::Object(_)) => {
            normal_object(reading, value, shape)
        }
        (Content::List(shape) | Content::OneOrList(shape), Value::Array(items)) => items
            .iter()
            .map(|item| normal_object(reading, item, shape))
            .collect(),
        (Content::Map(shape) | Content::Patterned(shape), Value::Object(members)) => members
            .iter()
            .map(|(name, member)| (name.clone(), normal_object(reading, member, shape)))
            .collect(),
        _ => canonical_numbers(value),
    }
}

/// Rule 1: local references to anything but schemas are resolved. (Those of event schemas are too: schemars writes each schema
/// in place.)
fn follow<'a>(reading: Reading<'a>, value: &'a Value, shape: Shape) -> &'a Value {
    let mut value = value;
    // No chain of references can be longer than this without going in a circle in any contract that is taken over.
    for _ in 0..8 {
        let reference = value.get("$ref").and_then(Value::as_str);
        let pointer = reference.and_then(|text| text.strip_prefix('#'));
        match pointer.and_then(|pointer| reading.document.pointer(pointer)) {
            Some(target) if shape != Shape::Schema || reading.resolves_schemas => value = target,
            _ => break,
        }
    }
    value
}

fn operations(document: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let items = paths
        .into_iter()
        .flat_map(Map::values_mut)
        .filter_map(Value::as_object_mut);
    items.flat_map(Map::values_mut).filter_map(Value::as_object_mut)
}

/// Rule 2: `security` of the document is that of each operation without its own.
fn push_security_down(document: &mut Value) {
    let Some(security) = document
        .as_object_mut()
        .and_then(|members| members.shift_remove("security"))
    else {
        return;
    };
    for operation in operations(document) {
        operation.entry("security").or_insert_with(|| security.clone());
    }
}

/// Rule 3: `required`, `deprecated`, `style` and `explode` of parameters, `required` and `deprecated` of headers, and `required`
/// of bodies, are said.
fn make_defaults_explicit(members: &mut Map<String, Value>, shape: Shape) {
    let mut set = |name: &str, value: Value| {
        members.entry(name.to_owned()).or_insert(value);
    };
    set("required", json!(false));
    if shape == Shape::RequestBody {
        return;
    }
    set("deprecated", json!(false));
    if shape == Shape::Parameter {
        let place = members.get("in").and_then(Value::as_str);
        let form = matches!(place, Some("query" | "cookie"));
        let style = members
            .entry("style")
            .or_insert(json!(if form { "form" } else { "simple" }));
        let explode = *style == json!("form");
        members.entry("explode").or_insert(json!(explode));
    }
}

/// Rule 4: components that were resolved away are a notation and are left out.
fn drop_resolved_components(document: &mut Value) {
    if let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) {
        components.retain(|name, _| name == "schemas" || name == "securitySchemes");
    }
}

/// Rule 5: an empty list of servers, or of an operation's parameters, tags or security requirements, says the same as its absence,
/// after rule 2.
fn drop_empty(document: &mut Value) {
    let drop = |members: &mut Map<String, Value>, names: &[&str]| {
        members.retain(|name, member| {
            let is_empty = member.as_array().is_some_and(Vec::is_empty);
            !(is_empty && names.contains(&name.as_str()))
        });
    };
    for operation in operations(document) {
        drop(operation, &["parameters", "tags", "security"]);
    }
    if let Some(members) = document.as_object_mut() {
        drop(members, &["servers"]);
    }
}

/// Rules 6 to 8: `required` of a schema is a set; `additionalProperties: true` is `{}`; a false `deprecated`, `readOnly`,
/// `uniqueItems` or exclusive bound is the same as none.
fn normalise_schema(members: &mut Map<String, Value>) {
    if let Some(required) = members.get_mut("required").and_then(Value::as_array_mut) {
        required.sort_by_key(ToString::to_string);
    }
    if members.get("additionalProperties") == Some(&json!(true)) {
        members.insert("additionalProperties".to_owned(), json!({}));
    }
    let false_by_default = [
        "deprecated",
        "readOnly",
        "uniqueItems",
        "exclusiveMinimum",
        "exclusiveMaximum",
    ];
    members.retain(|name, member| !(*member == json!(false) && false_by_default.contains(&name.as_str())));
}

/// Rule 9: numbers are compared by value: `1.0` is `1`. The order of members never counts, because `differences` looks them up by
/// name.
fn canonical_numbers(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::Number(canonical_number(number)),
        Value::Array(items) => items.iter().map(canonical_numbers).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| (name.clone(), canonical_numbers(member)))
            .collect(),
        other => other.clone(),
    }
}

fn canonical_number(number: &Number) -> Number {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() <= EXACT => {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "whole and within 2^53, checked above"
            )]
            let whole = float as i64;
            whole.into()
        }
        _ => number.clone(),
    }
}

#[cfg(test)]
#[path = "normal_tests.rs"]
mod tests;
