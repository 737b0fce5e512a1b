//! To which values references lead, what must stand there, and in which held: a schema among the components is held
//! against requests when a request's part refers to it, however many references lie between.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::held::Held;
use super::numbers::Numbers;
use crate::Source;
use crate::grammar::{Content, Field, Grammar, Shape};

/// A value to which some reference leads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reached {
    /// What the first reference that leads there takes it for.
    pub(super) shape: Shape,
    /// What it is held against because of all references.
    pub(super) held: Held,
}

/// By the number of the value.
pub(super) type Reach = HashMap<usize, Reached>;

/// Everything that references lead to, beginning at the root.
pub(super) fn reach<'a>(
    source: &'a Source,
    grammar: Grammar,
    root: Shape,
    numbers: &mut Numbers<'a>,
) -> Reach {
    let mut traversal = Traversal {
        numbers,
        reached: HashMap::new(),
        todo: vec![Todo {
            value: source.root(),
            shape: root,
            grammar,
            held: Held::default(),
        }],
    };
    while let Some(todo) = traversal.todo.pop() {
        traversal.object(todo);
    }
    traversal.reached
}

#[derive(Clone, Copy)]
struct Todo<'a> {
    value: &'a Value,
    shape: Shape,
    grammar: Grammar,
    held: Held,
}

struct Traversal<'a, 'n> {
    numbers: &'n mut Numbers<'a>,
    reached: Reach,
    todo: Vec<Todo<'a>>,
}

impl<'a> Traversal<'a, '_> {
    fn object(&mut self, at: Todo<'a>) {
        let Some(members) = at.value.as_object() else {
            return;
        };
        if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
            self.reference(reference, at);
            if !at.grammar.reads_beside_references(at.shape) {
                return;
            }
        }
        if at.grammar.is_multi_format(at.shape, at.value) {
            return self.multi_format(members, at);
        }
        if let Some(content) = at.shape.pattern() {
            for member in members.values() {
                self.content(content, member, at);
            }
            return;
        }
        for (name, member) in members {
            if let Some(field) = at.grammar.field(at.shape, name) {
                self.field(field, member, members, at);
            }
        }
    }

    fn multi_format(&mut self, members: &'a Map<String, Value>, at: Todo<'a>) {
        if let (Some(grammar), Some(value)) = (at.grammar.of_multi_format(at.value), members.get("schema")) {
            let shape = Shape::Schema;
            self.object(Todo {
                value,
                shape,
                grammar,
                ..at
            });
        }
    }

    fn field(&mut self, field: &Field, member: &'a Value, members: &'a Map<String, Value>, at: Todo<'a>) {
        let held = at.held.of_field(at.grammar, at.shape, field.name, members);
        if field.content == Content::Map(Shape::MediaType) {
            for (name, member) in member.as_object().into_iter().flatten() {
                let held = held.of_media_type(name);
                self.object(Todo {
                    value: member,
                    shape: Shape::MediaType,
                    held,
                    ..at
                });
            }
        } else {
            self.content(field.content, member, Todo { held, ..at });
        }
    }

    fn content(&mut self, content: Content, value: &'a Value, at: Todo<'a>) {
        match (content, value) {
            (
                Content::List(shape) | Content::OneOrList(shape) | Content::Links(shape),
                Value::Array(items),
            ) => {
                for value in items {
                    self.object(Todo { value, shape, ..at });
                }
            }
            (
                Content::One(shape)
                | Content::OneOrList(shape)
                | Content::SchemaOrBool(shape)
                | Content::Link(shape),
                Value::Object(_),
            ) => self.object(Todo { value, shape, ..at }),
            (
                Content::Map(shape) | Content::Patterned(shape) | Content::MapOrTexts(shape),
                Value::Object(members),
            ) => {
                for value in members.values() {
                    self.object(Todo { value, shape, ..at });
                }
            }
            _ => {}
        }
    }

    fn reference(&mut self, reference: &'a str, from: Todo<'a>) {
        let Some((number, value)) = self.numbers.follow(reference) else {
            return;
        };
        let known = self.reached.get(&number).copied();
        let held = known.map_or(from.held, |known| known.held.and(from.held));
        if known.is_some_and(|known| known.held == held) {
            return;
        }
        let shape = known.map_or(from.shape, |known| known.shape);
        self.reached.insert(number, Reached { shape, held });
        self.todo.push(Todo { value, held, ..from });
    }
}
