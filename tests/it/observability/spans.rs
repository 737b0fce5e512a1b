//! Spans as a collector got them, put into their trace.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{Span, Status};

use crate::support::otlp::{OtlpReceiver, Received, attributes, hex};

/// A span.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    pub(super) name: String,
    pub(super) kind: SpanKind,
    pub(super) trace_id: String,
    pub(super) span_id: String,
    /// Empty for a span without a parent.
    pub(super) parent_id: String,
    pub(super) trace_state: String,
    pub(super) attributes: BTreeMap<String, String>,
    /// Trace and span of each link.
    pub(super) links: Vec<(String, String)>,
    pub(super) is_error: bool,
    pub(super) started: u64,
    /// The name of the service that sent it.
    pub(super) service: String,
}

impl Seen {
    fn new(service: &str, span: &Span) -> Self {
        let status = span.status.as_ref().map_or(StatusCode::Unset, Status::code);
        Self {
            name: span.name.clone(),
            kind: span.kind(),
            trace_id: hex(&span.trace_id),
            span_id: hex(&span.span_id),
            parent_id: hex(&span.parent_span_id),
            trace_state: span.trace_state.clone(),
            attributes: attributes(&span.attributes),
            links: span
                .links
                .iter()
                .map(|link| (hex(&link.trace_id), hex(&link.span_id)))
                .collect(),
            is_error: status == StatusCode::Error,
            started: span.start_time_unix_nano,
            service: service.to_owned(),
        }
    }

    /// An attribute; empty where it has none of that name.
    pub(super) fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

/// Every span that came, in the order of their beginnings.
pub(super) fn all(received: &Received) -> Vec<Seen> {
    let mut spans: Vec<Seen> = received
        .spans
        .iter()
        .map(|(resource, span)| {
            let resource = attributes(&resource.attributes);
            Seen::new(&resource["service.name"], span)
        })
        .collect();
    spans.sort_by_key(|span| span.started);
    spans
}

/// The spans of one trace.
pub(super) fn of_trace(received: &Received, trace_id: &str) -> Vec<Seen> {
    let mut spans = all(received);
    spans.retain(|span| span.trace_id == trace_id);
    spans
}

/// The only span of that kind.
#[track_caller]
pub(super) fn only(spans: &[Seen], kind: SpanKind) -> &Seen {
    let found: Vec<&Seen> = spans.iter().filter(|span| span.kind == kind).collect();
    assert_eq!(found.len(), 1, "one span of {kind:?} in {spans:#?}");
    found[0]
}

/// The only span of that name.
#[track_caller]
pub(super) fn named<'a>(spans: &'a [Seen], name: &str) -> &'a Seen {
    let found: Vec<&Seen> = spans.iter().filter(|span| span.name == name).collect();
    assert_eq!(found.len(), 1, "one {name} in {spans:#?}");
    found[0]
}

/// Waits for the server's span of a trace, which ends last, and gives the whole trace.
pub(super) async fn served(receiver: &OtlpReceiver, trace_id: &str) -> Vec<Seen> {
    receiver
        .until("the trace of a request came", |received| {
            let spans = of_trace(received, trace_id);
            let is_served = spans.iter().any(|span| span.kind == SpanKind::Server);
            is_served.then_some(spans)
        })
        .await
}
