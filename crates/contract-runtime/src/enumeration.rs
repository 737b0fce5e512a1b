//! Enumerations: how the enums of generated code are read from JSON and written to it.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::Literal;

/// A text that is none of an enumeration's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownWord {
    /// The words that there are.
    pub known: &'static [&'static str],
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "is none of {}", self.known.join(", "))
    }
}

impl std::error::Error for UnknownWord {}

/// Which of the literals a value equals.
pub fn find<'de, D: Deserializer<'de>>(deserializer: D, literals: &[Literal]) -> Result<usize, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let found = literals.iter().position(|literal| literal.equals(&value));
    found.ok_or_else(|| D::Error::custom("is none of the enumeration's values"))
}

/// Implements an enum whose variants are the words of an enumeration; where a variant after `..` holds every other text, an open one.
#[macro_export]
#[doc(hidden)]
macro_rules! string_enum {
    ($type:ident { $($variant:ident = $word:literal),* $(,)? }) => {
        impl $type {
            /// Every value, in the contract's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word of the contract.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }

        impl ::std::str::FromStr for $type {
            type Err = $crate::UnknownWord;

            fn from_str(word: &str) -> ::std::result::Result<Self, $crate::UnknownWord> {
                match word {
                    $($word => ::std::result::Result::Ok(Self::$variant),)*
                    _ => ::std::result::Result::Err($crate::UnknownWord { known: &[$($word),*] }),
                }
            }
        }

        $crate::string_enum!(@text $type);
    };
    ($type:ident { $($variant:ident = $word:literal),* , ..$other:ident }) => {
        impl $type {
            /// The word of the contract, or the other text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::$other(word) => word,
                }
            }
        }

        impl ::std::str::FromStr for $type {
            type Err = ::std::convert::Infallible;

            fn from_str(word: &str) -> ::std::result::Result<Self, ::std::convert::Infallible> {
                ::std::result::Result::Ok(match word {
                    $($word => Self::$variant,)*
                    _ => Self::$other(word.to_owned()),
                })
            }
        }

        $crate::string_enum!(@text $type);
    };
    (@text $type:ident) => {
        impl ::std::fmt::Display for $type {
            fn fmt(&self, formatter: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl $crate::export::serde::Serialize for $type {
            fn serialize<S: $crate::export::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::export::serde::Deserialize<'de> for $type {
            fn deserialize<D: $crate::export::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                let word = <::std::string::String as $crate::export::serde::Deserialize>::deserialize(deserializer)?;
                word.parse().map_err($crate::export::serde::de::Error::custom)
            }
        }
    };
}

/// Implements an enum whose variants are values of any type.
#[macro_export]
#[doc(hidden)]
macro_rules! value_enum {
    ($type:ident { $($variant:ident = $kind:ident($value:literal)),* $(,)? }) => {
        impl $type {
            /// Every value, in the contract's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            const LITERALS: &'static [$crate::Literal] = &[$($crate::Literal::$kind($value)),*];

            /// The value of the contract.
            #[must_use]
            pub fn value(self) -> $crate::JsonValue {
                match self { $(Self::$variant => $crate::Literal::$kind($value).to_value()),* }
            }
        }

        impl $crate::export::serde::Serialize for $type {
            fn serialize<S: $crate::export::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                self.value().serialize(serializer)
            }
        }

        impl<'de> $crate::export::serde::Deserialize<'de> for $type {
            fn deserialize<D: $crate::export::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                $crate::enumeration::find(deserializer, Self::LITERALS).map(|index| Self::ALL[index])
            }
        }
    };
}

#[cfg(test)]
#[allow(
    unreachable_pub,
    reason = "generated code is the interface of a service; this one has none"
)]
mod tests {
    use serde_json::json;

    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Colour {
        Red,
        DarkBlue,
    }
    string_enum!(Colour { Red = "red", DarkBlue = "dark-blue" });

    #[derive(Debug, Clone, PartialEq)]
    enum Open {
        Red,
        Other(String),
    }
    string_enum!(Open { Red = "red", ..Other });

    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Mixed {
        One,
        Half,
        Yes,
        Text,
        List,
    }
    value_enum!(Mixed {
        One = Integer(1),
        Half = Float(0.5),
        Yes = Bool(true),
        Text = Text("1"),
        List = Json("[1, 2]"),
    });

    #[test]
    fn words_are_read_and_written() {
        assert_eq!(Colour::ALL, [Colour::Red, Colour::DarkBlue]);
        assert_eq!("dark-blue".parse(), Ok(Colour::DarkBlue));
        assert_eq!(Colour::DarkBlue.to_string(), "dark-blue");
        assert_eq!(serde_json::to_value(Colour::Red).unwrap(), "red");
        let error = serde_json::from_value::<Colour>(json!("blue")).unwrap_err();
        assert_eq!(error.to_string(), "is none of red, dark-blue");
    }

    #[test]
    fn an_open_enumeration_keeps_every_other_text() {
        for (word, expected) in [("red", Open::Red), ("blue", Open::Other("blue".to_owned()))] {
            let read: Open = serde_json::from_value(json!(word)).unwrap();
            assert_eq!(read, expected);
            assert_eq!(serde_json::to_value(&read).unwrap(), word);
        }
    }

    #[test]
    fn values_of_any_type_are_read_and_written() {
        for (value, expected) in [
            (json!(1), Mixed::One),
            (json!(1.0), Mixed::One),
            (json!(0.5), Mixed::Half),
            (json!(true), Mixed::Yes),
            (json!("1"), Mixed::Text),
            (json!([1, 2]), Mixed::List),
        ] {
            let read: Mixed = serde_json::from_value(value.clone()).unwrap();
            assert_eq!(read, expected, "{value}");
        }
        assert_eq!(
            serde_json::to_value(Mixed::ALL).unwrap(),
            json!([1, 0.5, true, "1", [1, 2]])
        );
        assert!(serde_json::from_value::<Mixed>(json!(2)).is_err());
    }
}
