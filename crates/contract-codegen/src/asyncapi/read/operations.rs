//! Operations and their replies.

use serde_json::Value;

use super::super::model::{Action, EventOperation, EventReply};
use super::super::traits::Fields;
use super::Reader;
use crate::source::child;

impl Reader<'_> {
    /// Reads the operations of the document, and those of the components that it does not refer to.
    pub(super) fn read_operations(&mut self) {
        let mut known = super::Places::default();
        for (key, pointer) in self.all("operations") {
            let Some(fields) = self.fields(&pointer) else {
                continue;
            };
            let index = self.contract.operations.len();
            if known.insert(&pointer, &fields.pointer, index)
                && let Some(operation) = self.operation(key, &fields)
            {
                self.contract.operations.push(operation);
            }
        }
    }

    fn operation(&mut self, key: String, fields: &Fields) -> Option<EventOperation> {
        let action = match fields.value("action").and_then(Value::as_str) {
            Some("send") => Action::Send,
            Some("receive") => Action::Receive,
            _ => {
                self.refuse(&child(&fields.pointer, "action"), "must be `send` or `receive`");
                return None;
            }
        };
        let channel = self.channel_of(&child(&fields.pointer, "channel"))?;
        Some(EventOperation {
            pointer: fields.pointer.clone(),
            key,
            action,
            channel,
            messages: self.messages_in(channel, fields),
            described: self.described(fields),
            security: self.security(fields),
            reply: fields.get("reply").and_then(|field| {
                let pointer = field.pointer.clone();
                self.reply(&pointer)
            }),
        })
    }

    fn channel_of(&mut self, pointer: &str) -> Option<usize> {
        let channel = self.channels.find(self.source, pointer);
        if channel.is_none() {
            self.refuse(pointer, "leads to no channel of the contract");
        }
        channel
    }

    /// The messages that an operation or a reply names; without a list of them, all of the channel's.
    fn messages_in(&mut self, channel: usize, fields: &Fields) -> Vec<usize> {
        let carried = self.contract.channels.get(channel);
        let carried: Vec<usize> = carried
            .into_iter()
            .flat_map(|channel| channel.messages.iter().map(|(_, index)| *index))
            .collect();
        if fields.get("messages").is_none() {
            return carried;
        }
        let mut messages = Vec::new();
        for place in fields.places("messages") {
            match self.messages.find(self.source, &place) {
                Some(index) if carried.contains(&index) => messages.push(index),
                Some(_) => self.refuse(&place, "the channel does not carry this message"),
                None => self.refuse(&place, "leads to no message of the contract"),
            }
        }
        messages
    }

    fn reply(&mut self, pointer: &str) -> Option<EventReply> {
        let fields = self.fields(pointer)?;
        let channel = match fields.get("channel") {
            Some(_) => Some(self.channel_of(&child(&fields.pointer, "channel"))?),
            None => None,
        };
        let messages = match channel {
            Some(channel) => self.messages_in(channel, &fields),
            None => self.messages_of_no_channel(&fields),
        };
        Some(EventReply {
            address: self.located(&fields, "address"),
            channel,
            messages,
        })
    }

    /// A reply without a channel may name messages of any channel.
    fn messages_of_no_channel(&mut self, fields: &Fields) -> Vec<usize> {
        let mut messages = Vec::new();
        for place in fields.places("messages") {
            match self.messages.find(self.source, &place) {
                Some(index) => messages.push(index),
                None => self.refuse(&place, "leads to no message of the contract"),
            }
        }
        messages
    }
}
