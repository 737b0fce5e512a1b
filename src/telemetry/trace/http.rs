//! The span of a request, by the semantic conventions for HTTP servers (stable).

use std::str::FromStr as _;
use std::sync::Arc;

use opentelemetry::trace::{
    Span as _, SpanBuilder, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceId,
    TraceState, Tracer as _,
};
use opentelemetry::{Context, ContextGuard, KeyValue};
use opentelemetry_semantic_conventions::attribute::{
    ERROR_TYPE, HTTP_REQUEST_METHOD, HTTP_RESPONSE_STATUS_CODE, HTTP_ROUTE, NETWORK_PROTOCOL_VERSION,
    SERVER_ADDRESS, SERVER_PORT, URL_SCHEME,
};

use super::{Tracing, traceparent, within};

/// What stands for a method that is none of those known: anybody can make one up.
pub const OTHER_METHOD: &str = "_OTHER";

/// The methods of RFC 9110 and RFC 5789.
const METHODS: [&str; 9] = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
];

/// The span of a caller, as its headers tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteParent<'a> {
    /// 32 lower-case hexadecimal digits, not all zero.
    pub trace_id: &'a str,
    /// 16 of them.
    pub span_id: &'a str,
    /// Whether the caller records the trace.
    pub is_sampled: bool,
    /// The header `tracestate`; one that is malformed is dropped.
    pub trace_state: String,
}

/// A request as far as its span tells of it.
#[derive(Debug, Clone, Copy)]
pub struct RequestDescription<'a> {
    /// One of the known methods or [`OTHER_METHOD`].
    pub method: &'static str,
    /// The template of the route, where there is one.
    pub route: Option<&'a str>,
    /// Of the protocol, such as `1.1`.
    pub protocol_version: &'static str,
}

/// `method`, or [`OTHER_METHOD`].
#[must_use]
pub fn known_method(method: &str) -> &'static str {
    METHODS
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or(OTHER_METHOD)
}

/// The span of a request: the frame begins it, and it ends when the answer is there.
pub struct ServerSpan {
    context: SpanContext,
    /// The context in which the request is served; none where the span is not recorded.
    recorded: Option<Context>,
}

impl Tracing {
    /// Begins the span of a request, inside that of its caller; nothing where this process tells nobody of spans.
    #[must_use]
    pub fn begin_request(
        &self,
        request: RequestDescription<'_>,
        parent: Option<&RemoteParent<'_>>,
    ) -> Option<ServerSpan> {
        let origin = self.0.as_ref()?;
        let builder = SpanBuilder::from_name(name(request))
            .with_kind(SpanKind::Server)
            .with_attributes(attributes(request, &origin.server));
        let caller = parent.map_or_else(Context::new, |parent| {
            Context::new().with_remote_span_context(parent.context())
        });
        let span = origin.tracer.build_with_context(builder, &caller);
        let context = span.span_context().clone();
        let recorded = span
            .is_recording()
            .then(|| Context::new().with_value(Arc::clone(origin)).with_span(span));
        Some(ServerSpan { context, recorded })
    }
}

impl ServerSpan {
    /// The trace's id: 32 lower-case hexadecimal digits.
    #[must_use]
    pub fn trace_id(&self) -> String {
        self.context.trace_id().to_string()
    }

    /// The W3C `traceparent` for whatever this request causes.
    #[must_use]
    pub fn traceparent(&self) -> String {
        traceparent(&self.context)
    }

    /// Serves the request inside this span.
    pub fn around<F: Future>(span: Option<&Self>, work: F) -> impl Future<Output = F::Output> {
        within(span.and_then(|span| span.recorded.clone()), work)
    }

    /// As long as the guard lives, what is logged on this thread belongs to this span.
    #[must_use]
    pub fn enter(&self) -> Option<ContextGuard> {
        self.recorded.clone().map(Context::attach)
    }

