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

/// The code of all files, in one line and without trailing commas.
fn code(contract: &str) -> String {
    let source = Source::parse("a.yaml", contract).unwrap();
    let contracts = Contracts::read(source, None, Language::Plain).unwrap();
    let files = generate(&contracts, &[]).unwrap();
    let text: String = files.into_iter().map(|file| file.text).collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// The generator asks what the code asks that it writes: a field that the runtime leaves without a value has to be able to be absent.
#[test]
fn a_default_that_its_format_refuses_is_not_applied() {
    let field = |format: &str, default: &str| {
        let schema = format!("{{type: string, format: {format}, default: '{default}'}}");
        let text = code(&format!(
            "openapi: 3.0.3\ninfo: {{title: A, version: '1'}}\npaths:\n  /a:\n    get:\n      operationId: a\n      \
             parameters: [{{name: b, in: query, schema: {schema}}}]\n      responses: {{'204': {{description: Done.}}}}\n"
        ));
        assert_ne!(
            text.contains("pub b: String,"),
            text.contains("pub b: Option<String>,"),
            "{text}"
        );
        text.contains("pub b: String,")
    };
    for (format, default, expected) in [
        ("email", "", false),
        ("email", "ada@example.com", true),
        ("email", "ada.@example.com", false),
        ("uri", "here", false),
        ("uri", "https://example.com/a", true),
        ("ipv4", "1.2.3", false),
        ("ipv6", "::1", true),
        ("uri", "https://example.com/callback?state=1#top", true),
        ("hostname", "example.com", true),
        ("hostname", "-", false),
        ("duration", "P3D", true),
        ("password", "", true),
        ("int32", "", true),
    ] {
        assert_eq!(field(format, default), expected, "{format} {default}");
    }
}

#[test]
fn responses_that_refer_to_one_keep_their_statuses() {
    let text = code(
        "openapi: 3.0.3\ninfo: {title: A, version: '1'}\npaths:\n  /a:\n    get:\n      operationId: a\n      responses:\n        \
         '200': {description: Done., content: {text/plain: {schema: {type: string}}}}\n  \
         /b:\n    get:\n      operationId: b\n      responses: {'200': {$ref: '#/paths/~1a/get/responses/200'}, '500': {$ref: '#/paths/~1a/get/responses/200'}}\n  \
         /c:\n    get:\n      operationId: c\n      responses: {'500': {$ref: '#/paths/~1a/get/responses/200'}}\n",
    );
    assert!(
        text.contains("responses: &[&RESPONSE_200, &RESPONSE_500],"),
        "{text}"
    );
    assert!(text.contains("responses: &[&RESPONSE_500],"), "{text}");
    assert_eq!(text.matches("pub static RESPONSE_500").count(), 1, "{text}");
    assert!(text.contains("responses: &[&RESPONSE_200],"), "{text}");
}
