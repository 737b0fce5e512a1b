//! What happens around every request, whoever answers it.
//!
//! One [`Frame`] does it in one place and in this order, because each step needs what the one before found: ids, host, route,
//! method, a free slot, the answer (or the panic) of the endpoint, headers, log line. Whatever goes wrong here or below is
//! a problem with the request's ids in it; nothing of what the endpoint's library would say in plain text gets out.

mod access_log;
mod hosts;
mod identity;
mod measure;
mod response_headers;
mod route_table;
#[cfg(test)]
mod tests;
mod trace_context;

use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http_body_util::combinators::BoxBody;
use hyper::body::Body as _;
use poem::http::{HeaderValue, Method, StatusCode, Version, header};
use poem::{Endpoint, Request, Response};
use tokio::sync::Semaphore;

pub use contract_runtime::RequestIdentity;
pub use hosts::OwnHosts;
pub use identity::{CAUSATION_HEADER, CORRELATION_HEADER};
pub use route_table::RouteTable;

use super::problem::ProblemCatalogue;
use crate::environment::SharedEnvironment;
use crate::telemetry::metrics::HttpMetrics;
use crate::telemetry::{
    RemoteParent, RequestDescription, RequestNotes, ServerSpan, Span, Tracing, known_method,
};
use identity::identify;
use route_table::Route;

/// How long a client should wait before it tries again after 503, in seconds.
const RETRY_AFTER_S: HeaderValue = HeaderValue::from_static("1");

/// An endpoint and everything around it.
pub struct Frame<E> {
    endpoint: E,
    routes: RouteTable,
    problems: ProblemCatalogue,
    environment: SharedEnvironment,
    slots: Semaphore,
    own_hosts: Option<OwnHosts>,
    tracing: Tracing,
    metrics: HttpMetrics,
}

/// A request whose answer is being made.
struct Exchange {
    identity: RequestIdentity,
    method: Method,
    path: String,
    notes: RequestNotes,
}

impl<E: Endpoint<Output = Response>> Frame<E> {
    /// A frame around `endpoint`, which is asked for nothing that is not among `routes` and for at most
    /// `concurrent_requests` at a time.
    pub fn new(
        endpoint: E,
        routes: RouteTable,
        problems: ProblemCatalogue,
        environment: SharedEnvironment,
        concurrent_requests: usize,
    ) -> Self {
        Self {
            endpoint,
            routes,
            problems,
            environment,
            slots: Semaphore::new(concurrent_requests),
            own_hosts: None,
            tracing: Tracing::default(),
            metrics: HttpMetrics::default(),
        }
    }

    /// The same, whose requests are spans of `tracing`.
    #[must_use]
    pub fn traced_by(mut self, tracing: Tracing) -> Self {
        self.tracing = tracing;
        self
    }

    /// The same, which counts requests in `metrics`.
    #[must_use]
    pub fn measured(mut self, metrics: HttpMetrics) -> Self {
        self.metrics = metrics;
        self
    }

    /// The same, which refuses requests that name a host not among `own_hosts`.
    #[must_use]
    pub fn only_for(mut self, own_hosts: Option<OwnHosts>) -> Self {
        self.own_hosts = own_hosts;
        self
    }

    /// The span of a request for an operation of the contract; of any other only inside a trace that its caller records.
    fn begin_span(
        &self,
        request: &Request,
        route: Option<&Route>,
        parent: Option<&RemoteParent<'_>>,
    ) -> Option<ServerSpan> {
        let is_wanted = route.is_some_and(Route::is_work) || parent.is_some_and(|parent| parent.is_sampled);
        if !is_wanted {
            return None;
        }
        let description = RequestDescription {
            method: known_method(request.method().as_str()),
            route: route.map(|route| route.template.as_str()),
            protocol_version: match request.version() {
                Version::HTTP_2 => "2",
                Version::HTTP_10 => "1.0",
                _ => "1.1",
            },
        };
        self.tracing.begin_request(description, parent)
    }

