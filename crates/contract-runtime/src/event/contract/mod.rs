//! An event contract as constants: what its channels, operations and messages are.

use serde_json::Value;

use super::MessageError;
use crate::{Literal, Schema};

/// An AsyncAPI contract.
#[derive(Debug)]
pub struct EventApi {
    /// `info.title`
    pub title: &'static str,
    /// `info.version`
    pub version: &'static str,
    /// `defaultContentType`
    pub default_content_type: Option<&'static str>,
    /// Its servers.
    pub servers: &'static [&'static EventServer],
    /// Its channels.
    pub channels: &'static [&'static EventChannel],
    /// Its operations.
    pub operations: &'static [&'static EventOperation],
    /// Its messages.
    pub messages: &'static [&'static EventMessage],
    /// The whole contract as JSON, with references to other files brought into it.
    pub document: &'static str,
}

impl EventApi {
    /// The schemas that schemars derives of the types of the messages, by key: `payload`, and `headers` where the contract says what
    /// they are. The contract has the same ones.
    #[must_use]
    pub fn derived_schemas(&self) -> Value {
        let schemas = self.messages.iter().map(|message| {
            let mut parts = serde_json::Map::new();
            let derived = [
                ("headers", message.headers_schema),
                ("payload", message.payload_schema),
            ];
            for (part, derive) in derived {
                if let Some(derive) = derive {
                    parts.insert(part.to_owned(), derive());
                }
            }
            (message.pointer.to_owned(), Value::Object(parts))
        });
        Value::Object(schemas.collect())
    }
}

/// A server.
#[derive(Debug)]
pub struct EventServer {
    /// Its name.
    pub key: &'static str,
    /// Its host, with variables in braces.
    pub host: &'static str,
    /// The protocol that it speaks.
    pub protocol: &'static str,
    /// The protocol's version.
    pub protocol_version: Option<&'static str>,
    /// The path on the host.
    pub pathname: Option<&'static str>,
    /// `title`
    pub title: Option<&'static str>,
    /// `summary`
    pub summary: Option<&'static str>,
    /// `description`
    pub description: Option<&'static str>,
    /// The names of its tags.
    pub tags: &'static [&'static str],
    /// The ways to authenticate, any of which does.
    pub security: Option<Literal>,
    /// What the contract says for the protocol.
    pub bindings: Option<Literal>,
}

impl EventServer {
    /// A server of which the contract says no more.
    #[must_use]
    pub const fn new(key: &'static str, host: &'static str, protocol: &'static str) -> Self {
        Self {
            key,
            host,
            protocol,
            protocol_version: None,
            pathname: None,
            title: None,
            summary: None,
            description: None,
            tags: &[],
            security: None,
            bindings: None,
        }
    }
}

/// A channel.
#[derive(Debug)]
pub struct EventChannel {
    /// Its key.
    pub key: &'static str,
    /// Its address, with parameters in braces; none where it is not known before run time.
    pub address: Option<&'static str>,
    /// `title`
    pub title: Option<&'static str>,
    /// `summary`
    pub summary: Option<&'static str>,
    /// `description`
    pub description: Option<&'static str>,
    /// The names of its tags.
    pub tags: &'static [&'static str],
    /// The servers on which it is.
    pub servers: &'static [&'static EventServer],
    /// The parameters of its address.
    pub parameters: &'static [EventParameter],
    /// Its messages, each with its key in this channel.
    pub messages: &'static [(&'static str, &'static EventMessage)],
    /// What the contract says for the protocol.
    pub bindings: Option<Literal>,
}

impl EventChannel {
    /// A channel of which the contract says no more.
    #[must_use]
    pub const fn new(key: &'static str) -> Self {
        Self {
            key,
            address: None,
            title: None,
            summary: None,
            description: None,
            tags: &[],
            servers: &[],
            parameters: &[],
            messages: &[],
            bindings: None,
        }
    }

