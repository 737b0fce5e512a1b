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
