//! Messages, and where their schemas stand.

use serde_json::Value;

use super::super::model::EventMessage;
use super::super::traits::{Field, Fields};
use super::Reader;
use crate::grammar::is_multi_format;
use crate::source::child;

impl Reader<'_> {
    /// Reads the messages of the components, and those that stand in a channel.
    pub(super) fn read_messages(&mut self) {
        for (key, pointer) in self.entries("/components/messages") {
            self.read_message(&key, None, &pointer);
        }
        for (channel, at) in self.all("channels") {
            let Some((resolved, _)) = self.source.resolve(&at) else {
                continue;
            };
            for (key, pointer) in self.entries(&child(resolved, "messages")) {
                self.read_message(&key, Some(&channel), &pointer);
            }
        }
    }

    fn read_message(&mut self, key: &str, channel: Option<&str>, pointer: &str) {
        let Some(fields) = self.fields(pointer) else {
            return;
        };
        let index = self.contract.messages.len();
        if !self.messages.insert(pointer, &fields.pointer, index) {
            return;
        }
        let message = EventMessage {
            pointer: fields.pointer.clone(),
            key: key.to_owned(),
            channel: channel.map(str::to_owned),
            name: fields.text("name"),
            described: self.described(&fields),
            deprecated: fields.value("deprecated") == Some(&Value::Bool(true)),
            content_type: fields
                .text("contentType")
                .or_else(|| self.contract.default_content_type.clone()),
            headers: self.schema_of(&fields, "headers"),
            payload: self.schema_of(&fields, "payload"),
            correlation_id: self.located(&fields, "correlationId"),
            examples: fields.items("examples").to_vec(),
        };
        self.check_headers(&message);
        self.contract.messages.push(message);
    }

    /// Where the schema in a field stands.
    fn schema_of(&mut self, fields: &Fields, name: &str) -> Option<String> {
        let field = fields.get(name)?;
        if !field.is_merged {
            return self.schema_place(field);
        }
        if is_multi_format(&field.value) {
            let reason = "several traits say this together, and one of them in a format of its own: say it in one place";
            self.refuse(&field.pointer, reason);
            return None;
        }
        self.merged.push((field.pointer.clone(), field.value.clone()));
        Some(field.pointer.clone())
    }

    /// The place of the schema itself, where its format is said beside it (AsyncAPI 3.0.0, Multi Format Schema Object). The ledger has
    /// refused formats that are not read.
    fn schema_place(&self, field: &Field) -> Option<String> {
        let (pointer, value) = self.source.resolve(&field.pointer)?;
        if is_multi_format(value) && value.get("schema").is_some() {
            return Some(child(pointer, "schema"));
        }
        Some(field.pointer.clone())
    }

    /// The headers of a message are an object (AsyncAPI 3.0.0, Message Object).
    fn check_headers(&mut self, message: &EventMessage) {
        let resolved = message
            .headers
            .as_deref()
            .and_then(|pointer| self.source.resolve(pointer));
        let Some((pointer, value)) = resolved else { return };
        if let Some(kind) = value.get("type").filter(|kind| kind.as_str() != Some("object")) {
            let (pointer, kind) = (child(pointer, "type"), kind.to_string());
            self.refuse(&pointer, format!("headers are an object, and never {kind}"));
        }
    }
}
