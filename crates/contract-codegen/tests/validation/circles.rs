//! Schemas that lead back to themselves without going into the value. JSON Schema leaves open what they mean (core §9.4.1); that they
//! end is asked of them all.

use contract_codegen::Source;
use contract_oracle::{Dialect, Direction, Judges, translated};
use contract_runtime::Schema;
use serde_json::{Value, json};

use crate::late;

fn schema(schemas: &Value, name: &str) -> Schema {
    let document = json!({"openapi": "3.1.0", "components": {"schemas": schemas}});
    let source = Source::parse("contract.json", &document.to_string()).unwrap();
    late::schema(&source, &format!("/components/schemas/{name}"))
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// The members of a union that are all of what the union is a part of.
fn pets(own: impl Fn(&str) -> Value) -> Value {
    json!({
        "Pet": {
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"type": "string"}},
            "oneOf": [reference("Cat"), reference("Dog")],
            "discriminator": {"propertyName": "kind"},
        },
        "Cat": {"allOf": [reference("Pet"), own("Cat")]},
        "Dog": {"allOf": [reference("Pet"), own("Dog")]},
    })
}

fn check(schema: Schema, value: &Value, expected: bool) {
    assert_eq!(schema.accepts(value), expected, "{value}");
    let found = schema.check(&mut value.clone());
    assert_eq!(found.is_empty(), expected, "{value}: {found:?}");
    assert!(
        found
            .iter()
            .all(|violation| !violation.message.contains("too deeply")),
        "{found:?}"
    );
}

#[test]
fn a_member_of_a_union_may_be_all_of_what_the_union_is_part_of() {
    let schemas = pets(|kind| json!({"type": "object", "properties": {"kind": {"const": kind}}}));
    for name in ["Pet", "Cat"] {
        let schema = schema(&schemas, name);
        check(schema, &json!({"kind": "Cat"}), true);
        check(schema, &json!({"kind": "Bird"}), false);
        check(schema, &json!({}), false);
        for value in [json!(1), json!("x"), json!(null), json!([])] {
            check(schema, &value, false);
        }
    }
    check(schema(&schemas, "Pet"), &json!({"kind": "Dog"}), true);
    check(schema(&schemas, "Cat"), &json!({"kind": "Dog"}), false);
}

/// As with any other union: a discriminator does not make one of two.
#[test]
fn members_that_add_nothing_of_their_own_both_match() {
    let schema = schema(&pets(|_| json!({"type": "object"})), "Pet");
    let found = schema.check(&mut json!({"kind": "Cat"}));
    let messages: Vec<&str> = found.iter().map(|violation| violation.message.as_str()).collect();
    assert_eq!(
        messages,
        ["must match exactly one alternative, but matches Cat and Dog"]
    );
}

#[test]
fn a_scalar_is_looked_at_once_by_each_schema() {
    let schemas = json!({
        "A": {"anyOf": [reference("B"), reference("C")]},
        "B": {"allOf": [reference("A"), reference("C"), {"type": "object"}]},
        "C": {"allOf": [reference("B"), reference("A"), {"type": "object"}]},
    });
    for value in [json!(1), json!("x"), json!(null)] {
        check(schema(&schemas, "A"), &value, false);
    }
    check(schema(&schemas, "A"), &json!({}), true);
}

#[test]
fn what_an_assumption_led_to_is_not_held_against_others() {
    // Met from `A`, `B` accepts on the assumption that `A` does, which it does not.
    let schemas = json!({
        "A": {"allOf": [{"anyOf": [reference("B")]}, {"type": "string"}]},
        "B": {"anyOf": [reference("A"), {"type": "boolean"}]},
        "Both": {"allOf": [{"not": reference("A")}, {"not": reference("B")}]},
    });
    let both = schema(&schemas, "Both");
    check(both, &json!(1), true);
    check(both, &json!([1]), true);
    check(both, &json!(true), false);
}

#[test]
fn schemas_that_all_lead_to_each_other_end() {
    let names: Vec<String> = (0..40).map(|index| format!("S{index}")).collect();
    let members: serde_json::Map<String, Value> = names
        .iter()
        .map(|name| {
            let others: Vec<Value> = names
                .iter()
                .filter(|other| *other != name)
                .map(|other| json!({"allOf": [reference(other), {"type": "string"}]}))
                .collect();
            (name.clone(), json!({"anyOf": others}))
        })
        .collect();
    let found = schema(&Value::Object(members), "S0").check(&mut json!({}));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].message, "leads in too many circles to be checked");
}

/// The dynamic scope does not hide that a value was looked at already.
#[test]
fn a_recursive_union_of_dynamic_references_is_looked_at_once() {
    let member = |kind: &str| json!({"type": "object", "required": ["of"], "properties": {"of": {"$dynamicRef": "#node"}, "kind": {"const": kind}}});
    let schema = schema(
        &json!({"Node": {"$id": "https://x.example/node", "$dynamicAnchor": "node", "anyOf": [{"type": "integer"}, member("and"), member("or")]}}),
        "Node",
    );
    let nested = |innermost: Value| (0..100).fold(innermost, |of, _| json!({"of": of, "kind": "or"}));
    check(schema, &nested(json!(1)), true);
    check(schema, &nested(json!("one")), false);
}

