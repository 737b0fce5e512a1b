//! What a message accepts is what an independent validator accepts, and it comes back as it was.

use contract_oracle::{Dialect, Direction, Judges, instances, translated};
use contract_runtime::{EventMessage, MessageError};
use serde_json::{Value, json};

use crate::features::{FEATURES, read};

const COUNT: usize = 200;

/// Equal as JSON: numbers by value.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(ours), Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours
                    .iter()
                    .all(|(name, one)| theirs.get(name).is_some_and(|other| is_same(one, other)))
        }
        (Value::String(one), Value::String(other)) => one.eq_ignore_ascii_case(other),
        _ => one == other,
    }
}

#[test]
fn messages_accept_what_the_oracle_accepts() {
    let (mut accepted, mut refused) = (0, 0);
    // A schema of another format is translated by other rules, which the oracle does not know apart.
    for (feature, api) in FEATURES.iter().filter(|(feature, _)| *feature != "formats") {
        let events = read(feature);
        let document = translated(events.source.root(), Dialect::AsyncApi, Direction::Either);
        let judges = Judges::new(&document, Dialect::AsyncApi).unwrap();
        for (message, made) in events.contract.messages.iter().zip(api.messages) {
            assert_eq!(message.pointer, made.pointer);
            // The oracle takes `contentEncoding` for an assertion, as draft-07 allows; here it is shown. `shop` is of another format, and
            // `odd` no schema to it.
            let is_asked = !["media", "shop", "odd"].contains(&message.key.as_str());
            let Some(pointer) = message.payload.as_deref().filter(|_| is_asked) else {
                continue;
            };
            let judge = judges.of(pointer).unwrap();
            for instance in instances(&document, pointer, 7, COUNT) {
                let expected = judge.accepts(&instance.value);
                let found = check(made, &instance.value);
                assert_eq!(
                    found,
                    expected,
                    "{feature} {pointer}: {} ({:?})",
                    instance.value,
                    judge.reason(&instance.value)
                );
                *(if expected { &mut accepted } else { &mut refused }) += 1;
            }
        }
    }
    assert!(
        accepted > 500 && refused > 500,
        "{accepted} accepted, {refused} refused"
    );
}

/// Whether a payload is taken; one that is must come back as it was, with defaults for what was absent.
fn check(message: &EventMessage, payload: &Value) -> bool {
    let headers = message.headers.map_or_else(|| json!({}), |_| headers(message));
    match (message.round_trip)(headers, payload.clone()) {
        Ok((_, written)) => {
            let kept = without_defaults(payload, &written);
            assert!(
                is_same(payload, &kept),
                "{}: {payload} became {written}",
                message.key
            );
            true
        }
        Err(MessageError::Payload(_)) => false,
        Err(error) => panic!("{}: {payload}: {error}", message.key),
    }
}

/// Headers that are accepted.
fn headers(message: &EventMessage) -> Value {
    let candidates = [
        json!({"trace": "6ad9cc45-1f41-4ff3-8a1a-3f5a4d2a4b5e", "replyTo": "q"}),
        json!({"trace": "6ad9cc45-1f41-4ff3-8a1a-3f5a4d2a4b5e", "amount": 1}),
    ];
    let fits = |headers: &Value| message.headers.unwrap().check(&mut headers.clone()).is_empty();
    candidates.into_iter().find(fits).unwrap()
}

/// What was written, without members that the sent value lacks: an absent member with a default is written with it.
fn without_defaults(sent: &Value, written: &Value) -> Value {
    match (sent, written) {
        (Value::Object(sent), Value::Object(written)) => {
            let kept = written.iter();
            let kept = kept
                .filter_map(|(name, value)| Some((name.clone(), without_defaults(sent.get(name)?, value))));
            Value::Object(kept.collect())
        }
        (Value::Array(sent), Value::Array(written)) if sent.len() == written.len() => sent
            .iter()
            .zip(written)
            .map(|(sent, written)| without_defaults(sent, written))
            .collect(),
        _ => written.clone(),
    }
}

#[test]
fn the_examples_of_the_contract_are_accepted() {
    let mut count = 0;
    for (_, api) in FEATURES {
        for message in api.messages {
            for example in message.examples {
                let value = |literal: Option<contract_runtime::Literal>| literal.unwrap().to_value();
                let (headers, payload) = (value(example.headers), value(example.payload));
                let (read, written) = (message.round_trip)(headers.clone(), payload.clone()).unwrap();
                assert_eq!((read, written), (headers, payload));
                count += 1;
            }
        }
    }
    assert_eq!(count, 2);
}
