//! Completes what the registry wrote by what the constants say.

use serde_json::{Map, Value};

/// Adds to `derived` what is `said` beyond it, and takes out what poem-openapi writes where nothing is said. Where the two contradict
/// each other, nothing is changed: the comparison with the contract finds it.
pub(super) fn complete(derived: &mut Value, said: Value) {
    match (derived, said) {
        (Value::Object(members), Value::Object(said)) => complete_members(members, said),
        (Value::Array(items), Value::Array(said)) if items.len() == said.len() => {
            for (item, said) in items.iter_mut().zip(said) {
                complete(item, said);
            }
        }
        // The registry keeps every bound as a float, and writes `200` as `200.0`.
        (Value::Number(number), Value::Number(said)) if number.as_f64() == said.as_f64() => *number = said,
        // It has no place for the schema `false`.
        (derived @ Value::Object(_), Value::Bool(said)) if derived.as_object().is_some_and(Map::is_empty) => {
            *derived = Value::Bool(said);
        }
        _ => {}
    }
}

fn complete_members(members: &mut Map<String, Value>, said: Map<String, Value>) {
    members.retain(|name, value| said.contains_key(name) || !is_padding(name, value));
    for (name, said) in said {
        match members.get_mut(&name) {
            Some(member) => complete(member, said),
            None => {
                members.insert(name, said);
            }
        }
    }
}

/// What poem-openapi writes always, said or not.
fn is_padding(name: &str, value: &Value) -> bool {
    match (name, value) {
        ("required" | "deprecated", Value::Bool(false)) | ("explode", Value::Bool(_)) => true,
        ("schema" | "schemas" | "responses", Value::Object(members)) => members.is_empty(),
        ("tags" | "servers", Value::Array(items)) => items.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(mut derived: Value, said: Value, expected: &Value) {
        complete(&mut derived, said);
        assert_eq!(derived, *expected);
    }

    #[test]
    fn what_is_said_joins_what_is_derived() {
        check(
            json!({"a": {"b": 1.0}, "c": [{}, 2], "not": {}}),
            json!({"a": {"b": 1, "d": null}, "c": [{"e": []}, 2], "not": false}),
            &json!({"a": {"b": 1, "d": null}, "c": [{"e": []}, 2], "not": false}),
        );
    }

    #[test]
    fn padding_goes_unless_it_is_said() {
        let derived =
            json!({"required": false, "deprecated": false, "explode": true, "schema": {}, "tags": []});
        check(derived.clone(), json!({}), &json!({}));
        check(derived.clone(), derived.clone(), &derived);
        let meant = json!({"required": true, "deprecated": true, "description": "a", "schema": {"type": "string"}, "tags": ["a"]});
        check(meant.clone(), json!({}), &meant);
    }

    /// Neither wins: the difference to the contract shows that the registry was told something else.
    #[test]
    fn contradictions_stay() {
        let derived = json!({"a": 1, "b": "x", "c": [1], "d": {"e": 1}});
        check(
            derived.clone(),
            json!({"a": 2, "b": "y", "c": [1, 2], "d": false}),
            &derived,
        );
    }
}
