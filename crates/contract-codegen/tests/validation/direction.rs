//! What OpenAPI 3.0 requires in one direction only.

use contract_codegen::Source;
use contract_runtime::Direction;
use serde_json::{Value, json};

use crate::late;

fn missing(version: &str, direction: Option<Direction>, name: &str) -> Vec<String> {
    let document = json!({"openapi": version, "components": {"schemas": {
        "Plain": {"type": "object", "required": ["id", "secret", "name"], "properties": {
            "id": {"type": "string", "readOnly": true},
            "secret": {"type": "string", "writeOnly": true},
            "name": {"type": "string"},
        }},
        "Composed": {"allOf": [{"$ref": "#/components/schemas/Part"}], "required": ["id", "name"]},
        "Part": {"type": "object", "properties": {"id": {"allOf": [{"$ref": "#/components/schemas/Id"}]}}},
        "Id": {"type": "string", "readOnly": true},
    }}});
    let source = Source::parse("contract.json", &document.to_string()).unwrap();
    let schema = late::schema(&source, &format!("/components/schemas/{name}"));
    let mut value: Value = json!({});
    let found = match direction {
        Some(direction) => schema.check_in(direction, &mut value),
        None => schema.check(&mut value),
    };
    found.into_iter().map(|one| one.pointer).collect()
}

#[test]
fn what_is_read_only_is_not_asked_for_in_requests_of_openapi_3_0() {
    let request = Some(Direction::Request);
    assert_eq!(missing("3.0.3", request, "Plain"), ["/secret", "/name"]);
    assert_eq!(missing("3.0.3", request, "Composed"), ["/name"]);
    assert_eq!(missing("3.1.0", request, "Plain"), ["/id", "/secret", "/name"]);
}

#[test]
fn what_is_write_only_is_not_asked_for_in_responses_of_openapi_3_0() {
    let response = Some(Direction::Response);
    assert_eq!(missing("3.0.3", response, "Plain"), ["/id", "/name"]);
    assert_eq!(missing("3.0.3", None, "Plain"), ["/id", "/secret", "/name"]);
}
