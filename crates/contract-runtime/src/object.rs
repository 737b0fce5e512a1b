//! Objects with named members: how the structs of generated code are read from JSON and written to it.
//!
//! A derive would do for the simplest of them. It cannot tell an absent member from `null`, fill in a default, or keep the members
//! that the contract does not name without buffering numbers in a form that rounds them; and a thousand derives are what a
//! compiler spends most of its time on. [`object!`](crate::object) writes two short functions for a type, and the
//! work is done here, once.

use serde::de::{DeserializeOwned, Error as _};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::Literal;
use crate::nullable::MaybeAbsent;

/// The members of an object while it is read.
pub struct Members(Map<String, Value>);

impl Members {
    fn decode<T: DeserializeOwned>(name: &str, value: Value) -> Result<T, serde_json::Error> {
        serde_json::from_value(value)
            .map_err(|error| serde_json::Error::custom(format_args!("member {name:?}: {error}")))
    }

    /// A member that must be there.
    pub fn required<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, serde_json::Error> {
        match self.0.swap_remove(name) {
            Some(value) => Self::decode(name, value),
            None => Err(serde_json::Error::custom(format_args!(
                "member {name:?} is missing"
            ))),
        }
    }

    /// A member that may be absent, and is never `null`.
    pub fn optional<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, serde_json::Error> {
        let value = self.0.swap_remove(name);
        value.map(|value| Self::decode(name, value)).transpose()
    }

    /// A member that may be absent or `null`.
    pub fn nullable<T: DeserializeOwned>(&mut self, name: &str) -> Result<MaybeAbsent<T>, serde_json::Error> {
        Ok(match self.0.swap_remove(name) {
            None => MaybeAbsent::Absent,
            Some(Value::Null) => MaybeAbsent::Null,
            Some(value) => MaybeAbsent::Value(Self::decode(name, value)?),
        })
    }

    /// A member that has a default.
    pub fn or_default<T: DeserializeOwned>(
        &mut self,
        name: &str,
        default: Literal,
    ) -> Result<T, serde_json::Error> {
        let value = self.0.swap_remove(name).unwrap_or_else(|| default.to_value());
        Self::decode(name, value)
    }

    /// The members that are left.
    pub fn rest<T: DeserializeOwned>(&mut self) -> Result<T, serde_json::Error> {
        serde_json::from_value(Value::Object(std::mem::take(&mut self.0)))
    }
}

/// Reads an object, of whose members `build` makes a value.
pub fn read<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    build: impl FnOnce(&mut Members) -> Result<T, serde_json::Error>,
) -> Result<T, D::Error> {
    let mut members = Members(Map::deserialize(deserializer)?);
    build(&mut members).map_err(D::Error::custom)
}

/// Members without names of their own, as they are written.
pub trait Rest {
    /// Writes those that are not `named`: a member is never written twice.
    fn write<M: SerializeMap>(&self, map: &mut M, named: &[&str]) -> Result<(), M::Error>;
}

fn write_rest<'a, M: SerializeMap, T: Serialize + 'a>(
    members: impl Iterator<Item = (&'a String, &'a T)>,
    map: &mut M,
    named: &[&str],
) -> Result<(), M::Error> {
    for (name, value) in members {
        if !named.contains(&name.as_str()) {
            map.serialize_entry(name, value)?;
        }
    }
    Ok(())
}

impl Rest for Map<String, Value> {
    fn write<M: SerializeMap>(&self, map: &mut M, named: &[&str]) -> Result<(), M::Error> {
        write_rest(self.iter(), map, named)
    }
}

impl<T: Serialize> Rest for std::collections::BTreeMap<String, T> {
    fn write<M: SerializeMap>(&self, map: &mut M, named: &[&str]) -> Result<(), M::Error> {
        write_rest(self.iter(), map, named)
    }
}

