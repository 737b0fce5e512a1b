//! JSON values as constants.

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
    /// Any other number.
    Float(f64),
    /// A string.
    Text(&'static str),
    /// An array or object, as JSON text.
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

    /// Whether `value` equals this literal as JSON Schema compares: numbers by value.
    #[must_use]
    pub fn equals(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text(text), Value::String(other)) => text == other,
            (Self::Text(_), _) => false,
            (Self::Integer(_) | Self::Float(_), Value::Number(number)) => {
                self.to_value().as_f64() == number.as_f64()
            }
            (literal, other) => literal.to_value() == *other,
        }
    }
}
