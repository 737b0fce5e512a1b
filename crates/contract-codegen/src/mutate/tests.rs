use serde_json::json;

use super::*;
use crate::normal::normal_openapi;
use crate::{Dialect, Language, differences};

const GRAMMAR: Grammar = Grammar {
    dialect: Dialect::OpenApi30,
    language: Language::Plain,
};

/// A document in which every kind of object has something to change.
fn contract() -> Value {
    json!({
        "openapi": "3.0.3",
        "info": {"title": "A", "version": "1"},
        "servers": [{"url": "/a"}],
        "security": [{"token": ["read"], "key": []}, {}],
        "paths": {
            "/a/{b}": {
                "parameters": [{"$ref": "#/components/parameters/B"}],
                "get": {
                    "operationId": "getA",
                    "deprecated": false,
                    "tags": ["one", "two"],
                    "parameters": [
                        {"name": "c", "in": "query", "required": false, "style": "form", "explode": true, "schema": {"type": "array", "items": {"type": "integer"}}},
                        {"name": "d", "in": "query", "explode": false, "schema": {"type": "string"}, "example": {"x": [1, {"y": null}], "z": "t"}}
                    ],
                    "responses": {
                        "200": {"$ref": "#/components/responses/Fine"},
                        "299": {"description": ""},
                        "default": {"description": "x", "headers": {"H": {"required": true, "schema": {"type": "string"}}}}
                    }
                },
                "put": {
                    "security": [],
                    "requestBody": {"required": false, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}},
                    "responses": {}
                }
            }
        },
        "components": {
            "parameters": {"B": {"name": "b", "in": "path", "required": true, "schema": {"type": "string", "pattern": "^a$"}}},
            "responses": {"Fine": {"description": "y", "content": {"text/plain": {"schema": {}}}}, "Other": {"description": "z"}},
            "schemas": {
                "A": {
                    "type": "object",
                    "required": ["a", "b"],
                    "additionalProperties": true,
                    "properties": {
                        "a": {"type": "string", "enum": ["u", "v"], "default": "u", "nullable": false},
                        "b": {"type": "number", "minimum": 1, "maximum": 2.5, "exclusiveMinimum": true},
                        "c": {"allOf": [{"$ref": "#/components/schemas/A"}, {"maxProperties": 3}]}
                    }
                },
                "B": {"type": "array", "items": {"$ref": "#/components/schemas/A"}, "minItems": 0, "uniqueItems": true}
            }
        }
    })
}

/// Whether the comparison of whole documents notices a mutant.
fn is_noticed(mutant: &Mutant, contract: &Value, derived: &Value) -> bool {
    !differences(&normal_openapi(&mutant.apply(contract)), derived).is_empty()
}

#[test]
fn every_change_is_noticed_or_says_the_same() {
    let contract = contract();
    let derived = normal_openapi(&contract);
    let mutants = mutants(&contract, GRAMMAR);
    assert!(mutants.len() > 450, "{}", mutants.len());
    let survivors = survivors(&mutants, &contract, &derived);
    let lines: Vec<String> = survivors.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}

/// The short way, around the change alone, is the long way of whole documents.
#[test]
fn looking_at_one_object_sees_what_looking_at_all_sees() {
    let contract = contract();
    let derived = normal_openapi(&contract);
    for mutant in mutants(&contract, GRAMMAR) {
        let is_changed = mutant.apply(&contract) != contract;
        assert!(is_changed, "{mutant} changes nothing");
        assert_eq!(
            !mutant.survives(&contract, &derived),
            is_noticed(&mutant, &contract, &derived),
            "{mutant}"
        );
    }
}

/// What says the same is not a rule's excuse for more than it is.
#[test]
fn what_says_the_same_is_what_the_specification_calls_so() {
    let contract = contract();
    let derived = normal_openapi(&contract);
    let mutants = mutants(&contract, GRAMMAR);
    let same = mutants.iter().filter(|mutant| mutant.says_the_same.is_some());
    let found: Vec<String> = same
        .inspect(|mutant| assert!(!is_noticed(mutant, &contract, &derived), "{mutant}"))
        .map(|mutant| format!("{mutant} ({})", mutant.says_the_same.unwrap_or_default()))
        .collect();
    assert_eq!(
        found,
        [
            "/paths/~1a~1{b}/get/deprecated: dropped (it is the default)",
            "/paths/~1a~1{b}/get/parameters/0/required: dropped (it is the default)",
            "/paths/~1a~1{b}/get/parameters/0/style: dropped (it is the default)",
            "/paths/~1a~1{b}/get/parameters/0/explode: dropped (it is the default)",
            "/paths/~1a~1{b}/put/requestBody/required: dropped (it is the default)",
            "/components/parameters/B: added, explode: false (it is the default)",
            "/components/schemas/A/required/0: swapped with the next (the list is a set)",
            "/components/schemas/A/properties/a/nullable: dropped (it is the default)",
        ]
    );
}

/// A derived document that hides something lets mutants live.
#[test]
fn what_a_comparison_hides_survives() {
    let contract = contract();
    let mut derived = normal_openapi(&contract);
    let mutants = mutants(&contract, GRAMMAR);
    // As if the normal form cut the pattern off on both sides: the change to the derived document stands for it.
    let pattern = "/components/parameters/B/schema/pattern";
    *derived.pointer_mut(pattern).unwrap() = json!("^a$x");
    let survivors: Vec<String> = survivors(&mutants, &contract, &derived)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(survivors, [format!("{pattern}: altered to \"^a$x\"")]);
}
