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
    equal(|document| {
        at(document, SCHEMA)["properties"]["b"]["items"]
            .as_object_mut()
            .unwrap()
            .clear();
    });
    equal(|document| at(document, "/components/parameters/Limit/schema")["maximum"] = json!(5.0));
    equal(|document| {
        let parameter = at(document, "/components/parameters/Limit").clone();
        at(document, "/paths/~1a/get")["parameters"] = json!([parameter]);
        document["components"]
            .as_object_mut()
            .unwrap()
            .remove("parameters");
    });
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
    equal(|document| {
        let security = document.as_object_mut().unwrap().remove("security").unwrap();
        at(document, "/paths/~1a/get")["security"] = security;
    });
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
fn big_whole_numbers_are_told_apart() {
    let with = |number: u64| document(|document| at(document, EXAMPLE)["n"] = json!(number));
    let found = differences(
        &normal_openapi(&with(9_007_199_254_740_993)),
        &normal_openapi(&with(9_007_199_254_740_992)),
    );
    assert_eq!(found.len(), 1);
}

#[test]
fn the_security_of_one_operation_is_not_that_of_another() {
    differs(
        |document| at(document, "/paths/~1a/get")["security"] = json!([]),
        "/paths/~1a/get/security",
    );
}

#[test]
fn references_of_event_schemas_are_resolved_at_any_depth() {
    let document = json!({"components": {"schemas": {"A": {"type": "string", "maxLength": 3.0}}}});
    let schema =
        json!({"properties": {"a": {"items": {"$ref": "#/components/schemas/A"}}}, "required": ["b", "a"]});
    assert_eq!(
        resolve_schema(&document, &schema),
        json!({"properties": {"a": {"items": {"type": "string", "maxLength": 3}}}, "required": ["a", "b"]})
    );
}
