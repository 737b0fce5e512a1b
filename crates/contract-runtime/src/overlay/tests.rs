use serde_json::json;

use super::*;

fn apply(text: &'static str, mut document: Value) -> Result<Value, String> {
    match (Overlay { schemas: &[], text }).apply(&mut document) {
        Ok(()) => Ok(document),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn values_are_added_where_nothing_is_said() {
    let document = json!({"openapi": "3.0.0", "paths": {"/a/{b}": {"get": {"parameters": [{"name": "b"}]}}}});
    let overlay = r#"{"!openapi":"3.1.0","/paths":{"//a/{b}":{"/get":{"=x-y":null,"/parameters":{"/0":{"=example":[1]}}}}}}"#;
    assert_eq!(
        apply(overlay, document),
        Ok(json!({
            "openapi": "3.1.0",
            "paths": {"/a/{b}": {"get": {"parameters": [{"name": "b", "example": [1]}], "x-y": null}}}
        }))
    );
}

#[test]
fn what_is_said_is_not_overridden() {
    let said = apply(r#"{"/info":{"=title":"B"}}"#, json!({"info": {"title": "A"}}));
    assert_eq!(
        said,
        Err("the derived document says something else at /info/title: \"A\"".to_owned())
    );
    let missing = apply(r#"{"/paths":{"//a":{"=x-b":1}}}"#, json!({"paths": {}}));
    assert_eq!(
        missing,
        Err("the derived document has nothing at /paths/~1a".to_owned())
    );
}

/// A response with a header, as the registry has it wherever it is used.
fn in_place(text: &str) -> Value {
    json!({"description": text, "headers": {"ETag": {"schema": {"type": "string"}}}})
}

#[test]
fn references_come_back_at_any_depth() {
    let document = json!({"paths": {
        "/a": {"responses": {"200": in_place("x"), "201": in_place("x")}},
        "/b": {"responses": {"200": in_place("x")}, "headers": {"H": {"schema": {"type": "string"}}}},
    }});
    let overlay = r##"{
        "/paths":{
            "//a":{"/responses":{"/200":{"$ref":"#/components/responses/R"},"/201":{"$ref":"#/paths/~1b/responses/200"}}},
            "//b":{"/responses":{"/200":{"$ref":"#/components/responses/S","@":"/components/responses/R","=summary":"s"}},
                "/headers":{"/H":{"$ref":"#/components/responses/R/headers/ETag"}}}
        },
        "/components":{"/responses":{
            "/R":{"=x-r":1,"/headers":{"/ETag":{"$ref":"#/components/headers/E"}}},
            "=S":{"$ref":"#/components/responses/R"}
        },"/headers":{"/E":{"=example":"e"}}}
    }"##;
    assert_eq!(
        apply(overlay, document),
        Ok(json!({
            "paths": {
                "/a": {"responses": {"200": {"$ref": "#/components/responses/R"}, "201": {"$ref": "#/paths/~1b/responses/200"}}},
                "/b": {"responses": {"200": {"$ref": "#/components/responses/S", "summary": "s"}},
                    "headers": {"H": {"$ref": "#/components/responses/R/headers/ETag"}}},
            },
            "components": {
                "responses": {
                    "R": {"description": "x", "headers": {"ETag": {"$ref": "#/components/headers/E"}}, "x-r": 1},
                    "S": {"$ref": "#/components/responses/R"}
                },
                "headers": {"E": {"schema": {"type": "string"}, "example": "e"}}
            }
        }))
    );
}

#[test]
fn copies_that_differ_are_of_another_contract() {
    let document = json!({"a": in_place("x"), "b": in_place("y")});
    let overlay = r##"{"/a":{"$ref":"#/components/responses/R"},"/b":{"$ref":"#/components/responses/R"}}"##;
    assert_eq!(
        apply(overlay, document),
        Err("what stands at /b is not what stands at /components/responses/R, to which the contract refers there".to_owned())
    );
}

#[test]
fn what_stands_once_for_many_operations_goes_there() {
    let operation = json!({"security": [{"k": []}], "parameters": [{"name": "all"}, {"name": "own"}]});
    let other = json!({"security": [{"k": []}], "parameters": [{"name": "all"}]});
    let document = json!({"paths": {"/a": {"get": operation, "put": other}}});
    let overlay = r##"{"/paths":{"//a":{
        "/get":{"/security":{"^":"/security"},"/parameters":{"/0":{"^":"/paths/~1a/parameters/1"},"/1":{"=x-own":1}}},
        "/put":{"/security":{"^":"/security"},"/parameters":{"/0":{"^":"/paths/~1a/parameters/1"}}},
        "/parameters":{"=0":{"name":"overridden"},"/1":{"$ref":"#/components/parameters/All"},"=2":{"name":"too"}}
    }}}"##;
    assert_eq!(
        apply(overlay, document),
        Ok(json!({
            "security": [{"k": []}],
            "components": {"parameters": {"All": {"name": "all"}}},
            "paths": {"/a": {
                "get": {"parameters": [{"name": "own", "x-own": 1}]},
                "put": {},
                "parameters": [{"name": "overridden"}, {"$ref": "#/components/parameters/All"}, {"name": "too"}]
            }}
        }))
    );
}
