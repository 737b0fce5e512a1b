//! From the text of a parameter back to the values that it may stand for.
//!
//! `7` is a text, and a number; which of them is meant only a schema can say. So every reading is tried: the one that was sent, the
//! one in which each part is a text, the one in which each part is what it looks like, and, where there are few parts, all others.
//! A list of one item is written like the item alone, so each is read as the other too.

use serde_json::{Number, Value};

/// With more parts than that, not every mixture is tried.
const MIXED_MAX: usize = 6;

/// Every value that the text of `value` may stand for.
pub(super) fn all(value: &Value) -> Vec<Value> {
    let mut readings = mixtures(value);
    for reading in readings.clone() {
        readings.extend(turned(&reading));
        let members = reading.as_object().into_iter().flatten();
        for (name, other) in members.filter_map(|(name, member)| Some((name, turned(member)?))) {
            let mut changed = reading.clone();
            if let Some(member) = changed.get_mut(name) {
                *member = other;
            }
            readings.push(changed);
        }
    }
    readings
}

/// An item as a list of it, and a list of one item as the item.
fn turned(value: &Value) -> Option<Value> {
    match value {
        Value::Array(items) => match items.as_slice() {
            [item] => Some(item.clone()),
            _ => None,
        },
        Value::Object(_) => None,
        item => Some(Value::from(vec![item.clone()])),
    }
}

fn mixtures(value: &Value) -> Vec<Value> {
    let mut count = 0;
    count_scalars(value, &mut count);
    let mut readings: Vec<Value> = Vec::new();
    let mut add = |reading: Value| {
        if !readings.contains(&reading) {
            readings.push(reading);
        }
    };
    if count <= MIXED_MAX {
        for mixture in 0..1_u32 << count {
            add(read(value, &mut |index, _| mixture & (1 << index) != 0));
        }
        return readings;
    }
    // As it was meant, but for one part.
    let is_meant_as_text = |scalar: &Value| scalar.is_string();
    add(read(value, &mut |_, _| true));
    add(read(value, &mut |_, _| false));
    for other in 0..=count {
        add(read(value, &mut |index, scalar| {
            is_meant_as_text(scalar) != (index == other)
        }));
    }
    readings
}

fn count_scalars(value: &Value, count: &mut usize) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| count_scalars(item, count)),
        Value::Object(members) => members.values().for_each(|member| count_scalars(member, count)),
        _ => *count += 1,
    }
}

/// Each part as a text, or as what it looks like.
fn read(value: &Value, is_text: &mut impl FnMut(usize, &Value) -> bool) -> Value {
    read_from(value, &mut 0, is_text)
}

fn read_from(value: &Value, index: &mut usize, is_text: &mut impl FnMut(usize, &Value) -> bool) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| read_from(item, index, is_text)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| (name.clone(), read_from(member, index, is_text)))
            .collect(),
        scalar => {
            let text = match scalar {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let is_text = is_text(*index, scalar);
            *index += 1;
            if is_text {
                Value::from(text)
            } else {
                looks_like(&text)
            }
        }
    }
}

fn looks_like(text: &str) -> Value {
    match text {
        "true" => return Value::Bool(true),
        "false" => return Value::Bool(false),
        _ => {}
    }
    match serde_json::from_str::<Number>(text) {
        Ok(number) if text.trim() == text => Value::Number(number),
        _ => Value::from(text),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_may_stand_for_more_than_one_value() {
        let check = |value: Value, expected: &[Value]| {
            let found = mixtures(&value);
            assert_eq!(found.len(), expected.len(), "{found:?}");
            assert!(
                expected.iter().all(|reading| found.contains(reading)),
                "{found:?}"
            );
        };
        check(json!("7"), &[json!("7"), json!(7)]);
        check(json!(7), &[json!("7"), json!(7)]);
        check(json!(true), &[json!("true"), json!(true)]);
        check(json!("a"), &[json!("a")]);
        check(json!(["1", "a"]), &[json!(["1", "a"]), json!([1, "a"])]);
    }

    #[test]
    fn of_many_parts_each_may_be_another() {
        let value = json!(["a", "1", 2, true, "b", "c", "d", "e"]);
        let found = mixtures(&value);
        assert!(found.contains(&value));
        for other in [
            json!(["a", 1, 2, true, "b", "c", "d", "e"]),
            json!(["a", "1", 2, "true", "b", "c", "d", "e"]),
        ] {
            assert!(found.contains(&other), "{found:?}");
        }
    }

    #[test]
    fn a_list_of_one_item_is_written_like_the_item() {
        assert!(all(&json!("7")).contains(&json!([7])));
        assert!(all(&json!([7])).contains(&json!("7")));
        assert!(all(&json!({"a": "x", "b": 1})).contains(&json!({"a": ["x"], "b": 1})));
    }
}
