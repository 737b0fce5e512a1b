//! An AsyncAPI contract, read into a model.

mod derived;
mod expressible;
mod expression;
mod model;
mod read;
mod rules;
mod traits;

pub(crate) use derived::Compared;
pub use expression::{Expression, Part};
pub use model::{
    Action, Described, EventChannel, EventContract, EventMessage, EventOperation, EventParameter, EventReply,
    EventServer, EventServerVariable,
};
pub use read::ReadEvents;

use indexmap::IndexMap;
use serde_json::Value;

use crate::openapi::check_version;
use crate::schema::SchemaReader;
use crate::source::child;
use crate::{Language, Ledger, Refusals, Schema, Source};

/// A message of the contract.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its key in the contract.
    pub key: String,
    /// Its `name`: the event type.
    pub name: String,
    /// `x-schema-version`
    pub schema_version: String,
    /// `x-emitted-by`: who tells it, where that is no operation.
    pub emitted_by: Option<String>,
    /// Its summary.
    pub summary: Option<String>,
    /// Its payload: a CloudEvent.
    pub payload: Schema,
}

impl Message {
    /// The schema of the CloudEvent's `data`.
    #[must_use]
    pub fn data(&self) -> Option<&Schema> {
        self.payload.properties.get("data")
    }

    /// Under which path the schema of its data is published: `/schemas/{namespace}/{type}/{version}.json`.
    #[must_use]
    pub fn data_schema_path(&self) -> String {
        let (namespace, local) = self.name.rsplit_once('.').unwrap_or(("", &self.name));
        format!("/schemas/{namespace}/{local}/{}.json", self.schema_version)
    }
}

/// A whole contract.
#[derive(Debug, Clone, Default)]
pub struct AsyncApi {
    /// Its messages by key.
    pub messages: IndexMap<String, Message>,
    /// Its component schemas by name.
    pub schemas: IndexMap<String, Schema>,
}

impl AsyncApi {
    /// Reads a contract.
    pub fn read(source: &Source) -> Result<Self, Refusals> {
        check_version(source, "asyncapi", "AsyncAPI 3.0", "3.0.")?;
        let ledger = Ledger::of(source, Language::Service);
        if !ledger.refusals.is_empty() {
            return Err(Refusals(ledger.refusals));
        }
        let mut reader = SchemaReader::new(source);
        let components = |section: &str| {
            source
                .at(&format!("/components/{section}"))
                .and_then(Value::as_object)
        };
        let mut schemas = IndexMap::new();
        for (name, value) in components("schemas").into_iter().flatten() {
            schemas.insert(
                name.clone(),
                reader.read(&child("/components/schemas", name), value),
            );
        }
        let mut messages = IndexMap::new();
        for (key, value) in components("messages").into_iter().flatten() {
            let pointer = child("/components/messages", key);
            let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
            let payload = reader.read(
                &child(&pointer, "payload"),
                value.get("payload").unwrap_or(&Value::Null),
            );
            let message = Message {
                key: key.clone(),
                name: text("name").unwrap_or_default(),
                schema_version: text("x-schema-version").unwrap_or_default(),
                emitted_by: text("x-emitted-by"),
                summary: text("summary"),
                payload,
            };
            messages.insert(key.clone(), message);
        }
        let api = Self { messages, schemas };
        let mut refusals = reader.refusals;
        refusals.extend(ledger.unused);
        refusals.extend(rules::check(source, &api));
        expressible::check(source, &api, &mut refusals);
        let refusals = Refusals::unique(refusals);
        if refusals.0.is_empty() {
            Ok(api)
        } else {
            Err(refusals)
        }
    }
}
