//! The overlay gives back the contract. What constants hold of it is simulated here, by the same table of the grammar, so that the
//! overlay can be tested on any contract without compiling anything.

use contract_runtime::Overlay;
use serde_json::json;

use super::*;
use crate::grammar::Content;

/// The document that the constants of a contract derive: references in place, and what stands once for many operations in each.
fn derived(source: &Source) -> Value {
    let mut document = held_of("", source.root(), Shape::OpenApi, source);
    document["openapi"] = json!("3.0.0");
    let members = document.as_object_mut().unwrap();
    let security = members.shift_remove("security");
    let mut paths = Node::new();
    for (path, _) in source
        .at("/paths")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        if path.starts_with("x-") {
            continue;
        }
        let at = child("/paths", path);
        let (place, item) = source.resolve(&at).unwrap();
        let mut operations = Node::new();
        for (method, operation) in item.as_object().unwrap() {
            if paths::METHODS.contains(&method.as_str()) {
                let at = child(place, method);
                let mut held = held_of(&at, operation, Shape::Operation, source);
                let parameters = parameters(source, place, &at);
                held.as_object_mut().unwrap().shift_remove("parameters");
                if !parameters.is_empty() {
                    held["parameters"] = parameters.into();
                }
                if let (Some(security), None) = (&security, operation.get("security")) {
                    held["security"] = security.clone();
                }
                operations.insert(method.clone(), held);
            }
        }
        if !operations.is_empty() {
            paths.insert(path.clone(), operations.into());
        }
    }
    members.insert("paths".to_owned(), paths.into());
    if let Some(components) = members.get_mut("components").and_then(Value::as_object_mut) {
        components.retain(|section, members| {
            matches!(section.as_str(), "schemas" | "securitySchemes") && !is_empty(members)
        });
        if components.is_empty() {
            members.shift_remove("components");
        }
    }
    document
}

fn parameters(source: &Source, item: &str, operation: &str) -> Vec<Value> {
    let list = |at: &str| {
        let list = child(at, "parameters");
        let count = source.at(&list).and_then(Value::as_array).map_or(0, Vec::len);
        let places = (0..count).map(|index| child(&list, index)).collect::<Vec<_>>();
        places
            .into_iter()
            .map(|at| held_of(&at, source.at(&at).unwrap(), Shape::Parameter, source))
            .collect::<Vec<_>>()
    };
    let mut all = list(operation);
    let is_same = |one: &Value, other: &Value| one["name"] == other["name"] && one["in"] == other["in"];
    let inherited = list(item)
        .into_iter()
        .filter(|one| !all.iter().any(|other| is_same(one, other)));
    let inherited: Vec<Value> = inherited.collect();
    all.extend(inherited);
    all
}

fn held_of(at: &str, value: &Value, shape: Shape, source: &Source) -> Value {
    let (at, value) = if shape == Shape::Schema {
        (at, value)
    } else {
        source.resolve(at).unwrap()
    };
    let Some(members) = value.as_object().filter(|_| shape != Shape::SecurityRequirement) else {
        return value.clone();
    };
    let mut held = Node::new();
    for (name, member) in members {
        if let Some(field) = super::held(source, grammar(source), shape, (at, value), name) {
            held.insert(
                name.clone(),
                held_content(&child(at, name), member, field.content, source),
            );
        }
    }
    held.into()
}

fn held_content(at: &str, value: &Value, content: Content, source: &Source) -> Value {
    match (below(content, value), value) {
        (Some(Below::One(shape)), _) => held_of(at, value, shape, source),
        (Some(Below::Many(shape)), Value::Array(items)) => {
            let items = items.iter().enumerate();
            items
                .map(|(index, item)| held_of(&child(at, index), item, shape, source))
                .collect()
        }
        (Some(Below::Many(shape)), Value::Object(members)) => {
            let members = members.iter().filter(|(name, _)| !is_extension(content, name));
            let held = members
                .map(|(name, member)| (name.clone(), held_of(&child(at, name), member, shape, source)));
            Value::Object(held.collect())
        }
        _ => value.clone(),
    }
}

