//! Equality as JSON Schema has it (core §4.2.2): numbers by value, so that `1` is `1.0`.

use serde_json::{Number, Value};

use crate::Decimal;

/// Whether two values are equal, with all that is in them.
#[must_use]
pub fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => is_same_number(one, other),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, member)| other.get(name).is_some_and(|other| is_same(member, other)))
        }
        _ => one == other,
    }
}

/// Whether two numbers are equal, however they are written.
#[must_use]
pub fn is_same_number(one: &Number, other: &Number) -> bool {
    one == other || (Decimal::of(one).is_some() && Decimal::of(one) == Decimal::of(other))
}
