//! Outbox publishing.

use serde_json::Value;

use super::faults;
use crate::gates::facts::Facts;
use crate::gates::gate::{Cause, Check};

pub(in crate::gates) fn cause(facts: &Facts) -> Cause {
    let (writes, messages) = (facts.writes().count(), facts.asyncapi.messages.len());
    if writes == 0 && messages == 0 {
        return Cause::NotYet("no operation writes, and there is no message".to_owned());
    }
    Cause::Given(format!(
        "{writes} operations write, and there are {messages} messages"
    ))
}

pub(in crate::gates) fn check(facts: &Facts) -> Vec<Check> {
    let silent = faults(facts.writes(), |operation| {
        operation.emits.is_empty().then(|| "lacks x-emits".to_owned())
    });
    let unread = |section: &str| -> Vec<String> {
        let keys = facts.asyncapi.messages.keys();
        keys.filter(|key| !is_listed(&facts.asyncapi_text, section, key))
            .map(|key| format!("no entry of /{section} carries {key}"))
            .collect()
    };
    vec![
        Check::rule("every write tells an event (x-emits)", &silent),
        Check::rule("every message is one of a channel", &unread("channels")),
        Check::rule(
            "every message is sent by an operation of the relay",
            &unread("operations"),
        ),
    ]
}

/// Whether one of `/channels` or of the sending `/operations` lists a message. Channels list them by key, operations by a
/// reference to a channel's.
fn is_listed(asyncapi: &Value, section: &str, key: &str) -> bool {
    let entries = asyncapi.get(section).and_then(Value::as_object);
    entries.into_iter().flatten().any(|(_, entry)| {
        let sends = entry.get("action").is_none_or(|action| action == "send");
        let lists = match entry.get("messages") {
            Some(Value::Object(messages)) => messages.contains_key(key),
            Some(Value::Array(messages)) => messages.iter().any(|message| {
                let reference = message.get("$ref").and_then(Value::as_str);
                reference.is_some_and(|reference| reference.ends_with(&format!("/messages/{key}")))
            }),
            _ => false,
        };
        sends && lists
    })
}
