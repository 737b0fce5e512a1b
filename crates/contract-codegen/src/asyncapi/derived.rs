//! The schemas that are derived of the types of messages, held against the contract's.
//!
//! References are followed on both sides, side by side, since the two have different names for what they refer to; a pair of schemas
//! that was met before is not compared again, so that schemas may contain themselves. What stands beside a reference counts
//! for nothing (draft-07 §8.3), and schemas that nothing refers to say nothing.

use std::collections::{HashMap, HashSet};

use contract_scalars::is_same;
use serde_json::{Map, Value};

use super::ReadEvents;
use crate::grammar::is_multi_format;
use crate::normal::numbers_by_value;
use crate::source::child;
use crate::{Difference, Source, differences};

/// A schema in its document.
#[derive(Clone, Copy)]
struct Rooted<'a> {
    root: &'a Value,
    schema: &'a Value,
}

impl<'a> Rooted<'a> {
    fn at(self, schema: &'a Value) -> Self {
        Self { schema, ..self }
    }

    fn followed(self) -> Self {
        let mut schema = self.schema;
        let mut passed = HashSet::new();
        while let Some(reference) = schema.get("$ref").and_then(Value::as_str)
            && passed.insert(reference)
            && let Some(target) = reference
                .strip_prefix('#')
                .and_then(|pointer| self.root.pointer(pointer))
        {
            schema = target;
        }
        // A schema of another format stands one step deeper.
        let inner = schema.get("schema").filter(|_| is_multi_format(schema));
        self.at(inner.unwrap_or(schema))
    }
}

impl ReadEvents {
    /// Where a document differs from the contract: `contract` is all of it, as it was read. Numbers are equal by value.
    #[must_use]
    pub fn document_differences(contract: &Source, document: &Value) -> Vec<Difference> {
        differences(&numbers_by_value(contract.root()), &numbers_by_value(document))
    }

    /// Where the schemas that are derived of the types of messages differ from the contract's: `derived` has, by the pointer of each
    /// message, its `headers` and its `payload`.
    #[must_use]
    pub fn differences(&self, derived: &Value) -> Vec<Difference> {
        let mut found = Vec::new();
        self.compare(derived, &mut found);
        found
    }

    /// The same, with what was held against what.
    pub(crate) fn compare<'a>(&'a self, derived: &'a Value, found: &mut Vec<Difference>) -> Compared<'a> {
        let nothing = Met::new();
        let mut comparison = Comparison::new(&self.source, &nothing);
        for message in &self.contract.messages {
            let Some(parts) = derived.get(&message.pointer).and_then(Value::as_object) else {
                found.push(difference(
                    &message.pointer,
                    self.source.at(&message.pointer),
                    None,
                ));
                continue;
            };
            for (part, pointer) in [("headers", &message.headers), ("payload", &message.payload)] {
                let place = pointer.clone().unwrap_or_else(|| child(&message.pointer, part));
                let said = pointer.as_deref().and_then(|pointer| self.source.at(pointer));
                match (said, parts.get(part)) {
                    (Some(said), Some(made)) => {
                        let (root, schema) = (self.source.root(), said);
                        let said = Rooted { root, schema };
                        let made = Rooted {
                            root: made,
                            schema: made,
                        };
                        comparison.schemas(said, made, &place, found);
                    }
                    (None, None) => {}
                    (said, made) => found.push(difference(&place, said, made)),
                }
            }
        }
        Compared {
            source: &self.source,
            met: comparison.met,
            derived: comparison.derived,
        }
    }
}

/// Which derived schemas were held against which of the contract's.
pub(crate) struct Compared<'a> {
    source: &'a Source,
    met: Met,
    /// By the contract's schema.
    derived: HashMap<usize, Vec<Rooted<'a>>>,
}

impl Compared<'_> {
    /// Whether something was held against the schema at `pointer`.
    pub(crate) fn holds(&self, pointer: &str) -> bool {
        !self.made_for(pointer).is_empty()
    }

    /// Whether `changed`, in the place of the schema at `pointer`, differs from what is derived for that. What it refers to is what the
    /// contract has, and not compared again.
    pub(crate) fn is_told(&self, pointer: &str, changed: &Value) -> bool {
        let said = Rooted {
            root: self.source.root(),
            schema: changed,
        };
        self.made_for(pointer).iter().any(|made| {
            let mut found = Vec::new();
            Comparison::new(self.source, &self.met).schemas(said, *made, pointer, &mut found);
            !found.is_empty()
        })
    }

    fn made_for(&self, pointer: &str) -> &[Rooted<'_>] {
        let schema = self.source.at(pointer);
        let made = schema.and_then(|schema| self.derived.get(&address(schema)));
        made.map(Vec::as_slice).unwrap_or_default()
    }
}

/// Keywords that hold a schema, or a list of them.
const HOLD_SCHEMAS: [&str; 15] = [
    "items",
    "prefixItems",
    "additionalItems",
    "unevaluatedItems",
    "contains",
    "additionalProperties",
    "unevaluatedProperties",
    "propertyNames",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
];

/// Keywords that hold schemas under names.
const HOLD_NAMED: [&str; 4] = [
    "properties",
    "patternProperties",
    "dependencies",
    "dependentSchemas",
];

/// Keywords that hold schemas for others to refer to.
const HOLD_OTHERS: [&str; 2] = ["definitions", "$defs"];

/// Pairs of schemas, by their addresses.
type Met = HashSet<(usize, usize)>;

/// Schemas are told apart by where they are in memory: equal ones at two places are two.
fn address(schema: &Value) -> usize {
    std::ptr::from_ref(schema).addr()
}

