//! Spans.
//!
//! They are made with OpenTelemetry's own interface, not with the `tracing` crate's (decision 0011). [`Tracing`] is where the spans
//! of a process come from; it is handed to what begins traces: the frame around each request, and the relay. From there on a span that
//! is recorded stands in the OpenTelemetry context of its task together with its [`Tracing`], and whatever runs inside it begins children with
//! the functions of [`database`] and [`messaging`], which find both there. Where no span is recorded there is no context either, and all of them
//! cost a look at an empty place.
//!
//! No name of a span holds an id, and no attribute a value that a client made up: names are routes, operations, statements and streams.

pub mod database;
pub mod http;
pub mod messaging;
pub(super) mod sampler;
mod together;

use std::borrow::Cow;
use std::sync::Arc;

use futures_util::future::Either;
use opentelemetry::context::FutureExt as _;
use opentelemetry::trace::{
    Span as _, SpanBuilder, SpanContext, SpanKind, Status, TraceContextExt as _, Tracer as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SdkTracer, Span as SdkSpan};
use opentelemetry_semantic_conventions::attribute::ERROR_TYPE;

pub use together::{Cause, together};

/// Where the spans of a process come from; by default there are none. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Tracing(Option<Arc<Origin>>);

/// What every span of a process needs.
#[derive(Debug)]
struct Origin {
    tracer: SdkTracer,
    /// What is the same for every request.
    server: Vec<KeyValue>,
    /// What is the same for every statement.
    database: Vec<KeyValue>,
}

impl Tracing {
    pub(super) fn new(tracer: Option<SdkTracer>) -> Self {
        Self(tracer.map(|tracer| {
            Arc::new(Origin {
                tracer,
                server: Vec::new(),
                database: Vec::new(),
            })
        }))
    }

    /// The same, which says of every request that it came to `base_url`: the one that clients know, not the one that they name.
    #[must_use]
    pub fn serving(self, base_url: &str) -> Self {
        self.with(|origin| origin.server = http::server_attributes(base_url))
    }

    /// The same, which says of every statement that `url` is where it went; of the URL no more than host, port and name of the database.
    #[must_use]
    pub fn storing(self, url: &str) -> Self {
        self.with(|origin| origin.database = database::target_attributes(url))
    }

    fn with(self, change: impl FnOnce(&mut Origin)) -> Self {
        Self(self.0.map(|origin| {
            let mut origin = Origin {
                tracer: origin.tracer.clone(),
                server: origin.server.clone(),
                database: origin.database.clone(),
            };
            change(&mut origin);
            Arc::new(origin)
        }))
    }
}

/// A span that this process began, or none. It ends when it is dropped.
#[derive(Debug)]
pub struct Span(Option<SdkSpan>);

impl Span {
    /// A span inside the current one, as `describe` says; none where the current one is not recorded.
    fn child(kind: SpanKind, describe: impl FnOnce(&Origin) -> (Cow<'static, str>, Vec<KeyValue>)) -> Self {
        let parent = Context::current();
        let Some(origin) = parent.get::<Arc<Origin>>() else {
            return Self(None);
        };
        let (name, attributes) = describe(origin);
        let builder = SpanBuilder::from_name(name)
            .with_kind(kind)
            .with_attributes(attributes);
        Self(Some(origin.tracer.build_with_context(builder, &parent)))
    }

    /// No span.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// A span for a part of the work that goes by `name`, of which there must be few.
    #[must_use]
    pub fn internal(name: &'static str) -> Self {
        Self::child(SpanKind::Internal, |_| (name.into(), Vec::new()))
    }

    /// Says that the work failed, with an error of that type, of which there must be few.
    pub fn fail(&mut self, error_type: impl Into<Cow<'static, str>>) {
        if let Some(span) = &mut self.0 {
            span.set_attribute(KeyValue::new(ERROR_TYPE, error_type.into()));
            span.set_status(Status::error(""));
        }
    }

    /// The W3C `traceparent` for whatever this span causes.
    #[must_use]
    pub fn traceparent(&self) -> Option<String> {
        self.0.as_ref().map(|span| traceparent(span.span_context()))
    }

    /// Does `work` inside this span, which ends with it.
    pub async fn around<F: Future>(self, work: F) -> F::Output {
        match self.0 {
            Some(span) => {
                let context = Context::current_with_span(span);
                let output = within(Some(context.clone()), work).await;
                context.span().end();
                output
            }
            None => work.await,
        }
    }

    fn set(&mut self, key: &'static str, value: impl Into<opentelemetry::Value>) {
        if let Some(span) = &mut self.0 {
            span.set_attribute(KeyValue::new(key, value));
        }
    }
}

/// `work` inside `context`; without one as it is.
fn within<F: Future>(context: Option<Context>, work: F) -> impl Future<Output = F::Output> {
    match context {
        Some(context) => Either::Left(work.with_context(context)),
        None => Either::Right(work),
    }
}

/// The header of W3C Trace Context, level 1, section 3.2.
fn traceparent(context: &SpanContext) -> String {
    format!(
        "00-{}-{}-{:02x}",
        context.trace_id(),
        context.span_id(),
        u8::from(context.is_sampled())
    )
}
