//! Requests, what the guard refused of them, and repetitions.

use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry::metrics::{Counter, Histogram, Meter, UpDownCounter};
use opentelemetry::{Key, KeyValue, StringValue, Value};

use super::instruments::{counter, histogram, up_down_counter};
use super::silent;
use crate::telemetry::{catalogue, known_method};

const METHOD: Key = Key::from_static_str("http.request.method");
const ROUTE: Key = Key::from_static_str("http.route");
const STATUS: Key = Key::from_static_str("http.response.status_code");
const SCHEME: Key = Key::from_static_str("url.scheme");
const ERROR: Key = Key::from_static_str("error.type");
const OPERATION: Key = Key::from_static_str("rollcall.operation");
const REASON: Key = Key::from_static_str("reason");

/// The problems that the tenant guard answers.
const GUARD_REFUSALS: [&str; 3] = ["tenant-mismatch", "forbidden", "tenant-header-invalid"];
/// The problems of an idempotency key, each with what it counts as.
const KEY_CONFLICTS: [(&str, &str); 2] = [
    ("idempotency-key-reused", "reused"),
    ("idempotency-in-flight", "in-flight"),
];
/// What a request ended with whose client did not wait for the answer.
const CLIENT_GONE: &str = "client_closed_request";

/// Counts requests.
#[derive(Clone, Debug)]
pub struct HttpMetrics {
    duration: Histogram<f64>,
    active: UpDownCounter<i64>,
    refusals: Counter<u64>,
    replays: Counter<u64>,
    conflicts: Counter<u64>,
}

impl HttpMetrics {
    pub(super) fn new(meter: &Meter) -> Self {
        Self {
            duration: histogram(meter, &catalogue::HTTP_SERVER_REQUEST_DURATION),
            active: up_down_counter(meter, &catalogue::HTTP_SERVER_ACTIVE_REQUESTS),
            refusals: counter(meter, &catalogue::TENANCY_REFUSALS),
            replays: counter(meter, &catalogue::IDEMPOTENCY_REPLAYS),
            conflicts: counter(meter, &catalogue::IDEMPOTENCY_CONFLICTS),
        }
    }

    /// Lets what counts start at 0 instead of with its first case: a rate over a series that just began is nothing. `operations` are those
    /// that take idempotency keys.
    pub fn begin_at_zero(&self, operations: impl IntoIterator<Item = &'static str>) {
        for reason in GUARD_REFUSALS {
            self.refusals.add(0, &[KeyValue::new(REASON, reason)]);
        }
        for operation in operations {
            self.replays.add(0, &[KeyValue::new(OPERATION, operation)]);
            for (_, reason) in KEY_CONFLICTS {
                self.conflicts.add(0, &conflict(operation, reason));
            }
        }
    }

    /// A request came. It is at work until the measurement is dropped.
    #[must_use]
    pub fn request(&self, method: &str, route: Option<Arc<str>>) -> RequestMeasurement<'_> {
        let method = known_method(method);
        self.active.add(1, &at_work(method));
        RequestMeasurement {
            metrics: self,
            method,
            route,
            started: Instant::now(),
            status: None,
        }
    }

    /// A request was refused with the problem `slug`, by `operation` where it got so far.
    pub fn refused(&self, slug: &str, operation: Option<&'static str>) {
        if let Some(reason) = GUARD_REFUSALS.into_iter().find(|known| *known == slug) {
            self.refusals.add(1, &[KeyValue::new(REASON, reason)]);
        }
        let conflict_of = KEY_CONFLICTS.into_iter().find(|(known, _)| *known == slug);
        if let (Some((_, reason)), Some(operation)) = (conflict_of, operation) {
            self.conflicts.add(1, &conflict(operation, reason));
        }
    }

    /// A request got the answer again that `operation` gave first.
    pub fn replayed(&self, operation: &'static str) {
        self.replays.add(1, &[KeyValue::new(OPERATION, operation)]);
    }

    fn ended(&self, method: &'static str, route: Option<Arc<str>>, status: Option<u16>, took: Duration) {
        // All texts are static or shared: this list is all that is allocated for a request.
        let mut labels = Vec::with_capacity(5);
        labels.push(KeyValue::new(METHOD, method));
        labels.push(KeyValue::new(SCHEME, "http"));
        if let Some(route) = route {
            labels.push(KeyValue::new(ROUTE, Value::String(StringValue::from(route))));
        }
        if let Some(status) = status {
            labels.push(KeyValue::new(STATUS, i64::from(status)));
        }
        if let Some(error) = error_type(status) {
            labels.push(KeyValue::new(ERROR, error));
        }
        self.duration.record(took.as_secs_f64(), &labels);
    }
}

impl Default for HttpMetrics {
    fn default() -> Self {
        Self::new(&silent())
    }
}

/// A request at work.
#[derive(Debug)]
pub struct RequestMeasurement<'a> {
    metrics: &'a HttpMetrics,
    method: &'static str,
    route: Option<Arc<str>>,
    started: Instant,
    status: Option<u16>,
}

impl RequestMeasurement<'_> {
    /// There is an answer.
    pub fn answered(mut self, status: u16) {
        self.status = Some(status);
    }
}

impl Drop for RequestMeasurement<'_> {
    fn drop(&mut self) {
        self.metrics.active.add(-1, &at_work(self.method));
        self.metrics.ended(
            self.method,
            self.route.take(),
            self.status,
            self.started.elapsed(),
        );
    }
}

/// Counts streams of server-sent events.
#[derive(Clone, Debug)]
pub struct EventStreamMetrics {
    open: UpDownCounter<i64>,
}

/// An open stream; closed when this is dropped.
#[derive(Debug)]
pub struct OpenEventStream(UpDownCounter<i64>);

impl EventStreamMetrics {
    pub(super) fn new(meter: &Meter) -> Self {
        let open = up_down_counter(meter, &catalogue::EVENT_STREAMS_OPEN);
        Self { open }
    }

    /// Lets the number of open streams start at 0.
    pub fn begin_at_zero(&self) {
        self.open.add(0, &[]);
    }

    /// A stream is opened.
    #[must_use]
    pub fn open(&self) -> OpenEventStream {
        self.open.add(1, &[]);
        OpenEventStream(self.open.clone())
    }
}

impl Default for EventStreamMetrics {
    fn default() -> Self {
        Self::new(&silent())
    }
}

impl Drop for OpenEventStream {
    fn drop(&mut self) {
        self.0.add(-1, &[]);
    }
}

fn at_work(method: &'static str) -> [KeyValue; 2] {
    [KeyValue::new(METHOD, method), KeyValue::new(SCHEME, "http")]
}

fn conflict(operation: &'static str, reason: &'static str) -> [KeyValue; 2] {
    [KeyValue::new(OPERATION, operation), KeyValue::new(REASON, reason)]
}

/// What went wrong on this side, where anything did: the status as text, as the semantic conventions have it.
fn error_type(status: Option<u16>) -> Option<&'static str> {
    match status {
        None => Some(CLIENT_GONE),
        Some(500) => Some("500"),
        Some(503) => Some("503"),
        Some(501..) => Some("_OTHER"),
        Some(_) => None,
    }
}
