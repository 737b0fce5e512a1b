//! The types that schemas accept, worked out for all schemas that one is composed of together.
//!
//! Each is first taken to accept every type; then each is narrowed down by what it is composed of, until nothing changes. Every step
//! on the way is right, only wider than need be, so that circles need no care, and a schema that many others are made of
//! is looked at once and not once for each way that leads to it.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use super::super::at::SchemaAt;
use super::{Kinds, own};

/// So often is each of the schemas looked at. Without circles once is enough, and with most circles twice.
const PASSES_MAX: usize = 32;

/// What is known of the schemas of a document, by their numbers.
#[derive(Debug, Default)]
pub(crate) struct KindsMemo(OnceLock<Box<[AtomicU8]>>);

/// A copy of a document finds out for itself.
impl Clone for KindsMemo {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// No set of types.
const UNKNOWN: u8 = u8::MAX;

impl KindsMemo {
    fn all(&self, count: usize) -> &[AtomicU8] {
        self.0
            .get_or_init(|| (0..count).map(|_| AtomicU8::new(UNKNOWN)).collect())
    }
}

fn known(schema: SchemaAt<'_>) -> Option<Kinds> {
    let all = schema.source().kinds.all(schema.source().len());
    let found = all.get(schema.number())?.load(Ordering::Relaxed);
    (found != UNKNOWN).then_some(Kinds(found))
}

fn remember(schema: SchemaAt<'_>, kinds: Kinds) {
    let all = schema.source().kinds.all(schema.source().len());
    if let Some(place) = all.get(schema.number()) {
        place.store(kinds.0, Ordering::Relaxed);
    }
}

pub(in super::super) fn of(schema: SchemaAt<'_>) -> Kinds {
    if schema.is_never() {
        return Kinds::NONE;
    }
    known(schema).unwrap_or_else(|| {
        let settled = Composition::of(schema).settle();
        settled.unwrap_or(Kinds::ALL)
    })
}

/// What a schema is composed of: one of the schemas that are worked out together, or one that is known.
#[derive(Clone, Copy)]
enum Part {
    Node(usize),
    Known(Kinds),
}

struct Node<'a> {
    schema: SchemaAt<'a>,
    kinds: Kinds,
    is_expanded: bool,
    /// All of these hold.
    all: Vec<Part>,
    /// Of each of these lists one at least.
    any: Vec<Vec<Part>>,
}

impl Node<'_> {
    fn parts(&self) -> impl Iterator<Item = usize> {
        let all = self.all.iter().chain(self.any.iter().flatten());
        all.filter_map(|part| match part {
            Part::Node(index) => Some(*index),
            Part::Known(_) => None,
        })
    }
}

/// Schemas, those that others are composed of before these.
struct Composition<'a> {
    nodes: Vec<Node<'a>>,
    order: Vec<usize>,
}

impl<'a> Composition<'a> {
    fn of(root: SchemaAt<'a>) -> Self {
        let mut composition = Self {
            nodes: Vec::new(),
            order: Vec::new(),
        };
        let mut numbers = HashMap::new();
        composition.part(root, &mut numbers);
        // Not by recursion: a contract may compose a schema of ten thousand others in a row.
        let mut open = vec![(0, false)];
        while let Some((index, is_done)) = open.pop() {
            if is_done {
                composition.order.push(index);
                continue;
            }
            if composition.expand(index, &mut numbers) {
                open.push((index, true));
                let parts = composition.nodes.get(index).into_iter().flat_map(Node::parts);
                open.extend(parts.map(|part| (part, false)));
            }
        }
        composition
    }

    fn part(&mut self, schema: SchemaAt<'a>, numbers: &mut HashMap<usize, usize>) -> Part {
        if schema.is_never() {
            return Part::Known(Kinds::NONE);
        }
        if let Some(kinds) = known(schema) {
            return Part::Known(kinds);
        }
        let nodes = &mut self.nodes;
        Part::Node(*numbers.entry(schema.number()).or_insert_with(|| {
            nodes.push(Node {
                schema,
                kinds: Kinds::ALL,
                is_expanded: false,
                all: Vec::new(),
                any: Vec::new(),
            });
            nodes.len() - 1
        }))
    }

