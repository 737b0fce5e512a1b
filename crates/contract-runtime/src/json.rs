//! JSON as it is read from requests, and its canonical form.

use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Why a text is not JSON that can be accepted.
#[derive(Debug)]
pub struct JsonError(serde_json::Error);

impl fmt::Display for JsonError {
    /// Where and what, without repeating anything of the text but a duplicate member's name.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Reads JSON (RFC 8259). An object that names a member twice is refused: which of the two counts would be a guess.
pub fn parse_strict(text: &[u8]) -> Result<Value, JsonError> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = Strict.deserialize(&mut deserializer).map_err(JsonError)?;
    deserializer.end().map_err(JsonError)?;
    Ok(value)
}

/// The value as text with sorted member names and no white space: equal values have equal texts.
#[must_use]
pub fn canonical(value: &Value) -> String {
    fn sorted(value: &Value) -> Value {
        match value {
            Value::Array(items) => items.iter().map(sorted).collect(),
            Value::Object(members) => {
                let mut names: Vec<_> = members.iter().collect();
                names.sort_by_key(|(name, _)| *name);
                Value::Object(
                    names
                        .into_iter()
                        .map(|(name, member)| (name.clone(), sorted(member)))
                        .collect(),
                )
            }
            other => other.clone(),
        }
    }
    sorted(value).to_string()
}

/// How `serde_json` hands over a number: as the only member of an object, under this name. In a text nothing may have it: a value that
/// has is taken for a number again by whatever reads it.
const NUMBER: &str = "$serde_json::private::Number";

/// Reads the text of such a number. It is handed over as a string of its own, and the strings of a text never so.
struct Digits;

impl<'de> DeserializeSeed<'de> for Digits {
    type Value = Number;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Number, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Digits {
    type Value = Number;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the digits of a number")
    }

    fn visit_str<E: serde::de::Error>(self, _value: &str) -> Result<Number, E> {
        Err(E::custom("no digits"))
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<Number, E> {
        value.parse().map_err(E::custom)
    }
}

struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(Strict)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            if name == NUMBER {
                let number = map.next_value_seed(Digits).ok();
                let reserved = || A::Error::custom("a member has the name that stands for numbers here");
                return number.map(Value::Number).ok_or_else(reserved);
            }
            if members.contains_key(&name) {
                // The place is told, not the name: it is the client's, and may be anything.
                return Err(A::Error::custom("a member occurs twice"));
            }
            let member = map.next_value_seed(Strict)?;
            members.insert(name, member);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicate_members_are_refused_by_name() {
        let error = parse_strict(br#"{"a": {"b": 1, "b": 2}}"#).unwrap_err();
        assert!(
            error.to_string().contains("a member occurs twice at line 1"),
            "{error}"
        );
        assert!(parse_strict(b"{} x").is_err());
    }

    #[test]
    fn numbers_are_kept_digit_for_digit() {
        for text in [
            "123456789012345678901234567890",
            "-0.10000000000000000000000000000001",
            "1e+400",
            "1.10",
            "18446744073709551616",
        ] {
            let value = parse_strict(format!("[{text}]").as_bytes()).unwrap();
            assert_eq!(value.to_string(), format!("[{text}]"));
        }
        assert!(parse_strict(b"[01]").is_err());
        assert!(parse_strict(b"[1e]").is_err());
    }

    #[test]
    fn an_object_is_not_taken_for_a_number() {
        for text in [
            r#"{"$serde_json::private::Number":"5"}"#,
            r#"{"$serde_json::private::Number":"\u0035"}"#,
            r#"{"$serde_json::private\u003a:Number":"5"}"#,
            r#"{"$serde_json::private::Number":5}"#,
            r#"{"$serde_json::private::Number":{"a":1}}"#,
            r#"{"a":1,"$serde_json::private::Number":"5"}"#,
            r#"[{"count":{"$serde_json::private::Number":"5","a":1}}]"#,
        ] {
            let error = parse_strict(text.as_bytes()).unwrap_err().to_string();
            let reason = "a member has the name that stands for numbers here at line 1";
            assert!(error.starts_with(reason), "{text} {error}");
        }
    }

    #[test]
    fn canonical_text_does_not_depend_on_order_or_white_space() {
        let one = parse_strict(br#"{"b": [1, {"d": 2, "c": 3}], "a": null}"#).unwrap();
        let other = parse_strict(br#"{"a":null,"b":[1,{"c":3,"d":2}]}"#).unwrap();
        assert_eq!(canonical(&one), canonical(&other));
    }
}
