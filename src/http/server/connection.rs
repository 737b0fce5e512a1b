//! One connection, from its first byte to its end.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::{Body as _, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Addr, Endpoint, Response};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::super::limits;
use super::response_body::{self, ResponseBody};
use super::watch::{Expiry, PhaseTimeouts, RequestGuard, Watch, WatchedIo};

/// HTTP/2 streams of one connection at a time: requests at work are limited for all connections together, this only
/// keeps one of them from queueing without end.
const STREAMS_MAX: u32 = 200;
/// The largest header section over HTTP/2, in bytes, as RFC 9113 §6.5.2 counts it.
const HEADER_SECTION_BYTES_MAX: u32 = 16 * 1024;
/// The largest header section over HTTP/1.1, in bytes, with everything that was read ahead.
const BUFFER_BYTES_MAX: usize = 64 * 1024;

/// What the connections of a server share.
pub(super) struct Shared<E> {
    pub(super) endpoint: E,
    pub(super) local_address: SocketAddr,
    pub(super) timeouts: PhaseTimeouts,
    pub(super) body_timeout: Duration,
    /// Finish what is begun.
    pub(super) drain: CancellationToken,
    /// Stop at once.
    pub(super) cut: CancellationToken,
    builder: auto::Builder<TokioExecutor>,
}

impl<E: Endpoint<Output = Response> + 'static> Shared<E> {
    pub(super) fn new(
        endpoint: E,
        local_address: SocketAddr,
        timeouts: PhaseTimeouts,
        body_timeout: Duration,
        drain: CancellationToken,
    ) -> Self {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        // The header timeout is the watch's; see there.
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(None)
            .max_buf_size(BUFFER_BYTES_MAX);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS_MAX)
            .max_header_list_size(HEADER_SECTION_BYTES_MAX)
            .keep_alive_interval(timeouts.keep_alive)
            .keep_alive_timeout(timeouts.header);
        Self {
            endpoint,
            local_address,
            timeouts,
            body_timeout,
            drain,
            cut: CancellationToken::new(),
            builder,
        }
    }

    /// Serves `stream` until it is closed by either side. `true` if it was cut in the middle of its work.
    pub(super) async fn serve(self: Arc<Self>, stream: TcpStream, remote_address: SocketAddr) -> bool {
        let watch = Watch::new(self.timeouts);
        let mut expiry = Expiry::new(watch.clone());
        let io = TokioIo::new(WatchedIo::new(stream, watch.clone()));
        let service = service_fn(|request: hyper::Request<Incoming>| {
            let guard = watch.begin_request(request.version());
            let shared = self.clone();
            async move { Ok::<_, Infallible>(shared.answer(request, remote_address, guard).await) }
        });
        let mut connection = pin!(self.builder.serve_connection(io, service));
        let mut is_draining = false;
        loop {
            // In this order: what the connection does decides whether its time is over.
            tokio::select! {
                biased;
                result = connection.as_mut() => {
                    if let Err(error) = result {
                        tracing::debug!(%remote_address, error, "connection broke");
                    }
                    return false;
                }
                () = self.drain.cancelled(), if !is_draining => {
                    is_draining = true;
                    connection.as_mut().graceful_shutdown();
                }
                reason = poll_fn(|context| expiry.poll(context)) => {
                    tracing::debug!(%remote_address, reason, "connection closed");
                    return false;
                }
                () = self.cut.cancelled() => return true,
            }
        }
    }

    async fn answer(
        &self,
        request: hyper::Request<Incoming>,
        remote_address: SocketAddr,
        guard: RequestGuard,
    ) -> hyper::Response<ResponseBody> {
        let has_body = !request.body().is_end_stream();
        let local_address = LocalAddr(Addr::SocketAddr(self.local_address));
        let remote_address = RemoteAddr(Addr::SocketAddr(remote_address));
        let mut request = poem::Request::from((request, local_address, remote_address, Scheme::HTTP));
        if has_body {
            let body = request.take_body();
            request.set_body(limits::with_deadline(body, self.body_timeout));
        }
        let response = self.endpoint.get_response(request).await;
        response_body::convert(response, guard, &self.drain)
    }
}
