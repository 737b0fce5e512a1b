//! A collector that takes everything and does nothing with it, so that only the sender's cost is measured.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tokio::net::TcpListener;

use crate::error::BenchError;

/// What has arrived.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Received {
    /// Requests with spans.
    pub trace_requests: u64,
    /// Requests with metrics.
    pub metric_requests: u64,
    /// Requests with log records.
    pub log_requests: u64,
    /// Bytes of all bodies.
    pub bytes: u64,
}

#[derive(Default)]
struct Counters {
    traces: AtomicU64,
    metrics: AtomicU64,
    logs: AtomicU64,
    bytes: AtomicU64,
}

/// A running collector. It has a thread of its own and ends with the program.
pub(super) struct Collector {
    address: SocketAddr,
    counters: Arc<Counters>,
}

impl Collector {
    pub(super) fn start() -> Result<Self, BenchError> {
        let io = || BenchError::io("the collector");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").map_err(io())?;
        listener.set_nonblocking(true).map_err(io())?;
        let address = listener.local_addr().map_err(io())?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(io())?;
        let counters = Arc::new(Counters::default());
        let shared = counters.clone();
        std::thread::spawn(move || {
            runtime.block_on(async {
                if let Ok(listener) = TcpListener::from_std(listener) {
                    serve(listener, shared).await;
                }
            });
        });
        Ok(Self { address, counters })
    }

    /// What `OTEL_EXPORTER_OTLP_ENDPOINT` is set to.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn received(&self) -> Received {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Received {
            trace_requests: read(&self.counters.traces),
            metric_requests: read(&self.counters.metrics),
            log_requests: read(&self.counters.logs),
            bytes: read(&self.counters.bytes),
        }
    }
}

async fn serve(listener: TcpListener, counters: Arc<Counters>) {
    while let Ok((stream, _)) = listener.accept().await {
        let counters = counters.clone();
        let service = service_fn(move |request| take(request, counters.clone()));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn take(
    request: Request<Incoming>,
    counters: Arc<Counters>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    // The paths of OTLP over HTTP (OTLP specification, "OTLP/HTTP Request").
    let counter = match request.uri().path() {
        "/v1/traces" => Some(&counters.traces),
        "/v1/metrics" => Some(&counters.metrics),
        "/v1/logs" => Some(&counters.logs),
        _ => None,
    };
    if let Some(counter) = counter {
        counter.fetch_add(1, Ordering::Relaxed);
    }
    if let Ok(body) = request.into_body().collect().await {
        let length = u64::try_from(body.to_bytes().len()).unwrap_or(0);
        counters.bytes.fetch_add(length, Ordering::Relaxed);
    }
    // An empty message of protobuf: everything was accepted.
    let mut response = Response::new(Full::new(Bytes::new()));
    response.headers_mut().insert(
        hyper::header::CONTENT_TYPE,
        hyper::header::HeaderValue::from_static("application/x-protobuf"),
    );
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simple_http::post;

    #[test]
    fn what_arrives_is_counted_by_signal() {
        let collector = Collector::start().unwrap();
        for path in ["/v1/traces", "/v1/traces", "/v1/metrics", "/v1/logs", "/other"] {
            let reply = post(collector.address, path, &[], &serde_json::json!(7)).unwrap();
            assert_eq!((reply.status, reply.body.as_str()), (200, ""));
        }
        let expected = Received {
            trace_requests: 2,
            metric_requests: 1,
            log_requests: 1,
            bytes: 5,
        };
        assert_eq!(collector.received(), expected);
    }
}
