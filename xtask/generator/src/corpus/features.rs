//! What a document uses of its format, for the table: which features work is only telling beside how often they occur.

use std::collections::BTreeSet;

use serde_json::Value;

/// Fields whose presence is a feature, under their own names.
const FIELDS: &[&str] = &[
    "additionalProperties",
    "allOf",
    "allowEmptyValue",
    "allowReserved",
    "anyOf",
    "callbacks",
    "const",
    "discriminator",
    "encoding",
    "example",
    "examples",
    "if",
    "links",
    "not",
    "nullable",
    "oneOf",
    "pattern",
    "patternProperties",
    "prefixItems",
    "readOnly",
    "webhooks",
    "writeOnly",
    "xml",
];

/// Values that are a feature, with the field that they belong to and the feature's name.
const VALUES: &[(&str, &str, &str)] = &[
    ("in", "cookie", "cookie parameter"),
    ("in", "header", "header parameter or key"),
    ("style", "deepObject", "deepObject"),
    ("style", "pipeDelimited", "pipeDelimited"),
    ("style", "spaceDelimited", "spaceDelimited"),
    ("format", "binary", "format binary"),
    ("format", "date-time", "format date-time"),
    ("format", "uuid", "format uuid"),
];

const METHODS: &[&str] = &[
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// The features of a document, and how many operations it has.
pub(super) fn of(text: &str) -> (Vec<String>, u64) {
    let document: Value = match serde_json::from_str(text) {
        Ok(document) => document,
        Err(_) => return (vec!["YAML".to_owned()], 0),
    };
    let mut found = BTreeSet::new();
    for name in ["openapi", "swagger", "asyncapi"] {
        if let Some(version) = document.get(name).and_then(Value::as_str) {
            let minor: Vec<&str> = version.split('.').take(2).collect();
            found.insert(format!("{name} {}", minor.join(".")));
        }
    }
    let operations = paths(&document, &mut found);
    walk(&document, &mut found);
    (found.into_iter().collect(), operations)
}

fn paths(document: &Value, found: &mut BTreeSet<String>) -> u64 {
    let mut operations = 0;
    let paths = document.get("paths").and_then(Value::as_object);
    for (path, item) in paths.into_iter().flatten() {
        let mut say = |is_so: bool, name: &str| is_so.then(|| found.insert(name.to_owned()));
        say(path.contains(['#', '?']), "path with # or ?");
        say(
            path.len() > 1 && path.ends_with('/'),
            "path with a slash at its end",
        );
        let is_partial = |part: &str| {
            part.contains('{') && !(part.starts_with('{') && part.find('}') == Some(part.len() - 1))
        };
        say(path.split('/').any(is_partial), "path with a partial parameter");
        say(item.get("parameters").is_some(), "parameters of a path");
        for operation in METHODS.iter().filter_map(|method| item.get(method)) {
            operations += 1;
            let responses = operation.get("responses").and_then(Value::as_object);
            for status in responses.into_iter().flatten().map(|(status, _)| status) {
                say(status == "default", "default response");
                say(status.ends_with("XX"), "range of statuses");
            }
            let body = operation.get("requestBody");
            say(
                body.is_some_and(|body| body.get("required") != Some(&Value::Bool(true))),
                "optional body",
            );
        }
    }
    operations
}

fn walk(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
        Value::Object(members) => {
            for (name, member) in members {
                if FIELDS.contains(&name.as_str()) {
                    found.insert(name.clone());
                }
                for (field, text, feature) in VALUES {
                    if name == field && member == text {
                        found.insert((*feature).to_owned());
                    }
                }
                for (start, feature) in [
                    ("multipart/", "multipart"),
                    ("application/x-www-form", "form body"),
                ] {
                    if name.starts_with(start) {
                        found.insert(feature.to_owned());
                    }
                }
                // Examples may hold anything.
                if !matches!(name.as_str(), "example" | "examples" | "default" | "enum") {
                    walk(member, found);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_document_uses_is_told() {
        let (found, operations) = of(r#"{
            "openapi": "3.0.3",
            "paths": {"/files/{name}.{ext}": {"get": {
                "parameters": [{"in": "cookie", "example": {"allOf": 1}}],
                "requestBody": {"content": {"multipart/form-data": {}}},
                "responses": {"4XX": {}, "default": {}}
            }}}
        }"#);
        let expected = [
            "cookie parameter",
            "default response",
            "example",
            "multipart",
            "openapi 3.0",
            "optional body",
            "path with a partial parameter",
            "range of statuses",
        ];
        assert_eq!(found, expected);
        assert_eq!(operations, 1);
    }
}
