//! The ledger of contracts that are not Rollcall's own: what is enforced, what is shown with a warning, what is refused.

use contract_codegen::{Class, Language, Ledger, Source};

pub(crate) fn ledger(text: &str) -> (Source, Ledger) {
    let source = Source::parse("a.yaml", text).unwrap_or_else(|refusals| panic!("{refusals}"));
    let ledger = Ledger::of(&source, Language::Plain);
    let (enforced, documented, refused) = ledger.counts();
    let entries = ledger.entries(&source);
    assert_eq!(enforced + documented + refused, entries.len());
    (source, ledger)
}

pub(crate) fn enforced(text: &str) -> Vec<String> {
    let (source, ledger) = ledger(text);
    assert_eq!(ledger.refusals, []);
    let entries = ledger.entries(&source).into_iter();
    entries
        .filter(|entry| entry.class == Class::Enforced)
        .map(|entry| entry.pointer)
        .collect()
}

pub(crate) fn warnings(text: &str) -> Vec<String> {
    let (_, ledger) = ledger(text);
    assert_eq!(ledger.refusals, []);
    let warnings = ledger.warnings.into_iter();
    warnings
        .map(|one| format!("{}:{} {}: {}", one.line, one.column, one.pointer, one.reason))
        .collect()
}

pub(crate) fn refusals(text: &str) -> Vec<String> {
    let refusals = ledger(text).1.refusals.into_iter();
    refusals
        .map(|one| format!("{}:{} {}: {}", one.line, one.column, one.pointer, one.reason))
        .collect()
}

pub(crate) const OPENAPI_30: &str = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\n";
pub(crate) const OPENAPI_31: &str = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n";
pub(crate) const ASYNCAPI: &str = "asyncapi: 3.0.0\ninfo: {title: T, version: '1'}\n";

#[test]
fn nothing_of_an_operation_that_no_request_leads_to_is_enforced() {
    let get = |name: &str| {
        format!(
            "  /{{{name}}}:
    get:
      parameters: [{{name: {name}, in: path, required: true, schema: {{type: string, maxLength: 3}}}}]
      responses: {{'204': {{description: d}}}}
"
        )
    };
    let found = enforced(&format!("{OPENAPI_30}paths:\n{}{}", get("a"), get("b")));
    assert!(!found.is_empty());
    assert!(
        found.iter().all(|pointer| pointer.starts_with("/paths/~1{a}")),
        "{found:#?}"
    );
}

#[test]
fn what_requests_are_held_against_is_enforced_wherever_references_lead() {
    let text = format!(
        "{OPENAPI_30}paths:
  /a/{{id}}:
    parameters: [{{$ref: '#/components/parameters/Id'}}]
    post:
      security: [{{key: []}}]
      requestBody:
        required: true
        content:
          application/json: {{schema: {{$ref: '#/components/schemas/First'}}}}
          text/xml: {{schema: {{type: object, maxProperties: 2}}}}
      responses:
        default: {{description: d, content: {{application/json: {{schema: {{$ref: '#/components/schemas/Answer'}}}}}}}}
components:
  parameters: {{Id: {{name: id, in: path, required: true, schema: {{type: string, maxLength: 9}}}}}}
  schemas:
    First: {{$ref: '#/components/schemas/Second'}}
    Second: {{properties: {{a: {{$ref: '#/components/schemas/Answer/properties/b'}}}}}}
    Answer: {{minProperties: 1, properties: {{b: {{type: string, minLength: 0, format: colour}}}}}}
  securitySchemes: {{key: {{type: apiKey, name: k, in: header}}}}
"
    );
    assert_eq!(
        enforced(&text),
        [
            "/paths/~1a~1{id}/post/security/0/key",
            "/paths/~1a~1{id}/post/requestBody/required",
            "/paths/~1a~1{id}/post/requestBody/content/application~1json",
            "/paths/~1a~1{id}/post/requestBody/content/text~1xml",
            "/components/parameters/Id/schema/maxLength",
            "/components/schemas/Answer/properties/b/type",
        ]
    );
    assert_eq!(warnings(&text), [""; 0]);
}

