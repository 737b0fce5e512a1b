//! The overlay: what the contract says and the constants of the generated code do not hold, as a tree along the document whose form
//! `contract_runtime::Overlay` describes.
//!
//! What the constants hold is never in it: a keyword that generated code forgot is a difference between the derived document and the
//! contract, not a gap that the overlay fills.

mod held;
mod paths;
mod shares;
mod text;

use std::collections::{HashMap, HashSet};

use contract_scalars::is_pattern;
use serde_json::{Map, Value};
pub use shares::Shares;

use crate::grammar::{Field, Grammar, Shape};
use crate::normal::{Below, below, is_extension};
use crate::source::child;
use crate::{Language, Source};
use held::held;

/// A node of the tree.
type Node = Map<String, Value>;

/// The overlay of a contract as JSON text.
pub(crate) fn overlay_of(source: &Source, language: Language) -> String {
    text::of(&tree_of(source, language).0)
}

/// The tree, and how many values of the contract the constants hold and poem-openapi's registry cannot.
fn tree_of(source: &Source, language: Language) -> (Node, usize) {
    let mut walk = Walk {
        source,
        grammar: Grammar::of(source, language),
        reached: Vec::new(),
        known: HashSet::new(),
        is_beyond: false,
        beyond: 0,
    };
    let mut tree = walk.document();
    walk.components(&mut tree);
    (tree, walk.beyond)
}

struct Walk<'a> {
    source: &'a Source,
    grammar: Grammar,
    /// Components other than schemas to which references of held objects lead, as they were met.
    reached: Vec<(String, Shape)>,
    known: HashSet<String>,
    /// Whether the walk is within a keyword that the registry cannot hold.
    is_beyond: bool,
    /// How many values there are in such keywords.
    beyond: usize,
}

