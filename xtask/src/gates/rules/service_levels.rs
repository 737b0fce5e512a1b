//! SLO validation: a service level that is declared is measured, and a change that breaks it is found.

use serde_json::Value;

use crate::gates::documents::{has_percentile, names_a_service_level};
use crate::gates::facts::Facts;
use crate::gates::gate::{Cause, Check};

pub(in crate::gates) fn cause(facts: &Facts) -> Cause {
    let mut declared = Vec::new();
    for (name, contract) in [
        ("contracts/openapi.yaml", &facts.openapi_text),
        ("contracts/asyncapi.yaml", &facts.asyncapi_text),
    ] {
        if let Some(pointer) = declaration(contract, String::new()) {
            declared.push(format!("{name} at {pointer}"));
        }
    }
    for (path, document) in &facts.documents {
        if let Some(line) = document.service_level() {
            declared.push(format!("{path} (\"{}\")", line.trim()));
        }
    }
    if declared.is_empty() {
        return Cause::NotYet(
            "no service level is declared: no x-slo and no latency by its percentile in either contract, and none in \
             README or docs/"
                .to_owned(),
        );
    }
    Cause::Given(format!("service levels are declared in {}", declared.join(", ")))
}

/// There is nothing to derive from a contract before there is a notation for service levels; the evidence has to be named.
pub(in crate::gates) fn check(_: &Facts) -> Vec<Check> {
    Vec::new()
}

/// Where a contract declares a service level: a field that is named for it, or a text with a percentile.
fn declaration(value: &Value, pointer: String) -> Option<String> {
    match value {
        Value::String(text) => has_percentile(text).then_some(pointer),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(at, item)| declaration(item, format!("{pointer}/{at}"))),
        Value::Object(members) => members.iter().find_map(|(name, member)| {
            let pointer = contract_codegen::child(&pointer, name);
            if name.starts_with("x-") && names_a_service_level(name) {
                return Some(pointer);
            }
            declaration(member, pointer)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}
