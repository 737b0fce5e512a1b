//! What cannot be taken over is refused where it stands; what is only shown is told.

use contract_codegen::{EventContract, Source};

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