fn grammar(source: &Source) -> Grammar {
    Grammar::of(source, Language::Plain)
}

fn gives_back(source: &Source) {
    let text: &'static str = overlay_of(source, Language::Plain).leak();
    let mut document = derived(source);
    let applied = Overlay { schemas: &[], text }.apply(&mut document);
    let found = crate::differences(source.root(), &document);
    assert!(
        applied.is_ok() && found.is_empty(),
        "{applied:?} {found:#?}\n{text}"
    );
}

fn contract(text: &str) -> Source {
    Source::parse("openapi.yaml", text).unwrap()
}

#[test]
fn what_stands_once_for_many_operations_comes_back() {
    gives_back(&contract(
        "
openapi: 3.0.3
info: {title: A, version: '1', x-a: 1}
security: [{token: []}]
paths:
  x-b: {get: 1}
  /a/{b}:
    summary: A
    parameters:
    - {name: b, in: path, required: true, schema: {type: string}, example: c}
    - $ref: '#/components/parameters/Limit'
    - {name: never, in: query, schema: {type: string}}
    get:
      parameters: []
      responses: {'200': {$ref: '#/components/responses/Fine'}}
    put:
      parameters:
      - {name: own, in: query, schema: {type: string}, x-c: 2}
      - {name: limit, in: query, schema: {type: integer}}
      - $ref: '#/paths/~1a~1{b}/parameters/0'
      - {name: never, in: query, schema: {type: string}}
      security: []
      responses: {'200': {$ref: '#/components/responses/AlsoFine'}}
    delete:
      parameters:
      - {name: never, in: query, schema: {type: string}}
      responses: {default: {description: x, headers: {}, content: {}}}
  /c: {x-d: 1}
  /d: {parameters: [{name: d, in: query, schema: {}}], get: {responses: {}, security: []}}
  /e: {parameters: []}
components:
  x-e: 1
  schemas: {}
  parameters:
    Limit: {name: limit, in: query, schema: {type: integer}, x-f: 1}
    Unused: {$ref: '#/components/parameters/Limit'}
  responses:
    Fine: {description: Fine, headers: {H: {$ref: '#/components/headers/H'}}}
    AlsoFine: {$ref: '#/components/responses/Fine'}
    Unused: {description: U, headers: {H: {$ref: '#/components/headers/H'}, I: {$ref: '#/components/headers/I'}}}
  headers:
    H: {schema: {type: string}, example: h}
    I: {schema: {type: string}}
"
        .trim(),
    ));
}

#[test]
fn a_contract_without_anything_comes_back() {
    gives_back(&contract(
        "{openapi: 3.1.0, info: {title: A, version: '1'}, paths: {}, components: {}, security: [], servers: [], tags: []}",
    ));
    gives_back(&contract(
        "{openapi: 3.1.0, info: {title: A, version: '1'}, security: [{a: []}], paths: {/a: {get: {security: [], responses: {}}}}}",
    ));
}

#[test]
fn what_would_turn_the_text_around_is_escaped() {
    let text = overlay_of(
        &contract("{openapi: 3.0.3, paths: {}, x-a: \"\u{202e}\"}"),
        Language::Plain,
    );
    assert!(text.contains(r#""=x-a":"\u202e""#), "{text}");
}

/// A reference is in the constant of its schema, so that a constant without it is a difference.
#[test]
fn references_to_schemas_are_not_added() {
    let text = overlay_of(
        &contract(
            "
openapi: 3.1.0
info: {title: A, version: '1'}
paths: {}
components:
  schemas:
    A: {properties: {a: {$ref: '#/components/schemas/A', description: beside}, b: {$ref: '#/components/schemas/A/properties/a'}}}
"
            .trim(),
        ),
        Language::Plain,
    );
    assert_eq!(text, "{\"!openapi\":\"3.1.0\"}");
}
