//! Messages whose payload is a CloudEvent, as the service of this workspace tells them.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::UtcDateTime;

/// A message of the contract.
#[derive(Debug)]
pub struct MessageDescriptor {
    /// Its key in the contract.
    pub key: &'static str,
    /// The event type.
    pub event_type: &'static str,
    /// `x-schema-version`: the version of its data's schema.
    pub schema_version: &'static str,
    /// The path under which the schema of its data is published.
    pub data_schema_path: &'static str,
    /// The JSON Schema of the whole message, derived from its type.
    pub payload_schema: fn() -> Value,
    /// The JSON Schema of its data, derived from its type.
    pub data_schema: fn() -> Value,
    #[doc(hidden)]
    pub compiled: OnceLock<Box<dyn std::any::Any + Send + Sync>>,
}

/// The attributes of a CloudEvent that the service knows and the handler does not.
#[derive(Debug, Clone)]
pub struct EventAttributes {
    /// The event's id.
    pub id: Uuid,
    /// Which context it happened in.
    pub source: String,
    /// When it happened.
    pub time: UtcDateTime,
    /// The URL of the data's schema.
    pub dataschema: String,
    /// The tenant.
    pub tenantid: Uuid,
    /// What ties it to the undertaking.
    pub correlationid: Uuid,
    /// What caused it.
    pub causationid: Option<Uuid>,
    /// Events with the same key keep their order.
    pub partitionkey: String,
    /// Its position in the log.
    pub sequence: String,
    /// The trace of the request.
    pub traceparent: Option<String>,
}

/// A message type that the generator made.
pub trait Message: Serialize + Send + 'static {
    /// What the handler supplies.
    type Data: Serialize + Send + 'static;
    /// The contract's message.
    const DESCRIPTOR: &'static MessageDescriptor;

    /// The whole message.
    fn seal(attributes: EventAttributes, subject: String, data: Self::Data) -> Self;
}

/// What an event is about, such as `things/018f…`.
#[derive(Debug, Clone)]
pub struct Subject<M: Message> {
    /// The subject attribute.
    pub subject: String,
    /// The event's data.
    pub data: M::Data,
}

/// A message in JSON, ready to be validated and stored.
#[derive(Debug)]
pub struct SealedEvent {
    /// The contract's message.
    pub descriptor: &'static MessageDescriptor,
    /// The message.
    pub payload: Value,
}

/// An event that still lacks the attributes that the service knows.
pub trait PendingEvent: Send {
    /// The contract's message.
    fn descriptor(&self) -> &'static MessageDescriptor;

    /// The whole message.
    fn seal(self: Box<Self>, attributes: EventAttributes) -> Result<SealedEvent, serde_json::Error>;
}

impl<M: Message> PendingEvent for Subject<M> {
    fn descriptor(&self) -> &'static MessageDescriptor {
        M::DESCRIPTOR
    }

    fn seal(self: Box<Self>, attributes: EventAttributes) -> Result<SealedEvent, serde_json::Error> {
        let message = M::seal(attributes, self.subject, self.data);
        Ok(SealedEvent {
            descriptor: M::DESCRIPTOR,
            payload: serde_json::to_value(message)?,
        })
    }
}

/// Exactly the events of one operation; the generator makes one struct of them for each operation with `x-emits`.
pub trait EventSet: Send {
    /// The events in the contract's order.
    fn into_pending(self) -> Vec<Box<dyn PendingEvent>>;
}

/// The events of an operation without `x-emits`.
impl EventSet for () {
    fn into_pending(self) -> Vec<Box<dyn PendingEvent>> {
        Vec::new()
    }
}

/// A text that is always the same: the `const` of a schema, as a type.
pub trait ConstantText: Default + Sized {
    /// The text.
    const TEXT: &'static str;

    /// Accepts nothing but the text.
    fn deserialize_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == Self::TEXT {
            Ok(Self::default())
        } else {
            Err(serde::de::Error::custom(format_args!("must be {:?}", Self::TEXT)))
        }
    }
}
