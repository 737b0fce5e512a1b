//! What a message must be, so that the runtime can seal it as a CloudEvent and the generated code compiles.

use serde_json::Value;

use super::{AsyncApi, Message};
use crate::claims::{Claims, Scope};
use crate::emit::events as emitted;
use crate::schema::Additional;
use crate::source::child;
use crate::{Kind, Refusal, Schema, Source, names};

/// Who gives an attribute of a CloudEvent its value.
#[derive(PartialEq)]
enum Giver {
    /// The contract: it is a constant.
    Contract,
    /// The runtime, always.
    Runtime,
    /// The runtime, where the request had one.
    RuntimeIfAny,
    /// The handler.
    Handler,
}

/// The attributes that a message may have, and the format of those that are no plain text.
const ATTRIBUTES: &[(&str, Giver, Option<&str>)] = &[
    ("specversion", Giver::Contract, None),
    ("id", Giver::Runtime, Some("uuid")),
    ("source", Giver::Runtime, None),
    ("type", Giver::Contract, None),
    ("subject", Giver::Handler, None),
    ("time", Giver::Runtime, Some("date-time")),
    ("dataschema", Giver::Runtime, None),
    ("datacontenttype", Giver::Contract, None),
    ("tenantid", Giver::Runtime, Some("uuid")),
    ("correlationid", Giver::Runtime, Some("uuid")),
    ("causationid", Giver::RuntimeIfAny, Some("uuid")),
    ("partitionkey", Giver::Runtime, None),
    ("sequence", Giver::Runtime, None),
    ("traceparent", Giver::RuntimeIfAny, None),
    ("data", Giver::Handler, None),
];

/// The attributes without which a message is no CloudEvent that the service can tell (CloudEvents 1.0.2 §3.1, and what
/// the handler gives).
const NEEDED: &[&str] = &["specversion", "id", "source", "type", "subject", "data"];

pub(super) fn check(source: &Source, api: &AsyncApi) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for message in api.messages.values() {
        check_message(source, message, &mut refusals);
    }
    for schema in api.schemas.values() {
        check_schema(source, schema, &mut refusals);
    }
    refusals.extend(check_names(source, api));
    refusals
}

fn check_message(source: &Source, message: &Message, refusals: &mut Vec<Refusal>) {
    let pointer = child("/components/messages", &message.key);
    let payload = &message.payload;
    let mut refuse = |pointer: &str, reason: String| refusals.push(source.refuse(pointer, reason));
    if payload.component.as_ref() != Some(&message.key) {
        let reason = format!(
            "must be a reference to the schema `{}`, whose type carries the event",
            message.key
        );
        refuse(&child(&pointer, "payload"), reason);
    }
    for attribute in NEEDED
        .iter()
        .filter(|name| !payload.properties.contains_key(**name))
    {
        refuse(
            &pointer,
            format!("the payload is no CloudEvent: it has no `{attribute}`"),
        );
    }
    if payload.kind == Kind::Object && !matches!(payload.additional, Additional::Unsaid) {
        let reason = "an event's schema is open, so that members can be added within its version".to_owned();
        refuse(&child(&payload.pointer, "additionalProperties"), reason);
    }
    for (name, attribute) in &payload.properties {
        if let Err(reason) = check_attribute(payload, name, attribute) {
            refuse(&child(&child(&payload.pointer, "properties"), name), reason);
        }
    }
    let constant = payload
        .properties
        .get("type")
        .and_then(|schema| schema.constant.as_ref());
    if constant.is_some_and(|constant| constant.as_str() != Some(message.name.as_str())) {
        let reason = "the constant `type` of the payload must be the message's `name`".to_owned();
        refuse(&child(&pointer, "name"), reason);
    }
}

fn check_attribute(payload: &Schema, name: &str, attribute: &Schema) -> Result<(), String> {
    let Some((_, giver, format)) = ATTRIBUTES.iter().find(|(known, _, _)| *known == name) else {
        return Err(format!("nobody gives a value to the attribute `{name}`"));
    };
    let required = payload.required.iter().any(|required| required == name);
    if required != (*giver != Giver::RuntimeIfAny) {
        let modal = if required { "cannot be" } else { "must be" };
        return Err(format!("the attribute `{name}` {modal} required"));
    }
    if attribute.constant.is_some() != (*giver == Giver::Contract) {
        let modal = if attribute.constant.is_some() {
            "cannot be"
        } else {
            "must be"
        };
        return Err(format!("the attribute `{name}` {modal} a `const`"));
    }
    if name == "data" {
        return match attribute.component {
            Some(_) => Ok(()),
            None => Err("`data` must be a reference to a schema, whose type carries it".to_owned()),
        };
    }
    let carries_type = matches!(attribute.format.as_deref(), Some("uuid" | "date-time"));
    let found = attribute.format.as_deref().filter(|_| carries_type);
    if attribute.kind != Kind::String || attribute.component.is_some() || found != *format {
        let format = format.map_or(String::new(), |format| format!(" with `format: {format}`"));
        return Err(format!(
            "the attribute `{name}` must be a string{format}, written in place"
        ));
    }
    Ok(())
}

/// What schemars derives nothing of.
fn check_schema(source: &Source, schema: &Schema, refusals: &mut Vec<Refusal>) {
    let mut refuse = |pointer: String, reason: &str| refusals.push(source.refuse(&pointer, reason));
    if schema.constant.is_some() {
        refuse(
            child(&schema.pointer, "const"),
            "a `const` is taken over for properties only",
        );
    }
    if schema.kind == Kind::String {
        for (index, _) in schema
            .enumeration
            .iter()
            .enumerate()
            .filter(|(_, value)| !value.is_string())
        {
            refuse(
                child(&child(&schema.pointer, "enum"), index),
                "must be a text, as the `type` says",
            );
        }
    }
    for property in schema.properties.values() {
        if property.component.is_none() && property.kind == Kind::Object {
            refuse(
                property.pointer.clone(),
                "an object needs a name: move it to /components/schemas",
            );
        }
        if property.component.is_none() && !property.enumeration.is_empty() {
            refuse(
                property.pointer.clone(),
                "an enumeration needs a name: move it to /components/schemas",
            );
        }
    }
}

fn check_names(source: &Source, api: &AsyncApi) -> Vec<Refusal> {
    let mut claims = Claims::new(source);
    let mut types = Scope::of_types();
    for (name, schema) in &api.schemas {
        claims.claim(&mut types, &schema.pointer, name, names::camel);
        claims.claim_members(schema);
        if let Additional::Of(value) = &schema.additional {
            claims.claim(&mut types, &value.pointer, name, |_| emitted::value_type(schema));
        }
    }
    let mut texts: Vec<&str> = Vec::new();
    for schema in api.schemas.values() {
        for property in schema.properties.values() {
            let Some(text) = property.constant.as_ref().and_then(Value::as_str) else {
                continue;
            };
            if !texts.contains(&text) {
                texts.push(text);
                let pointer = child(&property.pointer, "const");
                claims.claim(&mut types, &pointer, text, emitted::constant_type);
            }
        }
    }
    let mut constants = Scope::new(&["ALL"]);
    for key in api.messages.keys() {
        let pointer = child("/components/messages", key);
        claims.claim(&mut constants, &pointer, key, names::constant);
    }
    claims.refusals
}
