//! Numbers as JSON has them: of any size, and never rounded.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Number as JsonNumber;

use contract_scalars::Decimal;

/// Whether a number has no fraction; `1.0` and `1e3` have none.
pub(crate) fn is_integer(number: &JsonNumber) -> bool {
    number.is_i64() || number.is_u64() || Decimal::of(number).is_some_and(|decimal| decimal.is_whole())
}

/// The most digits of a whole number that 128 bits hold.
const WIDE_DIGIT_COUNT_MAX: i64 = 39;

/// A number that does not fit the type that it was wanted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberDoesNotFit;

impl fmt::Display for NumberDoesNotFit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the number does not fit the type")
    }
}

impl std::error::Error for NumberDoesNotFit {}

/// A text that is no number as JSON writes it, or has a fraction where it may have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoNumber;

impl fmt::Display for NoNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("is no number of JSON, or no whole one")
    }
}

impl std::error::Error for NoNumber {}

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

/// Integers of Rust that no number of `serde_json` is made of.
macro_rules! wide {
    ($type:ident: $($rust:ident)*) => {
        $(
            impl From<$rust> for $type {
                fn from(number: $rust) -> Self {
                    // The digits of an integer are a number of JSON.
                    Self(number.to_string().parse().unwrap_or_else(|_| 0.into()))
                }
            }

            impl TryFrom<&$type> for $rust {
                type Error = NumberDoesNotFit;

                fn try_from(number: &$type) -> Result<Self, NumberDoesNotFit> {
                    let text = number.decimal().and_then(|decimal| decimal.to_digits(WIDE_DIGIT_COUNT_MAX));
                    text.and_then(|text| text.parse().ok()).ok_or(NumberDoesNotFit)
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
wide!(Integer: i128 u128);
wide!(Number: i128 u128);

/// Reads the digits of a number of JSON (RFC 8259 §6), such as `123456789012345678901234567890` or `1e3`.
impl FromStr for Integer {
    type Err = NoNumber;

    fn from_str(text: &str) -> Result<Self, NoNumber> {
        let number = JsonNumber::from_str(text).map_err(|_| NoNumber)?;
        if is_integer(&number) {
            Ok(Self(number))
        } else {
            Err(NoNumber)
        }
    }
}

/// Reads the digits of a number of JSON (RFC 8259 §6), such as `3.14159265358979323846264338327950288`.
impl FromStr for Number {
    type Err = NoNumber;

    fn from_str(text: &str) -> Result<Self, NoNumber> {
        JsonNumber::from_str(text).map(Self).map_err(|_| NoNumber)
    }
}

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
    fn numbers_of_128_bits_are_rust_numbers() {
        let most: Integer = u128::MAX.into();
        assert_eq!(most.to_string(), "340282366920938463463374607431768211455");
        assert_eq!(u128::try_from(&most), Ok(u128::MAX));
        assert_eq!(i128::try_from(&most), Err(NumberDoesNotFit));
        assert_eq!(i128::try_from(Integer::from(i128::MIN)), Ok(i128::MIN));
        let read = |text: &str| text.parse::<Integer>();
        assert_eq!(
            u128::try_from(read("340282366920938463463374607431768211456").unwrap()),
            Err(NumberDoesNotFit)
        );
        assert_eq!(u128::try_from(read("1e38").unwrap()), Ok(10_u128.pow(38)));
        assert_eq!(
            u128::try_from(read("1e1000000000").unwrap()),
            Err(NumberDoesNotFit)
        );
        assert_eq!(u128::try_from(read("0").unwrap()), Ok(0));
        assert_eq!(i128::try_from(Number::from(-5_i128)), Ok(-5));
    }

    #[test]
    fn digits_are_read() {
        let pi = "3.14159265358979323846264338327950288";
        assert_eq!(pi.parse::<Number>().unwrap().to_string(), pi);
        assert_eq!("1.0".parse::<Integer>(), Ok(Integer::from(1)));
        for text in ["1.5", "", "x", "01", "1e", "+1", " 1"] {
            assert_eq!(text.parse::<Integer>(), Err(NoNumber), "{text}");
        }
        assert_eq!("0x1".parse::<Number>(), Err(NoNumber));
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
