//! Values that are worth asking about.
//!
//! A value is made from the schema as a person would read it: what is required is there, texts have the lengths and the form
//! that are asked for, numbers lie at their bounds more often than elsewhere. A second kind is the first with one thing broken. Neither is what it is meant to
//! be beyond doubt; the judge says what it is.

mod fault;
mod make;
mod merge;
mod number;
mod text;

use fastrand::Rng;
use serde_json::Value;

pub(crate) use make::Maker;

/// A value, and what is wrong with it on purpose.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    /// The value.
    pub value: Value,
    /// The keyword and the place that were to be broken; none where the value is meant to be valid.
    pub fault: Option<String>,
}

/// So many values for the schema at a JSON pointer of a translated document; the same seed gives the same values.
#[must_use]
pub fn instances(translated: &Value, pointer: &str, seed: u64, count: usize) -> Vec<Instance> {
    let Some(schema) = translated.pointer(pointer) else {
        return Vec::new();
    };
    let mut maker = Maker::new(translated, Rng::with_seed(seed));
    let mut made = Vec::with_capacity(count);
    for index in 0..count {
        let Some(value) = maker.valid(schema) else {
            continue;
        };
        made.push(if index % 2 == 0 {
            Instance { value, fault: None }
        } else {
            maker.broken(schema, value)
        });
    }
    made
}
