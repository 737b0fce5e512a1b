//! What a person is told.

use contract_codegen::Source;
use serde_json::{Value, json};

use crate::late;

fn check(schema: &Value, mut value: Value, expected: &[(&str, &str, &str)]) {
    let document = json!({"openapi": "3.1.0", "components": {"schemas": {
        "It": schema,
        "Cat": {"type": "object", "required": ["kind", "lives"], "properties": {"kind": {"const": "cat"}, "lives": {"type": "integer", "maximum": 9}}},
        "Dog": {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "dog"}}},
    }}});
    let source = Source::parse("contract.json", &document.to_string()).unwrap();
    let found = late::schema(&source, "/components/schemas/It").check(&mut value);
    let found: Vec<_> = found
        .iter()
        .map(|one| (one.pointer.as_str(), one.keyword, one.message.as_str()))
        .collect();
    assert_eq!(found, expected);
}

fn pets(more: &Value) -> Value {
    let mut schema =
        json!({"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]});
    schema
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    schema
}

#[test]
fn the_nearest_member_of_a_union_is_told() {
    check(
        &pets(&json!({})),
        json!({"kind": "cat", "lives": 10}),
        &[
            ("", "oneOf", "must match one of Cat, Dog; the nearest is Cat"),
            ("/lives", "maximum", "must be at most 9"),
        ],
    );
    check(
        &pets(&json!({})),
        json!("cat"),
        &[("", "oneOf", "must match one of Cat, Dog")],
    );
}

#[test]
fn a_discriminator_says_which_member_is_meant() {
    let discriminator = json!({"discriminator": {"propertyName": "kind", "mapping": {
        "cat": "#/components/schemas/Cat", "dog": "#/components/schemas/Dog",
    }}});
    check(
        &pets(&discriminator),
        json!({"kind": "cat"}),
        &[("/lives", "required", "must be present")],
    );
    check(
        &pets(&discriminator),
        json!({"kind": "cow"}),
        &[("/kind", "discriminator", "must be one of \"cat\", \"dog\"")],
    );
    check(
        &pets(&discriminator),
        json!({}),
        &[(
            "/kind",
            "discriminator",
            "must be present and one of \"cat\", \"dog\"",
        )],
    );
}

#[test]
fn what_matches_twice_is_told_with_both() {
    check(
        &json!({"oneOf": [{"title": "even", "multipleOf": 2}, {"multipleOf": 3}]}),
        json!(6),
        &[(
            "",
            "oneOf",
            "must match exactly one alternative, but matches even and alternative 2",
        )],
    );
}

#[test]
fn bounds_are_told_as_they_are_written() {
    check(
        &json!({"type": ["integer", "null"], "minimum": 9_007_199_254_740_993_i64}),
        json!(9_007_199_254_740_992_i64),
        &[("", "minimum", "must be at least 9007199254740993")],
    );
    check(
        &json!({"type": ["integer", "null"]}),
        json!("x"),
        &[("", "type", "must be of type integer or null")],
    );
}