    /// The address with these values in the place of its parameters. Text in braces that is no parameter stays as it is.
    #[must_use]
    pub fn address_with(&self, values: &[(&str, &str)]) -> String {
        let mut rest = self.address.unwrap_or_default();
        let mut address = String::with_capacity(rest.len());
        while let Some((before, after)) = rest.split_once('{') {
            address.push_str(before);
            let named = after.split_once('}').and_then(|(name, after)| {
                let (_, value) = values.iter().find(|(known, _)| *known == name)?;
                Some((value, after))
            });
            rest = if let Some((value, after)) = named {
                address.push_str(value);
                after
            } else {
                address.push('{');
                after
            };
        }
        address.push_str(rest);
        address
    }
}

/// A parameter of a channel's address.
#[derive(Debug)]
pub struct EventParameter {
    /// Its name.
    pub name: &'static str,
    /// `description`
    pub description: Option<&'static str>,
    /// Its values, where not every text is one.
    pub values: &'static [&'static str],
    /// `default`
    pub default: Option<&'static str>,
    /// Where in a message its value is.
    pub location: Option<Expression>,
}

impl EventParameter {
    /// A parameter of which the contract says no more.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            description: None,
            values: &[],
            default: None,
            location: None,
        }
    }
}

/// Headers and a payload, read into types and written again.
pub type RoundTrip = fn(Value, Value) -> Result<(Value, Value), MessageError>;

/// A message.
#[derive(Debug)]
pub struct EventMessage {
    /// Its key.
    pub key: &'static str,
    /// Where it stands in the contract, as a JSON pointer.
    pub pointer: &'static str,
    /// `name`
    pub name: Option<&'static str>,
    /// `title`
    pub title: Option<&'static str>,
    /// `summary`
    pub summary: Option<&'static str>,
    /// `description`
    pub description: Option<&'static str>,
    /// The media type of its payload.
    pub content_type: Option<&'static str>,
    /// The names of its tags.
    pub tags: &'static [&'static str],
    /// What its headers must be, where the contract says it.
    pub headers: Option<Schema>,
    /// What its payload must be, where the contract says it.
    pub payload: Option<Schema>,
    /// The JSON Schema of its headers, derived from their type.
    pub headers_schema: Option<fn() -> Value>,
    /// The JSON Schema of its payload, derived from its type.
    pub payload_schema: Option<fn() -> Value>,
    /// Reads headers and a payload into the types of the message, and writes them again.
    pub round_trip: RoundTrip,
    /// Where what ties it to other messages is.
    pub correlation_id: Option<Expression>,
    /// `examples`
    pub examples: &'static [EventExample],
    /// What the contract says for the protocol.
    pub bindings: Option<Literal>,
}

impl EventMessage {
    /// A message of which the contract says no more.
    #[must_use]
    pub const fn new(key: &'static str, pointer: &'static str, round_trip: RoundTrip) -> Self {
        Self {
            key,
            pointer,
            round_trip,
            name: None,
            title: None,
            summary: None,
            description: None,
            content_type: None,
            tags: &[],
            headers: None,
            payload: None,
            headers_schema: None,
            payload_schema: None,
            correlation_id: None,
            examples: &[],
            bindings: None,
        }
    }

    /// Whether headers and a payload are what the contract says of this message.
    #[must_use]
    pub fn accepts(&self, headers: &Value, payload: &Value) -> bool {
        let fits = |schema: Option<Schema>, value: &Value| {
            schema.is_none_or(|schema| schema.check(&mut value.clone()).is_empty())
        };
        fits(self.headers, headers) && fits(self.payload, payload)
    }

    /// The value that ties a message to others.
    #[must_use]
    pub fn correlation_id_of<'a>(&self, headers: &'a Value, payload: &'a Value) -> Option<&'a Value> {
        self.correlation_id.as_ref()?.evaluate(headers, payload)
    }
}

/// An example of a message.
#[derive(Debug)]
pub struct EventExample {
    /// `name`
    pub name: Option<&'static str>,
    /// `summary`
    pub summary: Option<&'static str>,
    /// Its headers.
    pub headers: Option<Literal>,
    /// Its payload.
    pub payload: Option<Literal>,
}