    /// Ends the span with the answer's status; without one where nobody waits for the answer any more.
    pub fn end(&self, status: Option<u16>) {
        let Some(context) = &self.recorded else { return };
        let span = context.span();
        if let Some(status) = status {
            span.set_attribute(KeyValue::new(HTTP_RESPONSE_STATUS_CODE, i64::from(status)));
        } else {
            span.set_attribute(KeyValue::new(ERROR_TYPE, "client_gone"));
        }
        // What a client did wrong is no failure of the server (conventions for HTTP spans, status).
        if let Some(status) = status.filter(|status| *status >= 500) {
            span.set_attribute(KeyValue::new(ERROR_TYPE, status.to_string()));
            span.set_status(Status::error(""));
        }
        span.end();
    }
}

impl RemoteParent<'_> {
    fn context(&self) -> SpanContext {
        let flags = TraceFlags::default().with_sampled(self.is_sampled);
        SpanContext::new(
            TraceId::from_hex(self.trace_id).unwrap_or(TraceId::INVALID),
            SpanId::from_hex(self.span_id).unwrap_or(SpanId::INVALID),
            flags,
            true,
            TraceState::from_str(&self.trace_state).unwrap_or_default(),
        )
    }
}

/// What the URL of a service tells of where requests come to.
pub(super) fn server_attributes(base_url: &str) -> Vec<KeyValue> {
    let (scheme, rest) = base_url.split_once("://").unwrap_or(("http", base_url));
    let authority = rest.split('/').next().unwrap_or_default();
    let default_port = if scheme == "https" { "443" } else { "80" };
    let (address, port) = match authority.rsplit_once(':') {
        Some((address, port)) if !port.contains(']') => (address, port),
        _ => (authority, default_port),
    };
    let mut attributes = vec![
        KeyValue::new(URL_SCHEME, scheme.to_owned()),
        KeyValue::new(SERVER_ADDRESS, address.trim_matches(['[', ']']).to_owned()),
    ];
    attributes.extend(
        port.parse::<u16>()
            .map(|port| KeyValue::new(SERVER_PORT, i64::from(port))),
    );
    attributes
}

fn name(request: RequestDescription<'_>) -> String {
    let method = match request.method {
        OTHER_METHOD => "HTTP",
        known => known,
    };
    match request.route {
        Some(route) => format!("{method} {route}"),
        None => method.to_owned(),
    }
}

fn attributes(request: RequestDescription<'_>, server: &[KeyValue]) -> Vec<KeyValue> {
    let mut attributes = Vec::with_capacity(server.len() + 5);
    attributes.extend_from_slice(server);
    attributes.push(KeyValue::new(HTTP_REQUEST_METHOD, request.method));
    attributes.push(KeyValue::new(NETWORK_PROTOCOL_VERSION, request.protocol_version));
    if let Some(route) = request.route {
        attributes.push(KeyValue::new(HTTP_ROUTE, route.to_owned()));
    }
    attributes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_that_is_made_up_is_not_repeated() {
        for (method, known) in [
            ("GET", "GET"),
            ("PATCH", "PATCH"),
            ("get", "_OTHER"),
            ("S3CRET", "_OTHER"),
        ] {
            assert_eq!(known_method(method), known);
        }
        let request = RequestDescription {
            method: OTHER_METHOD,
            route: Some("/tenants/{tenantId}"),
            protocol_version: "1.1",
        };
        assert_eq!(name(request), "HTTP /tenants/{tenantId}");
        assert_eq!(
            name(RequestDescription {
                route: None,
                ..request
            }),
            "HTTP"
        );
    }

    #[test]
    fn a_service_is_where_its_clients_reach_it() {
        let told = |url: &str| {
            let attributes = server_attributes(url);
            let texts = attributes.iter().map(|attribute| attribute.value.to_string());
            texts.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(told("http://127.0.0.1:8080"), "http 127.0.0.1 8080");
        assert_eq!(
            told("https://roster.example.org/base"),
            "https roster.example.org 443"
        );
        assert_eq!(told("http://[::1]"), "http ::1 80");
    }

    #[test]
    fn a_process_that_tells_nobody_begins_nothing() {
        let request = RequestDescription {
            method: "GET",
            route: None,
            protocol_version: "1.1",
        };
        assert!(Tracing::default().begin_request(request, None).is_none());
    }
}
