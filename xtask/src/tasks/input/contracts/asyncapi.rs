//! AsyncAPI 2 and 3.

use contract_codegen::{Source, child};
use serde_json::Value;

use super::{at, tenant_member};
use crate::tasks::model::{Contract, Event};

/// Reads each message of each channel as an event, once.
pub(super) fn read(contract: &mut Contract, source: &Source) {
    let channels = source.at("/channels").and_then(Value::as_object);
    for (name, channel) in channels.into_iter().flatten() {
        let pointer = child("/channels", name);
        let before = contract.events.len();
        // AsyncAPI 3: a map of messages.
        for (key, message) in channel
            .get("messages")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            message_event(
                contract,
                source,
                &child(&child(&pointer, "messages"), key),
                message,
                key,
            );
        }
        // AsyncAPI 2: one message, or one of several, below an operation.
        for operation in ["publish", "subscribe"] {
            let pointer = child(&child(&pointer, operation), "message");
            let Some(message) = source.at(&pointer) else {
                continue;
            };
            match message.get("oneOf").and_then(Value::as_array) {
                Some(several) => {
                    for (index, message) in several.iter().enumerate() {
                        message_event(
                            contract,
                            source,
                            &child(&child(&pointer, "oneOf"), index),
                            message,
                            name,
                        );
                    }
                }
                None => message_event(contract, source, &pointer, message, name),
            }
        }
        if contract.events.len() == before && channel.get("messages").is_none() {
            push(contract, source, &pointer, name.clone(), None);
        }
    }
    if contract.events.is_empty() {
        for (key, message) in source
            .at("/components/messages")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            message_event(
                contract,
                source,
                &child("/components/messages", key),
                message,
                key,
            );
        }
    }
}

fn message_event(contract: &mut Contract, source: &Source, pointer: &str, message: &Value, key: &str) {
    let mut place = pointer.to_owned();
    let mut message = message;
    let mut key = key.to_owned();
    // A message of an operation refers to one of a channel, and that to a component: a few steps, and no circle.
    for _ in 0..4 {
        let Some((target, value)) = message
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|reference| source.follow(reference))
        else {
            break;
        };
        key = target.rsplit('/').next().unwrap_or(target).replace("~1", "/");
        target.clone_into(&mut place);
        message = value;
    }
    let payload = message.get("payload").unwrap_or(&Value::Null);
    let payload = payload
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| source.follow(reference))
        .map_or(payload, |(_, value)| value);
    let text = |pointer: &str| {
        payload
            .pointer(pointer)
            .and_then(Value::as_str)
            .filter(|text| text.contains('.'))
    };
    let constant = text("/properties/type/const").or_else(|| text("/properties/type/enum/0"));
    let named = message
        .get("name")
        .and_then(Value::as_str)
        .filter(|name| !name.contains(' '));
    let name = constant.or(named).map_or(key, str::to_owned);
    let tenant = tenant_member(payload).or_else(|| message.pointer("/headers").and_then(tenant_member));
    push(contract, source, &place, name, tenant);
}

fn push(contract: &mut Contract, source: &Source, pointer: &str, name: String, tenant: Option<String>) {
    if !contract.events.iter().any(|event| event.name == name) {
        let origin = at(&contract.path, source, pointer);
        contract.events.push(Event { name, origin, tenant });
    }
}
