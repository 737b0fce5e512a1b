//! The independent validator and ours agree about each value that is made for the schemas below.

use contract_codegen::Source;
use serde_json::{Value, json};

use crate::compare::{Outcome, of_components};

fn assert_agreement(head: &Value, schemas: &[(&str, Value)], count: usize) {
    let mut document = head.clone();
    for (name, schema) in schemas {
        document["components"]["schemas"][*name] = schema.clone();
    }
    let source = Source::parse("contract.json", &document.to_string()).unwrap();
    let mut outcome = Outcome::default();
    for seed in 0..2 {
        outcome.add(of_components(&source, seed, count));
    }
    assert!(outcome.disagreements.is_empty(), "{:#?}", outcome.disagreements);
    let rejected = outcome.asked - outcome.accepted;
    let least = schemas.len() * count;
    assert!(outcome.asked >= least, "only {} values were made", outcome.asked);
    assert!(
        outcome.accepted * 10 >= least && rejected * 10 >= least,
        "{} values were accepted, {rejected} refused: that says little",
        outcome.accepted
    );
}

/// What all dialects have in common.
fn common() -> Vec<(&'static str, Value)> {
    let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    vec![
        (
            "Text",
            json!({"type": "string", "minLength": 2, "maxLength": 5, "pattern": "^[a-z]+$"}),
        ),
        (
            "Integer",
            json!({"type": "integer", "minimum": -3, "maximum": 12}),
        ),
        (
            "Step",
            json!({"type": "number", "multipleOf": 0.1, "minimum": 0, "maximum": 10}),
        ),
        ("Small", json!({"type": "integer", "format": "int32"})),
        (
            "Large",
            json!({"type": "integer", "format": "int64", "minimum": 9_007_199_254_740_993_i64}),
        ),
        ("Ratio", json!({"type": "number", "format": "float"})),
        ("Choice", json!({"enum": ["a", 1, null, {"b": [1.0]}, false]})),
        (
            "List",
            json!({"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 4, "uniqueItems": true}),
        ),
        (
            "Closed",
            json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "boolean"}}, "required": ["a"], "additionalProperties": false}),
        ),
        (
            "Map",
            json!({"type": "object", "additionalProperties": {"type": "number"}, "minProperties": 1, "maxProperties": 3}),
        ),
        (
            "Tree",
            json!({"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "children": {"type": "array", "items": reference("Tree")}}}),
        ),
        (
            "All",
            json!({"allOf": [{"type": "object", "required": ["a"]}, {"type": "object", "properties": {"a": {"type": "integer"}}}]}),
        ),
        (
            "Any",
            json!({"anyOf": [{"type": "string", "maxLength": 2}, {"type": "string", "pattern": "x$"}, {"type": "integer"}]}),
        ),
        (
            "One",
            json!({"oneOf": [{"type": "integer", "minimum": 5}, {"type": "integer", "maximum": 7}, {"type": "string"}]}),
        ),
        (
            "Cat",
            json!({"type": "object", "required": ["kind", "lives"], "properties": {"kind": {"type": "string", "enum": ["cat"]}, "lives": {"type": "integer"}}}),
        ),
        (
            "Dog",
            json!({"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string", "enum": ["dog"]}, "bark": {"type": "string"}}}),
        ),
        ("Pet", json!({"oneOf": [reference("Cat"), reference("Dog")]})),
        ("NoText", json!({"not": {"type": "string"}})),
        ("Id", json!({"type": "string", "format": "uuid"})),
        ("Day", json!({"type": "string", "format": "date"})),
        ("Moment", json!({"type": "string", "format": "date-time"})),
        ("Link", json!({"type": "string", "format": "uri"})),
        ("Mail", json!({"type": "string", "format": "email"})),
        ("Host", json!({"type": "string", "format": "hostname"})),
        ("Address", json!({"type": "string", "format": "ipv4"})),
        (
            "Nested",
            json!({"type": "object", "properties": {"pets": {"type": "array", "items": reference("Pet")}, "tree": reference("Tree")}}),
        ),
        (
            "Escaped",
            json!({"type": "object", "properties": {"a/b~c": {"type": "integer"}, "%d": {"type": "string"}}, "required": ["a/b~c"]}),
        ),
        ("Wide", json!({"type": "string", "pattern": "^\\p{Lu}\\S{0,3}$"})),
    ]
}

