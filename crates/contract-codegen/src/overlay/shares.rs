//! How much of a document poem-openapi's registry holds, and how much the constants and the overlay say beyond it.

use serde_json::Value;

use super::{Node, text, tree_of};
use crate::{Language, Source};

/// The values of a contract, by who writes them into the derived document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    /// Those that poem-openapi's registry holds.
    pub registry: usize,
    /// Those that the constants say beyond it.
    pub constants: usize,
    /// Those of the overlay.
    pub overlay: usize,
    /// The length of the overlay.
    pub overlay_bytes: usize,
    /// The length of the contract as JSON.
    pub document_bytes: usize,
}

impl Shares {
    /// The shares of an HTTP contract.
    #[must_use]
    pub fn of(source: &Source, language: Language) -> Self {
        let (tree, constants) = tree_of(source, language);
        let overlay = added(&tree);
        Self {
            registry: values(source.root()).saturating_sub(constants + overlay),
            constants,
            overlay,
            overlay_bytes: text::of(&tree).len(),
            document_bytes: source.root().to_string().len(),
        }
    }
}

/// How many values a value is, itself among them.
pub(super) fn values(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(values).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(values).sum::<usize>(),
        _ => 1,
    }
}

/// How many values a node adds.
pub(super) fn added(node: &Node) -> usize {
    let members = node.iter().map(|(key, member)| match (key.get(..1), member) {
        (Some("/"), Value::Object(below)) => added(below),
        (Some("=" | "!"), value) => values(value),
        _ => 0,
    });
    members.sum()
}

/// Whether the registry has a place for a keyword of a schema with this value.
pub(super) fn is_registered(name: &str, value: &Value) -> bool {
    match name {
        "type" => value.is_string(),
        "additionalProperties" => !value.is_boolean(),
        "exclusiveMinimum" | "exclusiveMaximum" => value.is_boolean(),
        "$ref" => value
            .as_str()
            .is_some_and(|text| text.starts_with("#/components/schemas/")),
        "const"
        | "patternProperties"
        | "propertyNames"
        | "if"
        | "then"
        | "else"
        | "contains"
        | "minContains"
        | "maxContains"
        | "prefixItems"
        | "additionalItems"
        | "unevaluatedItems"
        | "unevaluatedProperties"
        | "dependentSchemas"
        | "dependentRequired"
        | "not"
        | "$dynamicRef"
        | "x-key-pattern" => false,
        _ => true,
    }
}
