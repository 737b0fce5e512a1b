//! What cannot be taken over is refused where it stands; what is only shown is told.

use contract_codegen::{Contracts, EventContract, Language, Source, generate};

const HEAD: &str = "asyncapi: 3.0.0\ninfo: {title: T, version: '1'}\n";

fn remarks(body: &str) -> Vec<String> {
    let source = Source::parse("a.yaml", &format!("{HEAD}{body}")).unwrap();
    match EventContract::read(&source) {
        Ok(read) => read.warnings.iter().map(ToString::to_string).collect(),
        Err(refusals) => refusals.0.iter().map(ToString::to_string).collect(),
    }
}

fn check(body: &str, expected: &[&str]) {
    assert_eq!(remarks(body), expected, "{body}");
}

#[test]
fn schema_formats_are_refused_by_name() {
    for format in [
        "application/vnd.apache.avro;version=1.9.0",
        "application/vnd.google.protobuf;version=3",
        "application/raml+yaml;version=1.0",
        "application/xml+xsd",
    ] {
        let body = format!(
            "components:\n  messages:\n    M:\n      payload:\n        schemaFormat: {format}\n        schema: {{$ref: 'http://a.example/b'}}\n"
        );
        let expected = format!(
            "a.yaml:7:23: /components/messages/M/payload/schemaFormat: a schema of the format \"{format}\" cannot be taken over"
        );
        check(&body, &[&expected]);
    }
}

#[test]
fn a_schema_that_says_its_format_has_to_be_there() {
    check(
        "components:\n  messages:\n    M:\n      payload: {schemaFormat: application/schema+json;version=draft-07, type: object}\n",
        &["a.yaml:6:16: /components/messages/M/payload: a schema that says its format needs `schema`"],
    );
    check(
        "components:\n  messages:\n    M:\n      payload: {schema: {type: string}}\n",
        &[
            "a.yaml:6:16: /components/messages/M/payload: there is no `schemaFormat`; the schema is read as one of AsyncAPI 3.0",
        ],
    );
}

/// What two schemas that contain themselves say together has no end.
#[test]
fn traits_that_go_in_circles_are_refused() {
    const SCHEMAS: &str = "components:
  schemas:
    A: {properties: {child: {$ref: '#/components/schemas/A'}}}
    B: {properties: {child: {$ref: '#/components/schemas/B'}}}
  messages:
    M:
      traits: [{headers: {$ref: '#/components/schemas/A'}}, {headers: {$ref: '#/components/schemas/B'}}]
";
    check(
        SCHEMAS,
        &[
            "a.yaml:9:71: /components/messages/M/traits/1/headers: this and what an earlier trait says of the same both contain themselves; they cannot be merged, since that has no end",
        ],
    );
    check(&SCHEMAS.replace("schemas/B'}}]", "schemas/A'}}]"), &[]);
}

#[test]
fn what_bindings_refer_to_should_be_there() {
    check(
        "channels:\n  a: {bindings: {kafka: {key: {$ref: '#/components/schemas/A'}}}}\n",
        &[
            "a.yaml:4:31: /channels/a/bindings/kafka/key: leads nowhere in this document: \"#/components/schemas/A\"; it is shown, and nothing else",
        ],
    );
}

#[test]
fn references_through_references_lead_somewhere() {
    const CHANNELS: &str = "channels:
  a: {$ref: '#/components/channels/a'}
operations:
  o: {action: send, channel: {$ref: '#/channels/a'}, messages: [{$ref: '#/channels/a/messages/m'}]}
components:
  channels: {a: {messages: {m: {payload: true}}}}
";
    check(CHANNELS, &[]);
    check(
        &CHANNELS.replace("a/messages/m'", "a/messages/n'"),
        &[
            "a.yaml:6:72: /operations/o/messages/0/$ref: leads nowhere in this document: \"#/channels/a/messages/n\"",
        ],
    );
    check(
        "channels:\n  a: {$ref: '#/channels/b'}\n  b: {$ref: '#/channels/a'}\n  c: {$ref: '#/channels/a/x'}\n",
        &[
            "a.yaml:4:13: /channels/a/$ref: the references lead in a circle, or nowhere in the end",
            "a.yaml:5:13: /channels/b/$ref: the references lead in a circle, or nowhere in the end",
            "a.yaml:6:13: /channels/c/$ref: leads nowhere in this document: \"#/channels/a/x\"",
        ],
    );
}

#[test]
fn lists_of_references_are_lists() {
    check(
        "servers:\n  s: {host: h, protocol: p}\nchannels:\n  a: {servers: {$ref: '#/servers/s'}}\noperations:\n  o: {action: send, channel: [{$ref: '#/channels/a'}]}\n",
        &[
            "a.yaml:6:16: /channels/a/servers: must be a list of references",
            "a.yaml:8:30: /operations/o/channel: must be a reference",
        ],
    );
}

#[test]
fn a_type_that_there_is_not_is_told() {
    check(
        "components:\n  schemas:\n    S: {type: [string, number]}\n    T: {type: strin}\n",
        &[
            "a.yaml:6:15: /components/schemas/T/type: `strin` is no type of JSON values; it is shown, not enforced",
        ],
    );
}

