//! The comparison of two schemas, each within a document of its own: what a contract says of a message, and what schemars derives
//! from its type. The two name what they refer to differently, so that references are followed on both sides, side by side; where a
//! pair of schemas is met again, on the way round a circle or elsewhere, it is not compared again.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{Difference, compare, compare_optional};
use crate::grammar::{Content, Grammar, Shape};
use crate::normal::{Below, below, false_by_default, normal};
use crate::source::child;
use crate::{Dialect, Language};

/// A schema, and the document to which its references belong.
#[derive(Debug, Clone, Copy)]
pub struct Rooted<'a> {
    /// The document.
    pub root: &'a Value,
    /// The schema.
    pub schema: &'a Value,
}

impl<'a> Rooted<'a> {
    /// A schema that is a document.
    #[must_use]
    pub fn alone(schema: &'a Value) -> Self {
        Self { root: schema, schema }
    }

    /// The schema of a property, wherever references lead.
    #[must_use]
    pub fn property(self, name: &str) -> Option<Self> {
        let schema = self
            .followed(&mut Map::new())
            .schema
            .get("properties")?
            .get(name)?;
        Some(Self { schema, ..self })
    }

    /// Where the references lead in the end. What stands beside them is added to `siblings`.
    fn followed(self, siblings: &mut Map<String, Value>) -> Self {
        let mut schema = self.schema;
        let mut passed = HashSet::new();
        while let Some(reference) = schema.get("$ref").and_then(Value::as_str)
            && passed.insert(reference)
            && let Some(target) = reference
                .strip_prefix('#')
                .and_then(|pointer| self.root.pointer(pointer))
        {
            let beside = schema
                .as_object()
                .into_iter()
                .flatten()
                .filter(|(name, _)| *name != "$ref");
            siblings.extend(beside.map(|(name, member)| (name.clone(), member.clone())));
            schema = target;
        }
        Self { schema, ..self }
    }
}

/// Every place at which a derived schema differs from the contract's, in the normal form of both.
#[must_use]
pub fn schema_differences(contract: Rooted<'_>, derived: Rooted<'_>) -> Vec<Difference> {
    let mut comparison = Comparison {
        met: HashSet::new(),
        found: Vec::new(),
    };
    comparison.schemas(contract, derived, "");
    comparison.found
}

/// Both are schemas of AsyncAPI.
const GRAMMAR: Grammar = Grammar {
    dialect: Dialect::AsyncApi30,
    language: Language::Plain,
};

struct Comparison {
    /// Pairs of schemas, by where they are in memory.
    met: HashSet<(*const Value, *const Value)>,
    found: Vec<Difference>,
}

impl Comparison {
    fn schemas(&mut self, contract: Rooted<'_>, derived: Rooted<'_>, pointer: &str) {
        let (mut beside, mut beside_derived) = (Map::new(), Map::new());
        let contract = contract.followed(&mut beside);
        let derived = derived.followed(&mut beside_derived);
        let siblings = |members| normal(&Value::Object(members), GRAMMAR, Shape::Schema);
        compare(
            &siblings(beside),
            &siblings(beside_derived),
            pointer,
            &mut self.found,
        );
        if !self.met.insert((contract.schema, derived.schema)) {
            return;
        }
        let (Some(expected), Some(actual)) = (members(contract.schema), members(derived.schema)) else {
            return compare(contract.schema, derived.schema, pointer, &mut self.found);
        };
        for (name, member) in &expected {
            let at = child(pointer, name);
            match actual.iter().find(|(other, _)| other == name) {
                Some((_, other)) => self.members(name, rooted(contract, member), rooted(derived, other), &at),
                None => compare_optional(Some(member), None, &at, &mut self.found),
            }
        }
        for (name, member) in &actual {
            if !expected.iter().any(|(other, _)| other == name) {
                compare_optional(None, Some(member), &child(pointer, name), &mut self.found);
            }
        }
    }

