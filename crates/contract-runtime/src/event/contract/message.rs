//! Messages.

use serde_json::Value;

use super::Expression;
use crate::event::MessageError;
use crate::{Literal, Schema};

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
    /// Whether it is not to be used any more.
    pub deprecated: bool,
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
            deprecated: false,
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
