//! What is told of keywords that cannot do what they say, and of schemas that never come to an end.

use contract_codegen::Source;

use super::any_ledger::{refusals, warnings};

#[test]
fn keywords_that_cannot_do_what_they_say_are_told() {
    let contract = |version: &str, schema: &str| {
        format!(
            "openapi: {version}\ninfo: {{title: T, version: '1'}}\npaths: {{}}\ncomponents: {{schemas: {{A: {schema}}}}}\n"
        )
    };
    let place = "/components/schemas/A";
    let warned = |version, schema: &str, expected: &[&str]| {
        let expected: Vec<String> = expected.iter().map(|text| format!("{place}{text}")).collect();
        let found = warnings(&contract(version, schema));
        let found: Vec<&str> = found
            .iter()
            .filter_map(|text| text.get(text.find(place)?..))
            .collect();
        assert_eq!(found, expected, "{schema}");
    };
    warned(
        "3.0.3",
        "{type: string, pattern: '('}",
        &["/pattern: is no regular expression of ECMA 262; it is shown, not enforced"],
    );
    warned("3.0.3", "{type: string, pattern: '\\@'}", &[]);
    // More alternatives than the stack of a thread has room for.
    let wide = format!("{{type: string, pattern: '{}'}}", "|".repeat(100_000));
    warned(
        "3.0.3",
        &wide,
        &["/pattern: is no regular expression of ECMA 262; it is shown, not enforced"],
    );
    let unlimited = "refers back, or ignores case, in a way that only an engine without a limit knows; a text of more than 256 bytes is refused";
    for (schema, place) in [
        ("{type: string, pattern: '^(?:(a)|b)+\\1$'}", "pattern"),
        (
            "{patternProperties: {'^(?:(a)|b)+\\1$': {}}}",
            "patternProperties",
        ),
    ] {
        warned("3.1.0", schema, &[&format!("/{place}: {unlimited}")]);
    }
    warned(
        "3.0.3",
        "{nullable: true}",
        &["/nullable: says something beside `type` only, and nothing here"],
    );
    warned(
        "3.0.3",
        "{type: string, nullable: true, enum: [a]}",
        &["/nullable: `enum` does not list null, so null is refused all the same"],
    );
    warned("3.0.3", "{type: string, nullable: true, enum: [a, null]}", &[]);
    let refused = |schema, expected: &[&str]| {
        let expected: Vec<String> = expected.iter().map(|text| format!("{place}{text}")).collect();
        let found = refusals(&contract("3.1.0", schema));
        let found: Vec<&str> = found
            .iter()
            .filter_map(|text| text.get(text.find(place)?..))
            .collect();
        assert_eq!(found, expected, "{schema}");
    };
    refused(
        "{patternProperties: {'(': {}}}",
        &["/patternProperties/(: is no regular expression of ECMA 262"],
    );
    refused("{$dynamicRef: '#node'}", &["/$dynamicRef: `#node` leads nowhere"]);
    refused("{$dynamicAnchor: node, items: {$dynamicRef: '#node'}}", &[]);
}

#[test]
fn a_circle_of_schemas_that_look_at_the_same_value_is_told_where_it_closes() {
    let contract = |schemas: &str| {
        format!(
            "openapi: 3.1.0\ninfo: {{title: T, version: '1'}}\npaths: {{}}\ncomponents: {{schemas: {schemas}}}\n"
        )
    };
    let reference = |name: &str| format!("{{$ref: '#/components/schemas/{name}'}}");
    let closing = |schemas: &str, expected: &[&str]| {
        let found = warnings(&contract(schemas));
        let found: Vec<&str> = found
            .iter()
            .filter_map(|text| text.strip_suffix(": closes a circle of schemas that all look at the same value; where one of them is met again, it adds nothing"))
            .filter_map(|text| text.split_once("/components/schemas/"))
            .map(|(_, pointer)| pointer)
            .collect();
        assert_eq!(found, expected, "{schemas}");
    };
    let pet = reference("Pet");
    let pets = format!(
        "{{Pet: {{oneOf: [{}, {}]}}, Cat: {{allOf: [{pet}, {{type: object}}]}}, Dog: {{not: {pet}}}}}",
        reference("Cat"),
        reference("Dog")
    );
    closing(&pets, &["Cat/allOf/0/$ref", "Dog/not/$ref"]);
    // Into the value, a circle is a recursive schema like any other.
    let tree = reference("Tree");
    closing(
        &format!("{{Tree: {{properties: {{left: {tree}, allOf: {{anyOf: [{tree}]}}}}, items: {tree}}}}}"),
        &[],
    );
    let one = reference("One");
    closing(
        &format!("{{One: {{dependentSchemas: {{a: {{if: {one}}}}}}}}}"),
        &["One/dependentSchemas/a/if/$ref"],
    );
    // One part that leads to another is no circle.
    closing(
        "{A: {allOf: [{$ref: '#/components/schemas/A/allOf/1'}, {type: object}]}}",
        &[],
    );
}

#[test]
fn names_that_no_header_can_have_are_told() {
    let contract = "openapi: 3.0.3
info: {title: T, version: '1'}
paths:
  /a:
    get:
      parameters:
        - {name: 'X Total', in: header, required: true, schema: {type: integer}}
        - {name: X-Fine_1~, in: header, schema: {type: integer}}
        - {name: 'X Total', in: query, schema: {type: integer}}
      responses:
        '200': {description: d, headers: {'Retry After': {schema: {type: integer}}, Retry-After: {schema: {type: integer}}, A: {$ref: '#/components/headers/Retry%20after'}}}
components: {headers: {Retry after: {schema: {type: integer}}}}
";
    let reason = "no header can have this name (RFC 9110 §5.1); it is shown, and nothing else";
    assert_eq!(
        warnings(contract),
        [
            format!("7:18 /paths/~1a/get/parameters/0/name: {reason}"),
            format!("11:58 /paths/~1a/get/responses/200/headers/Retry After: {reason}"),
        ]
    );
}

#[test]
fn scalars_that_should_be_texts_are_told_how_to_become_some() {
    let of = |info: &str| refusals(&format!("openapi: 3.0.3\npaths: {{}}\ninfo: {info}\n"));
    assert_eq!(
        of("{title: 1.0, version: true}"),
        [
            "3:15 /info/title: must be a text: write it in quotation marks",
            "3:29 /info/version: must be a text: write it in quotation marks",
        ]
    );
    assert_eq!(
        of("{title: true, version: '1', description: }"),
        [
            "3:15 /info/title: must be a text: write it in quotation marks",
            "3:46 /info/description: must be a text, and nothing is written here",
        ]
    );
    assert_eq!(
        of("{title: [], version: '1'}"),
        ["3:15 /info/title: must be a text"]
    );
}

#[test]
fn a_version_without_quotation_marks_is_a_text() {
    for (version, text) in [
        ("1.0", "1.0"),
        ("2", "2"),
        ("1.10", "1.10"),
        ("20240101", "20240101"),
    ] {
        let contract = format!("openapi: 3.0.3\npaths: {{}}\ninfo: {{title: T, version: {version}}}\n");
        assert_eq!(
            warnings(&contract),
            [format!(
                "3:27 /info/version: is no text; it is taken for the text \"{text}\""
            )]
        );
        let source = Source::parse("a.yaml", &contract).unwrap();
        assert_eq!(source.root()["info"]["version"], text);
    }
    assert_eq!(
        warnings("openapi: 3.0.3\npaths: {}\ninfo: {title: T, version: '1.0'}\n"),
        Vec::<String>::new()
    );
}