#[test]
fn schemas_of_openapi_3_0_mean_the_same() {
    let mut schemas = common();
    schemas.extend([
        ("Maybe", json!({"type": "string", "nullable": true, "maxLength": 3})),
        ("MaybeOf", json!({"type": "string", "nullable": true, "enum": ["a", "b"]})),
        ("Between", json!({"type": "number", "minimum": 0, "exclusiveMinimum": true, "maximum": 1, "exclusiveMaximum": true})),
        ("Tuple", json!({"type": "array", "items": {"oneOf": [{"type": "string"}, {"type": "integer"}]}})),
    ]);
    assert_agreement(&json!({"openapi": "3.0.3"}), &schemas, 40);
}

/// What JSON Schema has beyond OpenAPI 3.0, in every draft since draft-07.
fn json_schema() -> Vec<(&'static str, Value)> {
    vec![
        (
            "Several",
            json!({"type": ["string", "null", "integer"], "maxLength": 2, "minimum": 3}),
        ),
        ("Constant", json!({"const": {"a": [1, 2.50]}})),
        (
            "Between",
            json!({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}),
        ),
        (
            "Containing",
            json!({"type": "array", "contains": {"type": "integer", "minimum": 3}}),
        ),
        (
            "Named",
            json!({"type": "object", "propertyNames": {"pattern": "^[a-c]+$"}, "minProperties": 1}),
        ),
        (
            "Patterned",
            json!({"type": "object", "patternProperties": {"^a": {"type": "integer"}, "z$": {"type": "string"}}, "additionalProperties": false, "properties": {"b": {"type": "boolean"}}}),
        ),
        (
            "Conditional",
            json!({"type": "object", "required": ["kind"], "properties": {"kind": {"enum": ["a", "b"]}, "x": {"type": "integer"}}, "if": {"properties": {"kind": {"const": "a"}}}, "then": {"required": ["x"]}, "else": {"maxProperties": 1}}),
        ),
        (
            "Booleans",
            json!({"type": "object", "properties": {"never": false, "ever": true}}),
        ),
    ]
}

#[test]
fn schemas_of_openapi_3_1_mean_the_same() {
    let mut schemas = common();
    schemas.extend(json_schema());
    schemas.extend([
        ("Tuple", json!({"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": {"type": "boolean"}, "minItems": 1})),
        ("Some", json!({"type": "array", "contains": {"type": "integer"}, "minContains": 2, "maxContains": 3})),
        ("Dependent", json!({"type": "object", "properties": {"a": {"type": "integer"}, "b": {}}, "dependentRequired": {"a": ["b"]}, "dependentSchemas": {"b": {"maxProperties": 2}}})),
        ("Base", json!({"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]})),
        ("Sealed", json!({"$ref": "#/components/schemas/Base", "properties": {"b": {"type": "string"}}, "unevaluatedProperties": false})),
        ("SealedUnion", json!({"type": "object", "anyOf": [{"properties": {"a": {"type": "integer"}}, "required": ["a"]}, {"properties": {"b": {"type": "string"}}, "required": ["b"]}], "unevaluatedProperties": false})),
        ("SealedList", json!({"type": "array", "prefixItems": [{"type": "integer"}], "contains": {"type": "string"}, "unevaluatedItems": {"type": "boolean"}})),
        ("Narrowed", json!({"$ref": "#/components/schemas/Text", "maxLength": 3})),
    ]);
    assert_agreement(&json!({"openapi": "3.1.0"}), &schemas, 40);
}

#[test]
fn schemas_of_asyncapi_mean_the_same() {
    let mut schemas = common();
    schemas.extend(json_schema());
    schemas.extend([
        (
            "Listed",
            json!({"type": "array", "items": {"type": "integer"}, "additionalItems": {"type": "string"}, "examples": [[1]]}),
        ),
        ("Tuple", json!({"type": "array", "items": [{"type": "string"}, {"type": "integer"}], "additionalItems": {"type": "boolean"}, "minItems": 1})),
        ("Dependent", json!({"type": "object", "properties": {"a": {"type": "integer"}, "b": {}}, "dependencies": {"a": ["b"], "b": {"maxProperties": 2}}})),
    ]);
    assert_agreement(&json!({"asyncapi": "3.0.0"}), &schemas, 40);
}