#[test]
fn a_discriminator_is_the_name_of_a_property() {
    let schema =
        |discriminator: &str| format!("components:\n  schemas:\n    S: {{discriminator: {discriminator}}}\n");
    check(&schema("kind"), &[]);
    check(
        &schema("{propertyName: kind, mapping: {a: '#/components/schemas/S'}}"),
        &[
            "a.yaml:5:24: /components/schemas/S/discriminator: AsyncAPI 3.0 wants the name of a property here; it is read as in OpenAPI",
        ],
    );
    check(
        &schema("[kind]"),
        &["a.yaml:5:24: /components/schemas/S/discriminator: must be the name of a property"],
    );
}

/// What a schema of OpenAPI refers to is one of OpenAPI too.
#[test]
fn a_format_goes_with_its_references() {
    let contract = |payload: &str| {
        format!(
            "components:\n  schemas:\n    S: {{type: string, nullable: true}}\n  messages:\n    M: {{payload: {payload}}}\n"
        )
    };
    check(
        &contract(
            "{schemaFormat: application/vnd.oai.openapi;version=3.0.0, schema: {$ref: '#/components/schemas/S'}}",
        ),
        &[],
    );
    check(
        &contract("{$ref: '#/components/schemas/S'}"),
        &[
            "a.yaml:5:33: /components/schemas/S/nullable: AsyncAPI 3.0 has no `nullable`; it is shown, not enforced",
        ],
    );
}

#[test]
fn other_specifications_are_refused() {
    let source = Source::parse("a.yaml", "openapi: 3.0.3\ninfo: {}\n").unwrap();
    let refusals = EventContract::read(&source).unwrap_err();
    assert_eq!(refusals.to_string(), "a.yaml:1:1: : is no AsyncAPI contract");
    let source = Source::parse("a.yaml", "asyncapi: 2.6.0\ninfo: {}\n").unwrap();
    let refusals = EventContract::read(&source).unwrap_err().to_string();
    assert!(refusals.contains("AsyncAPI 2.6.0 is not read"), "{refusals}");
}

#[test]
fn operations_must_fit_their_channels() {
    const CHANNELS: &str =
        "channels:\n  a: {messages: {m: {payload: true}}}\n  b: {messages: {n: {payload: true}}}\n";
    check(
        &format!(
            "{CHANNELS}operations:\n  o:\n    action: send\n    channel: {{$ref: '#/channels/a'}}\n    messages: [{{$ref: '#/channels/b/messages/n'}}]\n"
        ),
        &["a.yaml:10:16: /operations/o/messages/0: the channel does not carry this message"],
    );
    check(
        &format!("{CHANNELS}operations:\n  o:\n    action: emit\n    channel: {{$ref: '#/channels/a'}}\n"),
        &["a.yaml:8:13: /operations/o/action: must be `send` or `receive`"],
    );
}

#[test]
fn headers_are_an_object() {
    check(
        "components:\n  messages:\n    M: {headers: {type: string}}\n",
        &["a.yaml:5:25: /components/messages/M/headers/type: headers are an object, and never \"string\""],
    );
}

#[test]
fn parameters_and_addresses_are_held_against_each_other() {
    check(
        "channels:\n  a:\n    address: x/{b}\n    parameters: {c: {}}\n",
        &[
            "a.yaml:5:14: /channels/a/address: the parameter `b` of the address is not declared; it is taken for any text",
            "a.yaml:6:21: /channels/a/parameters/c: the address has no such parameter; it is shown, and nothing else",
        ],
    );
}

#[test]
fn what_is_no_runtime_expression_is_told() {
    let found = remarks("components:\n  messages:\n    M: {correlationId: {location: header.id}}\n");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("`header.id` is no runtime expression"),
        "{found:?}"
    );
}

/// Ports and the like are often written without quotation marks.
#[test]
fn numbers_are_taken_for_texts_where_only_texts_make_sense() {
    const SERVERS: &str = "servers:
  s: {host: 'h:{port}', protocol: p, variables: {port: {default: 1883, enum: [1883, '8883', true]}}}
channels:
  a: {address: 'a.{id}', parameters: {id: {enum: [1, '1'], default: 1}}}
";
    check(
        SERVERS,
        &[
            "a.yaml:4:66: /servers/s/variables/port/default: is no text; it is taken for the text `1883`",
            "a.yaml:4:79: /servers/s/variables/port/enum/0: is no text; it is taken for the text `1883`",
            "a.yaml:4:93: /servers/s/variables/port/enum/2: is no text; it is taken for the text `true`",
            "a.yaml:6:51: /channels/a/parameters/id/enum/0: is no text; it is taken for the text `1`",
            "a.yaml:6:69: /channels/a/parameters/id/default: is no text; it is taken for the text `1`",
        ],
    );
    let text = format!("asyncapi: 3.0.0\ninfo: {{title: T, version: '1'}}\n{SERVERS}");
    let source = Source::parse("a.yaml", &text).unwrap();
    let contract = EventContract::read(&source).unwrap().contract;
    let port = &contract.servers[0].variables[0];
    assert_eq!(port.default.as_deref(), Some("1883"));
    assert_eq!(port.values, ["1883", "8883", "true"]);
    let contracts = Contracts::read(None, source, Language::Plain).unwrap();
    let events = generate(&contracts, &[]).unwrap();
    let events = events.iter().find(|file| file.name == "events.rs").unwrap();
    assert!(events.text.contains("AId { Value1 = \"1\" }"), "{}", events.text);
    check(
        "servers: {s: {host: h, protocol: p, variables: {port: {default: [1]}}}}\n",
        &["a.yaml:3:65: /servers/s/variables/port/default: must be a text"],
    );
}
