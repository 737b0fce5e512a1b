//! An event contract as constants: what its channels, operations and messages are.

mod channel;
mod expression;
mod message;
mod operation;
mod server;

use serde_json::Value;

pub use channel::{EventChannel, EventParameter};
pub use expression::{Expression, MessagePart};
pub use message::{EventExample, EventMessage, RoundTrip};
pub use operation::{Action, EventOperation, EventReply};
pub use server::{EventServer, EventServerVariable};

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
