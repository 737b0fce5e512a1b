//! JSON values for formats other than JSON.

use serde::ser::{Error as _, SerializeMap as _};
use serde::{Serialize, Serializer};
use serde_json::{Number, Value};

use crate::Decimal;

/// A value as writers of other formats than JSON take it, such as those of YAML. By itself a number shows its digits to `serde_json`
/// alone, and to everybody else a structure. A number that would be rounded is refused.
#[derive(Debug, Clone, Copy)]
pub struct AnyFormat<'a>(pub &'a Value);

impl Serialize for AnyFormat<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::String(text) => serializer.serialize_str(text),
            Value::Number(number) => serialize_number(number, serializer),
            Value::Array(items) => serializer.collect_seq(items.iter().map(AnyFormat)),
            Value::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, member) in members {
                    map.serialize_entry(name, &AnyFormat(member))?;
                }
                map.end()
            }
        }
    }
}

fn serialize_number<S: Serializer>(number: &Number, serializer: S) -> Result<S::Ok, S::Error> {
    if let Some(whole) = number.as_i64() {
        return serializer.serialize_i64(whole);
    }
    if let Some(whole) = number.as_u64() {
        return serializer.serialize_u64(whole);
    }
    match number.as_f64().filter(|float| is_exact(number, *float)) {
        Some(float) => serializer.serialize_f64(float),
        None => Err(S::Error::custom(format!("the number {number} would be rounded"))),
    }
}

fn is_exact(number: &Number, float: f64) -> bool {
    let written = Number::from_f64(float).and_then(|written| Decimal::of(&written));
    written.is_some() && written == Decimal::of(number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_those_of_the_format() {
        let value = json!({"a": [1, -2, 0.5, 18_446_744_073_709_551_615_u64, null, true], "b": {"c": "1"}});
        let yaml = serde_saphyr::to_string(&AnyFormat(&value)).unwrap();
        assert_eq!(serde_saphyr::from_str::<Value>(&yaml).unwrap(), value);
        assert!(yaml.contains("- 0.5\n"), "{yaml}");
    }

    #[test]
    fn no_number_is_rounded() {
        for text in [
            "18446744073709551616",
            "0.1000000000000000055511151231257827",
            "1e400",
        ] {
            let value: Value = serde_json::from_str(text).unwrap();
            let refused = serde_saphyr::to_string(&AnyFormat(&value)).unwrap_err();
            assert!(refused.to_string().contains("would be rounded"), "{refused}");
        }
    }
}
