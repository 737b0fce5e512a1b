//! Operations and their names.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{Reader, Resolved, external_docs, flag, members, text, texts};
use crate::grammar::METHODS;
use crate::names;
use crate::openapi::{Operation, SecurityRequirement};
use crate::source::child;

/// Names that the traits of generated code use themselves.
const RESERVED: [&str; 7] = [
    "admit",
    "authenticate",
    "authorize",
    "base_url",
    "begin",
    "commit",
    "conclude",
];

impl<'a> Reader<'a> {
    pub(super) fn operations(&mut self) -> Vec<Operation> {
        let root = self.source.root();
        let default_security = self.security("", root).unwrap_or_default();
        let mut operations = Vec::new();
        for (path, item) in members(root, "paths") {
            if path.starts_with("x-") {
                continue;
            }
            let place = child("/paths", path);
            let Some(at) = self.resolve(&place, "pathItems") else {
                continue;
            };
            self.refuse_siblings(&place, item);
            for (method, value) in at.value.as_object().into_iter().flatten() {
                if !METHODS.contains(&method.as_str()) {
                    continue;
                }
                let operation = Resolved {
                    pointer: child(&at.pointer, method),
                    value,
                    component: None,
                };
                operations.push(self.operation(path, method, &at, &operation, &default_security));
            }
        }
        self.name_operations(&mut operations);
        operations
    }

    /// What stands beside the reference of a path item was merged with what it leads to, unless that is a reference again.
    fn refuse_siblings(&mut self, place: &str, item: &Value) {
        if item.get("$ref").is_none() {
            return;
        }
        for (name, _) in item.as_object().into_iter().flatten() {
            if METHODS.contains(&name.as_str()) || name == "parameters" {
                let reason =
                    "stands beside a `$ref` that leads to another one, so that nothing can be merged";
                self.refuse(&child(place, name), reason);
            }
        }
    }

    fn operation(
        &mut self,
        path: &str,
        method: &str,
        path_item: &Resolved<'a>,
        at: &Resolved<'a>,
        default_security: &[SecurityRequirement],
    ) -> Operation {
        let Resolved { pointer, value, .. } = at;
        let id = text(value, "operationId");
        let from_path = || match path {
            "/" => format!("{method} root"),
            path => format!("{method} {path}"),
        };
        Operation {
            name: id.clone().unwrap_or_else(from_path),
            id,
            method: method.to_uppercase(),
            path: path.to_owned(),
            tags: texts(value, "tags"),
            summary: text(value, "summary"),
            description: text(value, "description"),
            external_docs: external_docs(value),
            deprecated: flag(value, "deprecated").unwrap_or(false),
            parameters: self.parameters(path_item, at),
            body: self.body(at),
            responses: self.responses(at),
            security: self
                .security(pointer, value)
                .unwrap_or_else(|| default_security.to_vec()),
            scope: text(value, "x-scope"),
            tenant: text(value, "x-tenant"),
            idempotent: self.only_word(pointer, value, "x-idempotency", "required"),
            audit: text(value, "x-audit"),
            emits: texts(value, "x-emits"),
            pointer: pointer.clone(),
        }
    }

    /// Refuses an `operationId` that is taken, and tells names apart that would be one name in Rust: the second gets a 2.
    fn name_operations(&mut self, operations: &mut [Operation]) {
        let mut ids: HashMap<String, String> = HashMap::new();
        // A method and types are named after an operation; `list1` and `list_1` are one name for types alone.
        let mut methods: HashSet<String> = RESERVED.iter().map(|name| (*name).to_owned()).collect();
        let mut types: HashSet<String> = HashSet::new();
        let mut numbers: HashMap<String, u32> = HashMap::new();
        for operation in operations {
            if let Some(id) = &operation.id {
                if let Some(other) = ids.get(id) {
                    let reason = format!("the id `{id}` is taken by {other}");
                    self.refuse(&child(&operation.pointer, "operationId"), reason);
                    continue;
                }
                ids.insert(id.clone(), operation.pointer.clone());
            }
            let plain = operation.name.clone();
            // What was taken stays taken: whoever wants the same name counts on from where the last one ended.
            let next = numbers.entry(names::snake(&plain).to_string()).or_insert(2);
            loop {
                let method = names::snake(&operation.name).to_string();
                let of_types = names::camel(&operation.name).to_string();
                if !methods.contains(&method) && !types.contains(&of_types) {
                    methods.insert(method);
                    types.insert(of_types);
                    break;
                }
                operation.name = format!("{plain} {next}");
                *next += 1;
            }
        }
    }
}