#[test]
fn what_a_client_or_nobody_sends_is_documented() {
    let text = format!(
        "{OPENAPI_31}paths:
  /a:
    get:
      parameters: [{{name: Accept, in: header, schema: {{maxLength: 3}}}}]
      callbacks:
        done: {{'{{$request.query.url}}': {{post: {{parameters: [{{name: a, in: query, required: true}}]}}}}}}
webhooks:
  made: {{post: {{requestBody: {{required: true, content: {{application/json: {{schema: {{type: object}}}}}}}}}}}}
components:
  pathItems: {{idle: {{get: {{parameters: [{{name: a, in: query, required: true, schema: {{type: integer}}}}]}}}}}}
"
    );
    assert_eq!(enforced(&text), [""; 0]);
    assert_eq!(
        warnings(&text),
        [
            "6:27 /paths/~1a/get/parameters/0/name: OpenAPI ignores parameters of this name; it is shown, not enforced"
        ]
    );
    let used = text.replace("  /a:\n", "  /b: {$ref: '#/components/pathItems/idle'}\n  /a:\n");
    assert_eq!(
        enforced(&used),
        [
            "/components/pathItems/idle/get/parameters/0/required",
            "/components/pathItems/idle/get/parameters/0/schema/type",
        ]
    );
}

fn body(schema: &str, head: &str) -> String {
    format!(
        "{head}paths: {{/a: {{post: {{requestBody: {{content: {{application/json: {{schema: {schema}}}}}}}}}}}}}"
    )
}

/// The keywords of a body's schema that are enforced, beside its media type.
fn enforced_keywords(schema: &str, head: &str) -> Vec<String> {
    const AT: &str = "/paths/~1a/post/requestBody/content/application~1json";
    let all = enforced(&body(schema, head)).into_iter();
    let below = all.filter_map(|pointer| pointer.strip_prefix(&format!("{AT}/schema")).map(str::to_owned));
    below.collect()
}

#[test]
fn the_keywords_of_each_dialect_are_enforced() {
    assert_eq!(
        enforced_keywords(
            "{exclusiveMinimum: true, minimum: 1, nullable: true, oneOf: [{type: string}], not: {maximum: 2}}",
            OPENAPI_30
        ),
        [
            "/exclusiveMinimum",
            "/minimum",
            "/oneOf",
            "/oneOf/0/type",
            "/not",
            "/not/maximum"
        ]
    );
    assert_eq!(
        enforced_keywords(
            "{type: [string, 'null'], const: {a: 1}, exclusiveMinimum: 1, prefixItems: [{minLength: 2}, true, false], unevaluatedItems: false, \
              dependentRequired: {a: [b]}, if: {required: [a]}, $defs: {a: {$anchor: a}}}",
            OPENAPI_31
        ),
        [
            "/type",
            "/const",
            "/exclusiveMinimum",
            "/prefixItems/0/minLength",
            "/prefixItems/2",
            "/unevaluatedItems",
            "/dependentRequired",
            "/if/required/0",
        ]
    );
}

#[test]
fn a_count_may_be_written_as_any_whole_number() {
    const AT: &str = "3:84 /paths/~1a/post/requestBody/content/application~1json/schema";
    assert_eq!(
        enforced_keywords("{minLength: 1.0, maxLength: 1e2, minItems: 0.0}", OPENAPI_30),
        ["/minLength", "/maxLength"]
    );
    for (count, reason) in [
        ("1.5", "from 0"),
        ("-1.0", "from 0"),
        ("'1'", "from 0"),
        ("1e30", "that 64 bits hold"),
        ("18446744073709551616", "that 64 bits hold"),
    ] {
        assert_eq!(
            refusals(&body(&format!("{{minLength: {count}}}"), OPENAPI_30)),
            [format!("{AT}/minLength: must be a whole number {reason}")]
        );
    }
}

#[test]
fn the_payloads_and_headers_of_messages_are_enforced_in_their_format() {
    const AT: &str = "/channels/made/messages";
    let text = format!(
        "{ASYNCAPI}channels:
  made:
    address: null
    messages:
      made:
        headers: {{required: [id]}}
        payload: {{items: [{{type: integer}}], additionalItems: false, contains: {{$ref: '#/components/schemas/A'}}}}
      other:
        payload: {{schemaFormat: application/vnd.oai.openapi;version=3.0.3, schema: {{exclusiveMinimum: true, minimum: 1}}}}
components:
  schemas: {{A: {{propertyNames: {{maxLength: 3}}}}}}
"
    );
    assert_eq!(
        enforced(&text),
        [
            format!("{AT}/made/headers/required/0"),
            format!("{AT}/made/payload/items/0/type"),
            format!("{AT}/made/payload/additionalItems"),
            format!("{AT}/made/payload/contains"),
            format!("{AT}/other/payload/schema/exclusiveMinimum"),
            format!("{AT}/other/payload/schema/minimum"),
            "/components/schemas/A/propertyNames/maxLength".to_owned(),
        ]
    );
    assert_eq!(warnings(&text), [""; 0]);
}

