//! What stands beside the reference of a path: it goes with what stands where the reference leads.

use serde_json::json;

use crate::files::{HEAD, bundled, refused};

#[test]
fn a_field_beside_a_reference_and_in_it_is_refused() {
    let entry = format!("{HEAD}paths:\n  /a: {{$ref: a.yaml, summary: one}}\n");
    assert_eq!(
        refused(&[("openapi.yaml", &entry), ("a.yaml", "summary: two")]),
        "openapi.yaml:4:31: /paths/~1a/summary: stands here and where the `$ref` beside it leads"
    );
}

#[test]
fn operations_beside_a_reference_go_with_those_where_it_leads() {
    let done = json!({"responses": {"204": {"description": "Done."}}});
    let text = "responses: {'204': {description: Done.}}";
    let parameter = "{name: q, in: query, schema: {type: string}}";
    for (version, reference, item) in [
        ("3.0.3", "other.yaml#/P", ""),
        ("3.1.0", "other.yaml#/P", ""),
        ("3.0.3", "#/paths/~1c", "  /c: {get: {DONE}}\n"),
        (
            "3.1.0",
            "#/components/pathItems/C",
            "components: {pathItems: {C: {get: {DONE}}}}\n",
        ),
    ] {
        let (other, item) = (
            "P: {get: {DONE}}".replace("DONE", text),
            item.replace("DONE", text),
        );
        let entry = format!(
            "openapi: {version}\ninfo: {{title: T, version: '1'}}\npaths:\n  /a: {{$ref: '{reference}', put: {{{text}}}, parameters: [{parameter}]}}\n  /b: {{$ref: '{reference}'}}\n{item}"
        );
        let document = bundled(&[("openapi.yaml", &entry), ("other.yaml", &other)]);
        assert_eq!(
            document["paths"]["/a"],
            json!({
                "get": done,
                "put": done,
                "parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}}],
            }),
            "{version} {reference}"
        );
        // The other path that refers to the same has nothing beside.
        let other = &document["paths"]["/b"];
        let other = match other["$ref"].as_str() {
            Some(reference) => document.pointer(&reference[1..]).unwrap(),
            None => other,
        };
        assert_eq!(other, &json!({"get": done}), "{version} {reference}");
    }
    let entry = format!(
        "openapi: 3.1.0\ninfo: {{title: T, version: '1'}}\npaths:\n  /a: {{$ref: 'a.yaml', get: {{{text}}}}}\n"
    );
    assert_eq!(
        refused(&[("openapi.yaml", &entry), ("a.yaml", &format!("get: {{{text}}}"))]),
        "openapi.yaml:4:29: /paths/~1a/get: stands here and where the `$ref` beside it leads"
    );
}
