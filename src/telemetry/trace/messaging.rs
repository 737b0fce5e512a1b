//! Spans of events on their way, by the semantic conventions for messaging (development).
//!
//! An event is created inside the request that causes it, and its `traceparent` is that of this creation. A relay appends events of many
//! requests at once, so its span has no parent but links to the creations; a consumer goes on from the event's `traceparent`.

use opentelemetry::trace::Tracer as _;
use opentelemetry::trace::{
    Link, SpanBuilder, SpanContext, SpanId, SpanKind, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_semantic_conventions::attribute::{
    CLOUDEVENTS_EVENT_ID, CLOUDEVENTS_EVENT_TYPE, MESSAGING_BATCH_MESSAGE_COUNT, MESSAGING_DESTINATION_NAME,
    MESSAGING_DESTINATION_PARTITION_ID, MESSAGING_DESTINATION_TEMPLATE, MESSAGING_MESSAGE_ID,
    MESSAGING_OPERATION_NAME, MESSAGING_OPERATION_TYPE, MESSAGING_SYSTEM,
};

use super::{Span, Tracing};

/// The broker that carries the streams.
const SYSTEM: &str = "redis";

/// A span for the creation of an event. What stands before the last dot of its type is what the names of the streams begin with.
#[must_use]
pub fn create(event_type: &str, event_id: &str) -> Span {
    Span::child(SpanKind::Producer, |_| {
        let family = event_type
            .rsplit_once('.')
            .map_or(event_type, |(family, _)| family);
        let attributes = vec![
            KeyValue::new(MESSAGING_SYSTEM, SYSTEM),
            KeyValue::new(MESSAGING_OPERATION_NAME, "create"),
            KeyValue::new(MESSAGING_OPERATION_TYPE, "create"),
            KeyValue::new(MESSAGING_DESTINATION_NAME, family.to_owned()),
            KeyValue::new(MESSAGING_MESSAGE_ID, event_id.to_owned()),
            KeyValue::new(CLOUDEVENTS_EVENT_ID, event_id.to_owned()),
            KeyValue::new(CLOUDEVENTS_EVENT_TYPE, event_type.to_owned()),
        ];
        (format!("create {family}").into(), attributes)
    })
}

/// A batch of events that is appended to a stream.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// What the names of all streams begin with.
    pub family: &'a str,
    /// The stream.
    pub stream: &'a str,
    /// The partition of the log that it carries.
    pub partition: u16,
    /// How many events.
    pub count: usize,
}

impl Tracing {
    /// Begins the span of a batch, linked to the creations that `traceparents` name; it is recorded where one of them is.
    #[must_use]
    pub fn begin_batch<'t>(&self, batch: Batch<'_>, traceparents: impl IntoIterator<Item = &'t str>) -> Span {
        let Some(origin) = &self.0 else { return Span(None) };
        let links: Vec<Link> = traceparents
            .into_iter()
            .filter_map(creation)
            .filter(SpanContext::is_sampled)
            .map(Link::with_context)
            .collect();
        if links.is_empty() {
            return Span(None);
        }
        let builder = SpanBuilder::from_name(format!("send {}", batch.family))
            .with_kind(SpanKind::Client)
            .with_links(links)
            .with_attributes([
                KeyValue::new(MESSAGING_SYSTEM, SYSTEM),
                KeyValue::new(MESSAGING_OPERATION_NAME, "append"),
                KeyValue::new(MESSAGING_OPERATION_TYPE, "send"),
                KeyValue::new(MESSAGING_DESTINATION_NAME, batch.stream.to_owned()),
                KeyValue::new(
                    MESSAGING_DESTINATION_TEMPLATE,
                    format!("{}:{{partition}}", batch.family),
                ),
                KeyValue::new(MESSAGING_DESTINATION_PARTITION_ID, batch.partition.to_string()),
                KeyValue::new(
                    MESSAGING_BATCH_MESSAGE_COUNT,
                    i64::try_from(batch.count).unwrap_or(i64::MAX),
                ),
            ]);
        Span(Some(origin.tracer.build_with_context(builder, &Context::new())))
    }
}

/// The creation that a `traceparent` of this program's own making names.
fn creation(traceparent: &str) -> Option<SpanContext> {
    let mut fields = traceparent.split('-').skip(1);
    let (trace_id, span_id, flags) = (fields.next()?, fields.next()?, fields.next()?);
    let context = SpanContext::new(
        TraceId::from_hex(trace_id).ok()?,
        SpanId::from_hex(span_id).ok()?,
        TraceFlags::new(u8::from_str_radix(flags, 16).ok()?),
        true,
        TraceState::NONE,
    );
    context.is_valid().then_some(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_creation_is_read_from_the_event() {
        let context = creation("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").unwrap();
        assert_eq!(context.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(context.span_id().to_string(), "b7ad6b7169203331");
        assert!(context.is_sampled());
        for broken in [
            "",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "x-y-z-w",
        ] {
            assert!(creation(broken).is_none(), "{broken}");
        }
    }
}
