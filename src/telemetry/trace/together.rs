//! Work that several requests asked for and that is done once, for all of them, on a task of its own.
//!
//! Each request says where it stands with [`Cause::current`] and hands that over with what it asks for. What one request alone asked for is
//! done inside its own span, as if it had done it itself; what several asked for has a span without a parent, linked to each of theirs that is
//! recorded, because the trace of none of them is the place for what the others asked for.

use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::trace::{Link, SpanBuilder, SpanKind, TraceContextExt as _, Tracer as _};

use super::{Origin, within};

/// The recorded span in which something was asked for, or none.
#[derive(Debug, Clone)]
pub struct Cause(Option<Context>);

impl Cause {
    /// The current one.
    #[must_use]
    pub fn current() -> Self {
        let context = Context::current();
        Self(context.get::<Arc<Origin>>().is_some().then_some(context))
    }
}

/// Does `work` that `causes` asked for; a span for several of them goes by `name`.
pub async fn together<F: Future>(name: &'static str, causes: &[Cause], work: F) -> F::Output {
    let context = match causes {
        [Cause(context)] => context.clone(),
        several => joint(name, several),
    };
    within(context, work).await
}

/// The context of a span that is linked to each of `causes`; it ends when nobody works in it any more.
fn joint(name: &'static str, causes: &[Cause]) -> Option<Context> {
    let recorded = || causes.iter().filter_map(|cause| cause.0.as_ref());
    let origin = recorded().find_map(|context| context.get::<Arc<Origin>>())?;
    let links = recorded()
        .map(|context| Link::with_context(context.span().span_context().clone()))
        .collect();
    let builder = SpanBuilder::from_name(name)
        .with_kind(SpanKind::Internal)
        .with_links(links);
    let span = origin.tracer.build_with_context(builder, &Context::new());
    Some(Context::new().with_value(Arc::clone(origin)).with_span(span))
}