/// Implements reading and writing of a struct whose fields are an object's members: each `required`, `optional` (an `Option`),
/// `nullable` (a [`MaybeAbsent`](crate::MaybeAbsent)) or with a default; after `..` the field that keeps all other members.
#[macro_export]
#[doc(hidden)]
macro_rules! object {
    ($type:ident { $($kind:ident $field:ident: $name:literal $(= $default:ident($value:literal))?,)* $(..$rest:ident)? }) => {
        impl $crate::export::serde::Serialize for $type {
            fn serialize<S: $crate::export::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                #[allow(unused_imports)]
                use $crate::export::serde::ser::SerializeMap as _;
                #[allow(unused_mut)]
                let mut map = serializer.serialize_map(::std::option::Option::None)?;
                $($crate::object!(@write map $kind $name, &self.$field);)*
                #[allow(unused_variables)]
                let named: &[&str] = &[$($name),*];
                $($crate::object::Rest::write(&self.$rest, &mut map, named)?;)?
                map.end()
            }
        }

        impl<'de> $crate::export::serde::Deserialize<'de> for $type {
            fn deserialize<D: $crate::export::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                #[allow(unused_variables)]
                $crate::object::read(deserializer, |members| ::std::result::Result::Ok(Self {
                    $($field: $crate::object!(@read members $kind $name $($default $value)?),)*
                    $($rest: members.rest()?,)?
                }))
            }
        }
    };
    (@write $map:ident required $name:literal, $value:expr) => {
        $map.serialize_entry($name, $value)?
    };
    (@write $map:ident default $name:literal, $value:expr) => {
        $map.serialize_entry($name, $value)?
    };
    (@write $map:ident optional $name:literal, $value:expr) => {
        if let ::std::option::Option::Some(value) = $value {
            $map.serialize_entry($name, value)?;
        }
    };
    (@write $map:ident nullable $name:literal, $value:expr) => {
        if !$value.is_absent() {
            $map.serialize_entry($name, $value)?;
        }
    };
    (@read $members:ident required $name:literal) => { $members.required($name)? };
    (@read $members:ident optional $name:literal) => { $members.optional($name)? };
    (@read $members:ident nullable $name:literal) => { $members.nullable($name)? };
    (@read $members:ident default $name:literal $default:ident $value:literal) => {
        $members.or_default($name, $crate::Literal::$default($value))?
    };
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Map, Value, json};

    use crate::MaybeAbsent;

    #[derive(Debug, PartialEq)]
    struct Thing {
        id: i64,
        tag: Option<String>,
        owner: MaybeAbsent<String>,
        level: i64,
        parent: Option<Box<Thing>>,
        rest: Map<String, Value>,
    }
    object!(Thing {
        required id: "id",
        optional tag: "tag",
        nullable owner: "the owner",
        default level: "level" = Integer(3),
        optional parent: "parent",
        ..rest
    });

    struct Counts {
        rest: BTreeMap<String, i64>,
    }
    object!(Counts { ..rest });

    fn same(value: &Value) -> Thing {
        let thing: Thing = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(serde_json::to_value(&thing).unwrap(), *value);
        thing
    }

    #[test]
    fn absent_null_and_value_are_told_apart() {
        let absent = same(&json!({"id": 1, "level": 2}));
        assert_eq!((absent.tag, absent.owner), (None, MaybeAbsent::Absent));
        let null = same(&json!({"id": 1, "level": 2, "the owner": null}));
        assert_eq!(null.owner, MaybeAbsent::Null);
        let value = same(&json!({"id": 1, "level": 2, "the owner": "o", "tag": "t"}));
        assert_eq!(value.owner, MaybeAbsent::Value("o".to_owned()));
        assert_eq!(value.tag.as_deref(), Some("t"));
    }

    #[test]
    fn a_default_is_filled_in() {
        let thing: Thing = serde_json::from_value(json!({"id": 1})).unwrap();
        assert_eq!(thing.level, 3);
        assert_eq!(serde_json::to_value(&thing).unwrap()["level"], 3);
    }

    #[test]
    fn what_has_no_name_is_kept_and_never_written_twice() {
        let mut thing =
            same(&json!({"id": 1, "level": 2, "parent": {"id": 2, "level": 1, "x": [1.5]}, "more": {}}));
        assert_eq!(thing.rest["more"], json!({}));
        thing.rest.insert("id".to_owned(), json!(9));
        assert_eq!(
            serde_json::to_string(&thing).unwrap().matches("\"id\"").count(),
            2
        );
        let counts: Counts = serde_json::from_value(json!({"a": 1})).unwrap();
        assert_eq!(serde_json::to_value(&counts).unwrap(), json!({"a": 1}));
    }

    #[test]
    fn a_missing_or_wrong_member_is_named() {
        let error = |text| serde_json::from_value::<Thing>(text).unwrap_err().to_string();
        assert_eq!(error(json!({})), "member \"id\" is missing");
        assert!(error(json!({"id": "1"})).starts_with("member \"id\": invalid type"));
        assert!(error(json!({"id": 1, "tag": null})).starts_with("member \"tag\": invalid type"));
    }
}