#[test]
fn a_dynamic_reference_to_itself_ends() {
    let schema = schema(
        &json!({"Node": {"$id": "https://x.example/node", "$dynamicAnchor": "node", "allOf": [{"$dynamicRef": "#node"}, {"type": "object"}]}}),
        "Node",
    );
    check(schema, &json!({}), true);
    check(schema, &json!(1), false);
}

/// Each name is a value of its own, for a moment at the address of the one before.
#[test]
fn what_is_known_of_one_name_is_not_held_against_the_next() {
    let schema = schema(
        &json!({
            "Map": {"propertyNames": {"anyOf": [reference("Name")]}},
            "Name": {"allOf": [reference("Short")]},
            "Short": {"maxLength": 2},
        }),
        "Map",
    );
    check(schema, &json!({"ab": 1, "b": 1}), true);
    let found = schema.check(&mut json!({"ab": 1, "long": 1, "c": 1, "longer": 1}));
    let pointers: Vec<&str> = found.iter().map(|violation| violation.pointer.as_str()).collect();
    assert_eq!(pointers, ["/long", "/longer"]);
}

/// Of each schema of the contracts, for each value.
fn assert_as_the_oracle_says(schemas: &Value, values: &[Value]) {
    let document = json!({"openapi": "3.1.0", "components": {"schemas": schemas}});
    let source = Source::parse("contract.json", &document.to_string()).unwrap();
    let dialect = Dialect::of(&document).unwrap();
    let judges = Judges::new(&translated(&document, dialect, Direction::Either), dialect).unwrap();
    for name in schemas.as_object().unwrap().keys() {
        let pointer = format!("/components/schemas/{name}");
        let judge = judges.of(&pointer).unwrap();
        for value in values {
            let expected = judge.accepts(value);
            assert_eq!(
                late::schema(&source, &pointer).accepts(value),
                expected,
                "{name}: {value}"
            );
        }
    }
}

#[test]
fn circles_mean_the_same_to_another_validator() {
    let kinds = |kind: &str| json!({"properties": {"kind": {"const": kind}, "of": reference("Pet")}, "required": ["kind"]});
    let sealed =
        |kind: &str| json!({"properties": {"kind": {"const": kind}}, "unevaluatedProperties": false});
    let values = [
        json!(1),
        json!("x"),
        json!(null),
        json!([]),
        json!({}),
        json!({"kind": "Cat"}),
        json!({"kind": "Dog"}),
        json!({"kind": "Bird"}),
        json!({"kind": "Cat", "more": 1}),
        json!({"kind": "Cat", "of": {"kind": "Dog", "of": {"kind": "Cat"}}}),
        json!({"kind": "Cat", "of": {"kind": "Dog", "of": {"kind": "Bird"}}}),
    ];
    assert_as_the_oracle_says(&pets(kinds), &values);
    assert_as_the_oracle_says(&pets(|_| json!({"type": "object"})), &values);
    assert_as_the_oracle_says(&pets(sealed), &values);
    let sealed_beside = json!({
        "Pet": {"properties": {"kind": {"type": "string"}}, "oneOf": [reference("Cat"), reference("Dog")]},
        "Cat": {"allOf": [reference("Pet")], "properties": {"kind": {"const": "Cat"}, "more": true}, "unevaluatedProperties": false},
        "Dog": {"allOf": [reference("Pet")], "required": ["of"], "unevaluatedProperties": false},
    });
    assert_as_the_oracle_says(&sealed_beside, &values);
    let scalars = json!({
        "A": {"anyOf": [reference("B"), reference("C")]},
        "B": {"allOf": [reference("A"), reference("C"), {"type": "object"}]},
        "C": {"allOf": [reference("B"), reference("A"), {"type": "object"}]},
        "D": {"allOf": [reference("D")]},
        "E": {"anyOf": [{"type": "string"}, {"allOf": [reference("E"), {"type": "integer"}]}]},
    });
    assert_as_the_oracle_says(&scalars, &values);
}

/// Here the other validator refuses whatever there is, and says so of both.
#[test]
fn a_member_of_a_union_may_close_what_the_union_is_part_of() {
    let member = |own: &str| json!({"allOf": [reference("Pet")], "properties": {own: true}, "required": [own], "unevaluatedProperties": false});
    let schemas = json!({
        "Pet": {"properties": {"kind": {"type": "string"}}, "oneOf": [reference("Cat"), reference("Dog")]},
        "Cat": member("lives"),
        "Dog": member("barks"),
    });
    let (pet, cat) = (schema(&schemas, "Pet"), schema(&schemas, "Cat"));
    for (value, is_pet, is_cat) in [
        (json!({"kind": "Cat", "lives": 9}), true, true),
        (json!({"lives": 9}), true, true),
        (json!({"kind": "Dog", "barks": true}), true, false),
        (json!({"kind": "Dog", "barks": true, "lives": 9}), false, false),
        (json!({"kind": "Cat", "lives": 9, "more": 1}), false, false),
        (json!({"kind": 1, "lives": 9}), false, false),
        (json!({"kind": "Bird"}), false, false),
    ] {
        check(pet, &value, is_pet);
        check(cat, &value, is_cat);
    }
}
