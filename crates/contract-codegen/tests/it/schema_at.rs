//! Schemas where they stand: which keywords count, where references lead, which types are accepted.

use contract_codegen::{JsonKind, Kinds, SchemaAt, Source};

/// The schema `S` of an OpenAPI document of `version` with these component schemas.
fn with<T>(version: &str, schemas: &str, look: impl FnOnce(SchemaAt<'_>) -> T) -> T {
    with_said(&format!("openapi: {version}"), schemas, look)
}

/// The same of a document that says what it is.
fn with_said<T>(said: &str, schemas: &str, look: impl FnOnce(SchemaAt<'_>) -> T) -> T {
    let text = format!("{said}\ncomponents: {{schemas: {schemas}}}\n");
    let source = Source::parse("a.yaml", &text).unwrap();
    look(source.schema("/components/schemas/S").unwrap())
}

fn kinds(version: &str, schemas: &str) -> Vec<JsonKind> {
    with(version, schemas, |schema| schema.kinds().iter().collect())
}

#[test]
fn kinds_come_from_every_keyword_that_narrows_them() {
    use JsonKind::{Array, Boolean, Fraction, Integer, Null, Object, String};
    for (version, schemas, expected) in [
        ("3.0.3", "{S: {type: string}}", vec![String]),
        ("3.0.3", "{S: {type: number}}", vec![Integer, Fraction]),
        ("3.0.3", "{S: {type: string, nullable: true}}", vec![Null, String]),
        (
            "3.0.3",
            "{S: {nullable: true, allOf: [{type: array}]}}",
            vec![Array],
        ),
        ("3.1.0", "{S: {type: [object, 'null']}}", vec![Null, Object]),
        (
            "3.1.0",
            "{S: {enum: [1, 1.0, 0.5, null, a]}}",
            vec![Null, Integer, Fraction, String],
        ),
        ("3.1.0", "{S: {const: true}}", vec![Boolean]),
        (
            "3.1.0",
            "{S: {type: number, allOf: [{type: [integer, string]}]}}",
            vec![Integer],
        ),
        (
            "3.1.0",
            "{S: {anyOf: [{type: string}, {$ref: '#/components/schemas/T'}]}, T: {type: array}}",
            vec![String, Array],
        ),
        (
            "3.1.0",
            "{S: {$ref: '#/components/schemas/T', type: string}, T: {type: [string, array]}}",
            vec![String],
        ),
        (
            "3.0.3",
            "{S: {$ref: '#/components/schemas/T', type: string}, T: {type: array}}",
            vec![Array],
        ),
        ("3.1.0", "{S: false}", vec![]),
        ("3.1.0", "{S: true}", JsonKind::ALL.to_vec()),
        ("3.0.3", "{S: {}}", JsonKind::ALL.to_vec()),
    ] {
        assert_eq!(kinds(version, schemas), expected, "{version} {schemas}");
    }
}

#[test]
fn a_schema_that_is_only_itself_accepts_whatever_it_may() {
    for schemas in [
        "{S: {$ref: '#/components/schemas/S'}}",
        "{S: {allOf: [{$ref: '#/components/schemas/S'}]}}",
        "{S: {anyOf: [{$ref: '#/components/schemas/S'}, {$ref: '#/components/schemas/S'}]}}",
    ] {
        with("3.1.0", schemas, |schema| {
            assert_eq!(schema.kinds(), Kinds::ALL, "{schemas}");
            assert_eq!(schema.resolved(), schema, "{schemas}");
        });
    }
}

#[test]
fn references_lead_anywhere_in_chains() {
    let schemas = "{S: {$ref: '#/components/schemas/T'}, T: {$ref: '#/components/schemas/U/properties/a~1b'}, U: {properties: {a/b: {type: array, items: {type: string}}}}}";
    with("3.0.3", schemas, |schema| {
        assert_eq!(schema.component(), Some("S"));
        let once = schema.reference().unwrap();
        assert_eq!(once.component(), Some("T"));
        let end = schema.resolved();
        assert_eq!(end.pointer(), "/components/schemas/U/properties/a~1b");
        assert_eq!(end.component(), None);
        let items = end.items().unwrap();
        assert_eq!(items.pointer(), "/components/schemas/U/properties/a~1b/items");
        assert_eq!(items.text("type"), Some("string"));
    });
}

#[test]
fn beside_a_reference_keywords_count_in_3_1_alone() {
    let schemas = "{S: {$ref: '#/components/schemas/T', description: d, minLength: 1}, T: {type: string}}";
    with("3.0.3", schemas, |schema| {
        assert_eq!(schema.text("description"), None);
        assert!(!schema.restricts_reference());
    });
    with("3.1.0", schemas, |schema| {
        assert_eq!(schema.text("description"), Some("d"));
        assert!(schema.restricts_reference());
    });
    let described = "{S: {$ref: '#/components/schemas/T', description: d}, T: {type: string}}";
    with("3.1.0", described, |schema| {
        assert!(!schema.restricts_reference());
    });
}

#[test]
fn tuples_are_read_in_both_ways_of_writing_them() {
    for (said, schemas) in [
        (
            "openapi: 3.1.0",
            "{S: {prefixItems: [{type: string}, true], items: false}}",
        ),
        (
            "asyncapi: 3.0.0",
            "{S: {items: [{type: string}, true], additionalItems: false}}",
        ),
    ] {
        with_said(said, schemas, |schema| {
            assert_eq!(schema.prefix_items().len(), 2, "{schemas}");
            assert!(schema.items().unwrap().is_never(), "{schemas}");
            assert_eq!(schema.children().len(), 3, "{schemas}");
        });
    }
}

/// What a dialect does not have says nothing there, though it is shown.
#[test]
fn keywords_of_other_dialects_say_nothing() {
    for (said, keyword, counts) in [
        ("openapi: 3.0.3", "const: a", false),
        ("openapi: 3.1.0", "const: a", true),
        ("asyncapi: 3.0.0", "const: a", true),
        ("openapi: 3.0.3", "nullable: true", true),
        ("openapi: 3.1.0", "nullable: true", false),
        ("asyncapi: 3.0.0", "nullable: true", false),
        ("asyncapi: 3.0.0", "prefixItems: [true]", false),
        ("openapi: 3.0.3", "patternProperties: {}", false),
        ("openapi: 3.0.3", "x-mine: 1", true),
        ("openapi: 3.0.3", "xml: {}", true),
    ] {
        with_said(said, &format!("{{S: {{{keyword}}}}}"), |schema| {
            let (name, _) = keyword.split_once(':').unwrap();
            assert_eq!(schema.keyword(name).is_some(), counts, "{said} {keyword}");
        });
    }
}

#[test]
fn a_mapping_names_references_and_components() {
    let schemas = "{S: {discriminator: {propertyName: kind, mapping: {a: A, b: '#/components/schemas/A', c: C}}}, A: {}}";
    with("3.0.3", schemas, |schema| {
        let discriminator = schema.discriminator().unwrap();
        assert_eq!(discriminator.property, "kind");
        let mapped: Vec<_> = discriminator
            .mapping
            .iter()
            .map(|(value, to)| (*value, to.component().unwrap()))
            .collect();
        assert_eq!(mapped, [("a", "A"), ("b", "A")]);
    });
}

#[test]
fn a_component_is_known_by_the_name_that_the_contract_writes() {
    let source = Source::parse(
        "a.yaml",
        "openapi: 3.1.0\ncomponents: {schemas: {a/b~c: {properties: {x: {}}}}}\n",
    )
    .unwrap();
    let (name, schema) = source.component_schemas()[0];
    assert_eq!(name, "a/b~c");
    assert_eq!(schema.component(), Some("a/b~c"));
    assert_eq!(schema.properties()[0].1.component(), None);
    assert!(source.schema("/components/schemas/none").is_none());
    assert!(source.schema("/openapi").is_none());
}
