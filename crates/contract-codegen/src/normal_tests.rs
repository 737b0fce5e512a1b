use super::*;
use crate::differences;

/// A document with one schema, one parameter and one example, into which `change` is made.
fn document(change: impl FnOnce(&mut Value)) -> Value {
    let mut document = json!({
        "openapi": "3.0.3",
        "security": [{"token": []}],
        "paths": {"/a": {"get": {
            "parameters": [{"$ref": "#/components/parameters/Limit"}],
            "responses": {"200": {
                "description": "x",
                "headers": {"ETag": {"schema": {"type": "string"}}},
                "content": {"application/json": {
                    "schema": {"$ref": "#/components/schemas/A"},
                    "example": {"required": ["b", "a"], "type": "x", "deprecated": false, "n": 1, "r": {"$ref": "#/paths"}}
                }}
            }}
        }}},
        "components": {
            "parameters": {"Limit": {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 5}}},
            "schemas": {"A": {
                "type": "object",
                "required": ["b", "a"],
                "additionalProperties": true,
                "properties": {
                    "a": {"type": "string", "enum": ["z", "y"]},
                    "b": {"type": "array", "default": ["q", "p"], "items": {"deprecated": false}},
                    "required": {"type": "array", "items": {"type": "string"}, "example": ["d", "c"]}
                }
            }}
        }
    });
    change(&mut document);
    document
}

fn equal(change: impl FnOnce(&mut Value)) {
    let found = differences(
        &normal_openapi(&document(|_| {})),
        &normal_openapi(&document(change)),
    );
    assert!(found.is_empty(), "{found:?}");
}

fn differs(change: impl FnOnce(&mut Value), pointer: &str) {
    let found = differences(
        &normal_openapi(&document(|_| {})),
        &normal_openapi(&document(change)),
    );
    let pointers: Vec<&str> = found
        .iter()
        .map(|difference| difference.pointer.as_str())
        .collect();
    assert!(pointers.contains(&pointer), "{pointer} is not among {pointers:?}");
}

const SCHEMA: &str = "/components/schemas/A";
const EXAMPLE: &str = "/paths/~1a/get/responses/200/content/application~1json/example";

fn at<'a>(document: &'a mut Value, pointer: &str) -> &'a mut Value {
    document.pointer_mut(pointer).unwrap()
}

#[test]
fn what_means_the_same_is_equal() {
    equal(|document| at(document, SCHEMA)["required"] = json!(["a", "b"]));
    equal(|document| at(document, SCHEMA)["additionalProperties"] = json!({}));
    equal(|document| at(document, SCHEMA)["deprecated"] = json!(false));
    equal(|document| at(document, SCHEMA)["type"] = json!(["object"]));
    equal(|document| {
        at(document, SCHEMA)["properties"]["b"]["items"]
            .as_object_mut()
            .unwrap()
            .clear();
    });
    equal(|document| at(document, "/components/parameters/Limit/schema")["maximum"] = json!(5.0));
    equal(|document| {
        let parameter = at(document, "/components/parameters/Limit");
        parameter["required"] = json!(false);
        parameter["deprecated"] = json!(false);
        parameter["style"] = json!("form");
        parameter["explode"] = json!(true);
    });
    equal(|document| {
        let header = at(document, "/paths/~1a/get/responses/200/headers/ETag");
        header["required"] = json!(false);
        header["deprecated"] = json!(false);
    });
}

#[test]
fn the_default_of_explode_depends_on_the_style() {
    let parameter = "/components/parameters/Limit";
    differs(
        |document| {
            at(document, parameter)["explode"] = json!(false);
        },
        &format!("{parameter}/explode"),
    );
    differs(
        |document| {
            at(document, parameter)["style"] = json!("spaceDelimited");
            at(document, parameter)["explode"] = json!(true);
        },
        &format!("{parameter}/explode"),
    );
}

#[test]
fn a_reference_is_not_what_it_leads_to() {
    differs(
        |document| {
            let parameter = at(document, "/components/parameters/Limit").clone();
            at(document, "/paths/~1a/get")["parameters"] = json!([parameter]);
        },
        "/paths/~1a/get/parameters/0/$ref",
    );
}

#[test]
fn what_only_looks_like_a_keyword_is_compared_as_it_stands() {
    differs(
        |document| at(document, EXAMPLE)["required"] = json!(["a", "b"]),
        &format!("{EXAMPLE}/required/0"),
    );
    differs(
        |document| {
            at(document, EXAMPLE)
                .as_object_mut()
                .unwrap()
                .remove("deprecated");
        },
        &format!("{EXAMPLE}/deprecated"),
    );
    differs(
        |document| at(document, EXAMPLE)["r"] = json!({"/a": {}}),
        &format!("{EXAMPLE}/r/$ref"),
    );
    differs(
        |document| at(document, SCHEMA)["properties"]["required"]["example"] = json!(["c", "d"]),
        &format!("{SCHEMA}/properties/required/example/0"),
    );
}

#[test]
fn what_has_an_order_keeps_it() {
    differs(
        |document| at(document, SCHEMA)["properties"]["a"]["enum"] = json!(["y", "z"]),
        &format!("{SCHEMA}/properties/a/enum/0"),
    );
    differs(
        |document| at(document, SCHEMA)["properties"]["b"]["default"] = json!(["p", "q"]),
        &format!("{SCHEMA}/properties/b/default/0"),
    );
}

#[test]
fn numbers_are_compared_by_value_and_exactly() {
    let with = |text: &str| {
        let number: Value = serde_json::from_str(text).unwrap();
        normal_openapi(&document(|document| at(document, EXAMPLE)["n"] = number))
    };
    for (one, other) in [
        ("1", "1.0"),
        ("100", "1e2"),
        ("0", "-0.0"),
        ("1500000", "1.5E6"),
        ("0.25", "25e-2"),
        ("-7", "-7.000"),
    ] {
        assert_eq!(differences(&with(one), &with(other)), [], "{one} {other}");
    }
    for (one, other) in [
        ("9007199254740993", "9007199254740992"),
        ("1", "-1"),
        ("10", "1"),
        ("0.1", "0.10000001"),
    ] {
        assert_eq!(differences(&with(one), &with(other)).len(), 1, "{one} {other}");
    }
}

#[test]
fn the_security_of_one_operation_is_not_that_of_another() {
    differs(
        |document| at(document, "/paths/~1a/get")["security"] = json!([]),
        "/paths/~1a/get/security",
    );
}
