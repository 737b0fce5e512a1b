//! A collector of one test: takes traces, metrics and logs over OTLP/HTTP with protobuf bodies, and keeps them.
//!
//! It runs on a thread of its own, so that it answers while a test waits for a process to end.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{ServiceBuilder, wait};

/// A running collector; it ends with this value.
pub struct OtlpReceiver {
    address: SocketAddr,
    received: Arc<Mutex<Received>>,
    _running: DropGuard,
}

/// What came, in the order of its coming.
#[derive(Debug, Clone, Default)]
pub struct Received {
    /// Spans, each with the resource that sent it.
    pub spans: Vec<(Resource, Span)>,
    /// Metrics as they stood at each export.
    pub metrics: Vec<(Resource, Metric)>,
    /// Log records.
    pub logs: Vec<(Resource, LogRecord)>,
    /// From where in the program each of them comes.
    pub log_targets: Vec<String>,
    /// Every body as it came, protobuf: a text in it stands there as it is.
    pub bodies: Vec<Bytes>,
    /// The header `api-key` of every request; empty where there was none.
    pub api_keys: Vec<String>,
}

impl OtlpReceiver {
    /// Starts one on a free port.
    pub fn start() -> Self {
        Self::start_on("127.0.0.1:0".parse().expect("an address"))
    }

    /// Starts one where another was, or nobody yet.
    pub fn start_on(address: SocketAddr) -> Self {
        let received = Arc::new(Mutex::new(Received::default()));
        let running = CancellationToken::new();
        let (shared, ending) = (Arc::clone(&received), running.clone());
        let listener = std::net::TcpListener::bind(address).expect("bind the collector");
        let address = listener.local_addr().expect("the collector's address");
        listener.set_nonblocking(true).expect("do not block");
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let listener = TcpListener::from_std(listener).expect("a listener");
                tokio::select! {
                    () = serve(listener, shared) => {}
                    () = ending.cancelled() => {}
                }
            });
        });
        Self {
            address,
            received,
            _running: running.drop_guard(),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL, for `ROLLCALL_OTLP_ENDPOINT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What came so far.
    pub fn received(&self) -> Received {
        self.received.lock().expect("no test panicked in here").clone()
    }

    /// Waits until `look` finds in what came what it looks for.
    pub async fn until<T>(&self, what: &str, mut look: impl FnMut(&Received) -> Option<T>) -> T {
        wait::until(what, async || look(&self.received())).await
    }
}

impl ServiceBuilder {
    /// Telling everything to this collector, at once rather than every few seconds.
    #[must_use]
    pub fn telemetry(self, receiver: &OtlpReceiver) -> Self {
        self.telemetry_to(&receiver.url())
    }

    /// Telling everything to the collector at this URL, which need not be there.
    #[must_use]
    pub fn telemetry_to(self, url: &str) -> Self {
        self.variable("ROLLCALL_OTLP_ENDPOINT", url)
            .variable("OTEL_BSP_SCHEDULE_DELAY", "50")
            .variable("OTEL_BLRP_SCHEDULE_DELAY", "50")
            .variable("OTEL_METRIC_EXPORT_INTERVAL", "100")
    }
}

/// The attributes of a span, a log record, a resource or a data point, as texts.
pub fn attributes(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    attributes
        .iter()
        .map(|attribute| {
            (
                attribute.key.clone(),
                attribute.value.as_ref().map_or_else(String::new, text),
            )
        })
        .collect()
}

/// A value as text.
pub fn text(value: &AnyValue) -> String {
    match &value.value {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::BoolValue(value)) => value.to_string(),
        Some(Value::IntValue(value)) => value.to_string(),
        Some(Value::DoubleValue(value)) => value.to_string(),
        other => format!("{other:?}"),
    }
}

/// Lower-case hexadecimal digits, as ids of traces and spans are written.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

async fn serve(listener: TcpListener, received: Arc<Mutex<Received>>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let received = Arc::clone(&received);
        tokio::spawn(async move {
            let service = service_fn(move |request| take(request, Arc::clone(&received)));
            let connection =
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            // A client that goes away is no concern of a collector.
            let _ = connection.await;
        });
    }
}

async fn take(
    request: Request<Incoming>,
    received: Arc<Mutex<Received>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let header = |name: &str| {
        let value = head.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let Ok(body) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
        return Ok(answer(StatusCode::BAD_REQUEST));
    };
    if header("content-type") != "application/x-protobuf" {
        return Ok(answer(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let mut received = received.lock().expect("no test panicked in here");
    let is_taken = match head.uri.path() {
        "/v1/traces" => {
            ExportTraceServiceRequest::decode(body.clone()).map(|request| received.add_spans(request))
        }
        "/v1/metrics" => {
            ExportMetricsServiceRequest::decode(body.clone()).map(|request| received.add_metrics(request))
        }
        "/v1/logs" => {
            ExportLogsServiceRequest::decode(body.clone()).map(|request| received.add_logs(request))
        }
        _ => return Ok(answer(StatusCode::NOT_FOUND)),
    };
    received.bodies.push(body);
    received.api_keys.push(header("api-key"));
    Ok(answer(match is_taken {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::BAD_REQUEST,
    }))
}

/// An answer of OTLP: an empty message says that everything was taken.
fn answer(status: StatusCode) -> Response<Full<Bytes>> {
    Response::builder()
        .status(status)
        .header("content-type", "application/x-protobuf")
        .body(Full::default())
        .expect("an answer")
}

impl Received {
    fn add_spans(&mut self, request: ExportTraceServiceRequest) {
        for group in request.resource_spans {
            let resource = group.resource.unwrap_or_default();
            let spans = group.scope_spans.into_iter().flat_map(|scope| scope.spans);
            self.spans.extend(spans.map(|span| (resource.clone(), span)));
        }
    }

    fn add_metrics(&mut self, request: ExportMetricsServiceRequest) {
        for group in request.resource_metrics {
            let resource = group.resource.unwrap_or_default();
            let metrics = group.scope_metrics.into_iter().flat_map(|scope| scope.metrics);
            self.metrics
                .extend(metrics.map(|metric| (resource.clone(), metric)));
        }
    }

    fn add_logs(&mut self, request: ExportLogsServiceRequest) {
        for group in request.resource_logs {
            let resource = group.resource.unwrap_or_default();
            for scope in group.scope_logs {
                let target = scope.scope.unwrap_or_default().name;
                for record in scope.log_records {
                    self.log_targets.push(target.clone());
                    self.logs.push((resource.clone(), record));
                }
            }
        }
    }
}
