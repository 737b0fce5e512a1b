//! A schema with what it refers to, and the members of `allOf` and one of each union, in one place.
//!
//! That is not the same schema, and need not be: it only serves to make a value, of which the judge then says whether it is
//! valid.

use fastrand::Rng;
use serde_json::{Map, Value};

use crate::translate::percent_decoded;

/// References, `allOf` and unions inside of each other, at most so deep.
const DEPTH_MAX: usize = 24;

/// Keywords of which the larger number asks for more, and those of which the smaller does.
const LEAST: &[&str] = &[
    "minimum",
    "exclusiveMinimum",
    "minLength",
    "minItems",
    "minProperties",
];
const MOST: &[&str] = &[
    "maximum",
    "exclusiveMaximum",
    "maxLength",
    "maxItems",
    "maxProperties",
];

pub(super) fn whole(document: &Value, random: &mut Rng, schema: &Value, depth: usize) -> Value {
    let Value::Object(members) = schema else {
        return if *schema == Value::Bool(false) {
            schema.clone()
        } else {
            Value::Object(Map::new())
        };
    };
    let mut merged = members.clone();
    if depth > DEPTH_MAX {
        return Value::Object(merged);
    }
    let mut parts = Vec::new();
    if let Some(Value::String(reference)) = merged.remove("$ref") {
        let pointer = reference.strip_prefix('#').map(percent_decoded);
        parts.extend(pointer.and_then(|pointer| document.pointer(&pointer)).cloned());
    }
    if let Some(Value::Array(all)) = merged.remove("allOf") {
        parts.extend(all);
    }
    for union in ["oneOf", "anyOf"] {
        if let Some(Value::Array(members)) = merged.remove(union) {
            parts.extend(random.choice(members));
        }
    }
    if let (Some(_), Some(then)) = (merged.remove("if"), merged.remove("then")) {
        parts.push(then);
    }
    for part in parts {
        match whole(document, random, &part, depth + 1) {
            Value::Object(part) => merge(&mut merged, part),
            refused => return refused,
        }
    }
    Value::Object(merged)
}

fn merge(into: &mut Map<String, Value>, part: Map<String, Value>) {
    for (keyword, value) in part {
        let Some(present) = into.get_mut(&keyword) else {
            into.insert(keyword, value);
            continue;
        };
        match (keyword.as_str(), present, value) {
            ("properties" | "patternProperties", Value::Object(present), Value::Object(more)) => {
                for (name, schema) in more {
                    let both = match present.get(&name) {
                        Some(one) if *one != schema => serde_json::json!({ "allOf": [one, schema] }),
                        _ => schema,
                    };
                    present.insert(name, both);
                }
            }
            ("required", Value::Array(present), Value::Array(more)) => {
                present.extend(
                    more.into_iter()
                        .filter(|name| !present.contains(name))
                        .collect::<Vec<_>>(),
                );
            }
            ("enum", Value::Array(present), Value::Array(more)) => {
                present.retain(|value| more.contains(value));
            }
            ("type", present, more) => *present = common_types(present, &more),
            (name, present, more) if LEAST.contains(&name) && more.as_f64() > present.as_f64() => {
                *present = more;
            }
            (name, present, more) if MOST.contains(&name) && more.as_f64() < present.as_f64() => {
                *present = more;
            }
            _ => {}
        }
    }
}

/// The types that both allow; a number that must be whole is an integer.
fn common_types(one: &Value, other: &Value) -> Value {
    let list = |value: &Value| match value {
        Value::Array(kinds) => kinds.clone(),
        kind => vec![kind.clone()],
    };
    let (one, other) = (list(one), list(other));
    let narrow = |kind: &Value, among: &[Value]| {
        let is_both = among.contains(kind) || (kind == "integer" && among.contains(&Value::from("number")));
        is_both.then(|| kind.clone())
    };
    let mut common: Vec<Value> = one.iter().filter_map(|kind| narrow(kind, &other)).collect();
    common.extend(
        other
            .iter()
            .filter_map(|kind| narrow(kind, &one))
            .filter(|kind| !one.contains(kind)),
    );
    match common.len() {
        0 => one.into_iter().next().unwrap_or_default(),
        1 => common.remove(0),
        _ => Value::Array(common),
    }
}