    /// The same keyword of two schemas.
    fn members(&mut self, name: &str, contract: Rooted<'_>, derived: Rooted<'_>, at: &str) {
        let field = GRAMMAR.field(Shape::Schema, name);
        let content = field.map_or(Content::Free, |field| field.content);
        match (below(content, contract.schema), contract.schema, derived.schema) {
            (Some(Below::One(_)), _, _) => self.schemas(contract, derived, at),
            (Some(Below::Many(_)), Value::Array(expected), Value::Array(actual))
                if expected.len() == actual.len() =>
            {
                for (index, (one, other)) in expected.iter().zip(actual).enumerate() {
                    self.schemas(rooted(contract, one), rooted(derived, other), &child(at, index));
                }
            }
            (Some(Below::Many(_)), Value::Object(expected), Value::Object(actual)) => {
                for (name, one) in expected {
                    match actual.get(name) {
                        Some(other) => {
                            self.schemas(rooted(contract, one), rooted(derived, other), &child(at, name));
                        }
                        None => compare_optional(Some(one), None, &child(at, name), &mut self.found),
                    }
                }
                for (name, other) in actual.iter().filter(|(name, _)| !expected.contains_key(*name)) {
                    compare_optional(None, Some(other), &child(at, name), &mut self.found);
                }
            }
            (_, one, other) => {
                let keyword = |value: &Value| {
                    let alone = Map::from_iter([(name.to_owned(), value.clone())]);
                    normal(&Value::Object(alone), GRAMMAR, Shape::Schema)
                };
                let parent = at.rsplit_once('/').map_or("", |(parent, _)| parent);
                compare(&keyword(one), &keyword(other), parent, &mut self.found);
            }
        }
    }
}

fn rooted<'a>(document: Rooted<'a>, schema: &'a Value) -> Rooted<'a> {
    Rooted { schema, ..document }
}

/// The members of a schema without those that say what is so by default; none for the schema `true`.
fn members(schema: &Value) -> Option<Vec<(&str, &Value)>> {
    match schema {
        Value::Bool(true) => Some(Vec::new()),
        Value::Object(members) => {
            let by_default = false_by_default(Shape::Schema);
            let says =
                |(name, value): &(&str, &Value)| **value != Value::Bool(false) || !by_default.contains(name);
            let members = members.iter().map(|(name, value)| (name.as_str(), value));
            Some(members.filter(says).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(contract: &Value, derived: &Value, pointers: &[&str]) {
        let schema = contract.get("schema").unwrap();
        let contract = Rooted {
            root: contract,
            schema,
        };
        let found = schema_differences(contract, Rooted::alone(derived));
        let found: Vec<&str> = found.iter().map(|one| one.pointer.as_str()).collect();
        assert_eq!(found, pointers);
    }

    /// A list of nodes, which names itself on one side `Node` and on the other `definitions/0`.
    fn contract() -> Value {
        json!({
            "schema": {"required": ["a", "b"], "properties": {"a": {"$ref": "#/Node"}, "b": true}},
            "Node": {"type": "object", "properties": {"next": {"$ref": "#/Node"}, "size": {"maximum": 1.0}}}
        })
    }

    fn derived() -> Value {
        json!({
            "required": ["b", "a"],
            "properties": {"a": {"$ref": "#/definitions/0"}, "b": {}},
            "definitions": {"0": {"type": ["object"], "properties": {
                "next": {"type": "object", "properties": {"next": {"$ref": "#/definitions/0"}, "size": {"maximum": 1}}},
                "size": {"maximum": 1, "uniqueItems": false}
            }}}
        })
    }

    #[test]
    fn circles_and_names_are_seen_through() {
        let mut derived = derived();
        let definitions = derived.as_object_mut().unwrap().shift_remove("definitions");
        let derived = json!({"$ref": "#/root", "root": derived, "definitions": definitions});
        let root = &derived["root"];
        let contract = contract();
        let schema = &contract["schema"];
        let found = schema_differences(
            Rooted {
                root: &contract,
                schema,
            },
            Rooted {
                root: &derived,
                schema: root,
            },
        );
        assert_eq!(found, []);
    }

    #[test]
    fn what_differs_behind_a_circle_is_found() {
        let mut derived = derived();
        *derived
            .pointer_mut("/definitions/0/properties/next/properties/size/maximum")
            .unwrap() = json!(2);
        check(
            &contract(),
            &derived,
            &[
                "/properties/a/properties/next/properties/size/maximum",
                "/definitions",
            ],
        );
    }

    #[test]
    fn what_stands_beside_a_reference_counts() {
        let mut contract = contract();
        contract["schema"]["properties"]["a"]["description"] = json!("x");
        check(
            &contract,
            &derived(),
            &["/properties/a/description", "/definitions"],
        );
    }

    #[test]
    fn a_property_is_found_through_references() {
        let contract = json!({"schema": {"$ref": "#/a"}, "a": {"$ref": "#/b"}, "b": {"properties": {"c": {"type": "null"}}}});
        let rooted = Rooted {
            root: &contract,
            schema: &contract["schema"],
        };
        assert_eq!(rooted.property("c").unwrap().schema, &json!({"type": "null"}));
        assert!(rooted.property("d").is_none());
    }
}
