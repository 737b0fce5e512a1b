//! A message with its types: from Rust to what a broker carries, and back, held against the contract on both ways.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::EventMessage;
use crate::{JsonError, Schema, Violation, parse_strict};

/// Why a message cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// The headers are not what the contract says.
    #[error("the headers are not what the contract says: {}", list(.0))]
    Headers(Vec<Violation>),
    /// The payload is not what the contract says.
    #[error("the payload is not what the contract says: {}", list(.0))]
    Payload(Vec<Violation>),
    /// The payload is of a media type that is no JSON: what encodes it is the caller's.
    #[error("the payload is {0}, which is no JSON")]
    NotJson(&'static str),
    /// The payload is no JSON.
    #[error("the payload is no JSON: {0}")]
    Syntax(JsonError),
    /// A value that serde cannot write or read.
    #[error(transparent)]
    Value(#[from] serde_json::Error),
}

fn list(violations: &[Violation]) -> String {
    let lines = violations.iter();
    let lines = lines.map(|violation| format!("{} {}", violation.pointer, violation.message));
    lines.collect::<Vec<_>>().join("; ")
}

/// A message type that the generator made.
pub trait ContractMessage: Sized {
    /// What describes and orders it.
    type Headers: Serialize + DeserializeOwned;
    /// What it says.
    type Payload: Serialize + DeserializeOwned;
    /// The contract's message.
    const MESSAGE: &'static EventMessage;

    /// The message of these parts.
    fn from_parts(headers: Self::Headers, payload: Self::Payload) -> Self;

    /// Its parts.
    fn parts(&self) -> (&Self::Headers, &Self::Payload);

    /// Headers and payload as JSON. Refuses what the contract does not allow.
    fn to_values(&self) -> Result<(Value, Value), MessageError> {
        let (headers, payload) = self.parts();
        checked(
            serde_json::to_value(headers)?,
            serde_json::to_value(payload)?,
            Self::MESSAGE,
        )
    }

    /// The message of headers and a payload. Refuses what the contract does not allow.
    fn from_values(headers: Value, payload: Value) -> Result<Self, MessageError> {
        let (headers, payload) = checked(headers, payload, Self::MESSAGE)?;
        Ok(Self::from_parts(
            serde_json::from_value(headers)?,
            serde_json::from_value(payload)?,
        ))
    }

    /// Headers as JSON, and the payload as the bytes of its JSON. Refuses a message whose media type is another.
    fn encode(&self) -> Result<(Value, Vec<u8>), MessageError> {
        expect_json(Self::MESSAGE)?;
        let (headers, payload) = self.to_values()?;
        Ok((headers, serde_json::to_vec(&payload)?))
    }

    /// The message of headers and a payload in bytes. Refuses a message whose media type is no JSON.
    fn decode(headers: Value, payload: &[u8]) -> Result<Self, MessageError> {
        expect_json(Self::MESSAGE)?;
        Self::from_values(headers, parse_strict(payload).map_err(MessageError::Syntax)?)
    }
}

/// Implements the trait for a struct of headers and payload.
#[macro_export]
#[doc(hidden)]
macro_rules! message {
    ($type:ident { $headers:ty, $payload:ty } = $message:ident) => {
        impl $crate::ContractMessage for $type {
            type Headers = $headers;
            type Payload = $payload;
            const MESSAGE: &'static $crate::EventMessage = &$message;

            fn from_parts(headers: $headers, payload: $payload) -> Self {
                Self { headers, payload }
            }

            fn parts(&self) -> (&$headers, &$payload) {
                (&self.headers, &self.payload)
            }
        }
    };
}

/// Headers and a payload, read into the types of a message and written again.
pub fn round_trip<M: ContractMessage>(
    headers: Value,
    payload: Value,
) -> Result<(Value, Value), MessageError> {
    M::from_values(headers, payload)?.to_values()
}

fn checked(
    mut headers: Value,
    mut payload: Value,
    message: &EventMessage,
) -> Result<(Value, Value), MessageError> {
    let violations = |schema: Option<Schema>, value: &mut Value| {
        schema.map_or_else(Vec::new, |schema| schema.check(value))
    };
    let found = violations(message.headers, &mut headers);
    if !found.is_empty() {
        return Err(MessageError::Headers(found));
    }
    let found = violations(message.payload, &mut payload);
    if !found.is_empty() {
        return Err(MessageError::Payload(found));
    }
    Ok((headers, payload))
}

/// `application/json`, or a media type with the suffix `+json`; where the contract says none, JSON is meant.
fn expect_json(message: &EventMessage) -> Result<(), MessageError> {
    let Some(content_type) = message.content_type else {
        return Ok(());
    };
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    let subtype = essence.rsplit('/').next().unwrap_or_default();
    if subtype == "json" || subtype.ends_with("+json") {
        return Ok(());
    }
    Err(MessageError::NotJson(content_type))
}
