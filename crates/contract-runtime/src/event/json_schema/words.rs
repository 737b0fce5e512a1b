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
                // A word of another draft that is only shown stays as it is.
                _ if matches!(keyword, Keyword::Annotation(..)) => name,
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
        if let Some((reference, _)) = keyword.reference() {
            return Some(("$ref", json!(self.local(reference))));
        }
        let (name, mut value) = keyword.to_member(&|schema| self.written(schema))?;
        if let (Keyword::Discriminator { mapping, .. }, Some(members)) = (keyword, value.as_object_mut())
            && !mapping.is_empty()
        {
            members.insert("mapping".to_owned(), self.mapping(mapping));
        }
        Some((name, value))
    }

    /// What a discriminator maps values to, as references.
    fn mapping(&self, mapping: &[(&str, &Schema)]) -> Value {
        let targets = mapping.iter();
        let targets = targets
            .filter_map(|(value, target)| Some(((*value).to_owned(), json!(self.definition_of(**target)?))));
        Value::Object(targets.collect())
    }
}

/// Adds the members of `value` to those that stand under `name`.
fn add(members: &mut Map<String, Value>, name: &str, value: Value) {
    let known = members.entry(name).or_insert_with(|| json!({}));
    if let (Value::Object(known), Value::Object(more)) = (known, value) {
        known.extend(more);
    }
}
