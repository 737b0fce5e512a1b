//! Nothing that a document says is lost: it is in the document that the code has, and what code may want to ask for is in a constant.

use contract_codegen::{EventContract, ReadEvents, Source};
use serde_json::{Value, json};

use crate::features::bindings::channels::{ANSWERS, ASKED, AskedKind};
use crate::features::bindings::messages::{FAILED, QUESTION};
use crate::features::bindings::operations::{ANSWER, ASK};
use crate::features::bindings::servers::PRODUCTION;
use crate::features::{FEATURES, source};

#[test]
fn the_document_is_the_contract() {
    for (feature, api) in FEATURES {
        let document: Value = serde_json::from_str(api.document).unwrap();
        let contract = source(feature);
        let found = ReadEvents::document_differences(&contract, &document);
        assert!(found.is_empty(), "{feature}: {found:#?}");
        let mut changed = document;
        changed["info"]["version"] = json!("another");
        assert_eq!(ReadEvents::document_differences(&contract, &changed).len(), 1);
    }
}

/// All references lead to something in the document itself, those in bindings too.
#[test]
fn the_document_refers_to_nothing_else() {
    fn check(document: &Value, value: &Value, count: &mut usize) {
        match value {
            Value::Object(members) => {
                if let Some(reference) = members.get("$ref") {
                    let pointer = reference.as_str().unwrap().strip_prefix('#');
                    assert!(document.pointer(pointer.unwrap()).is_some(), "{reference}");
                    *count += 1;
                }
                members.values().for_each(|member| check(document, member, count));
            }
            Value::Array(items) => items.iter().for_each(|item| check(document, item, count)),
            _ => {}
        }
    }
    let mut count = 0;
    for (_, api) in FEATURES {
        let document: Value = serde_json::from_str(api.document).unwrap();
        check(&document, &document, &mut count);
    }
    assert!(count > 60, "{count}");
}

#[test]
fn what_stands_in_other_files_is_brought_into_bindings() {
    let bindings = QUESTION.bindings.unwrap().to_value();
    assert_eq!(
        bindings["kafka"],
        json!({"key": {"$ref": "#/components/schemas/Query"}, "schemaIdLocation": "payload"})
    );
    let bindings = ASKED.bindings.unwrap().to_value();
    assert_eq!(
        bindings["ws"]["query"],
        json!({"$ref": "#/components/schemas/Query"})
    );
    assert_eq!(bindings["x-own"], json!(1));
}

#[test]
fn a_server_has_its_variables() {
    let variables: Vec<_> = PRODUCTION
        .variables
        .iter()
        .map(|one| (one.name, one.default, one.values.len()))
        .collect();
    assert_eq!(
        variables,
        [
            ("region", Some("eu"), 2),
            ("port", Some("5672"), 2),
            ("vhost", Some("orders"), 0)
        ]
    );
    assert_eq!(PRODUCTION.variables[0].examples, ["us"]);
    assert_eq!(PRODUCTION.tags, ["shop", "amqp"]);
    let security = PRODUCTION.security.unwrap().to_value();
    assert_eq!(security[1]["scopes"], json!(["read"]));
}

#[test]
fn a_channel_that_is_a_reference_is_the_one_that_it_leads_to() {
    assert_eq!(ANSWERS.messages.len(), 2);
    let reply = ASK.reply.as_ref().unwrap();
    assert!(std::ptr::eq(reply.channel.unwrap(), &raw const ANSWERS));
    assert!(std::ptr::eq(reply.messages[0], ANSWERS.messages[0].1));
    assert!(std::ptr::eq(
        ANSWER.reply.as_ref().unwrap().messages[1],
        &raw const FAILED
    ));
}

#[test]
fn parameters_and_messages_say_all_of_themselves() {
    assert_eq!(ASKED.parameters[0].examples, ["acme"]);
    assert_eq!(ASKED.parameters[1].values, ["new", "changed-again", "4"]);
    assert_eq!(AskedKind::ALL.len(), 3);
    assert!(QUESTION.deprecated && !FAILED.deprecated);
    assert_eq!(QUESTION.examples[0].name, Some("short"));
}

/// `null` takes away what was said before, and is a value where nothing was.
#[test]
fn null_takes_away_what_a_trait_said() {
    const CONTRACT: &str = "asyncapi: 3.0.0
info: {title: T, version: '1'}
channels: {c: {}}
operations:
  o:
    action: send
    channel: {$ref: '#/channels/c'}
    traits:
      - bindings: {kafka: {a: 1, b: 2, list: [1]}}
      - bindings: {kafka: {b: null, c: null, list: [2, 3]}}
    bindings: {kafka: {a: null, d: {e: null}}}
";
    let source = Source::parse("a.yaml", CONTRACT).unwrap();
    let events = EventContract::read(&source).unwrap();
    let bindings = events.contract.operations[0].described.bindings.as_ref();
    assert_eq!(
        bindings,
        Some(&json!({"kafka": {"list": [2, 3], "c": null, "d": {"e": null}}}))
    );
}
