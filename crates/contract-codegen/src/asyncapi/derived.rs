//! The schemas that are derived of the types of messages, held against the contract's.
//!
//! References are followed on both sides, side by side, since the two have different names for what they refer to; a pair of schemas
//! that was met before is not compared again, so that schemas may contain themselves. What stands beside a reference counts
//! for nothing (draft-07 §8.3), and schemas that nothing refers to say nothing.

use std::collections::HashSet;

use contract_scalars::Decimal;
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
                        Comparison::default().schemas(said, made, &place, &mut found);
                    }
                    (None, None) => {}
                    (said, made) => found.push(difference(&place, said, made)),
                }
            }
        }
        found
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

#[derive(Default)]
struct Comparison {
    met: HashSet<(*const Value, *const Value)>,
}

impl Comparison {
    fn schemas(&mut self, said: Rooted<'_>, made: Rooted<'_>, pointer: &str, found: &mut Vec<Difference>) {
        let (said, made) = (said.followed(), made.followed());
        let pair = (std::ptr::from_ref(said.schema), std::ptr::from_ref(made.schema));
        if !self.met.insert(pair) {
            return;
        }
        let nothing = Map::new();
        let (Some(ours), Some(theirs)) = (members(said.schema, &nothing), members(made.schema, &nothing))
        else {
            if said.schema != made.schema {
                found.push(difference(pointer, Some(said.schema), Some(made.schema)));
            }
            return;
        };
        let more = theirs.keys().filter(|name| !ours.contains_key(*name));
        for name in ours.keys().chain(more) {
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

    fn keyword<'a>(
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
            // The mapping says which member a value speaks of, and nothing of what is accepted.
            (Value::Object(ours), Value::Object(theirs)) if name == "discriminator" => {
                if ours.get("propertyName") != theirs.get("propertyName") {
                    found.push(difference(pointer, Some(one), Some(other)));
                }
            }
            _ if is_equal(one, other) => {}
            _ => found.push(difference(pointer, Some(one), Some(other))),
        }
    }
}

/// The keywords of a schema; `true` has none.
fn members<'a>(schema: &'a Value, nothing: &'a Map<String, Value>) -> Option<&'a Map<String, Value>> {
    match schema {
        Value::Object(members) => Some(members),
        Value::Bool(true) => Some(nothing),
        _ => None,
    }
}

/// Numbers are equal by value.
fn is_equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || Decimal::of(one).is_some_and(|one| Decimal::of(other) == Some(one))
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(one, other)| is_equal(one, other))
        }
        (Value::Object(ours), Value::Object(theirs)) => {
            let in_theirs =
                |(name, one): (&String, &Value)| theirs.get(name).is_some_and(|other| is_equal(one, other));
            ours.len() == theirs.len() && ours.iter().all(in_theirs)
        }
        _ => one == other,
    }
}

fn difference(pointer: &str, said: Option<&Value>, made: Option<&Value>) -> Difference {
    Difference {
        pointer: pointer.to_owned(),
        contract: said.cloned(),
        derived: made.cloned(),
    }
}
