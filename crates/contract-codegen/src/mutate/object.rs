//! Walks a document along the grammar and changes what it meets.

use serde_json::{Value, json};

use super::{Change, Mutant, additions, equivalent, values};
use crate::grammar::{Content, Grammar, Shape};
use crate::normal::{Below, below, is_extension};
use crate::source::child;

pub(super) struct Walk<'a> {
    pub(super) document: &'a Value,
    pub(super) grammar: Grammar,
    pub(super) found: Vec<Mutant>,
}

/// The object in which a change is made; it has no shape where the grammar does not look into it.
#[derive(Clone, Copy)]
struct Around<'a> {
    pointer: &'a str,
    value: &'a Value,
    shape: Option<Shape>,
}

impl Walk<'_> {
    pub(super) fn object(&mut self, pointer: &str, value: &Value, shape: Shape) {
        let around = Around {
            pointer,
            value,
            shape: Some(shape),
        };
        let Some(members) = value.as_object() else {
            return;
        };
        for (name, member) in members {
            let at = child(pointer, name);
            self.add(around, &at, "dropped", Change::Drop);
            self.add(around, &at, "renamed", Change::Rename(other_name(name, shape)));
            let field = self.grammar.field(shape, name);
            let content = field.map_or(Content::Free, |field| field.content);
            self.member(around, &at, name, member, content);
        }
        for (name, value) in additions::of(self.grammar, shape, members) {
            self.add(around, pointer, "added", Change::Add(name.to_owned(), value));
        }
    }

    fn add(&mut self, around: Around<'_>, pointer: &str, effect: &'static str, change: Change) {
        self.found.push(Mutant {
            says_the_same: around
                .shape
                .and_then(|shape| equivalent::reason(around.value, shape, around.pointer, pointer, &change)),
            pointer: pointer.to_owned(),
            effect,
            change,
            object: around.pointer.to_owned(),
            shape: around.shape,
            grammar: self.grammar,
        });
    }

    fn member(&mut self, around: Around<'_>, at: &str, name: &str, value: &Value, content: Content) {
        match (below(content, value), content, value) {
            (Some(Below::One(shape)), _, Value::Object(_)) => self.object(at, value, shape),
            (Some(Below::Many(shape)), _, Value::Array(items)) => {
                self.list(around, at, items);
                for (index, item) in items.iter().enumerate() {
                    self.object(&child(at, index), item, shape);
                }
            }
            (Some(Below::Many(shape)), _, Value::Object(members)) => {
                for (name, member) in members {
                    let at = child(at, name);
                    self.add(around, &at, "dropped", Change::Drop);
                    self.add(around, &at, "renamed", Change::Rename(other_key(name, shape)));
                    if is_extension(content, name) {
                        self.free_member(around, &at, member);
                    } else {
                        self.object(&at, member, shape);
                    }
                }
            }
            (
                _,
                Content::Texts | Content::Words | Content::TextOrTexts | Content::Each,
                Value::Array(items),
            ) => {
                self.list(around, at, items);
                self.set(around, at, name, items);
            }
            (_, _, Value::Object(_) | Value::Array(_)) => self.free(at, value),
            _ => {
                for (effect, value) in values::others(self.document, around.value, name, value) {
                    self.add(around, at, effect, Change::Replace(value));
                }
            }
        }
    }

    /// Items are dropped, and change places with their neighbours.
    fn list(&mut self, around: Around<'_>, at: &str, items: &[Value]) {
        for index in 0..items.len() {
            self.add(around, &child(at, index), "dropped", Change::Drop);
        }
        for (index, pair) in items.windows(2).enumerate() {
            if pair.first() != pair.get(1) {
                self.add(around, &child(at, index), "swapped", Change::Swap);
            }
        }
    }

    /// Of a list of single values each is altered, and another is added: of `required` each property that is optional.
    fn set(&mut self, around: Around<'_>, at: &str, name: &str, items: &[Value]) {
        for (index, item) in items.iter().enumerate() {
            let at = child(at, index);
            for (effect, value) in values::others(self.document, &Value::Null, "", item) {
                self.add(around, &at, effect, Change::Replace(value));
            }
        }
        let properties = around.value.get("properties").and_then(Value::as_object);
        let mut optional: Vec<Value> = match name {
            "required" => properties
                .into_iter()
                .flatten()
                .map(|(name, _)| json!(name))
                .collect(),
            _ => Vec::new(),
        };
        optional.retain(|name| !items.contains(name));
        optional.push(json!("a value of a mutant"));
        if name == "type" {
            optional.extend(values::kind_beside(items));
        }
        for value in optional {
            self.add(around, at, "added to", Change::Add(String::new(), value));
        }
    }

    /// Values that the grammar does not look into: each single one is altered, each member renamed, each list reordered.
    fn free(&mut self, pointer: &str, value: &Value) {
        let around = Around {
            pointer,
            value,
            shape: None,
        };
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    let at = child(pointer, name);
                    self.add(around, &at, "dropped", Change::Drop);
                    self.add(around, &at, "renamed", Change::Rename(format!("{name}X")));
                    self.free_member(around, &at, member);
                }
            }
            Value::Array(items) => {
                self.list(around, pointer, items);
                for (index, item) in items.iter().enumerate() {
                    self.free_member(around, &child(pointer, index), item);
                }
            }
            _ => {}
        }
    }

    fn free_member(&mut self, around: Around<'_>, at: &str, value: &Value) {
        if value.is_object() || value.is_array() {
            return self.free(at, value);
        }
        for (effect, value) in values::others(self.document, &Value::Null, "", value) {
            self.add(around, at, effect, Change::Replace(value));
        }
    }
}

/// Another name for a member: another field of the shape would be another sentence, a misspelt one is none.
fn other_name(name: &str, shape: Shape) -> String {
    match (shape, name) {
        (Shape::PathItem, "get") => "put".to_owned(),
        (Shape::PathItem, "put") => "post".to_owned(),
        (Shape::PathItem, "post") => "patch".to_owned(),
        (Shape::Schema, _) => sibling(name).map_or_else(|| format!("{name}X"), str::to_owned),
        _ => format!("{name}X"),
    }
}

/// The keyword that says something of the same kind of value.
fn sibling(name: &str) -> Option<&'static str> {
    let found = SIBLINGS.iter().find_map(|(one, other)| match name {
        _ if name == *one => Some(*other),
        _ if name == *other => Some(*one),
        _ => None,
    });
    found.or_else(|| (name == "allOf").then_some("anyOf"))
}

const SIBLINGS: [(&str, &str); 9] = [
    ("anyOf", "oneOf"),
    ("minimum", "maximum"),
    ("exclusiveMinimum", "exclusiveMaximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minContains", "maxContains"),
    ("minProperties", "maxProperties"),
    ("readOnly", "writeOnly"),
    ("then", "else"),
];

/// Another key: a response gets another status, everything else another name.
fn other_key(key: &str, shape: Shape) -> String {
    match key.parse::<u16>() {
        Ok(status) if shape == Shape::Response => format!("{}", if status == 299 { 298 } else { 299 }),
        _ => format!("{key}X"),
    }
}