impl Walk<'_> {
    fn document(&mut self) -> Node {
        let mut tree = Node::new();
        let root = self.source.root();
        if root.get("paths").is_none() {
            tree.insert("-paths".to_owned(), Value::Null);
        }
        for (name, member) in root.as_object().into_iter().flatten() {
            match name.as_str() {
                // The registry has a version of its own, and sorts its tags; the contract's order is the order of the pages.
                "openapi" | "tags" => {
                    tree.insert(format!("!{name}"), member.clone());
                }
                "paths" => {
                    let paths = self.paths(member);
                    insert(&mut tree, name, paths);
                }
                // The registry has it in each operation.
                "security" if self.is_security_inherited() => {}
                "security" => {
                    tree.insert("=security".to_owned(), member.clone());
                }
                "components" => {}
                _ => self.field(&mut tree, ("", root), name, member, Shape::OpenApi),
            }
        }
        tree
    }

    /// An object, or a reference to one.
    fn object(&mut self, pointer: &str, value: &Value, shape: Shape) -> Node {
        let mut node = Node::new();
        let Some(members) = value.as_object().filter(|_| shape != Shape::SecurityRequirement) else {
            return node;
        };
        if shape != Shape::Schema
            && let Some(reference) = members.get("$ref").and_then(Value::as_str)
        {
            self.reference(&mut node, pointer, reference, shape);
            for (name, member) in members.iter().filter(|(name, _)| *name != "$ref") {
                node.insert(format!("={name}"), member.clone());
            }
            return node;
        }
        for (name, member) in members {
            self.field(&mut node, (pointer, value), name, member, shape);
        }
        // The registry always has one.
        if shape == Shape::Response && !members.contains_key("description") {
            node.insert("-description".to_owned(), Value::Null);
        }
        node
    }

    /// The registry has what a reference leads to in its place; the overlay says that it stands elsewhere.
    fn reference(&mut self, node: &mut Node, pointer: &str, reference: &str, shape: Shape) {
        let Some((target, _)) = self.source.resolve(pointer) else {
            return;
        };
        node.insert("$ref".to_owned(), reference.into());
        if reference.strip_prefix('#') != Some(target) {
            node.insert("@".to_owned(), target.into());
        }
        if is_component(target) && self.known.insert(target.to_owned()) {
            self.reached.push((target.to_owned(), shape));
        }
    }

    fn field(
        &mut self,
        node: &mut Node,
        (at, object): (&str, &Value),
        name: &str,
        value: &Value,
        shape: Shape,
    ) {
        match held(self.source, self.grammar, shape, (at, object), name) {
            Some(field) => {
                let is_new = !self.is_beyond && shape == Shape::Schema && !shares::is_registered(name, value);
                self.is_beyond |= is_new;
                let below = self.content(&child(at, name), value, field);
                if is_new {
                    self.is_beyond = false;
                    self.beyond += shares::values(value) - shares::added(&below);
                }
                insert(node, name, below);
            }
            None => {
                node.insert(format!("={name}"), value.clone());
            }
        }
    }

    fn content(&mut self, at: &str, value: &Value, field: &Field) -> Node {
        let mut node = Node::new();
        match (below(field.content, value), value) {
            (Some(Below::One(inner)), _) => return self.object(at, value, inner),
            (Some(Below::Many(inner)), Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    let below = self.object(&child(at, index), item, inner);
                    insert(&mut node, &index.to_string(), below);
                }
            }
            (Some(Below::Many(inner)), Value::Object(members)) => {
                for (name, member) in members {
                    let is_shown = field.name == "patternProperties" && !is_pattern(name);
                    if is_shown || is_extension(field.content, name) {
                        node.insert(format!("={name}"), member.clone());
                        continue;
                    }
                    let below = self.object(&child(at, name), member, inner);
                    insert(&mut node, name, below);
                }
            }
            _ => {}
        }
        node
    }

    /// Of the components the constants hold the schemas and security schemes, and whatever an operation uses.
    fn components(&mut self, tree: &mut Node) {
        let Some(components) = self.source.at("/components") else {
            return;
        };
        let reached = self.reached_components();
        let is_held = |section| components.get(section).is_some_and(|members| !is_empty(members));
        if reached.is_empty() && !is_held("schemas") && !is_held("securitySchemes") {
            tree.insert("=components".to_owned(), components.clone());
            return;
        }
        let mut node = Node::new();
        for (section, members) in components.as_object().into_iter().flatten() {
            let at = child("/components", section);
            let is_held = matches!(section.as_str(), "schemas" | "securitySchemes");
            if is_held || is_empty(members) || self.grammar.field(Shape::Components, section).is_none() {
                self.field(
                    &mut node,
                    ("/components", components),
                    section,
                    members,
                    Shape::Components,
                );
                continue;
            }
            if !reached
                .keys()
                .any(|pointer| pointer.starts_with(&format!("{at}/")))
            {
                node.insert(format!("={section}"), members.clone());
                continue;
            }
            let mut below = Node::new();
            for (name, member) in members.as_object().into_iter().flatten() {
                match reached.get(&child(&at, name)) {
                    Some(node) => insert(&mut below, name, node.clone()),
                    None => {
                        below.insert(format!("={name}"), member.clone());
                    }
                }
            }
            insert(&mut node, section, below);
        }
        insert(tree, "components", node);
    }

    /// The nodes of the components that held objects refer to, by pointer. Walking one may reach others.
    fn reached_components(&mut self) -> HashMap<String, Node> {
        let mut nodes = HashMap::new();
        while let Some((pointer, shape)) = self.reached.pop() {
            let value = self.source.at(&pointer).unwrap_or(&Value::Null);
            let node = match shape {
                Shape::PathItem => self.path_item(&pointer, value),
                _ => self.object(&pointer, value, shape),
            };
            nodes.insert(pointer, node);
        }
        nodes
    }
}

/// Whether a pointer is that of a component, not of something within one.
fn is_component(pointer: &str) -> bool {
    pointer.starts_with("/components/") && pointer.matches('/').count() == 3
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

fn insert(node: &mut Node, name: &str, below: Node) {
    if !below.is_empty() {
        node.insert(format!("/{name}"), Value::Object(below));
    }
}

#[cfg(test)]
mod tests;
