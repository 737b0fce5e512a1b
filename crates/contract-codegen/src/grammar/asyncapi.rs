//! AsyncAPI 3.0.x and 3.1.x, and the extensions of Rollcall's own contract language. What bindings hold is defined elsewhere, for
//! each protocol, and taken over as it stands.

use super::Content::{
    Flag, Free, Link, Links, List, Map, One, Text, TextMap, TextOrNull, Texts, Word, Words,
};
use super::{Field, Shape, overlaid, shows};

pub(super) const ASYNCAPI: &[Field] = &[
    shows("asyncapi", Text),
    shows("id", Text),
    shows("info", One(Shape::AsyncInfo)),
    shows("defaultContentType", Text),
    shows("servers", Map(Shape::AsyncServer)),
    shows("channels", Map(Shape::Channel)),
    shows("operations", Map(Shape::AsyncOperation)),
    shows("components", One(Shape::AsyncComponents)),
];

pub(super) const INFO: &[Field] = &[
    shows("title", Text),
    shows("version", Text),
    shows("description", Text),
    shows("termsOfService", Text),
    shows("contact", One(Shape::Contact)),
    shows("license", One(Shape::License)),
    shows("tags", List(Shape::Tag)),
    shows("externalDocs", One(Shape::ExternalDocs)),
];

pub(super) const SERVER: &[Field] = &[
    shows("host", Text),
    shows("protocol", Text),
    shows("protocolVersion", Text),
    shows("pathname", Text),
    shows("title", Text),
    shows("summary", Text),
    shows("description", Text),
    shows("variables", Map(Shape::ServerVariable)),
    shows("security", List(Shape::SecurityScheme)),
    shows("tags", List(Shape::Tag)),
    shows("externalDocs", One(Shape::ExternalDocs)),
    shows("bindings", One(Shape::ServerBindings)),
];

pub(super) const SERVER_VARIABLE: &[Field] = &[overlaid("examples", Words)];

pub(super) const CHANNEL: &[Field] = &[
    shows("address", TextOrNull),
    shows("title", Text),
    shows("summary", Text),
    shows("description", Text),
    shows("servers", Links(Shape::AsyncServer)),
    shows("parameters", Map(Shape::ChannelParameter)),
    shows("messages", Map(Shape::Message)),
    shows("tags", List(Shape::Tag)),
    shows("externalDocs", One(Shape::ExternalDocs)),
    shows("bindings", One(Shape::ChannelBindings)),
];

pub(super) const CHANNEL_PARAMETER: &[Field] = &[
    shows("enum", Words),
    shows("default", Word),
    shows("description", Text),
    shows("examples", Words),
    shows("location", Text),
];

pub(super) const OPERATION: &[Field] = &[
    shows("action", Text),
    shows("channel", Link(Shape::Channel)),
    shows("messages", Links(Shape::Message)),
    shows("reply", One(Shape::Reply)),
    shows("traits", List(Shape::OperationTrait)),
];

pub(super) const OPERATION_TRAIT: &[Field] = &[
    shows("title", Text),
    shows("summary", Text),
    shows("description", Text),
    shows("security", List(Shape::SecurityScheme)),
    shows("tags", List(Shape::Tag)),
    shows("externalDocs", One(Shape::ExternalDocs)),
    shows("bindings", One(Shape::OperationBindings)),
];

pub(super) const REPLY: &[Field] = &[
    shows("address", One(Shape::ReplyAddress)),
    shows("channel", Link(Shape::Channel)),
    shows("messages", Links(Shape::Message)),
];

pub(super) const REPLY_ADDRESS: &[Field] = &[shows("description", Text), shows("location", Text)];

pub(super) const MESSAGE: &[Field] = &[
    shows("payload", One(Shape::Schema)),
    shows("traits", List(Shape::MessageTrait)),
];

pub(super) const MESSAGE_TRAIT: &[Field] = &[
    shows("headers", One(Shape::Schema)),
    shows("name", Text),
    shows("title", Text),
    shows("summary", Text),
    shows("description", Text),
    shows("contentType", Text),
    shows("deprecated", Flag),
    shows("correlationId", One(Shape::CorrelationId)),
    shows("tags", List(Shape::Tag)),
    shows("externalDocs", One(Shape::ExternalDocs)),
    shows("bindings", One(Shape::MessageBindings)),
    shows("examples", List(Shape::MessageExample)),
];

pub(super) const MESSAGE_SERVICE: &[Field] = &[shows("x-schema-version", Text), shows("x-emitted-by", Text)];

pub(super) const MESSAGE_EXAMPLE: &[Field] = &[
    shows("headers", Free),
    shows("payload", Free),
    shows("name", Text),
    shows("summary", Text),
];

pub(super) const COMPONENTS: &[Field] = &[
    shows("schemas", Map(Shape::Schema)),
    shows("servers", Map(Shape::AsyncServer)),
    shows("channels", Map(Shape::Channel)),
    shows("operations", Map(Shape::AsyncOperation)),
    shows("messages", Map(Shape::Message)),
    shows("securitySchemes", Map(Shape::SecurityScheme)),
    shows("serverVariables", Map(Shape::ServerVariable)),
    shows("parameters", Map(Shape::ChannelParameter)),
    shows("correlationIds", Map(Shape::CorrelationId)),
    shows("replies", Map(Shape::Reply)),
    shows("replyAddresses", Map(Shape::ReplyAddress)),
    shows("externalDocs", Map(Shape::ExternalDocs)),
    shows("tags", Map(Shape::Tag)),
    shows("operationTraits", Map(Shape::OperationTrait)),
    shows("messageTraits", Map(Shape::MessageTrait)),
    shows("serverBindings", Map(Shape::ServerBindings)),
    shows("channelBindings", Map(Shape::ChannelBindings)),
    shows("operationBindings", Map(Shape::OperationBindings)),
    shows("messageBindings", Map(Shape::MessageBindings)),
];

pub(super) const CORRELATION_ID: &[Field] = &[shows("description", Text), shows("location", Text)];

pub(super) const SECURITY_SCHEME: &[Field] = &[shows("scopes", Texts)];

pub(super) const OAUTH_FLOW: &[Field] = &[shows("availableScopes", TextMap)];
