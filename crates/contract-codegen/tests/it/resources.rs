//! Schemas that name themselves by `$id`, and references that are resolved against that name.

use serde_json::{Value, json};

use crate::files::{bundled, refused};

const HEAD: &str = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\ncomponents:\n  schemas:\n";

/// What these schemas are in the end.
fn schemas(schemas: &str, files: &[(&str, &str)]) -> Value {
    let entry = format!("{HEAD}{schemas}");
    let all: Vec<(&str, &str)> = [("openapi.yaml", entry.as_str())]
        .into_iter()
        .chain(files.iter().copied())
        .collect();
    bundled(&all)["components"]["schemas"].clone()
}

fn reference(pointer: &str) -> Value {
    json!({ "$ref": pointer })
}

const CUSTOMER: &str = "    Customer:
      $id: https://example.com/schemas/customer
      properties:
        shipping: {$ref: /schemas/address}
        billing: {$ref: address}
        both: {$ref: '../schemas/./address#/$defs/code'}
        own: {$ref: '#/$defs/code'}
        tag: {$ref: '#tag'}
        self: {$ref: '#'}
        document: {$ref: '#/components/schemas/Address'}
      $defs:
        code: {type: string}
        tag: {$anchor: tag, type: integer}
    Address:
      $id: https://example.com/schemas/address
      properties:
        code: {$ref: '#/$defs/code'}
        tag: {$ref: '#tag'}
      $defs:
        code: {type: integer}
        tag: {$anchor: tag, type: boolean}
";

#[test]
fn references_are_resolved_against_the_id_around_them() {
    let schemas = schemas(CUSTOMER, &[]);
    let address = "#/components/schemas/Address";
    assert_eq!(
        schemas["Customer"]["properties"],
        json!({
            "shipping": reference(address),
            "billing": reference(address),
            "both": reference("#/components/schemas/Address/$defs/code"),
            "own": reference("#/components/schemas/Customer/$defs/code"),
            "tag": reference("#/components/schemas/Customer/$defs/tag"),
            "self": reference("#/components/schemas/Customer"),
            // Strictly it would lead nowhere, but everybody means the document.
            "document": reference(address),
        })
    );
    assert_eq!(
        schemas["Address"]["properties"],
        json!({
            "code": reference("#/components/schemas/Address/$defs/code"),
            "tag": reference("#/components/schemas/Address/$defs/tag"),
        })
    );
}

#[test]
fn an_id_is_resolved_against_the_one_around_it() {
    let schemas = schemas(
        "    Outer:
      $id: https://example.com/a/outer
      $defs:
        inner: {$id: inner, properties: {up: {$ref: outer}, self: {$ref: '#'}}}
    User: {properties: {inner: {$ref: 'https://example.com/a/inner'}, beside: {$ref: 'urn:example:urn'}}}
    Urn: {$id: 'urn:example:urn', properties: {self: {$ref: '#'}}}
",
        &[],
    );
    let inner = "#/components/schemas/Outer/$defs/inner";
    assert_eq!(
        schemas["Outer"]["$defs"]["inner"]["properties"],
        json!({"up": reference("#/components/schemas/Outer"), "self": reference(inner)})
    );
    assert_eq!(
        schemas["User"]["properties"],
        json!({"inner": reference(inner), "beside": reference("#/components/schemas/Urn")})
    );
    assert_eq!(
        schemas["Urn"]["properties"]["self"],
        reference("#/components/schemas/Urn")
    );
}

#[test]
fn a_relative_id_comes_before_the_file_of_that_name() {
    let files = [
        (
            "pet.yaml",
            "{$id: 'https://example.com/pet.yaml', properties: {tag: {$ref: tag.yaml}, mother: {$ref: '#'}}}",
        ),
        ("tag.yaml", "{type: string}"),
    ];
    let schemas = schemas(
        "    Holder:
      properties:
        box: {$id: box.yaml, properties: {item: {$ref: '#/$defs/item'}}, $defs: {item: {type: integer}}}
        again: {$ref: box.yaml}
        pet: {$ref: pet.yaml}
",
        &files,
    );
    let place = "#/components/schemas/Holder/properties/box";
    let holder = &schemas["Holder"]["properties"];
    assert_eq!(holder["again"], reference(place));
    assert_eq!(
        holder["box"]["properties"]["item"],
        reference(&format!("{place}/$defs/item"))
    );
    // What no `$id` names is a file beside the one in which the reference stands.
    assert_eq!(holder["pet"], reference("#/components/schemas/pet"));
    assert_eq!(
        schemas["pet"]["properties"],
        json!({"tag": reference("#/components/schemas/tag"), "mother": reference("#/components/schemas/pet")})
    );
}

#[test]
fn what_no_resource_names_is_refused() {
    let entry = format!(
        "{HEAD}    A: {{$id: 'https://example.com/a', properties: {{b: {{$ref: b}}, c: {{$ref: /c}}, d: {{$ref: '#d'}}}}}}\n"
    );
    let told = refused(&[("openapi.yaml", &entry)]);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 3, "{told}");
    assert!(
        lines[0].contains("openapi.yaml:5:62: /components/schemas/A/properties/b/$ref: `b`: cannot be read"),
        "{told}"
    );
    assert!(
        lines[1].contains(
            "/components/schemas/A/properties/c/$ref: `/c` is a path from the root of this machine"
        ),
        "{told}"
    );
    assert!(
        lines[2].contains("/components/schemas/A/properties/d/$ref: leads nowhere in this document: `#d`"),
        "{told}"
    );
}

#[test]
fn a_whole_file_may_be_called_by_a_slash() {
    let schemas = schemas(
        "    A: {properties: {b: {$ref: 'b.yaml#/'}, empty: {$ref: 'c.yaml#/'}}}\n",
        &[("b.yaml", "{type: integer}"), ("c.yaml", "{'': {type: string}}")],
    );
    assert_eq!(
        schemas["A"]["properties"]["b"],
        reference("#/components/schemas/b")
    );
    assert_eq!(schemas["b"], json!({"type": "integer"}));
    let empty = schemas["A"]["properties"]["empty"]["$ref"].as_str().unwrap();
    let name = empty.strip_prefix("#/components/schemas/").unwrap();
    assert_eq!(
        schemas[name],
        json!({"type": "string"}),
        "the member without a name is what is meant"
    );
}
