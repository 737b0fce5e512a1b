//! Operations and their replies.

use serde_json::Value;

use super::{EventChannel, EventMessage, Expression};
use crate::Literal;

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
