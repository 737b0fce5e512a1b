//! What any contract may not say of its operations, where that is told, and what its operations are called.

use contract_codegen::{Contracts, Language, Source, generate};

const BEGIN: &str = "openapi: 3.0.3\ninfo: {title: A, version: '1'}\n";

fn read(rest: &str) -> Result<Contracts, String> {
    let source = Source::parse("a.yaml", &format!("{BEGIN}{rest}")).unwrap();
    Contracts::read(source, None, Language::Plain).map_err(|refusals| refusals.to_string())
}

/// The only refusal of a contract: its line, pointer and reason.
fn check(rest: &str, expected: &str) {
    let refusals = read(rest).err().unwrap_or_else(|| panic!("{rest} is taken over"));
    let found = refusals.strip_prefix("a.yaml:").unwrap();
    assert_eq!(found, expected, "{rest}");
}

const DONE: &str = "responses: {'204': {description: Done.}}";

#[test]
fn an_operation_id_is_taken_once() {
    check(
        &format!("paths:\n  /a:\n    get: {{operationId: x, {DONE}}}\n    put: {{operationId: x, {DONE}}}\n"),
        "6:24: /paths/~1a/put/operationId: the id `x` is taken by /paths/~1a/get",
    );
}

#[test]
fn templates_and_parameters_must_match() {
    let parameter = "{name: b, in: path, required: true, schema: {type: string}}";
    check(
        &format!("paths:\n  /{{b}}/{{c}}:\n    get:\n      parameters: [{parameter}]\n      {DONE}\n"),
        "6:7: /paths/~1{b}~1{c}/get: the path has a parameter `c` that is not declared",
    );
    check(
        &format!("paths:\n  /a:\n    get:\n      parameters: [{parameter}]\n      {DONE}\n"),
        "6:20: /paths/~1a/get/parameters/0: the path `/a` has no parameter `b`",
    );
}

#[test]
fn templates_that_cannot_be_matched_are_refused() {
    for (path, reason) in [
        ("a", "a path must begin with a slash"),
        ("/{a", "a brace is not closed"),
    ] {
        let pointer = path.replace('/', "~1");
        check(
            &format!("paths:\n  '{path}':\n    get: {{{DONE}}}\n"),
            &format!("5:5: /paths/{pointer}: {reason}"),
        );
    }
}

#[test]
fn a_schema_and_content_beside_each_other_are_refused() {
    let both = "schema: {type: string}, content: {application/json: {schema: {type: integer}}}";
    let reason = "stands beside `schema`, and only one of them can hold (OpenAPI 3.0.3 §4.7.12.1)";
    check(
        &format!(
            "paths:\n  /a:\n    get:\n      parameters:\n      - {{name: q, in: query, {both}}}\n      {DONE}\n"
        ),
        &format!("7:63: /paths/~1a/get/parameters/0/content: {reason}"),
    );
    check(
        &format!(
            "paths:\n  /a:\n    get:\n      responses:\n        '204':\n          description: Done.\n          headers: {{X-A: {{{both}}}}}\n"
        ),
        &format!("9:60: /paths/~1a/get/responses/204/headers/X-A/content: {reason}"),
    );
}

#[test]
fn values_must_tell_where_a_parameter_ends_behind_which_nothing_stands() {
    let contract = |schema: &str| {
        let parameter = |name: &str, schema: &str| {
            format!("{{name: {name}, in: path, required: true, schema: {schema}}}")
        };
        let (a, b) = (parameter("a", "{type: string}"), parameter("b", schema));
        format!("paths:\n  '/{{a}}{{b}}':\n    get: {{parameters: [{a}, {b}], {DONE}}}\n")
    };
    check(
        &contract("{type: string}"),
        "5:5: /paths/~1{a}{b}: nothing stands between `{a}` and `{b}`, and the values of neither tell where one ends",
    );
    for schema in ["{type: string, enum: [.json]}", "{type: integer}"] {
        assert_eq!(warnings(&contract(schema)), Vec::<String>::new(), "{schema}");
    }
}

/// The warnings of a contract: line, column, pointer and reason of each.
fn warnings(rest: &str) -> Vec<String> {
    let contracts = read(rest).unwrap_or_else(|refusals| panic!("{rest}: {refusals}"));
    let warnings = contracts.warnings().iter();
    warnings
        .map(|warning| warning.to_string().replace("a.yaml:", ""))
        .collect()
}

