//! The types of contracts that lead back to themselves.

use contract_codegen::{Contracts, Language, Source, generate};

/// The models of a contract with these schemas.
fn models(schemas: &str) -> String {
    let text = format!(
        "openapi: 3.1.0\ninfo: {{title: A, version: '1'}}\npaths: {{}}\ncomponents:\n  schemas: {{{schemas}}}\n"
    );
    let contracts = Contracts::read(Source::parse("a.yaml", &text).unwrap(), None, Language::Plain).unwrap();
    let files = generate(&contracts, &[]).unwrap();
    let models = files.into_iter().find(|file| file.name == "models.rs");
    models.unwrap().text
}

fn check(schemas: &str, expected: &[&str]) {
    let models = models(schemas);
    for line in expected {
        assert!(models.contains(line), "no {line:?} in\n{models}");
    }
}

#[test]
fn a_list_of_itself_is_a_type_of_its_own() {
    let x = "'#/components/schemas/L/properties/x'";
    check(
        &format!(
            "L: {{type: object, properties: {{x: {{oneOf: [{{type: array, items: {{$ref: {x}}}}}, {{type: array, items: {{$ref: {x}}}}}]}}}}}}"
        ),
        &["pub struct Lx(pub Vec<Lx>);", "pub x: Option<Lx>"],
    );
    check(
        "A: {$ref: '#/components/schemas/B/properties/x'}, B: {type: object, properties: {x: {type: array, items: {$ref: '#/components/schemas/A'}}}}",
        &["pub struct A(pub Vec<A>);"],
    );
}

#[test]
fn what_is_itself_and_nothing_else_is_any_value() {
    let x = "'#/components/schemas/L/properties/x'";
    check(
        &format!("L: {{type: object, properties: {{x: {{oneOf: [{{$ref: {x}}}, {{$ref: {x}}}]}}}}}}"),
        &["pub type Lx = contract_runtime::JsonValue;"],
    );
    check(
        "A: {allOf: [{$ref: '#/components/schemas/B'}]}, B: {allOf: [{$ref: '#/components/schemas/A'}]}",
        &[
            "pub struct A(pub contract_runtime::JsonValue);",
            "pub struct B(pub contract_runtime::JsonValue);",
        ],
    );
}
