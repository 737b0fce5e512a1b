//! Servers and their variables.

use serde_json::Value;

use super::super::model::{EventServer, EventServerVariable};
use super::super::traits::Fields;
use super::{Reader, text, word, words};
use crate::source::child;

impl Reader<'_> {
    /// Reads the servers of the document, and those of the components that it does not refer to.
    pub(super) fn read_servers(&mut self) {
        for (key, pointer) in self.all("servers") {
            let Some(fields) = self.fields(&pointer) else {
                continue;
            };
            let index = self.contract.servers.len();
            if !self.servers.insert(&pointer, &fields.pointer, index) {
                continue;
            }
            let text = |name: &str| fields.text(name);
            let server = EventServer {
                pointer: fields.pointer.clone(),
                key,
                host: text("host").unwrap_or_default(),
                protocol: text("protocol").unwrap_or_default(),
                protocol_version: text("protocolVersion"),
                pathname: text("pathname"),
                variables: self.variables(&fields),
                described: self.described(&fields),
                security: self.security(&fields),
            };
            self.contract.servers.push(server);
        }
    }

    fn variables(&self, fields: &Fields) -> Vec<EventServerVariable> {
        let entries = self.entries(&child(&fields.pointer, "variables")).into_iter();
        let variable = |(name, pointer): (String, String)| {
            let value = self.source.resolve(&pointer);
            let value = value.map_or(&Value::Null, |(_, value)| value);
            EventServerVariable {
                name,
                description: text(value, "description"),
                values: words(value, "enum"),
                default: word(value, "default"),
                examples: words(value, "examples"),
            }
        };
        entries.map(variable).collect()
    }
}
