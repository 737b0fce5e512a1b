//! A constant as JSON Schema, in the words of the draft that is wanted, its references leading to the generator's definitions.

use serde_json::{Map, Value, json};

use super::Definitions;
use crate::{Keyword, Schema};

impl Definitions {
    /// A schema as JSON.
    pub(super) fn written(&self, schema: Schema) -> Value {
        if let [Keyword::Never] = schema.0 {
            return Value::Bool(false);
        }
        let mut members = Map::new();
        let is_tuple = schema
            .0
            .iter()
            .any(|keyword| matches!(keyword, Keyword::PrefixItems(_)));
        for keyword in schema.0 {
            let Some((name, value)) = self.member(*keyword) else {
                continue;
            };
            let name = match (name, is_tuple, self.is_draft_07) {
                ("prefixItems", _, true) | ("additionalItems", _, false) => "items",
                ("items", true, true) => "additionalItems",
                ("dependentRequired" | "dependentSchemas", _, true) => {
                    add(&mut members, "dependencies", value);
                    continue;
                }
                _ => name,
            };
            members.insert(name.to_owned(), value);
        }
        Value::Object(members)
    }

    /// A keyword; none for what only tells the check how to read another one.
    fn member(&self, keyword: Keyword) -> Option<(&'static str, Value)> {
        match keyword.reference() {
            Some((reference, _)) => Some(("$ref", json!(self.local(reference)))),
            None => keyword.to_member(&|schema| self.written(schema)),
        }
    }
}

/// Adds the members of `value` to those that stand under `name`.
fn add(members: &mut Map<String, Value>, name: &str, value: Value) {
    let known = members.entry(name).or_insert_with(|| json!({}));
    if let (Value::Object(known), Value::Object(more)) = (known, value) {
        known.extend(more);
    }
}
