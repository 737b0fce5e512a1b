//! One line a request.

use std::time::Instant;

use poem::Response;
use tracing::field::display;

use super::Exchange;
use super::route_table::Route;
use crate::telemetry::{ServerSpan, known_method};

/// The status of a request whose client went away before its answer: none of HTTP's, but what proxies write for it.
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// Where in a `traceparent` the id of the span stands (W3C Trace Context, level 1, section 3.2.2).
const SPAN_ID: std::ops::Range<usize> = 36..52;

/// The line of one request, and the end of its span. Both happen when this is dropped: also when nobody waits for the answer any more and the
/// work on it is dropped.
pub(super) struct Line<'a> {
    exchange: &'a Exchange,
    route: Option<&'a Route>,
    span: Option<ServerSpan>,
    started: Instant,
    status: Option<u16>,
    is_stream: bool,
}

impl<'a> Line<'a> {
    pub(super) fn begin(exchange: &'a Exchange, route: Option<&'a Route>, span: Option<ServerSpan>) -> Self {
        Self {
            exchange,
            route,
            span,
            started: Instant::now(),
            status: None,
            is_stream: false,
        }
    }

    /// The span that the request is served in.
    pub(super) fn span(&self) -> Option<&ServerSpan> {
        self.span.as_ref()
    }

    /// Writes that there is an answer.
    pub(super) fn answered(mut self, response: &Response) {
        self.status = Some(response.status().as_u16());
        self.is_stream = response.content_type() == Some("text/event-stream");
    }

    /// Never the path, query, headers or body: they hold names and tokens. A path that no route has is not told either, since anybody
    /// can write into it what they like; nor is a method that does not exist.
    fn write(&self) {
        let status = self.status.unwrap_or(CLIENT_CLOSED_REQUEST);
        let method = known_method(self.exchange.method.as_str());
        let route = self.route.map(|route| route.template.as_str());
        let operation = self
            .route
            .and_then(|route| route.operation(&self.exchange.method));
        let duration_ms = (self.started.elapsed().as_secs_f64() * 1e6).round() / 1e3;
        // Of an answer that goes on this is the start, and the duration is that until then.
        let is_start = self.is_stream.then_some(true);
        let identity = &self.exchange.identity;
        let correlation_id = display(identity.correlation_id);
        let causation_id = identity.causation_id.map(display);
        let trace_id = identity.trace_id.as_str();
        let span_id = identity.traceparent.get(SPAN_ID);
        let tenant_id = self.exchange.notes.tenant_id().map(display);
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    method,
                    route,
                    status,
                    duration_ms,
                    is_start,
                    correlation_id,
                    causation_id,
                    trace_id,
                    span_id,
                    tenant_id,
                    operation,
                    "request"
                )
            };
        }
        if status >= 500 {
            line!(warn);
        } else if self.route.is_some_and(Route::is_probe) {
            // Probes and scrapes come every second and say nothing as long as they succeed.
            line!(debug);
        } else {
            line!(info);
        }
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        let entered = self.span.as_ref().map(ServerSpan::enter);
        self.write();
        drop(entered);
        if let Some(span) = &self.span {
            span.end(self.status);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use poem::http::{HeaderMap, Method};
    use serde_json::Value;

    use super::super::identity::identify;
    use super::*;
    use crate::environment::SystemEnvironment;
    use crate::telemetry::RequestNotes;

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(end: impl FnOnce(Line<'_>)) -> Value {
        let exchange = Exchange {
            identity: identify(&HeaderMap::new(), None, None, &SystemEnvironment),
            method: Method::from_bytes(b"S3CRET").unwrap(),
            path: "/s3cret".to_owned(),
            notes: RequestNotes::default(),
        };
        let memory = Memory::default();
        let writer = memory.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, || end(Line::begin(&exchange, None, None)));
        let lines = memory.0.lock().unwrap().clone();
        serde_json::from_slice(&lines).unwrap()
    }

    #[test]
    fn a_request_leaves_one_line_however_it_ends() {
        let answered = logged(|line| line.answered(&Response::builder().finish()));
        assert_eq!(answered["status"], 200);
        assert_eq!(answered.get("is_start"), None);
        let stream = Response::builder().content_type("text/event-stream").finish();
        assert_eq!(logged(|line| line.answered(&stream))["is_start"], true);
        let given_up = logged(|line| drop(line));
        assert_eq!(
            (&given_up["status"], &given_up["message"]),
            (&499.into(), &"request".into())
        );
    }

    #[test]
    fn what_anybody_can_make_up_is_not_told() {
        let line = logged(|line| line.answered(&Response::builder().finish()));
        assert_eq!(line["method"], "_OTHER");
        assert_eq!(line.get("route"), None);
        assert!(!line.to_string().to_lowercase().contains("s3cret"), "{line}");
        assert_eq!(line["span_id"].as_str().unwrap().len(), 16);
    }
}