struct Comparison<'a, 'm> {
    source: &'a Source,
    /// What an earlier comparison met.
    known: &'m Met,
    met: Met,
    derived: HashMap<usize, Vec<Rooted<'a>>>,
}

impl<'a, 'm> Comparison<'a, 'm> {
    fn new(source: &'a Source, known: &'m Met) -> Self {
        Self {
            source,
            known,
            met: Met::new(),
            derived: HashMap::new(),
        }
    }

    fn schemas(&mut self, said: Rooted<'a>, made: Rooted<'a>, pointer: &str, found: &mut Vec<Difference>) {
        self.derived.entry(address(said.schema)).or_default().push(made);
        let (said, made) = (said.followed(), made.followed());
        let pair = (address(said.schema), address(made.schema));
        if self.known.contains(&pair) || !self.met.insert(pair) {
            return;
        }
        self.derived.entry(address(said.schema)).or_default().push(made);
        let (ours, theirs) = (said.schema, made.schema);
        if !(has_keywords(ours) && has_keywords(theirs)) {
            if ours != theirs {
                found.push(difference(pointer, Some(ours), Some(theirs)));
            }
            return;
        }
        let more = names(theirs).filter(|name| ours.get(name).is_none());
        for name in names(ours).chain(more) {
            if HOLD_OTHERS.contains(&name.as_str()) {
                continue;
            }
            let at = child(pointer, name);
            match (ours.get(name), theirs.get(name)) {
                (Some(one), Some(other)) => self.keyword(name, (said, one), (made, other), &at, found),
                (one, other) => found.push(difference(&at, one, other)),
            }
        }
    }

    fn keyword(
        &mut self,
        name: &str,
        (said, one): (Rooted<'a>, &'a Value),
        (made, other): (Rooted<'a>, &'a Value),
        pointer: &str,
        found: &mut Vec<Difference>,
    ) {
        match (one, other) {
            (Value::Array(ours), Value::Array(theirs))
                if HOLD_SCHEMAS.contains(&name) && ours.len() == theirs.len() =>
            {
                for (index, (one, other)) in ours.iter().zip(theirs).enumerate() {
                    self.schemas(said.at(one), made.at(other), &child(pointer, index), found);
                }
            }
            (Value::Object(_) | Value::Bool(_), Value::Object(_) | Value::Bool(_))
                if HOLD_SCHEMAS.contains(&name) =>
            {
                self.schemas(said.at(one), made.at(other), pointer, found);
            }
            (Value::Object(ours), Value::Object(theirs)) if HOLD_NAMED.contains(&name) => {
                let more = theirs.keys().filter(|name| !ours.contains_key(*name));
                for name in ours.keys().chain(more) {
                    let at = child(pointer, name);
                    match (ours.get(name), theirs.get(name)) {
                        // Of `dependencies`, some are lists of names.
                        (Some(Value::Array(one)), Some(Value::Array(other))) if one == other => {}
                        (Some(one), Some(other)) => self.schemas(said.at(one), made.at(other), &at, found),
                        (one, other) => found.push(difference(&at, one, other)),
                    }
                }
            }
            (Value::Object(ours), Value::Object(theirs)) if name == "discriminator" => {
                if ours.get("propertyName") != theirs.get("propertyName") {
                    found.push(difference(pointer, Some(one), Some(other)));
                }
                let mappings = (ours.get("mapping"), theirs.get("mapping"));
                self.mappings((said, mappings.0), (made, mappings.1), pointer, found);
            }
            _ if is_same(one, other) => {}
            _ => found.push(difference(pointer, Some(one), Some(other))),
        }
    }
}

impl<'a> Comparison<'a, '_> {
    /// The schemas that values are mapped to. A value that leads nowhere in the contract chooses nothing, so that nothing is derived of it.
    fn mappings(
        &mut self,
        (said, ours): (Rooted<'a>, Option<&'a Value>),
        (made, theirs): (Rooted<'a>, Option<&'a Value>),
        pointer: &str,
        found: &mut Vec<Difference>,
    ) {
        let texts = |mapping: Option<&'a Value>| {
            let members = mapping.and_then(Value::as_object).into_iter().flatten();
            members.filter_map(|(value, text)| Some((value.as_str(), text.as_str()?)))
        };
        let target = |text| Some(self.source.mapped_schema(text)?.value());
        let ours: Vec<_> = texts(ours)
            .filter_map(|(value, text)| Some((value, target(text)?)))
            .collect();
        let target = |text: &str| made.root.pointer(text.strip_prefix('#')?);
        let theirs: HashMap<_, _> = texts(theirs)
            .filter_map(|(value, text)| Some((value, target(text)?)))
            .collect();
        let at = child(pointer, "mapping");
        let more = theirs.len() > ours.len();
        for (value, one) in ours {
            let at = child(&at, value);
            match theirs.get(value) {
                Some(other) => self.schemas(said.at(one), made.at(other), &at, found),
                None => found.push(difference(&at, Some(one), None)),
            }
        }
        if more {
            found.push(difference(
                &at,
                None,
                made.schema.pointer("/discriminator/mapping"),
            ));
        }
    }
}

/// Whether a schema is made of keywords; `true` has none of them.
fn has_keywords(schema: &Value) -> bool {
    schema.is_object() || *schema == Value::Bool(true)
}

fn names(schema: &Value) -> impl Iterator<Item = &String> {
    schema.as_object().into_iter().flat_map(Map::keys)
}

fn difference(pointer: &str, said: Option<&Value>, made: Option<&Value>) -> Difference {
    Difference {
        pointer: pointer.to_owned(),
        contract: said.cloned(),
        derived: made.cloned(),
    }
}
