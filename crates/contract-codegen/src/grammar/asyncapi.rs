//! AsyncAPI 3.0, as far as it is taken over; payloads are JSON Schema draft 7.

use super::Content::{Count, Each, Flag, Free, Links, List, Map, Number, One, Text};
use super::{Field, Shape, asserts, shows};

pub(super) const ASYNCAPI: &[Field] = &[
    shows("asyncapi", Text),
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
    shows("contact", One(Shape::Contact)),
    shows("license", One(Shape::License)),
    shows("tags", List(Shape::Tag)),
];

pub(super) const SERVER: &[Field] = &[
    shows("host", Text),
    shows("protocol", Text),
    shows("description", Text),
    shows("tags", List(Shape::Tag)),
];

pub(super) const CHANNEL: &[Field] = &[
    shows("address", Text),
    shows("title", Text),
    shows("summary", Text),
    shows("description", Text),
    shows("servers", Links),
    shows("parameters", Map(Shape::ChannelParameter)),
    shows("messages", Map(Shape::Message)),
];

pub(super) const CHANNEL_PARAMETER: &[Field] = &[shows("description", Text), shows("examples", Free)];

pub(super) const OPERATION: &[Field] = &[
    shows("action", Text),
    shows("channel", Links),
    shows("title", Text),
    shows("summary", Text),
    shows("description", Text),
    shows("tags", List(Shape::Tag)),
    shows("messages", Links),
];

pub(super) const MESSAGE: &[Field] = &[
    shows("name", Text),
    shows("title", Text),
    shows("summary", Text),
    shows("description", Text),
    shows("contentType", Text),
    shows("tags", List(Shape::Tag)),
    shows("correlationId", One(Shape::CorrelationId)),
    shows("headers", One(Shape::EventSchema)),
    shows("payload", One(Shape::EventSchema)),
    shows("examples", Free),
    shows("x-schema-version", Text),
    shows("x-emitted-by", Text),
];

pub(super) const COMPONENTS: &[Field] = &[
    shows("messages", Map(Shape::Message)),
    shows("schemas", Map(Shape::EventSchema)),
    shows("correlationIds", Map(Shape::CorrelationId)),
];

pub(super) const CORRELATION_ID: &[Field] = &[shows("description", Text), shows("location", Text)];

pub(super) const EVENT_SCHEMA: &[Field] = &[
    asserts("type", Text),
    asserts("format", Text),
    asserts("const", Text),
    shows("title", Text),
    shows("description", Text),
    shows("examples", Free),
    asserts("enum", Each),
    asserts("minimum", Number),
    asserts("maximum", Number),
    asserts("minLength", Count),
    asserts("maxLength", Count),
    asserts("pattern", Text),
    shows("items", One(Shape::EventSchema)),
    asserts("minItems", Count),
    asserts("maxItems", Count),
    asserts("uniqueItems", Flag),
    shows("properties", Map(Shape::EventSchema)),
    shows("required", Each),
    shows("additionalProperties", One(Shape::EventSchema)),
    shows("propertyNames", One(Shape::EventSchema)),
    asserts("minProperties", Count),
    asserts("maxProperties", Count),
];
