//! The comparison that closes the loop.

mod schemas;

use std::fmt;

use serde_json::Value;

pub use schemas::{Rooted, schema_differences};

use crate::source::child;

/// A place at which two documents differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The JSON pointer, in the normal form.
    pub pointer: String,
    /// What the contract says there.
    pub contract: Option<Value>,
    /// What the other document says there.
    pub derived: Option<Value>,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), ToString::to_string);
        write!(
            formatter,
            "{}: contract {}, derived {}",
            self.pointer,
            show(&self.contract),
            show(&self.derived)
        )
    }
}

/// Every place at which `derived` differs from `contract`; both are in their normal form.
#[must_use]
pub fn differences(contract: &Value, derived: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(contract, derived, "", &mut found);
    found
}

fn compare(contract: &Value, derived: &Value, pointer: &str, found: &mut Vec<Difference>) {
    match (contract, derived) {
        (Value::Object(expected), Value::Object(actual)) => {
            for (name, value) in expected {
                compare_optional(Some(value), actual.get(name), &child(pointer, name), found);
            }
            for (name, value) in actual.iter().filter(|(name, _)| !expected.contains_key(*name)) {
                compare_optional(None, Some(value), &child(pointer, name), found);
            }
        }
        (Value::Array(expected), Value::Array(actual)) => {
            for index in 0..expected.len().max(actual.len()) {
                compare_optional(
                    expected.get(index),
                    actual.get(index),
                    &child(pointer, index),
                    found,
                );
            }
        }
        _ if contract == derived => {}
        _ => found.push(Difference {
            pointer: pointer.to_owned(),
            contract: Some(contract.clone()),
            derived: Some(derived.clone()),
        }),
    }
}

fn compare_optional(
    contract: Option<&Value>,
    derived: Option<&Value>,
    pointer: &str,
    found: &mut Vec<Difference>,
) {
    match (contract, derived) {
        (Some(contract), Some(derived)) => compare(contract, derived, pointer, found),
        _ => found.push(Difference {
            pointer: pointer.to_owned(),
            contract: contract.cloned(),
            derived: derived.cloned(),
        }),
    }
}