#[test]
fn what_the_specification_does_not_know_is_shown_with_a_warning() {
    const AT: &str = "/paths/~1a/post/requestBody/content/application~1json/schema";
    let of_schema = |schema: &str, head: &str| {
        let told = warnings(&body(schema, head)).into_iter();
        told.map(|one| one.split_once(AT).unwrap().1.to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        of_schema("{const: 1, maxLenght: 2, x-own: 3}", OPENAPI_30),
        [
            "/const: OpenAPI 3.0 has no `const`; it is shown, not enforced",
            "/maxLenght: OpenAPI 3.0 has no `maxLenght` here (Schema); it is shown, and nothing else",
        ]
    );
    assert_eq!(
        of_schema("{nullable: true}", OPENAPI_31),
        ["/nullable: OpenAPI 3.1 has no `nullable`; it is shown, not enforced"]
    );
    assert_eq!(
        of_schema(
            "{enum: [1, 2, 1], discriminator: {propertyName: a, mapping: {b: C}}}",
            OPENAPI_30
        ),
        [
            "/enum/2: stands here twice",
            "/discriminator/mapping/b: leads to no schema of this document; it is shown, and nothing else",
        ]
    );
    assert_eq!(
        of_schema("{$schema: 'http://json-schema.org/draft-04/schema#'}", OPENAPI_31),
        ["/$schema: schemas are read as those of OpenAPI 3.1, whatever this says"]
    );
    assert_eq!(
        of_schema(
            "{$schema: 'https://json-schema.org/draft/2020-12/schema'}",
            OPENAPI_31
        ),
        [""; 0]
    );
    let beside = |head: &str| {
        format!(
            "{head}components: {{schemas: {{A: {{}}, B: {{$ref: '#/components/schemas/A', title: b, minLength: 1}}}}}}"
        )
    };
    assert_eq!(
        warnings(&beside(OPENAPI_30)),
        [
            "3:88 /components/schemas/B/minLength: OpenAPI 3.0 ignores what stands beside a `$ref`; it is shown, and nothing else"
        ]
    );
    assert_eq!(warnings(&beside(OPENAPI_31)), [""; 0]);
}

#[test]
fn what_references_take_for_something_else_is_refused() {
    let text = format!(
        "{OPENAPI_30}components:
  responses: {{R: {{description: d}}}}
  schemas:
    A: {{$ref: '#/components/responses/R'}}
    B: {{$ref: '#/x-schemas/B'}}
    C: {{$ref: '#/components/schemas/D/example'}}
    D: {{example: {{type: whatever, minLength: many}}}}
  examples: {{E: {{value: {{$ref: nowhere}}}}}}
x-schemas: {{B: {{maxLength: -1}}}}
"
    );
    assert_eq!(
        refusals(&text),
        [
            "9:46 /components/schemas/D/example/minLength: must be a whole number from 0",
            "11:28 /x-schemas/B/maxLength: must be a whole number from 0",
            "6:15 /components/schemas/A/$ref: leads to a Response, where a Schema is wanted",
        ]
    );
}

#[test]
fn values_of_the_wrong_kind_are_refused() {
    let of = |rest: &str| refusals(&format!("{OPENAPI_31}{rest}"));
    assert_eq!(of("tags: {}"), ["3:7 /tags: must be a list"]);
    assert_eq!(of("paths: []"), ["3:8 /paths: must be an object"]);
    assert_eq!(
        of("paths: {/a: 1}"),
        ["3:13 /paths/~1a: must be an object (PathItem)"]
    );
    assert_eq!(
        of(
            "components: {schemas: {A: {type: 1, required: true, dependentRequired: {a: b}, additionalProperties: 2}}}"
        ),
        [
            "3:34 /components/schemas/A/type: must be a text or a list of texts",
            "3:47 /components/schemas/A/required: must be a list",
            "3:72 /components/schemas/A/dependentRequired: must be an object whose members are lists of texts",
            "3:102 /components/schemas/A/additionalProperties: must be an object (Schema)",
        ]
    );
    let avro = format!(
        "{ASYNCAPI}components: {{messages: {{M: {{payload: {{schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: {{type: record}}}}}}}}}}"
    );
    assert_eq!(
        refusals(&avro),
        [
            "3:53 /components/messages/M/payload/schemaFormat: a schema of the format \"application/vnd.apache.avro;version=1.9.0\" cannot be taken over"
        ]
    );
}
