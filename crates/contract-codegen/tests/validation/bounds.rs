//! What a client sends cannot make validation go on for ever, or end the process.

use contract_codegen::Source;
use contract_runtime::Schema;
use serde_json::{Value, json};

use crate::late;

fn schema(schemas: &Value, name: &str) -> Schema {
    let document = json!({"openapi": "3.1.0", "components": {"schemas": schemas}});
    let source = Source::parse("contract.json", &document.to_string()).unwrap();
    late::schema(&source, &format!("/components/schemas/{name}"))
}

/// Each level has two members that look alike to its end, so a naive look would take 2^100 steps.
#[test]
fn a_recursive_union_is_looked_at_once() {
    let node = |kind: &str| {
        json!({"type": "object", "required": ["of"], "properties": {
            "of": {"$ref": "#/components/schemas/Expression"},
            "kind": {"const": kind},
        }})
    };
    let schema = schema(
        &json!({
            "Expression": {"oneOf": [{"type": "integer"}, {"$ref": "#/components/schemas/And"}, {"$ref": "#/components/schemas/Or"}]},
            "And": node("and"),
            "Or": node("or"),
        }),
        "Expression",
    );
    let nested = |innermost: Value| {
        (0..100).fold(
            innermost,
            |of, level| json!({"of": of, "kind": if level % 2 == 0 { "and" } else { "or" }}),
        )
    };
    assert!(schema.accepts(&nested(json!(1))));
    assert_eq!(schema.check(&mut nested(json!(1))), []);
    let found = schema.check(&mut nested(json!("one")));
    assert!(
        !found.is_empty() && found.len() <= 50,
        "{} violations",
        found.len()
    );
}

#[test]
fn a_schema_that_only_leads_to_itself_ends() {
    let schema = schema(
        &json!({"Circle": {"allOf": [{"$ref": "#/components/schemas/Other"}]}, "Other": {"anyOf": [{"$ref": "#/components/schemas/Circle"}]}}),
        "Circle",
    );
    // It says nothing, and so it refuses nothing.
    assert!(schema.accepts(&json!({})));
    assert_eq!(schema.check(&mut json!({})), []);
}

/// As deep as JSON is read.
#[test]
fn deep_values_fit_the_stack_of_a_thread() {
    let schema = schema(
        &json!({"Deep": {"anyOf": [{"type": "string"}, {"allOf": [{"type": "array", "items": {"$ref": "#/components/schemas/Deep"}}]}]}}),
        "Deep",
    );
    let deep = (0..127).fold(json!("x"), |inner, _| json!([inner]));
    assert!(schema.accepts(&deep));
    let broken = (0..127).fold(json!(1), |inner, _| json!([inner]));
    assert!(!schema.check(&mut broken.clone()).is_empty());
}

#[test]
fn a_long_list_is_not_compared_each_with_each() {
    let schema = schema(&json!({"List": {"type": "array", "uniqueItems": true}}), "List");
    let mut items: Vec<Value> = (0..200_000).map(Value::from).collect();
    assert!(schema.accepts(&Value::Array(items.clone())));
    items.push(json!(199_999.0));
    assert!(!schema.accepts(&Value::Array(items)));
}

#[test]
fn an_exponent_is_not_multiplied_out() {
    let schema = schema(&json!({"Step": {"multipleOf": 7}}), "Step");
    assert!(!schema.accepts(&json!(1e300)));
    assert!(schema.accepts(&json!(7e300)));
}

/// Were each number's pointer kept, there would be ten gigabytes of them.
#[test]
fn whole_numbers_below_a_long_name_take_no_room_of_its_length() {
    let schema = schema(
        &json!({"Map": {"additionalProperties": {"items": {"type": "integer"}}}}),
        "Map",
    );
    let name = "k".repeat(100_000);
    let mut value = json!({ name.as_str(): vec![1.0; 100_000] });
    assert_eq!(schema.check(&mut value), []);
    assert_eq!(value, json!({ name.as_str(): vec![1; 100_000] }));
}

/// Counted by the addresses that are looked at: a list of a million items that all are wrong is not gone through to its end.
#[test]
fn nothing_is_looked_at_beyond_the_last_violation_that_is_told() {
    let members: Vec<Value> = (0..1000)
        .map(|index| json!({"const": format!("alternative {index}")}))
        .collect();
    let schema = schema(&json!({"List": {"items": {"anyOf": members}}}), "List");
    let found = schema.check(&mut Value::Array(vec![json!(1); 500_000]));
    assert_eq!(found.len(), 50);
}

/// Under `not` and wherever else a refusal admits, too: a text that nobody has looked through to its end is never accepted.
#[test]
fn what_takes_too_long_to_decide_is_refused() {
    let slow = json!({"type": "string", "pattern": "^((?!b)a|aa)+$"});
    let told = "is too long to be held against the pattern ^((?!b)a|aa)+$";
    let hostile = json!(format!("{}!", "a".repeat(50_000)));
    for it in [
        slow.clone(),
        json!({"not": slow}),
        json!({"not": {"not": slow}}),
        json!({"if": slow, "then": false}),
        json!({"oneOf": [{"type": "string"}, slow]}),
        json!({"anyOf": [slow, true]}),
        json!({"allOf": [{"not": {"anyOf": [slow, {"type": "number"}]}}]}),
    ] {
        let schema = schema(&json!({"It": it}), "It");
        assert!(!schema.accepts(&hostile), "{it}");
        let found = schema.check(&mut hostile.clone());
        assert_eq!(
            found.last().map(|violation| violation.message.as_str()),
            Some(told),
            "{it}"
        );
    }
    let list = schema(&json!({"It": {"not": {"contains": slow}}}), "It");
    assert!(!list.accepts(&json!(["x", hostile])));
    assert!(list.accepts(&json!(["x", "y"])));
}

#[test]
fn a_name_that_takes_too_long_to_decide_is_refused() {
    let schema = schema(
        &json!({"Map": {"patternProperties": {"^((?!b)a|aa)+$": false}, "properties": {"short": true}}}),
        "Map",
    );
    assert!(schema.accepts(&json!({"short": 1, "other": 1})));
    assert!(!schema.accepts(&json!({ format!("{}!", "a".repeat(50_000)): 1 })));
}

#[test]
fn a_text_that_is_refused_for_its_length_is_held_against_no_pattern() {
    let schema = schema(
        &json!({"It": {"pattern": "^((?!b)a|aa)+$", "format": "email", "maxLength": 20}}),
        "It",
    );
    let found = schema.check(&mut json!("a".repeat(50_000)));
    let keywords: Vec<&str> = found.iter().map(|violation| violation.keyword).collect();
    assert_eq!(keywords, ["maxLength"]);
}

#[test]
fn what_is_nested_too_deeply_to_be_checked_is_refused() {
    let list = json!({"type": "array", "items": {"$ref": "#/components/schemas/Deep"}});
    let wrapped = (0..10).fold(list, |schema, _| json!({"allOf": [schema]}));
    let schemas = json!({"Deep": wrapped, "Not": {"not": {"$ref": "#/components/schemas/Deep"}}});
    let deep = |levels: usize| (0..levels).fold(json!([]), |inner, _| json!([inner]));
    for (name, is_accepted) in [("Deep", true), ("Not", false)] {
        let schema = schema(&schemas, name);
        assert_eq!(schema.accepts(&deep(20)), is_accepted, "{name}");
        assert!(!schema.accepts(&deep(126)), "{name}");
        let found = schema.check(&mut deep(126));
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        assert_eq!(found[0].message, "is nested too deeply to be checked", "{name}");
    }
}