/// Two operations at `/{x}` and `/{y}`, where the values are of these schemas.
fn twins(x: &str, y: &str) -> String {
    let get = |name: &str, schema: &str| {
        format!(
            "  /{{{name}}}:\n    get: {{parameters: [{{name: {name}, in: path, required: true, schema: {schema}}}], {DONE}}}\n"
        )
    };
    format!("paths:\n{}{}", get("x", x), get("y", y))
}

#[test]
fn an_operation_that_no_request_leads_to_is_shown_with_a_warning() {
    let shown = |place: &str, first: &str| {
        [format!(
            "{place}: is shown only: GET of `{first}` is served at the same paths and answers in its place, since no constant, \
             required query parameter or header, and no value of the path tells them apart"
        )]
    };
    let of_y = shown("7:10: /paths/~1{y}/get", "/{x}");
    for (x, y, expected) in [
        ("{type: string}", "{type: string}", Some(&of_y)),
        ("{type: string, maxLength: 3}", "{type: string}", Some(&of_y)),
        (
            "{type: integer}",
            "{type: integer, minimum: 1, description: d}",
            Some(&of_y),
        ),
        ("{}", "{type: integer}", None),
        ("{type: integer, minimum: 1}", "{type: integer}", None),
        ("{type: string, format: uuid}", "{type: string}", None),
        ("{type: string, format: int32}", "{type: string}", Some(&of_y)),
        ("{type: string}", "{type: string, enum: [a]}", None),
        ("{type: string}", "{type: string, pattern: '^a'}", None),
    ] {
        let expected = expected.map_or(Vec::new(), |lines| lines.to_vec());
        assert_eq!(warnings(&twins(x, y)), expected, "{x} {y}");
    }
    assert_eq!(
        warnings(&format!(
            "paths:\n  '/a#x':\n    get: {{{DONE}}}\n  '/a#y':\n    get: {{{DONE}}}\n"
        )),
        shown("7:10: /paths/~1a#y/get", "/a#x")
    );
}

#[test]
fn what_tells_operations_apart_needs_no_warning() {
    // Another method, another literal query, or a required parameter is enough.
    let required = "parameters: [{name: z, in: query, required: true, schema: {type: string}}]";
    for (first, second) in [
        (
            format!("'/a#x': {{get: {{{DONE}}}}}"),
            format!("'/a#y': {{put: {{{DONE}}}}}"),
        ),
        (
            format!("'/a?x': {{get: {{{DONE}}}}}"),
            format!("'/a?y': {{get: {{{DONE}}}}}"),
        ),
        (
            format!("'/a#x': {{get: {{{DONE}}}}}"),
            format!("'/a#y': {{get: {{{required}, {DONE}}}}}"),
        ),
    ] {
        assert_eq!(
            warnings(&format!("paths:\n  {first}\n  {second}\n")),
            Vec::<String>::new(),
            "{first} {second}"
        );
    }
}

#[test]
fn a_path_that_cannot_be_read_is_no_twin_of_another() {
    let both = format!("paths:\n  '/{{a':\n    get: {{{DONE}}}\n  '/b}}':\n    get: {{{DONE}}}\n");
    let refusals = read(&both).unwrap_err();
    assert_eq!(refusals.lines().count(), 2, "{refusals}");
}

#[test]
fn what_stands_in_an_operation_is_refused_where_it_stands() {
    let get = |inside: &str| format!("paths:\n  /a:\n    get:\n      {inside}\n");
    let query = "name: q, in: query, schema: {type: string}";
    check(
        &get(&format!("parameters: [{{{query}, style: matrix}}]\n      {DONE}")),
        "6:72: /paths/~1a/get/parameters/0/style: query parameters have no such style",
    );
    check(
        &get(&format!("parameters: [{{{query}}}, {{{query}}}]\n      {DONE}")),
        "6:66: /paths/~1a/get/parameters/1: there is another query parameter `q` in this list",
    );
    check(
        &get("responses: {'2000': {description: No.}}"),
        "6:27: /paths/~1a/get/responses/2000: must be a status from 100 to 599, a range such as 4XX, or default",
    );
    check(
        &get(&format!("security: [{{none: []}}]\n      {DONE}")),
        "6:25: /paths/~1a/get/security/0/none: there is no security scheme `none`",
    );
}

