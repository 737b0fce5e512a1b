//! What is generated grows as its contract does, and what would grow faster is refused.

use contract_codegen::{Contracts, Language, Refusals, Source, generate};
use serde_json::{Map, Value, json};

fn to(name: impl std::fmt::Display) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn operation(id: usize, schema: &Value) -> Value {
    json!({
        "operationId": format!("getThing{id}"),
        "parameters": [{ "name": "page", "in": "query", "schema": { "type": "integer", "minimum": 1 } }],
        "responses": { "200": {
            "description": "A thing.",
            "headers": { "X-Total": { "schema": { "type": "integer" } } },
            "content": { "application/json": { "schema": schema } },
        } },
    })
}

fn document(operations: impl Iterator<Item = Value>, schemas: impl Into<Value>) -> Value {
    let paths: Map<String, Value> = operations
        .enumerate()
        .map(|(index, operation)| (format!("/things{index}"), json!({ "get": operation })))
        .collect();
    json!({
        "openapi": "3.0.3",
        "info": { "title": "Things", "version": "1" },
        "paths": paths,
        "components": { "schemas": schemas.into() },
    })
}

fn read(document: &Value) -> Result<Contracts, Refusals> {
    let source = Source::parse("openapi.json", &document.to_string())?;
    Contracts::read(source, None, Language::Plain)
}

fn generated(document: &Value) -> usize {
    let files = generate(&read(document).unwrap(), &[]).unwrap();
    files.iter().map(|file| file.text.len()).sum()
}

/// Twice the contract is twice the code, within a tenth.
fn is_linear(name: &str, contract: impl Fn(usize) -> Value) {
    let (single, double) = (contract(150), contract(300));
    let contracts = double.to_string().len() * 100 / single.to_string().len();
    let code = generated(&double) * 100 / generated(&single);
    assert!(
        code <= contracts + 20,
        "{name}: {contracts} % of the contract became {code} % of the code"
    );
}

#[test]
fn code_grows_as_its_contract_does() {
    let object = json!({ "type": "object", "properties": { "name": { "type": "string" } } });
    is_linear("operations", |count| {
        document((0..count).map(|index| operation(index, &object)), Map::new())
    });
    is_linear("schemas in a circle", |count| {
        let next =
            |index: usize| json!({ "properties": { "next": to(format!("S{}", (index + 1) % count)) } });
        let schemas = (0..count).map(|index| (format!("S{index}"), next(index)));
        document(
            std::iter::once(operation(0, &to("S0"))),
            schemas.collect::<Map<String, Value>>(),
        )
    });
    is_linear("required properties", |count| {
        let names: Vec<String> = (0..count).map(|index| format!("property{index}")).collect();
        let properties = names
            .iter()
            .map(|name| (name.clone(), json!({ "type": "string" })));
        let properties: Map<String, Value> = properties.collect();
        let schema = json!({ "type": "object", "required": names, "properties": properties });
        document(std::iter::once(operation(0, &schema)), Map::new())
    });
    is_linear("a union", |count| {
        let member = |index: usize| json!({ "type": "object", "required": [format!("p{index}")] });
        let members: Vec<Value> = (0..count).map(member).collect();
        document(
            std::iter::once(operation(0, &json!({ "oneOf": members }))),
            Map::new(),
        )
    });
}

/// Schemas each of which is made of the next.
fn chain(length: usize) -> Value {
    let made_of =
        |index: usize| json!({ "allOf": [to(format!("S{}", index + 1)), to(format!("S{}", index + 1))] });
    let mut schemas: Map<String, Value> = (0..length)
        .map(|index| (format!("S{index}"), made_of(index)))
        .collect();
    schemas.insert(
        format!("S{length}"),
        json!({ "type": "object", "properties": { "a": { "type": "string" } } }),
    );
    document(std::iter::once(operation(0, &to("S0"))), schemas)
}

#[test]
fn a_composition_of_many_levels_is_taken_over() {
    assert!(generated(&chain(48)) > 0);
}

#[test]
fn a_composition_that_is_too_deep_is_refused_where_it_stands() {
    let refusals = read(&chain(5000)).unwrap_err();
    let first = refusals.0.first().unwrap();
    assert_eq!(first.pointer, "/components/schemas/S0/allOf");
    assert!(first.line > 0);
    assert_eq!(
        first.reason,
        "more than 100 schemas lie below each other here, by `allOf` and `$ref`"
    );
    let last = refusals
        .0
        .iter()
        .filter(|one| one.pointer.ends_with("/allOf"))
        .count();
    assert!(last > 0 && refusals.0.len() <= 1002, "{}", refusals.0.len());
}

#[test]
fn names_that_are_one_in_rust_are_numbered_in_their_order() {
    let signs = ["-", ".", "/", " "];
    let name = |count: usize| {
        (0..6)
            .map(|place| signs[(count >> (2 * place)) % 4])
            .collect::<String>()
    };
    let properties = (0..2000).map(|count| (format!("a{}", name(count)), json!({})));
    let properties: Map<String, Value> = properties.collect();
    let schema = json!({ "type": "object", "properties": properties });
    let contract = document(std::iter::once(operation(0, &schema)), Map::new());
    let files = generate(&read(&contract).unwrap(), &[]).unwrap();
    let models = files.iter().find(|file| file.name == "models.rs").unwrap();
    assert!(models.text.contains(" a2000: ") && !models.text.contains(" a2001: "));
}
