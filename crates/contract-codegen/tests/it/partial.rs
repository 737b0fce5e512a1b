//! What is left of a contract of which something is refused.

use contract_codegen::{Contracts, Language, Ledger, Refusals, Source, partial};
use serde_json::json;

/// The source without what the ledger refuses, and what was left out; reads again until nothing is refused.
fn left(text: &str) -> Option<(Source, Vec<String>)> {
    let mut source = Source::parse("a.yaml", text).unwrap();
    let mut told = Vec::new();
    loop {
        let refusals = Ledger::of(&source, Language::Plain).refusals;
        if refusals.is_empty() {
            return Some((source, told));
        }
        let (rest, left_out) = partial(&source, &Refusals(refusals))?;
        told.extend(left_out.iter().map(ToString::to_string));
        source = rest;
    }
}

const HEAD: &str = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\n";

#[test]
fn operations_that_reach_a_refusal_are_left_out() {
    let text = format!(
        "{HEAD}paths:
  /a:
    get: {{responses: {{default: {{$ref: '#/components/responses/Bad'}}}}}}
    put: {{operationId: put}}
  /b:
    post: {{tags: 1}}
  /c:
    parameters: [1]
    get: {{}}
components:
  responses:
    Bad: {{description: d, content: {{a/b: {{schema: {{$ref: '#/components/schemas/Bad'}}}}}}}}
    Good: {{description: d}}
  schemas:
    Bad: {{minLength: x}}
    Good: {{type: string}}
"
    );
    let (source, told) = left(&text).unwrap();
    assert_eq!(
        *source.root(),
        json!({
            "openapi": "3.0.3",
            "info": {"title": "T", "version": "1"},
            "paths": {"/a": {"put": {"operationId": "put"}}},
            "components": {"responses": {"Good": {"description": "d"}}, "schemas": {"Good": {"type": "string"}}},
        })
    );
    assert_eq!(
        told,
        [
            "left out /paths/~1a/get: refers to /components/responses/Bad",
            "left out /paths/~1b",
            "left out /paths/~1b/post: a.yaml:8:18: /paths/~1b/post/tags: must be a list of texts",
            "left out /paths/~1c: a.yaml:10:18: /paths/~1c/parameters/0: must be an object (Parameter)",
            "left out /components/responses/Bad: refers to /components/schemas/Bad",
            "left out /components/schemas/Bad: a.yaml:17:22: /components/schemas/Bad/minLength: must be a whole number from 0",
        ]
    );
    let refusal = source.refuse("/components/schemas/Good/type", "still knows where it stands");
    assert_eq!((refusal.line, refusal.column), (18, 18));
}

#[test]
fn messages_and_what_refers_to_them_are_left_out() {
    let text = "asyncapi: 3.0.0
info: {title: T, version: '1'}
channels:
  a: {messages: {bad: {$ref: '#/components/messages/Bad'}, good: {payload: true}}}
operations:
  one: {action: send, channel: {$ref: '#/channels/a'}, messages: [{$ref: '#/channels/a/messages/bad'}]}
  two: {action: send, channel: {$ref: '#/channels/a'}, messages: [{$ref: '#/channels/a/messages/good'}]}
components:
  messages: {Bad: {payload: {schemaFormat: avro, schema: {}}}}
";
    let (source, told) = left(text).unwrap();
    assert_eq!(
        source.root()["channels"],
        json!({"a": {"messages": {"good": {"payload": true}}}})
    );
    assert_eq!(source.root()["operations"].as_object().unwrap().len(), 1);
    assert_eq!(told.len(), 3, "{told:?}");
}

#[test]
fn what_stands_where_nothing_can_be_left_out_stays_refused() {
    assert!(left(&format!("{HEAD}servers: 1\npaths: {{}}\n")).is_none());
    let of_a_tag =
        format!("{HEAD}tags: [{{name: a, externalDocs: 1}}]\npaths: {{/a: {{get: {{tags: 1}}}}}}\n");
    assert!(left(&of_a_tag).is_none());
}

#[test]
fn links_and_mappings_to_what_is_left_out_are_left_out_alone() {
    let text = format!(
        "{HEAD}paths:
  /a:
    get:
      responses:
        '200':
          description: d
          links: {{id: {{operationId: bad}}, ref: {{operationRef: '#/paths/~1b/get'}}, shared: {{$ref: '#/components/links/L'}}, good: {{operationId: good}}, away: {{operationId: nowhere}}}}
          content: {{a/b: {{schema: {{$ref: '#/components/schemas/U'}}}}}}
    put: {{operationId: good}}
  /b:
    get: {{operationId: bad, tags: 1}}
components:
  links: {{L: {{operationId: bad}}}}
  schemas:
    U: {{oneOf: [{{$ref: '#/components/schemas/G'}}], discriminator: {{propertyName: k, mapping: {{one: '#/components/schemas/Bad', two: Bad, three: G}}}}}}
    G: {{type: object}}
    Bad: {{minLength: x}}
"
    );
    let (source, told) = left(&text).unwrap();
    let response = &source.root()["paths"]["/a"]["get"]["responses"]["200"];
    assert_eq!(
        response["links"],
        json!({"good": {"operationId": "good"}, "away": {"operationId": "nowhere"}})
    );
    let schemas = &source.root()["components"]["schemas"];
    assert_eq!(schemas["U"]["discriminator"]["mapping"], json!({"three": "G"}));
    let links = "/paths/~1a/get/responses/200/links";
    let mapping = "/components/schemas/U/discriminator/mapping";
    assert_eq!(
        told,
        [
            format!("left out {links}/id: refers to /paths/~1b/get"),
            format!("left out {links}/ref: refers to /paths/~1b/get"),
            format!("left out {links}/shared: refers to /components/links/L"),
            "left out /paths/~1b".to_owned(),
            "left out /paths/~1b/get: a.yaml:13:35: /paths/~1b/get/tags: must be a list of texts".to_owned(),
            "left out /components/links/L: refers to /paths/~1b/get".to_owned(),
            format!("left out {mapping}/one: refers to /components/schemas/Bad"),
            format!("left out {mapping}/two: refers to /components/schemas/Bad"),
            "left out /components/schemas/Bad: a.yaml:19:22: /components/schemas/Bad/minLength: must be a whole number from 0".to_owned(),
        ]
    );
}

#[test]
fn what_led_to_a_refusal_is_told_with_it() {
    let text = format!(
        "{HEAD}security: [{{bad: []}}]\npaths: {{/a: {{get: {{responses: {{'204': {{description: d}}}}}}}}}}\ncomponents: {{securitySchemes: {{bad: {{type: weird}}}}}}\n"
    );
    let source = Source::parse("a.yaml", &text).unwrap();
    let refusals = Contracts::read_partial(Some(source), None, Language::Plain).unwrap_err();
    let told: Vec<String> = refusals.0.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "a.yaml:5:44: /components/securitySchemes/bad/type: there is no type `weird` of security schemes",
            "a.yaml:3:18: /security/0/bad: there is no security scheme `bad`",
        ]
    );
}
