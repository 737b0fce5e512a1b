//! What an AsyncAPI contract says, whoever wrote it: channels, operations and messages, with references followed and traits applied.
//!
//! Schemas stay where they are: the model has their pointers.

use serde_json::Value;

use super::expression::Expression;

/// An event contract.
#[derive(Debug, Default)]
pub struct EventContract {
    /// `info.title`
    pub title: String,
    /// `info.version`
    pub version: String,
    /// `info.description`
    pub description: Option<String>,
    /// `defaultContentType`
    pub default_content_type: Option<String>,
    /// The servers, in the contract's order.
    pub servers: Vec<EventServer>,
    /// Every message, once however many channels carry it: those of the components first, then those that stand in a channel.
    pub messages: Vec<EventMessage>,
    /// The channels: those of the document first, then those of the components that no other refers to.
    pub channels: Vec<EventChannel>,
    /// The operations, in the same order.
    pub operations: Vec<EventOperation>,
}

/// What describes most objects.
#[derive(Debug, Clone, Default)]
pub struct Described {
    /// `title`
    pub title: Option<String>,
    /// `summary`
    pub summary: Option<String>,
    /// `description`
    pub description: Option<String>,
    /// The names of its tags.
    pub tags: Vec<String>,
    /// `bindings`, as they stand.
    pub bindings: Option<Value>,
}

/// A server.
#[derive(Debug, Clone)]
pub struct EventServer {
    /// Where it stands.
    pub pointer: String,
    /// Its name in the contract.
    pub key: String,
    /// `host`; may hold variables in braces.
    pub host: String,
    /// `protocol`
    pub protocol: String,
    /// `protocolVersion`
    pub protocol_version: Option<String>,
    /// `pathname`
    pub pathname: Option<String>,
    /// `variables`, in the contract's order.
    pub variables: Vec<EventServerVariable>,
    /// What describes it.
    pub described: Described,
    /// `security`, as it stands, with references followed.
    pub security: Option<Value>,
}

/// A variable of a server's host or path.
#[derive(Debug, Clone)]
pub struct EventServerVariable {
    /// Its name.
    pub name: String,
    /// `description`
    pub description: Option<String>,
    /// `enum`: its values, where not every text is one.
    pub values: Vec<String>,
    /// `default`
    pub default: Option<String>,
    /// `examples`
    pub examples: Vec<String>,
}

/// A message.
#[derive(Debug, Clone)]
pub struct EventMessage {
    /// Where it stands.
    pub pointer: String,
    /// Its key, in the components or in its channel.
    pub key: String,
    /// The key of the channel that it stands in, where it is no component.
    pub channel: Option<String>,
    /// `name`
    pub name: Option<String>,
    /// What describes it.
    pub described: Described,
    /// `deprecated`
    pub deprecated: bool,
    /// `contentType`, or the contract's default.
    pub content_type: Option<String>,
    /// Where the schema of its headers stands.
    pub headers: Option<String>,
    /// Where the schema of its payload stands.
    pub payload: Option<String>,
    /// Where its correlation id is.
    pub correlation_id: Option<Expression>,
    /// `examples`, as they stand.
    pub examples: Vec<Value>,
}

/// A channel.
#[derive(Debug, Clone)]
pub struct EventChannel {
    /// Where it stands.
    pub pointer: String,
    /// Its key.
    pub key: String,
    /// `address`; none where it is unknown before run time.
    pub address: Option<String>,
    /// What describes it.
    pub described: Described,
    /// The servers on which it is, as places in [`EventContract::servers`]; on all of them where it says nothing.
    pub servers: Vec<usize>,
    /// The parameters of its address.
    pub parameters: Vec<EventParameter>,
    /// Its messages, as places in [`EventContract::messages`], each with its key here.
    pub messages: Vec<(String, usize)>,
}

/// A parameter of a channel's address.
#[derive(Debug, Clone)]
pub struct EventParameter {
    /// Its name, as it stands in the address.
    pub name: String,
    /// `description`
    pub description: Option<String>,
    /// `enum`: its values, where not every text is one.
    pub values: Vec<String>,
    /// `default`
    pub default: Option<String>,
    /// `examples`
    pub examples: Vec<String>,
    /// `location`: where in a message its value is.
    pub location: Option<Expression>,
}

/// What the application does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It sends messages.
    Send,
    /// It receives messages.
    Receive,
}

/// An operation.
#[derive(Debug, Clone)]
pub struct EventOperation {
    /// Where it stands.
    pub pointer: String,
    /// Its key.
    pub key: String,
    /// `action`
    pub action: Action,
    /// Its channel, as a place in [`EventContract::channels`].
    pub channel: usize,
    /// Its messages, as places in [`EventContract::messages`]: those of its channel where it names none.
    pub messages: Vec<usize>,
    /// What describes it.
    pub described: Described,
    /// `security`, as it stands, with references followed.
    pub security: Option<Value>,
    /// `reply`
    pub reply: Option<EventReply>,
}

/// What answers a message.
#[derive(Debug, Clone)]
pub struct EventReply {
    /// Where in the message the address is to which the reply goes.
    pub address: Option<Expression>,
    /// The channel of the reply, as a place in [`EventContract::channels`].
    pub channel: Option<usize>,
    /// The messages that may be the reply, as places in [`EventContract::messages`].
    pub messages: Vec<usize>,
}
