//! The event contract: an event that breaks its schema is refused before it is committed.

use std::collections::BTreeSet;

use rollcall::app::check_event;
use rollcall::contract::events;
use serde_json::Value;

use super::breaks::{KeyPattern, breaks_of};

#[test]
fn what_the_event_ledger_calls_enforced_is_refused_before_a_commit() {
    let (source, contract) = super::asyncapi();
    let mut tried = BTreeSet::new();
    for descriptor in events::ALL {
        let message = &contract.messages[descriptor.key];
        let pointer = format!("/components/messages/{}/examples/0/payload", descriptor.key);
        let mut example = source.at(&pointer).unwrap().clone();
        for (name, property) in &message.payload.properties {
            // What the example leaves out has an example of its own.
            if let (None, Some(value)) = (example.get(name), property.examples.iter().flatten().next()) {
                example[name] = value.clone();
            }
        }
        check_event(descriptor, &example).unwrap();
        for case in breaks_of(&message.payload, &example, KeyPattern::PropertyNames) {
            assert!(
                check_event(descriptor, &case.broken).is_err(),
                "{} is not enforced: {}",
                case.pointer,
                case.broken
            );
            check_event(descriptor, &case.twin)
                .unwrap_or_else(|error| panic!("the twin of {} is refused: {error}", case.pointer));
            tried.insert(case.pointer);
        }
    }
    let enforced = super::enforced(&source);
    let untried: Vec<&String> = enforced.difference(&tried).collect();
    assert!(
        untried.is_empty(),
        "enforced, but nothing breaks them: {untried:#?}"
    );
    let unclaimed: Vec<&String> = tried.difference(&enforced).collect();
    assert!(
        unclaimed.is_empty(),
        "refused, but the ledger does not say so: {unclaimed:#?}"
    );
}

#[test]
fn the_error_of_a_refused_event_does_not_repeat_it() {
    let (source, _) = super::asyncapi();
    let mut example = source
        .at("/components/messages/SchoolCreated/examples/0/payload")
        .unwrap()
        .clone();
    example["data"]["name"] = Value::from("secret\u{7}name");
    let error = check_event(&events::SCHOOL_CREATED, &example).unwrap_err();
    assert!(
        error.starts_with("/data/name: ") && !error.contains("secret"),
        "{error}"
    );
}