    async fn answer(&self, mut request: Request, exchange: &Exchange, route: Option<&Route>) -> Response {
        if self
            .own_hosts
            .as_ref()
            .is_some_and(|hosts| !hosts.allow(&request))
        {
            let detail = "Without authentication the service answers only under names of this machine and of its public URL; \
                          the request names another host.";
            return self.problem(exchange, "malformed-request", detail);
        }
        let Some(route) = route else {
            let detail = match self.routes.find("/docs") {
                Some(_) => "Nothing is served under this path; /docs shows what is.",
                None => "Nothing is served under this path.",
            };
            return self.problem(exchange, "route-not-found", detail);
        };
        if !route.allows(&exchange.method) {
            let allow = route.allow_header();
            let detail = format!("This path answers {allow}.");
            let mut response = self.problem(exchange, "method-not-allowed", &detail);
            if let Ok(allow) = HeaderValue::from_str(&allow) {
                response.headers_mut().insert(header::ALLOW, allow);
            }
            return response;
        }
        // A probe that is refused under load would have the process killed, and metrics are wanted most under load.
        let slot = self.slots.try_acquire();
        if slot.is_err() && !route.is_probe() {
            let detail = "The service has as many requests at work as it takes at once.";
            return self.problem(exchange, "unavailable", detail);
        }
        request.extensions_mut().insert(exchange.identity.clone());
        if exchange.method == Method::HEAD {
            request.set_method(Method::GET);
        }
        let span = route
            .operation(&exchange.method)
            .map_or_else(Span::none, Span::internal);
        let work = AssertUnwindSafe(self.endpoint.call(request)).catch_unwind();
        match span.around(work).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => self.error(exchange, error),
            Err(_panic) => {
                tracing::error!(
                    route = route.template,
                    correlation_id = %exchange.identity.correlation_id,
                    "a request panicked; the panic's own line stands before this one"
                );
                self.internal_error(exchange)
            }
        }
    }

    /// The answer for an error of the endpoint's library; an error that holds an answer already is that answer.
    fn error(&self, exchange: &Exchange, error: poem::Error) -> Response {
        if error.is_from_response() {
            return error.into_response();
        }
        let slug = match error.status() {
            StatusCode::NOT_FOUND => "route-not-found",
            StatusCode::METHOD_NOT_ALLOWED => "method-not-allowed",
            StatusCode::NOT_ACCEPTABLE => "not-acceptable",
            StatusCode::PAYLOAD_TOO_LARGE => "payload-too-large",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported-media-type",
            status if status.is_client_error() => "malformed-request",
            _ => {
                tracing::error!(
                    %error, correlation_id = %exchange.identity.correlation_id, "a request failed"
                );
                return self.internal_error(exchange);
            }
        };
        self.problem(exchange, slug, &error.to_string())
    }

    fn internal_error(&self, exchange: &Exchange) -> Response {
        let detail = "The service failed; its log holds the reason under this correlation id.";
        self.problem(exchange, "internal-error", detail)
    }

    fn problem(&self, exchange: &Exchange, slug: &str, detail: &str) -> Response {
        let mut response = self
            .problems
            .answer(slug, detail, &exchange.path, &exchange.identity);
        if response.status() == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER_S);
        }
        response
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Frame<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let route = self.routes.find(request.uri().path());
        let parent = trace_context::remote_parent(request.headers());
        let span = self.begin_span(&request, route, parent.as_ref());
        let identity = identify(
            request.headers(),
            parent.as_ref(),
            span.as_ref(),
            &*self.environment,
        );
        let exchange = Exchange {
            notes: RequestNotes::of(identity.correlation_id),
            identity,
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
        };
        let label = route.map(|route| Arc::clone(&route.label));
        let measurement = self.metrics.request(exchange.method.as_str(), label);
        let line = access_log::Line::begin(&exchange, route, span);
        let answer = exchange.notes.around(self.answer(request, &exchange, route));
        let mut response = ServerSpan::around(line.span(), answer).await;
        if exchange.method == Method::HEAD {
            drop_body(&mut response);
        }
        response_headers::add(&mut response, &exchange.identity);
        measure::answered(&self.metrics, measurement, &response);
        line.answered(&response);
        Ok(response)
    }
}

/// Takes the body away and leaves what the headers say of it.
fn drop_body(response: &mut Response) {
    let body: BoxBody<Bytes, io::Error> = response.take_body().into();
    if let Some(length) = body.size_hint().exact() {
        response
            .headers_mut()
            .entry(header::CONTENT_LENGTH)
            .or_insert(HeaderValue::from(length));
    }
}
