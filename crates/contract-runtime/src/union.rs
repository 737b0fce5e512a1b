//! Values of one of several types: how the enums of unions are read from JSON.
//!
//! Where the members have different types of JSON values, the type says which one a value is. Otherwise the schemas say it: the
//! first member that accepts the value takes it, with or without what only one direction asks for. A member keeps everything that its schema accepts, so it does not matter to
//! what is written again which one that is.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::{Direction, Keyword, Schema};

/// Reads a value, and which of the members takes it.
pub fn read<'de, D: Deserializer<'de>>(
    deserializer: D,
    choose: impl FnOnce(&Value) -> Option<usize>,
) -> Result<(usize, Value), D::Error> {
    let value = Value::deserialize(deserializer)?;
    let index = choose(&value).ok_or_else(|| D::Error::custom("is a value of no member of the union"))?;
    Ok((index, value))
}

/// Decodes the member that was chosen.
pub fn decode<T: DeserializeOwned, E: serde::de::Error>(value: Value) -> Result<T, E> {
    serde_json::from_value(value).map_err(E::custom)
}

/// Which of a schema's `oneOf` accepts the value.
#[must_use]
pub fn one_of(schema: Schema, value: &Value) -> Option<usize> {
    accepting(schema, value, |keyword| match keyword {
        Keyword::OneOf(members) => Some(members),
        _ => None,
    })
}

/// Which of a schema's `anyOf` is the first to accept the value.
#[must_use]
pub fn any_of(schema: Schema, value: &Value) -> Option<usize> {
    accepting(schema, value, |keyword| match keyword {
        Keyword::AnyOf(members) => Some(members),
        _ => None,
    })
}

fn accepting(
    schema: Schema,
    value: &Value,
    list: impl FnMut(Keyword) -> Option<&'static [Schema]>,
) -> Option<usize> {
    let members = schema.find(list)?;
    let strictly = members.iter().position(|member| member.accepts(value));
    // The value was checked already, in its direction, which is not known here: a member may have taken it without what only the other
    // direction asks for. Requests are what a service reads, so they come first.
    strictly.or_else(|| {
        let mut directions = [Direction::Request, Direction::Response].into_iter();
        directions.find_map(|direction| {
            let accepts = |member: &Schema| member.check_in(direction, &mut value.clone()).is_empty();
            members.iter().position(accepts)
        })
    })
}

/// No member takes the value.
pub fn none<T, E: serde::de::Error>() -> Result<T, E> {
    Err(E::custom("is a value of no member of the union"))
}

/// A type of JSON values, as members are told apart by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the type of the same name")]
pub enum ValueKind {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

/// Whether a value is of a type. A number with a fraction of zero is an integer.
#[must_use]
pub fn is_kind(value: &Value, kind: ValueKind) -> bool {
    match (value, kind) {
        (Value::Null, ValueKind::Null)
        | (Value::Bool(_), ValueKind::Boolean)
        | (Value::Number(_), ValueKind::Number)
        | (Value::String(_), ValueKind::String)
        | (Value::Array(_), ValueKind::Array)
        | (Value::Object(_), ValueKind::Object) => true,
        (Value::Number(number), ValueKind::Integer) => crate::exact::is_integer(number),
        _ => false,
    }
}

/// A value of a schema that says what an object must be, and not that it must be an object: such a schema accepts all other values
/// too.
#[derive(Debug, Clone, PartialEq)]
pub enum ObjectOr<T> {
    /// An object.
    Object(T),
    /// Anything else.
    Other(Value),
}

impl<T> ObjectOr<T> {
    /// The object, where it is one.
    #[must_use]
    pub fn object(self) -> Option<T> {
        match self {
            Self::Object(object) => Some(object),
            Self::Other(_) => None,
        }
    }
}

impl<T> From<T> for ObjectOr<T> {
    fn from(object: T) -> Self {
        Self::Object(object)
    }
}

impl<T: Serialize> Serialize for ObjectOr<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Object(object) => object.serialize(serializer),
            Self::Other(value) => value.serialize(serializer),
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for ObjectOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if value.is_object() {
            return decode(value).map(Self::Object);
        }
        Ok(Self::Other(value))
    }
}

/// Implements an enum whose variants are the members of a union. They are told apart by the types of JSON values that each has, or
/// by the schemas of a `oneOf` or `anyOf`.
#[macro_export]
#[doc(hidden)]
macro_rules! union {
    ($type:ident { $($variant:ident($($kind:ident)|*)),* $(,)? }) => {
        $crate::union!(@impls $type { $($variant),* } |value| {
            #[allow(unused_assignments)]
            {
                let mut index = 0;
                $(
                    if $($crate::union::is_kind(value, $crate::union::ValueKind::$kind))||* {
                        return ::std::option::Option::Some(index);
                    }
                    index += 1;
                )*
            }
            ::std::option::Option::None
        });
    };
    ($type:ident { $($variant:ident = $index:literal),* $(,)? } by $list:ident $schema:expr) => {
        $crate::union!(@impls $type { $($variant),* } |value| {
            let member = $crate::union::$list($schema, value)?;
            [$($index),*].iter().position(|index| *index == member)
        });
    };
    (@impls $type:ident { $($variant:ident),* } $choose:expr) => {
        impl $crate::export::serde::Serialize for $type {
            fn serialize<S: $crate::export::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                match self { $(Self::$variant(value) => $crate::export::serde::Serialize::serialize(value, serializer)),* }
            }
        }

        impl<'de> $crate::export::serde::Deserialize<'de> for $type {
            fn deserialize<D: $crate::export::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                let choose: fn(&$crate::JsonValue) -> ::std::option::Option<usize> = $choose;
                let (mut index, value) = $crate::union::read(deserializer, choose)?;
                $(
                    if index == 0 {
                        return $crate::union::decode(value).map(Self::$variant);
                    }
                    index = index.wrapping_sub(1);
                )*
                let _ = index;
                $crate::union::none()
            }
        }
    };
}