    /// Finds out what a schema is composed of, the first time.
    fn expand(&mut self, index: usize, numbers: &mut HashMap<usize, usize>) -> bool {
        let node = self.nodes.get_mut(index).filter(|node| !node.is_expanded);
        let Some(node) = node else {
            return false;
        };
        node.is_expanded = true;
        let schema = node.schema;
        let all = schema.reference().into_iter().chain(schema.all_of());
        let all = all.map(|part| self.part(part, numbers)).collect();
        let unions = [schema.any_of(), schema.one_of()].into_iter();
        let any = unions
            .filter(|members| !members.is_empty())
            .map(|members| {
                let members = members.into_iter();
                members.map(|member| self.part(member, numbers)).collect()
            })
            .collect();
        if let Some(node) = self.nodes.get_mut(index) {
            (node.kinds, node.all, node.any) = (own(schema), all, any);
        }
        true
    }

    fn kinds(&self, part: Part) -> Kinds {
        match part {
            Part::Known(kinds) => kinds,
            Part::Node(index) => self.nodes.get(index).map_or(Kinds::ALL, |node| node.kinds),
        }
    }

    fn narrowed(&self, node: &Node<'a>) -> Kinds {
        let all = node.all.iter().map(|part| self.kinds(*part));
        let unions = node
            .any
            .iter()
            .map(|members| Kinds::union(members.iter().map(|part| self.kinds(*part))));
        all.chain(unions).fold(node.kinds, Kinds::and)
    }

    /// Gives what the first schema accepts, and remembers it of all.
    fn settle(mut self) -> Option<Kinds> {
        for _ in 0..PASSES_MAX {
            let mut has_changed = false;
            for index in &self.order {
                let kinds = self.narrowed(self.nodes.get(*index)?);
                let node = self.nodes.get_mut(*index)?;
                has_changed |= node.kinds != kinds;
                node.kinds = kinds;
            }
            if !has_changed {
                break;
            }
        }
        for node in &self.nodes {
            remember(node.schema, node.kinds);
        }
        self.nodes.first().map(|node| node.kinds)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{JsonKind, Source};

    fn source(schemas: impl IntoIterator<Item = (String, Value)>) -> Source {
        let schemas: serde_json::Map<String, Value> = schemas.into_iter().collect();
        let document = json!({ "openapi": "3.0.3", "components": { "schemas": schemas } });
        Source::parse("openapi.json", &document.to_string()).unwrap()
    }

    fn to(name: impl std::fmt::Display) -> Value {
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }

    fn schema<'a>(source: &'a Source, name: &str) -> SchemaAt<'a> {
        source.schema(&format!("/components/schemas/{name}")).unwrap()
    }

    /// There are two to the power of five hundred ways from the first schema to the last.
    #[test]
    fn each_schema_is_looked_at_once_however_many_ways_lead_to_it() {
        for keyword in ["allOf", "anyOf", "oneOf"] {
            let below = |level: usize| to(format!("S{}", level + 1));
            let twice = |level| {
                (
                    format!("S{level}"),
                    json!({ keyword: [below(level), below(level)] }),
                )
            };
            let last = ("S500".to_owned(), json!({ "type": "integer" }));
            let source = source((0..500).map(twice).chain([last]));
            // Each is a schema with two references.
            assert_eq!(Composition::of(schema(&source, "S0")).nodes.len(), 3 * 500 + 1);
            assert_eq!(
                of(schema(&source, "S0")),
                Kinds::one(JsonKind::Integer),
                "{keyword}"
            );
            // What was found out on the way is not looked at again.
            assert!(Composition::of(schema(&source, "S1")).nodes.is_empty());
        }
    }

    /// The usual way to write a base with its variants: each is made of the other.
    #[test]
    fn circles_are_narrowed_down_from_wherever_one_begins() {
        let base = json!({ "oneOf": [to("Cat"), to("Dog")] });
        let cat = json!({ "allOf": [to("Pet"), { "type": "object" }] });
        let dog = json!({ "allOf": [to("Pet"), { "type": ["object", "null"] }] });
        let schemas = [("Pet", base), ("Cat", cat), ("Dog", dog)];
        let object = Kinds::one(JsonKind::Object);
        for first in ["Pet", "Cat", "Dog"] {
            let source = source(schemas.clone().map(|(name, schema)| (name.to_owned(), schema)));
            of(schema(&source, first));
            assert_eq!(of(schema(&source, "Cat")), object, "from {first}");
            assert_eq!(
                of(schema(&source, "Pet")),
                object.or(Kinds::one(JsonKind::Null)),
                "from {first}"
            );
        }
    }

    #[test]
    fn a_schema_that_is_only_itself_may_be_anything() {
        let source = source([("A".to_owned(), to("A"))]);
        assert_eq!(of(schema(&source, "A")), Kinds::ALL);
    }
}
