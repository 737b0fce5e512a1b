//! What refers to something without needing it: links, and the mappings of discriminators. Where what they refer to is left out,
//! they are left out alone, and not what they stand in.

use std::collections::HashMap;

use serde_json::Value;

use super::children;
use crate::grammar::METHODS;
use crate::source::child;
use crate::{Ledger, Source};

/// What such places refer to: their numbers, each with that of what it leads to.
pub(super) fn references(source: &Source, ledger: &Ledger) -> Vec<(usize, usize)> {
    if ledger.loose.is_empty() {
        return Vec::new();
    }
    let operations = operations(source);
    let followed = |text: &str| source.follow(text).map(|(pointer, _)| source.number(pointer));
    let target = |pointer: &str| {
        let value = source.at(pointer)?;
        if let Value::String(mapped) = value {
            let component = child("/components/schemas", mapped);
            let named = || source.at(&component).map(|_| source.number(&component));
            return followed(mapped).or_else(named);
        }
        if let Some(id) = value.get("operationId").and_then(Value::as_str) {
            return operations.get(id).copied();
        }
        followed(value.get("operationRef")?.as_str()?)
    };
    let places = ledger.loose.iter();
    places
        .filter_map(|(number, pointer)| Some((*number, target(pointer)?)))
        .collect()
}

/// The numbers of the operations, by their ids.
fn operations(source: &Source) -> HashMap<&str, usize> {
    let sections = ["/paths", "/webhooks", "/components/pathItems"];
    let items = sections.iter().flat_map(|section| children(source, section));
    let methods = items.flat_map(|(item, _)| children(source, &item));
    let mut found = HashMap::new();
    for (pointer, number) in methods {
        let is_operation = pointer
            .rsplit('/')
            .next()
            .is_some_and(|name| METHODS.contains(&name));
        let operation = source.at(&pointer).filter(|_| is_operation);
        if let Some(id) = operation.and_then(|operation| operation.get("operationId")?.as_str()) {
            found.entry(id).or_insert(number);
        }
    }
    found
}