#[test]
fn operations_are_named_after_their_id_or_their_path_and_once() {
    let contracts = read(&format!(
        "paths:
  /: {{get: {{{DONE}}}}}
  /things/{{id}}:
    parameters: [{{name: id, in: path, required: true, schema: {{type: string}}}}]
    get: {{operationId: getThing, {DONE}}}
    put: {{operationId: get_thing, {DONE}}}
    post: {{operationId: authorize, {DONE}}}
    delete: {{{DONE}}}
"
    ))
    .unwrap();
    let operations = &contracts.openapi().operations;
    let names: Vec<&str> = operations
        .iter()
        .map(|operation| operation.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "get root",
            "getThing",
            "get_thing 2",
            "authorize 2",
            "delete /things/{id}"
        ]
    );
    assert_eq!(operations[4].parameters[0].name, "id", "that of its path");
}

#[test]
fn what_is_shown_only_is_a_warning() {
    let contracts = read(&format!(
        "paths:
  /a?b={{c}}:
    post:
      parameters: [{{name: Accept, in: header, schema: {{type: string}}}}, {{name: n, in: query, schema: {{type: integer, default: '1'}}}}]
      requestBody: {{content: {{application/xml: {{schema: {{type: object}}}}}}}}
      {DONE}
"
    ))
    .unwrap();
    let warnings: Vec<String> = contracts.warnings().iter().map(ToString::to_string).collect();
    for expected in [
        "a.yaml:5:5: /paths/~1a?b={c}: `{c}` behind the path is no declared parameter, so it is not looked at",
        "a.yaml:7:48: /paths/~1a?b={c}/post/requestBody/content/application~1xml: bodies of `application/xml` are not looked into: their schema is shown, not enforced",
        "a.yaml:6:126: /paths/~1a?b={c}/post/parameters/1/schema/default: this default is not applied: the schema does not accept it",
    ] {
        assert!(
            warnings.iter().any(|found| found == expected),
            "{expected}: {warnings:#?}"
        );
    }
}

#[test]
fn what_bodies_that_are_not_looked_into_would_assert_is_a_warning() {
    let warnings = |media_type: &str, schema: &str| {
        let content = format!("{{{media_type}: {{schema: {schema}}}}}");
        let contracts = read(&format!(
            "paths: {{/a: {{post: {{requestBody: {{content: {content}}}, responses: {{'204': {{description: done}}}}}}}}}}"
        ));
        let found = contracts.unwrap();
        let texts = found.warnings().iter().map(ToString::to_string);
        texts.filter(|text| text.contains("are not looked into")).count()
    };
    for (media_type, schema, expected) in [
        ("application/octet-stream", "{type: string, format: binary}", 0),
        (
            "application/octet-stream",
            "{type: string, format: binary, maxLength: 9}",
            1,
        ),
        ("application/xml", "{type: string, description: a note}", 0),
        ("application/xml", "{type: string, format: date}", 1),
        ("application/xml", "{allOf: [{type: string}, {pattern: '^<'}]}", 1),
        ("text/plain", "{}", 0),
        ("text/plain", "{minLength: 3}", 1),
        ("text/plain", "{type: string, minLength: 3}", 0),
    ] {
        assert_eq!(warnings(media_type, schema), expected, "{media_type} {schema}");
    }
}

#[test]
fn names_that_no_comment_can_hold_give_code_all_the_same() {
    let name = r#""a\r\u202Eb\n*/ x""#;
    let parameter = format!("{{name: {name}, in: query, schema: {{type: string}}}}");
    let contents = format!(
        "{{application/json: {{schema: {{$ref: '#/components/schemas/a\r'}}}}, {name}: {{schema: {{type: string}}}}}}"
    );
    let text = format!(
        "{BEGIN}paths:
  /a:
    get:
      operationId: {name}
      tags: [{name}]
      parameters: [{parameter}]
      requestBody: {{content: {{{name}: {{}}, text/plain: {{}}}}}}
      security: [{name}: []]
      responses: {{'200': {{description: {name}, content: {contents}}}}}
  ? \"/\\r\\n\"
  : get: {{{DONE}}}
components:
  schemas: {{\"a\\r\": {{type: object, title: {name}, properties: {{{name}: {{enum: [{name}]}}}}}}}}
  securitySchemes: {{{name}: {{type: http, scheme: basic}}}}
"
    );
    let text = text.replace("schemas/a\r", "schemas/a\\r").replace('\'', "\"");
    let contracts = Contracts::read(Source::parse("a.yaml", &text).unwrap(), None, Language::Plain)
        .unwrap_or_else(|refusals| panic!("{refusals}"));
    for file in generate(&contracts, &[]).unwrap() {
        let refused = ['\r', '\u{202e}'];
        assert!(!file.text.contains(refused), "{}", file.text);
        syn::parse_file(&file.text).unwrap_or_else(|error| panic!("{error}:\n{}", file.text));
    }
}
