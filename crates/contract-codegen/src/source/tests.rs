use super::*;

#[test]
fn every_value_knows_its_line() {
    let source = Source::parse(
        "a.yaml",
        "openapi: 3.0.3\npaths:\n  /x:\n    get: {a: [1, two]}\n",
    )
    .unwrap();
    let refusal = source.refuse("/paths/~1x/get/a/1", "no");
    assert_eq!((refusal.line, refusal.column), (4, 18));
    assert_eq!(source.at("/paths/~1x/get/a/1"), Some(&Value::from("two")));
    let refusal = source.refuse("/paths/~1x/get/b/c", "no");
    assert_eq!(
        (refusal.line, refusal.column),
        (4, 10),
        "the nearest value around it"
    );
}

#[test]
fn duplicate_keys_are_refused_where_they_stand() {
    let refusals = Source::parse("a.yaml", "a: 1\nb: 2\na: 3\n").unwrap_err();
    assert_eq!(refusals.0[0].line, 3, "{refusals}");
    assert!(refusals.to_string().contains("duplicate"), "{refusals}");
}

#[test]
fn chains_of_references_are_followed_to_their_end() {
    let text = "a: {$ref: '#/b'}\nb: {$ref: '#/c/d'}\nc: {d: {e: 1}}\nf: {$ref: '#/g'}\ng: {$ref: '#/f'}\nh: {$ref: '#/i'}\n";
    let source = Source::parse("a.yaml", text).unwrap();
    let end = |pointer| source.resolve(pointer).map(|(pointer, _)| pointer);
    assert_eq!(end("/a"), Some("/c/d"));
    assert_eq!(end("/c/d"), Some("/c/d"));
    assert_eq!(end("/f"), None, "a circle");
    assert_eq!(end("/h"), None, "nothing there");
}

/// What was a document of its own refers to itself, unless the contract has something there; values are no references.
#[test]
fn references_of_pasted_schemas_lead_into_them() {
    let check = |text: &str, expected: &str| {
        let source = Source::parse("a.yaml", text).unwrap();
        assert_eq!(source.at("/s/x/$ref"), Some(&Value::from(expected)), "{text}");
    };
    check("s: {$id: a, d: 1, x: {$ref: '#/d'}}", "#/s/d");
    check("s: {$schema: a, d: 1, x: {$ref: '#'}}", "#/s");
    check("s: {$id: a, d: 1, x: {$ref: '#/d'}}\nd: 1", "#/d");
    check("s: {$id: a, d: 1, x: {$ref: '#/e'}}", "#/e");
    check("s: {$id: {type: string}, d: 1, x: {$ref: '#/d'}}", "#/d");
    let text = "s: {$id: a, d: 1, default: {$ref: '#/d'}, properties: {default: {$ref: '#/d'}}}";
    let source = Source::parse("a.yaml", text).unwrap();
    assert_eq!(source.at("/s/default/$ref"), Some(&Value::from("#/d")));
    assert_eq!(
        source.at("/s/properties/default/$ref"),
        Some(&Value::from("#/s/d"))
    );
    let text = "s: {schemaFormat: f, d: 1, schema: {d: 1, x: {$ref: '#/d'}}}";
    let source = Source::parse("a.yaml", text).unwrap();
    assert_eq!(source.at("/s/schema/x/$ref"), Some(&Value::from("#/s/schema/d")));
}
