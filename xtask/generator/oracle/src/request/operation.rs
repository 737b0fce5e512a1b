//! The operations of a contract, with what a request may carry.

use serde_json::{Map, Value};

use crate::translate::percent_decoded;

const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// An operation.
pub(crate) struct Operation<'a> {
    pub(crate) method: &'static str,
    pub(crate) path: &'a str,
    pub(crate) pointer: String,
    /// Each parameter with the pointer to where it stands, references followed.
    pub(super) parameters: Vec<(String, &'a Value)>,
    /// The body, likewise.
    pub(super) body: Option<(String, &'a Value)>,
    pub(super) security: Option<&'a Value>,
    /// The other paths of the document that have an operation with this method.
    pub(super) others: Vec<&'a str>,
}

/// All operations of a document.
pub(crate) fn all(document: &Value) -> Vec<Operation<'_>> {
    let mut found = Vec::new();
    let Some(paths) = document.get("paths").and_then(Value::as_object) else {
        return found;
    };
    for (path, item) in paths {
        let at = format!("/paths/{}", escape(path));
        let (at, item) = resolved(document, at, item);
        for method in METHODS {
            let Some(operation) = item.get(method) else {
                continue;
            };
            let pointer = format!("{at}/{method}");
            let own = listed(document, operation, &pointer);
            let of_path = listed(document, item, &at);
            let is_replaced = |one: &&(String, &Value)| own.iter().any(|(_, other)| is_same(one.1, other));
            let inherited = of_path.iter().filter(|one| !is_replaced(one)).cloned();
            found.push(Operation {
                method: upper(method),
                path,
                parameters: inherited.chain(own.iter().cloned()).collect(),
                body: operation
                    .get("requestBody")
                    .map(|body| resolved(document, format!("{pointer}/requestBody"), body)),
                security: operation.get("security").or_else(|| document.get("security")),
                others: others(document, paths, path, method),
                pointer,
            });
        }
    }
    found
}

/// The paths that have an operation with a method, but for one of them.
fn others<'a>(document: &'a Value, paths: &'a Map<String, Value>, own: &str, method: &str) -> Vec<&'a str> {
    let has_method = |item: &Value| {
        let (_, item) = resolved(document, String::new(), item);
        item.get(method).is_some()
    };
    let others = paths.iter().filter(|(path, _)| *path != own);
    let others = others.filter(|(_, item)| has_method(item));
    others.map(|(path, _)| path.as_str()).collect()
}

fn upper(method: &str) -> &'static str {
    match method {
        "get" => "GET",
        "put" => "PUT",
        "post" => "POST",
        "delete" => "DELETE",
        "options" => "OPTIONS",
        "head" => "HEAD",
        "patch" => "PATCH",
        _ => "TRACE",
    }
}

fn listed<'a>(document: &'a Value, holder: &'a Value, pointer: &str) -> Vec<(String, &'a Value)> {
    let list = holder.get("parameters").and_then(Value::as_array);
    let place = |(index, value)| resolved(document, format!("{pointer}/parameters/{index}"), value);
    list.into_iter().flatten().enumerate().map(place).collect()
}

fn is_same(one: &Value, other: &Value) -> bool {
    one.get("name") == other.get("name") && one.get("in") == other.get("in")
}

/// Where a chain of references ends.
pub(crate) fn resolved<'a>(
    document: &'a Value,
    mut pointer: String,
    mut value: &'a Value,
) -> (String, &'a Value) {
    for _ in 0..100 {
        let reference = value
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|text| text.strip_prefix('#'));
        let Some(target) = reference.map(percent_decoded) else {
            break;
        };
        let Some(next) = document.pointer(&target) else {
            break;
        };
        (pointer, value) = (target, next);
    }
    (pointer, value)
}

/// `token` as a part of a JSON pointer (RFC 6901 §3).
pub(crate) fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}
