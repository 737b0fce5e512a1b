//! Numbers as JSON has them: of any size, and never rounded.

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Number as JsonNumber;

use contract_scalars::Decimal;

/// Whether a number has no fraction; `1.0` and `1e3` have none.
pub(crate) fn is_integer(number: &JsonNumber) -> bool {
    number.is_i64() || number.is_u64() || Decimal::of(number).is_some_and(|decimal| decimal.is_whole())
}

/// A number that does not fit the type that it was wanted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberDoesNotFit;

impl fmt::Display for NumberDoesNotFit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the number does not fit the type")
    }
}

impl std::error::Error for NumberDoesNotFit {}

/// A whole number of any size, where a contract gives no bounds that a Rust integer could keep.
#[derive(Clone)]
pub struct Integer(JsonNumber);

/// A number of any size and any number of digits, where a contract does not say that a 64-bit float holds it.
#[derive(Clone)]
pub struct Number(JsonNumber);

impl Number {
    /// The nearest 64-bit float; beyond its range infinite, of the number's sign.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        let beyond = || self.0.to_string().parse().unwrap_or(f64::NAN);
        self.0.as_f64().unwrap_or_else(beyond)
    }

    /// The number of a float, which is none where it is infinite or no number.
    #[must_use]
    pub fn from_f64(number: f64) -> Option<Self> {
        JsonNumber::from_f64(number).map(Self)
    }
}

macro_rules! exact {
    ($type:ident) => {
        impl $type {
            /// As JSON has it.
            #[must_use]
            pub fn as_json(&self) -> &JsonNumber {
                &self.0
            }

            fn decimal(&self) -> Option<Decimal> {
                Decimal::of(&self.0)
            }
        }

        impl PartialEq for $type {
            fn eq(&self, other: &Self) -> bool {
                self.0 == other.0 || self.decimal() == other.decimal()
            }
        }

        impl Eq for $type {}

        impl Hash for $type {
            fn hash<H: Hasher>(&self, state: &mut H) {
                match self.decimal() {
                    Some(decimal) => decimal.to_string().hash(state),
                    None => self.0.hash(state),
                }
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(serializer)
            }
        }

        exact!(@from $type: i8 i16 i32 i64 isize u8 u16 u32 u64 usize);
    };
    (@from $type:ident: $($rust:ident)*) => {
        $(
            impl From<$rust> for $type {
                fn from(number: $rust) -> Self {
                    Self(number.into())
                }
            }

            impl TryFrom<&$type> for $rust {
                type Error = NumberDoesNotFit;

                fn try_from(number: &$type) -> Result<Self, NumberDoesNotFit> {
                    let whole = number.decimal().and_then(|decimal| decimal.to_integer());
                    let signed = || whole.as_ref()?.as_i64()?.try_into().ok();
                    let unsigned = || whole.as_ref()?.as_u64()?.try_into().ok();
                    signed().or_else(unsigned).ok_or(NumberDoesNotFit)
                }
            }

            impl TryFrom<$type> for $rust {
                type Error = NumberDoesNotFit;

                fn try_from(number: $type) -> Result<Self, NumberDoesNotFit> {
                    Self::try_from(&number)
                }
            }
        )*
    };
}

exact!(Integer);
exact!(Number);

impl From<Integer> for Number {
    fn from(number: Integer) -> Self {
        Self(number.0)
    }
}

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = JsonNumber::deserialize(deserializer)?;
        if is_integer(&number) {
            return Ok(Self(number));
        }
        Err(serde::de::Error::custom("is no whole number"))
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        JsonNumber::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_equal_by_value() {
        let read = |text: &str| serde_json::from_str::<Number>(text).unwrap();
        assert_eq!(read("1"), read("1.0"));
        assert_eq!(read("1000"), read("1e3"));
        assert_ne!(read("9007199254740993"), read("9007199254740992"));
        assert_eq!(Number::from(Integer::from(3_u8)), read("3"));
    }

    #[test]
    fn whole_numbers_become_rust_numbers_where_they_fit() {
        let read = |text: &str| serde_json::from_str::<Integer>(text).unwrap();
        assert_eq!(i64::try_from(read("-5")), Ok(-5));
        assert_eq!(i64::try_from(read("5.0")), Ok(5));
        assert_eq!(u8::try_from(read("256")), Err(NumberDoesNotFit));
        assert_eq!(u64::try_from(read("18446744073709551615")), Ok(u64::MAX));
        assert_eq!(i64::try_from(read("18446744073709551615")), Err(NumberDoesNotFit));
        assert!(serde_json::from_value::<Integer>(json!(1.5)).is_err());
    }

    #[test]
    fn what_was_read_is_written() {
        for value in [json!(1), json!(0.1), json!(u64::MAX), json!(-1.5e300)] {
            let number: Number = serde_json::from_value(value.clone()).unwrap();
            assert_eq!(serde_json::to_value(&number).unwrap(), value);
        }
    }

    #[test]
    fn beyond_the_range_of_floats_the_sign_stays() {
        let read = |text: &str| serde_json::from_str::<Number>(text).unwrap().to_f64();
        assert!(read("1e400").is_infinite() && read("1e400").is_sign_positive());
        assert!(read("-1e400").is_infinite() && read("-1e400").is_sign_negative());
        assert!(read("-1e-400") <= 0.0);
    }
}