/// What the application does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It sends messages.
    Send,
    /// It receives messages.
    Receive,
}

/// An operation.
#[derive(Debug)]
pub struct EventOperation {
    /// Its key.
    pub key: &'static str,
    /// What the application does.
    pub action: Action,
    /// On which channel.
    pub channel: &'static EventChannel,
    /// Which messages.
    pub messages: &'static [&'static EventMessage],
    /// `title`
    pub title: Option<&'static str>,
    /// `summary`
    pub summary: Option<&'static str>,
    /// `description`
    pub description: Option<&'static str>,
    /// The names of its tags.
    pub tags: &'static [&'static str],
    /// The ways to authenticate, any of which does.
    pub security: Option<Literal>,
    /// What the contract says for the protocol.
    pub bindings: Option<Literal>,
    /// What answers.
    pub reply: Option<EventReply>,
}

impl EventOperation {
    /// An operation of which the contract says no more.
    #[must_use]
    pub const fn new(key: &'static str, action: Action, channel: &'static EventChannel) -> Self {
        Self {
            key,
            action,
            channel,
            messages: &[],
            title: None,
            summary: None,
            description: None,
            tags: &[],
            security: None,
            bindings: None,
            reply: None,
        }
    }

    /// Which of its messages headers and a payload may be.
    pub fn messages_of<'a>(
        &self,
        headers: &'a Value,
        payload: &'a Value,
    ) -> impl Iterator<Item = &'static EventMessage> + 'a {
        let messages = self.messages.iter().copied();
        messages.filter(move |message| message.accepts(headers, payload))
    }
}

/// What answers a message.
#[derive(Debug)]
pub struct EventReply {
    /// Where in the message the address is to which the reply goes.
    pub address: Option<Expression>,
    /// The channel of the reply, where it is known.
    pub channel: Option<&'static EventChannel>,
    /// The messages that may be the reply.
    pub messages: &'static [&'static EventMessage],
}

impl EventReply {
    /// A reply of which the contract says no more.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            address: None,
            channel: None,
            messages: &[],
        }
    }
}

impl Default for EventReply {
    fn default() -> Self {
        Self::new()
    }
}

/// The part of a message that an expression looks into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessagePart {
    /// Its headers.
    Headers,
    /// Its payload.
    Payload,
}

/// Where in a message a value is: a runtime expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expression {
    /// The part of the message.
    pub part: MessagePart,
    /// The JSON pointer into it.
    pub pointer: &'static str,
    /// What the contract says of the value.
    pub description: Option<&'static str>,
}

impl Expression {
    /// The value in a message.
    #[must_use]
    pub fn evaluate<'a>(&self, headers: &'a Value, payload: &'a Value) -> Option<&'a Value> {
        let part = match self.part {
            MessagePart::Headers => headers,
            MessagePart::Payload => payload,
        };
        part.pointer(self.pointer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn channel(address: &'static str) -> EventChannel {
        EventChannel {
            address: Some(address),
            ..EventChannel::new("c")
        }
    }

    #[test]
    fn values_stand_in_the_place_of_parameters() {
        let address = |text, values: &[(&str, &str)]| channel(text).address_with(values);
        assert_eq!(address("a/{b}/{c}/{b}", &[("b", "1"), ("c", "{b}")]), "a/1/{b}/1");
        assert_eq!(address("a/{other}/{b", &[("b", "1")]), "a/{other}/{b");
        assert_eq!(address("{b}", &[("b", "")]), "");
    }

    #[test]
    fn an_expression_leads_into_its_part() {
        let expression = Expression {
            part: MessagePart::Headers,
            pointer: "/a/b",
            description: None,
        };
        let (headers, payload) = (json!({"a": {"b": 1}}), json!({"a": {"b": 2}}));
        assert_eq!(expression.evaluate(&headers, &payload), Some(&json!(1)));
        let other = Expression {
            part: MessagePart::Payload,
            ..expression
        };
        assert_eq!(other.evaluate(&headers, &payload), Some(&json!(2)));
        assert_eq!(expression.evaluate(&json!({}), &payload), None);
    }
}
