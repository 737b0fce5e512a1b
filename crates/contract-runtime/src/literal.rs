//! JSON values as constants.

use contract_scalars::{Decimal, is_same, is_same_number};
use serde_json::Value;

/// A JSON value that can stand in a `static`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// A string.
    Text(&'static str),
    /// Anything else, as JSON text: an array, an object, a number that 64 bits do not hold.
    Json(&'static str),
}

impl Literal {
    /// The value.
    #[must_use]
    pub fn to_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => value.into(),
            Self::Integer(value) => value.into(),
            Self::Float(value) => value.into(),
            Self::Text(value) => value.into(),
            Self::Json(text) => serde_json::from_str(text).unwrap_or_default(),
        }
    }

    /// The number, if it is one.
    pub(crate) fn to_decimal(self) -> Option<Decimal> {
        match self {
            Self::Integer(integer) => Decimal::parse(&integer.to_string()),
            Self::Float(_) => Decimal::of(self.to_value().as_number()?),
            Self::Json(text) => Decimal::parse(text),
            _ => None,
        }
    }

    /// Whether `value` equals this literal as JSON Schema compares: numbers by value.
    #[must_use]
    pub fn equals(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Null, Value::Null) => true,
            (Self::Bool(one), Value::Bool(other)) => one == *other,
            (Self::Text(text), Value::String(other)) => text == other,
            (Self::Integer(one), Value::Number(other)) => is_same_number(&one.into(), other),
            (Self::Float(_), Value::Number(_)) | (Self::Json(_), _) => is_same(&self.to_value(), value),
            _ => false,
        }
    }
}
