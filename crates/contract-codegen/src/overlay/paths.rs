//! Paths and their operations: what stands once for many of them is in each operation of the registry.

use serde_json::Value;

use super::{Node, Walk, insert, is_empty};
pub(super) use crate::grammar::METHODS;
use crate::grammar::Shape;
use crate::source::child;

impl Walk<'_> {
    pub(super) fn paths(&mut self, paths: &Value) -> Node {
        let mut node = Node::new();
        for (path, item) in paths.as_object().into_iter().flatten() {
            let at = child("/paths", path);
            let has_operations = self
                .source
                .resolve(&at)
                .is_some_and(|(_, item)| has_operations(item));
            if path.starts_with("x-") || !has_operations {
                node.insert(format!("={path}"), item.clone());
                continue;
            }
            let below = match item.get("$ref") {
                Some(_) => self.object(&at, item, Shape::PathItem),
                None => self.path_item(&at, item),
            };
            insert(&mut node, path, below);
        }
        node
    }

    pub(super) fn path_item(&mut self, pointer: &str, item: &Value) -> Node {
        let shared = self.parameters(pointer, item);
        let mut node = Node::new();
        let mut used = vec![false; shared.len()];
        for (name, member) in item.as_object().into_iter().flatten() {
            if METHODS.contains(&name.as_str()) {
                let below = self.operation(&child(pointer, name), member, &shared, &mut used);
                insert(&mut node, name, below);
            } else if name != "parameters" {
                node.insert(format!("={name}"), member.clone());
            }
        }
        let Some(list) = item.get("parameters") else {
            return node;
        };
        if !used.contains(&true) {
            node.insert("=parameters".to_owned(), list.clone());
            return node;
        }
        let mut below = Node::new();
        for (index, (parameter, is_used)) in list.as_array().into_iter().flatten().zip(used).enumerate() {
            if is_used {
                let at = child(&child(pointer, "parameters"), index);
                let parameter = self.object(&at, parameter, Shape::Parameter);
                insert(&mut below, &index.to_string(), parameter);
            } else {
                below.insert(format!("={index}"), parameter.clone());
            }
        }
        insert(&mut node, "parameters", below);
        node
    }

    fn operation(&mut self, at: &str, operation: &Value, shared: &[Shared], used: &mut [bool]) -> Node {
        let own = self.parameters(at, operation);
        let inherited = shared
            .iter()
            .zip(used)
            .filter(|(one, _)| !own.iter().any(|other| one.is_same(other)));
        let items = operation.get("parameters").and_then(Value::as_array);
        let own_count = items.map_or(0, Vec::len);
        let mut list = Node::new();
        for (index, item) in items.into_iter().flatten().enumerate() {
            let below = self.object(&child(&child(at, "parameters"), index), item, Shape::Parameter);
            insert(&mut list, &index.to_string(), below);
        }
        let mut count = own_count;
        for (parameter, is_used) in inherited {
            *is_used = true;
            let moved = Node::from_iter([("^".to_owned(), parameter.pointer.as_str().into())]);
            insert(&mut list, &count.to_string(), moved);
            count += 1;
        }
        if items.is_some() && own_count == 0 && count > 0 {
            list.insert("[]".to_owned(), Value::Bool(true));
        }
        let mut node = Node::new();
        for (name, member) in operation.as_object().into_iter().flatten() {
            if name != "parameters" || count == 0 {
                self.field(&mut node, (at, operation), name, member, Shape::Operation);
            }
        }
        insert(&mut node, "parameters", list);
        if operation.get("security").is_none() && self.has_security() {
            insert(
                &mut node,
                "security",
                Node::from_iter([("^".to_owned(), "/security".into())]),
            );
        }
        node
    }

    /// The parameters that stand at `parameters` of a path or an operation.
    fn parameters(&self, at: &str, value: &Value) -> Vec<Shared> {
        let list = child(at, "parameters");
        let items = value.get("parameters").and_then(Value::as_array);
        let text = |value: &Value, name| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let parameter = |index| {
            let pointer = child(&list, index);
            let (_, value) = self.source.resolve(&pointer)?;
            Some(Shared {
                name: text(value, "name"),
                location: text(value, "in"),
                pointer,
            })
        };
        (0..items.map_or(0, Vec::len)).filter_map(parameter).collect()
    }

    fn has_security(&self) -> bool {
        self.source
            .at("/security")
            .is_some_and(|security| !is_empty(security))
    }

    /// Whether there is an operation from which the document gets its `security`.
    pub(super) fn is_security_inherited(&self) -> bool {
        let paths = self.source.at("/paths").and_then(Value::as_object);
        let mut paths = paths
            .into_iter()
            .flatten()
            .filter(|(path, _)| !path.starts_with("x-"));
        let inherits = |item: &Value| {
            let mut operations = METHODS.iter().filter_map(|method| item.get(*method));
            operations.any(|operation| operation.get("security").is_none())
        };
        self.has_security()
            && paths.any(|(path, _)| {
                self.source
                    .resolve(&child("/paths", path))
                    .is_some_and(|(_, item)| inherits(item))
            })
    }
}

/// A parameter of a path, of which the operations below it have a copy each, unless they have one of the same name and place.
struct Shared {
    pointer: String,
    name: Option<String>,
    location: Option<String>,
}

impl Shared {
    fn is_same(&self, other: &Self) -> bool {
        self.name == other.name && self.location == other.location
    }
}

fn has_operations(item: &Value) -> bool {
    METHODS.iter().any(|method| item.get(*method).is_some())
}
