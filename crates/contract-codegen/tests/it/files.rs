//! Contracts of many files: what comes out is one document in which every reference is local.

use std::fs;

use contract_codegen::{Language, Ledger, Limits, Refusals, Source};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const HEAD: &str = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\n";

/// Writes the files, of which `openapi.yaml` is the entry, and reads them.
fn load(files: &[(&str, &str)]) -> Result<Source, Refusals> {
    let folder = write(files);
    Source::load(&folder.path().join("openapi.yaml"), &Limits::default())
}

fn write(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// The document that comes of the files, without its head. The ledger finds nothing in it.
pub(crate) fn bundled(files: &[(&str, &str)]) -> Value {
    let source = load(files).unwrap_or_else(|refusals| panic!("{refusals}"));
    let ledger = Ledger::of(&source, Language::Plain);
    assert_eq!((ledger.refusals, ledger.warnings), (vec![], vec![]));
    let mut document = source.root().clone();
    let members = document.as_object_mut().unwrap();
    members.shift_remove("openapi");
    members.shift_remove("info");
    document
}

pub(crate) fn refused(files: &[(&str, &str)]) -> String {
    let folder = write(files);
    let refusals = Source::load(&folder.path().join("openapi.yaml"), &Limits::default()).unwrap_err();
    let canonical = folder.path().canonicalize().unwrap();
    let told = refusals.to_string();
    told.replace(&format!("{}/", canonical.display()), "")
        .replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn what_stands_in_other_files_becomes_components() {
    let entry = format!(
        "{HEAD}paths:
  /pets:
    get:
      parameters: [{{$ref: 'common.yaml#/parameters/Limit'}}]
      responses:
        '200': {{$ref: './responses/pets.json'}}
"
    );
    let common = "parameters: {Limit: {name: limit, in: query, schema: {$ref: '#/types/Count'}}}
types: {Count: {type: integer}, Unused: {type: string}}";
    let response = r#"{"description": "pets", "content": {"application/json": {"schema":
        {"type": "array", "items": {"$ref": "../schemas/Big%20Pet.yaml"}}}}}"#;
    let pet = "properties: {count: {$ref: '../common.yaml#/types/Count'}, child: {$ref: '#'}}";
    assert_eq!(
        bundled(&[
            ("openapi.yaml", &entry),
            ("common.yaml", common),
            ("responses/pets.json", response),
            ("schemas/Big Pet.yaml", pet),
        ]),
        json!({
            "paths": {"/pets": {"get": {
                "parameters": [{"$ref": "#/components/parameters/Limit"}],
                "responses": {"200": {"$ref": "#/components/responses/pets"}},
            }}},
            "components": {
                "parameters": {
                    "Limit": {"name": "limit", "in": "query", "schema": {"$ref": "#/components/schemas/Count"}},
                },
                "responses": {"pets": {"description": "pets", "content": {"application/json": {"schema":
                    {"type": "array", "items": {"$ref": "#/components/schemas/Big_Pet"}}}}}},
                "schemas": {
                    "Count": {"type": "integer"},
                    "Big_Pet": {"properties": {
                        "count": {"$ref": "#/components/schemas/Count"},
                        "child": {"$ref": "#/components/schemas/Big_Pet"},
                    }},
                },
            },
        })
    );
}

#[test]
fn a_component_that_is_only_a_reference_keeps_its_name() {
    let entry = format!(
        "{HEAD}paths: {{}}
components:
  schemas:
    Animal: {{$ref: 'pet.yaml'}}
    Herd: {{type: array, items: {{$ref: 'pet.yaml'}}}}
    Alias: {{$ref: 'pet.yaml'}}
"
    );
    let pet = "properties: {mother: {$ref: 'pet.yaml'}}";
    let animal = json!({"$ref": "#/components/schemas/Animal"});
    assert_eq!(
        bundled(&[("openapi.yaml", &entry), ("pet.yaml", pet)])["components"]["schemas"],
        json!({
            "Animal": {"properties": {"mother": animal}},
            "Herd": {"type": "array", "items": animal},
            "Alias": animal,
        })
    );
}

#[test]
fn files_may_refer_to_each_other_in_circles() {
    let entry = format!(
        "{HEAD}paths: {{}}\ncomponents: {{schemas: {{A: {{$ref: 'a.yaml'}}, Own: {{type: string}}}}}}"
    );
    let a = "properties: {b: {$ref: 'b.yaml#/$defs/B'}}";
    let b =
        "$defs: {B: {properties: {a: {$ref: a.yaml}, own: {$ref: 'openapi.yaml#/components/schemas/Own'}}}}";
    assert_eq!(
        bundled(&[("openapi.yaml", &entry), ("a.yaml", a), ("b.yaml", b)])["components"]["schemas"],
        json!({
            "A": {"properties": {"b": {"$ref": "#/components/schemas/B"}}},
            "Own": {"type": "string"},
            "B": {"properties": {
                "a": {"$ref": "#/components/schemas/A"},
                "own": {"$ref": "#/components/schemas/Own"},
            }},
        })
    );
}

