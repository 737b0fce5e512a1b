//! Items that are equal as JSON Schema has it (core §4.2.2): numbers by value, so that `1` is `1.0`.

use std::collections::HashSet;

use serde_json::Value;

use contract_scalars::Decimal;

/// Whether an item occurs twice. A client chooses how many items there are, so they are not compared each with each.
pub(super) fn has_duplicate(items: &[Value]) -> bool {
    let mut known = HashSet::with_capacity(items.len());
    items.iter().any(|item| {
        let mut text = String::new();
        write_canonical(item, &mut text);
        !known.insert(text)
    })
}

/// A text that equal values have in common and others do not.
fn write_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Number(number) => match Decimal::of(number) {
            Some(decimal) => text.push_str(&decimal.to_string()),
            None => text.push_str(&number.to_string()),
        },
        Value::Array(items) => {
            text.push('[');
            for item in items {
                write_canonical(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (name, member) in members {
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write_canonical(member, text);
                text.push(',');
            }
            text.push('}');
        }
        other => text.push_str(&other.to_string()),
    }
}
