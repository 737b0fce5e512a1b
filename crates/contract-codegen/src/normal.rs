//! The normal form: two documents that mean the same have the same one. The rules are listed in `docs/API-DESIGN.md`; each
//! is a function here.

use serde_json::{Map, Value, json};

/// The normal form of an OpenAPI 3.0 document.
#[must_use]
pub fn normal_openapi(document: &Value) -> Value {
    let mut normal = resolve_references(document, document);
    push_security_down(&mut normal);
    for operation in operations(&mut normal) {
        make_defaults_explicit(operation);
    }
    drop_resolved_components(&mut normal);
    drop_empty(&mut normal);
    normalise_values(&mut normal, "");
    normal
}

/// Rule 1: local references to anything but schemas and security schemes are resolved.
fn resolve_references(document: &Value, value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref").and_then(Value::as_str)
                && !reference.starts_with("#/components/schemas/")
                && let Some(target) = reference
                    .strip_prefix('#')
                    .and_then(|pointer| document.pointer(pointer))
            {
                return resolve_references(document, target);
            }
            members
                .iter()
                .map(|(name, member)| (name.clone(), resolve_references(document, member)))
                .collect()
        }
        Value::Array(items) => items
            .iter()
            .map(|item| resolve_references(document, item))
            .collect(),
        other => other.clone(),
    }
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

/// Rule 3: `required`, `deprecated`, `style` and `explode` of parameters and headers, and `required` of bodies, are said.
fn make_defaults_explicit(operation: &mut Map<String, Value>) {
    let set = |object: &mut Map<String, Value>, name: &str, value: Value| {
        object.entry(name.to_owned()).or_insert(value);
    };
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten().filter_map(Value::as_object_mut) {
        let in_query = matches!(
            parameter.get("in").and_then(Value::as_str),
            Some("query" | "cookie")
        );
        set(parameter, "required", json!(false));
        set(parameter, "deprecated", json!(false));
        set(
            parameter,
            "style",
            json!(if in_query { "form" } else { "simple" }),
        );
        let form = parameter.get("style") == Some(&json!("form"));
        set(parameter, "explode", json!(form));
    }
    if let Some(body) = operation.get_mut("requestBody").and_then(Value::as_object_mut) {
        set(body, "required", json!(false));
    }
    let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
    let responses = responses.into_iter().flat_map(Map::values_mut);
    let headers = responses
        .filter_map(|response| response.get_mut("headers")?.as_object_mut())
        .flat_map(Map::values_mut);
    for header in headers.filter_map(Value::as_object_mut) {
        set(header, "required", json!(false));
        set(header, "deprecated", json!(false));
    }
}

/// Rule 4: components that were resolved away are a notation and are left out.
fn drop_resolved_components(document: &mut Value) {
    if let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) {
        components.retain(|name, _| name == "schemas" || name == "securitySchemes");
    }
}

/// Rule 5: empty lists and maps of the document, its operations and responses say the same as their absence.
fn drop_empty(document: &mut Value) {
    let is_empty = |value: &Value| match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    };
    for operation in operations(document) {
        for name in ["parameters", "tags", "security"] {
            if operation.get(name).is_some_and(is_empty) {
                operation.shift_remove(name);
            }
        }
    }
}

/// Rules 6 to 9, on every value: numbers are compared by value; `required` of a schema is a set; `additionalProperties: true` is `{}`; a
/// false `deprecated`, `readOnly`, `uniqueItems` or exclusive bound of a schema is the same as none. The order of members
/// never counts, because members are sorted here.
fn normalise_values(value: &mut Value, name: &str) {
    match value {
        Value::Number(number) => {
            if let Some(float) = number.as_f64() {
                *value = json!(float);
            }
        }
        Value::Array(items) => {
            items.iter_mut().for_each(|item| normalise_values(item, ""));
            if name == "required" {
                items.sort_by_key(ToString::to_string);
            }
        }
        Value::Object(members) => {
            if members.get("additionalProperties") == Some(&json!(true)) {
                members.insert("additionalProperties".to_owned(), json!({}));
            }
            if members.contains_key("type") || members.contains_key("$ref") {
                let defaults = [
                    "deprecated",
                    "readOnly",
                    "uniqueItems",
                    "exclusiveMinimum",
                    "exclusiveMaximum",
                ];
                members
                    .retain(|name, member| !(defaults.contains(&name.as_str()) && *member == json!(false)));
            }
            members
                .iter_mut()
                .for_each(|(name, member)| normalise_values(member, name));
            members.sort_keys();
        }
        _ => {}
    }
}

/// A JSON Schema with all local references resolved and without what only annotates examples, for the comparison with the
/// schema that schemars derives.
#[must_use]
pub fn resolve_schema(document: &Value, schema: &Value) -> Value {
    let mut resolved = resolve_all(document, schema);
    normalise_values(&mut resolved, "");
    resolved
}

fn resolve_all(document: &Value, value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let target = members
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|text| text.strip_prefix('#'));
            if let Some(target) = target.and_then(|pointer| document.pointer(pointer)) {
                return resolve_all(document, target);
            }
            members
                .iter()
                .map(|(name, member)| (name.clone(), resolve_all(document, member)))
                .collect()
        }
        Value::Array(items) => items.iter().map(|item| resolve_all(document, item)).collect(),
        other => other.clone(),
    }
}
