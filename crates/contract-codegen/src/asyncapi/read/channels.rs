//! Channels and the parameters of their addresses.

use serde_json::Value;

use super::super::model::{EventChannel, EventParameter};
use super::super::traits::Fields;
use super::{Reader, text, word, words};
use crate::source::child;

impl Reader<'_> {
    /// Reads the channels of the document, and those of the components that it does not refer to.
    pub(super) fn read_channels(&mut self) {
        for (key, pointer) in self.all("channels") {
            let Some(fields) = self.fields(&pointer) else {
                continue;
            };
            let index = self.contract.channels.len();
            if !self.channels.insert(&pointer, &fields.pointer, index) {
                continue;
            }
            let address = fields.text("address");
            let channel = EventChannel {
                pointer: fields.pointer.clone(),
                key,
                parameters: self.parameters(&fields, address.as_deref()),
                address,
                described: self.described(&fields),
                servers: self.servers_of(&fields),
                messages: self.messages_of(&fields),
            };
            self.contract.channels.push(channel);
        }
    }

    fn servers_of(&mut self, fields: &Fields) -> Vec<usize> {
        let mut servers = Vec::new();
        for place in fields.places("servers") {
            match self.servers.find(self.source, &place) {
                Some(index) => servers.push(index),
                None => self.refuse(&place, "leads to no server of the contract"),
            }
        }
        servers
    }

    fn messages_of(&mut self, fields: &Fields) -> Vec<(String, usize)> {
        let mut messages = Vec::new();
        for (key, place) in self.entries(&child(&fields.pointer, "messages")) {
            match self.messages.find(self.source, &place) {
                Some(index) => messages.push((key, index)),
                None => self.refuse(&place, "leads to no message of the contract"),
            }
        }
        messages
    }

    /// The parameters in the order in which the address has them. One that only the address has is any text.
    fn parameters(&mut self, fields: &Fields, address: Option<&str>) -> Vec<EventParameter> {
        let at = child(&fields.pointer, "parameters");
        let declared = self.entries(&at);
        let names = names_in(address.unwrap_or_default());
        for name in &names {
            if !declared.iter().any(|(declared, _)| declared == name) {
                let reason = format!(
                    "the parameter `{name}` of the address is not declared; it is taken for any text"
                );
                self.warn(&child(&fields.pointer, "address"), reason);
            }
        }
        for (name, pointer) in &declared {
            if !names.contains(&name.as_str()) {
                self.warn(
                    pointer,
                    "the address has no such parameter; it is shown, and nothing else",
                );
            }
        }
        names
            .into_iter()
            .map(|name| self.parameter(name, &child(&at, name)))
            .collect()
    }

    fn parameter(&mut self, name: &str, pointer: &str) -> EventParameter {
        let value = self
            .source
            .resolve(pointer)
            .map_or(&Value::Null, |(_, value)| value);
        let location = value.get("location").and_then(Value::as_str);
        EventParameter {
            name: name.to_owned(),
            description: text(value, "description"),
            values: words(value, "enum"),
            default: word(value, "default"),
            examples: words(value, "examples"),
            location: location.and_then(|text| self.expression(pointer, text, None)),
        }
    }
}

/// The names in braces, each once.
pub(in crate::asyncapi) fn names_in(address: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for part in address.split('{').skip(1) {
        if let Some((name, _)) = part.split_once('}')
            && !name.is_empty()
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::names_in;

    #[test]
    fn the_parameters_of_an_address_stand_in_braces() {
        assert_eq!(names_in("a/{b}/c.{d}{b}"), ["b", "d"]);
        assert_eq!(names_in("a/{}/{b"), Vec::<&str>::new());
    }
}