#[test]
fn names_that_are_taken_give_way() {
    let entry = format!(
        "{HEAD}paths: {{}}
components:
  schemas:
    Money: {{type: string}}
    Price: {{allOf: [{{$ref: 'common.yaml#/Money'}}, {{$ref: 'other/common.yaml#/Money'}}]}}
"
    );
    let schemas = bundled(&[
        ("openapi.yaml", &entry),
        ("common.yaml", "Money: {type: integer}"),
        ("other/common.yaml", "Money: {type: number}"),
    ]);
    assert_eq!(
        schemas["components"]["schemas"],
        json!({
            "Money": {"type": "string"},
            "Price": {"allOf": [
                {"$ref": "#/components/schemas/Money_common"},
                {"$ref": "#/components/schemas/Money_common_2"},
            ]},
            "Money_common": {"type": "integer"},
            "Money_common_2": {"type": "number"},
        })
    );
}

#[test]
fn what_cannot_be_a_component_is_put_in_place() {
    let entry = format!(
        "{HEAD}paths:
  /a: {{$ref: paths.yaml#/a, summary: beside}}
  /b: {{$ref: paths.yaml#/a}}
  /d: {{$ref: paths.yaml#/a}}
  /c: {{get: {{$ref: operation.yaml}}}}
components:
  schemas: {{$ref: schemas.yaml}}
"
    );
    let schemas =
        "One: {type: string}\nTwo: {properties: {one: {$ref: 'schemas.yaml#/One'}, self: {$ref: '#/Two'}}}";
    let operation =
        "responses: {default: {description: d, content: {'*/*': {schema: {$ref: 'schemas.yaml#/Two'}}}}}";
    let expected = json!({"responses": {"default": {"description": "d", "content": {"*/*":
        {"schema": {"$ref": "#/components/schemas/Two"}}}}}});
    assert_eq!(
        bundled(&[
            ("openapi.yaml", &entry),
            ("paths.yaml", "a: {get: {$ref: operation.yaml}}"),
            ("operation.yaml", operation),
            ("schemas.yaml", schemas),
        ]),
        json!({
            "paths": {
                "/a": {"get": expected, "summary": "beside"},
                "/b": {"get": expected},
                "/d": {"$ref": "#/paths/~1b"},
                "/c": {"get": expected},
            },
            "components": {"schemas": {
                "One": {"type": "string"},
                "Two": {"properties": {
                    "one": {"$ref": "#/components/schemas/One"},
                    "self": {"$ref": "#/components/schemas/Two"},
                }},
            }},
        })
    );
}

#[test]
fn the_mapping_of_a_discriminator_leads_to_files_too() {
    let entry = format!(
        "{HEAD}paths: {{}}
components:
  schemas:
    Pet:
      oneOf: [{{$ref: cat.yaml}}]
      discriminator: {{propertyName: kind, mapping: {{cat: cat.yaml, dog: './dog.yaml#/Dog', pet: Pet}}}}
"
    );
    let schemas = bundled(&[
        ("openapi.yaml", &entry),
        ("cat.yaml", "type: object"),
        ("dog.yaml", "Dog: {type: object}"),
    ]);
    assert_eq!(
        schemas["components"]["schemas"]["Pet"]["discriminator"]["mapping"],
        json!({"cat": "#/components/schemas/cat", "dog": "#/components/schemas/Dog", "pet": "Pet"})
    );
    assert_eq!(schemas["components"]["schemas"]["Dog"], json!({"type": "object"}));
}

#[test]
fn what_only_looks_like_a_reference_stays() {
    let entry = format!(
        "{HEAD}paths: {{}}
components:
  schemas:
    A:
      example: {{$ref: 'nowhere.yaml'}}
      properties: {{$ref: {{type: string}}, b: {{$ref: '#/components/schemas/B%20C'}}}}
    B C: {{type: string}}
    'D%20': {{$ref: '#/components/schemas/D%20'}}
    E: {{$ref: '#/components/schemas/B C'}}
"
    );
    let source = load(&[("openapi.yaml", &entry)]).unwrap();
    let schema = |name: &str| source.root()["components"]["schemas"][name].clone();
    assert_eq!(schema("A")["example"], json!({"$ref": "nowhere.yaml"}));
    assert_eq!(schema("A")["properties"]["$ref"], json!({"type": "string"}));
    assert_eq!(
        schema("A")["properties"]["b"],
        json!({"$ref": "#/components/schemas/B C"})
    );
    assert_eq!(schema("D%20"), json!({"$ref": "#/components/schemas/D%20"}));
}

#[test]
fn schemas_that_name_themselves_are_found() {
    let entry = "openapi: 3.1.0
info: {title: T, version: '1'}
components:
  schemas:
    Tree: {$anchor: tree, properties: {left: {$ref: '#tree'}, right: {$ref: 'https://example.com/leaf'}}}
    Leaf: {$id: 'https://example.com/leaf', $defs: {x: {type: string}}, properties: {x: {$ref: '#/components/schemas/Tree'}}}
    X: {$ref: 'https://example.com/leaf#/$defs/x'}
";
    let schemas = bundled(&[("openapi.yaml", entry)])["components"]["schemas"].clone();
    assert_eq!(
        schemas["Tree"]["properties"],
        json!({"left": {"$ref": "#/components/schemas/Tree"}, "right": {"$ref": "#/components/schemas/Leaf"}})
    );
    assert_eq!(schemas["X"], json!({"$ref": "#/components/schemas/Leaf/$defs/x"}));
}

#[test]
fn messages_of_other_files_become_components_of_an_asyncapi_contract() {
    let entry = "asyncapi: 3.0.0
info: {title: T, version: '1'}
channels:
  made:
    address: made
    messages: {made: {$ref: 'messages.yaml#/Made'}}
operations:
  publish: {action: send, channel: {$ref: '#/channels/made'}, messages: [{$ref: '#/channels/made/messages/made'}]}
";
    let messages = "Made: {payload: {$ref: '#/schemas/Payload'}, traits: [{$ref: '#/traits/T'}]}
schemas: {Payload: {type: object}}
traits: {T: {contentType: application/json}}";
    let folder = write(&[("openapi.yaml", entry), ("messages.yaml", messages)]);
    let source = Source::load(&folder.path().join("openapi.yaml"), &Limits::default()).unwrap();
    let ledger = Ledger::of(&source, Language::Plain);
    assert_eq!((ledger.refusals, ledger.warnings), (vec![], vec![]));
    assert_eq!(
        source.root()["components"],
        json!({
            "messages": {"Made": {
                "payload": {"$ref": "#/components/schemas/Payload"},
                "traits": [{"$ref": "#/components/messageTraits/T"}],
            }},
            "schemas": {"Payload": {"type": "object"}},
            "messageTraits": {"T": {"contentType": "application/json"}},
        })
    );
}

#[test]
fn every_value_knows_its_file() {
    let entry = format!("{HEAD}paths: {{}}\ncomponents: {{schemas: {{A: {{$ref: 'schemas/a.yaml'}}}}}}");
    let folder = write(&[
        ("openapi.yaml", &entry),
        ("schemas/a.yaml", "type: string\nmaxLength: many\n"),
    ]);
    let source = Source::load(&folder.path().join("openapi.yaml"), &Limits::default()).unwrap();
    let refusals = Ledger::of(&source, Language::Plain).refusals;
    let told = refusals[0]
        .to_string()
        .replace(&format!("{}/", folder.path().display()), "");
    assert_eq!(
        told,
        "schemas/a.yaml:2:12: /components/schemas/A/maxLength: must be a whole number from 0"
    );
}

#[test]
fn references_that_lead_nowhere_are_refused_where_they_stand() {
    let check = |reference: &str, file: &str, expected: &str| {
        let entry =
            format!("{HEAD}paths: {{}}\ncomponents: {{schemas: {{A: {{items: {{$ref: '{reference}'}}}}}}}}");
        let told = refused(&[("openapi.yaml", &entry), ("a.yaml", file)]);
        assert_eq!(
            told,
            format!("openapi.yaml:4:42: /components/schemas/A/items/$ref: {expected}")
        );
    };
    check(
        "https://example.com/a.yaml",
        "",
        "`https://example.com/a.yaml` leads to another host; references can only lead to local files",
    );
    check(
        "/etc/passwd",
        "",
        "`/etc/passwd` is a path from the root of this machine; references lead to files beside the contract, by relative paths",
    );
    check(
        "none.yaml",
        "",
        "`none.yaml`: cannot be read: No such file or directory (os error 2)",
    );
    check("a.yaml#/B", "A: {}", "leads nowhere: a.yaml has nothing at `#/B`");
    check("a.yaml#B", "A: {}", "leads nowhere in this document: `#B`");
    check(
        "a.yaml",
        "A: [",
        "`a.yaml`: a.yaml:1:4: /A/0: is not YAML: unclosed bracket '['",
    );
    check("a.yaml", "$ref: a.yaml", "the references lead in a circle");
}
