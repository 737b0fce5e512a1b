//! Which traces are recorded.
//!
//! What a caller decided holds, either way: a trace that is recorded in part tells little. Of what begins here a share is recorded, and no more
//! than a number in each second: a service with little to do shows everything, and one under load does not spend itself on telling of it. A batch is
//! recorded where one of the creations that it is linked to is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use opentelemetry::trace::{Link, SpanKind, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};

use crate::config::TelemetrySettings;

/// What `settings` say.
pub(in crate::telemetry) fn sampler(settings: &TelemetrySettings) -> Box<dyn ShouldSample> {
    Sampler::parent_based(Roots {
        share: Sampler::TraceIdRatioBased(settings.sample_ratio),
        budget: Arc::new(Budget::new(settings.traces_per_second)),
    })
    .into()
}

/// Decides for what has no parent.
#[derive(Debug, Clone)]
struct Roots {
    share: Sampler,
    budget: Arc<Budget>,
}

impl ShouldSample for Roots {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let is_recorded = if links.is_empty() {
            let share = self
                .share
                .should_sample(parent, trace_id, name, kind, attributes, links);
            share.decision == SamplingDecision::RecordAndSample && self.budget.take()
        } else {
            links.iter().any(|link| link.span_context.is_sampled())
        };
        SamplingResult {
            decision: if is_recorded {
                SamplingDecision::RecordAndSample
            } else {
                SamplingDecision::Drop
            },
            attributes: Vec::new(),
            trace_state: TraceState::NONE,
        }
    }
}

/// So many in each second.
#[derive(Debug)]
struct Budget {
    per_second: u32,
    started: Instant,
    /// The second, counted from the start, in the upper half; how many were taken in it in the lower.
    taken: AtomicU64,
}

impl Budget {
    fn new(per_second: u32) -> Self {
        Self {
            per_second,
            started: Instant::now(),
            taken: AtomicU64::new(0),
        }
    }

    fn take(&self) -> bool {
        self.take_in(self.started.elapsed().as_secs())
    }

    fn take_in(&self, second: u64) -> bool {
        let fresh = second << 32;
        let update = |taken: u64| {
            let before = taken.max(fresh);
            (before & u64::from(u32::MAX) < u64::from(self.per_second)).then_some(before + 1)
        };
        self.taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, update)
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags};

    use super::*;

    fn settings(sample_ratio: f64, traces_per_second: u32) -> TelemetrySettings {
        TelemetrySettings {
            otlp: None,
            sample_ratio,
            traces_per_second,
            service_instance: None,
        }
    }

    fn context(is_sampled: bool) -> SpanContext {
        let flags = TraceFlags::default().with_sampled(is_sampled);
        SpanContext::new(TraceId::from(7), SpanId::from(7), flags, true, TraceState::NONE)
    }

    fn decides(sampler: &dyn ShouldSample, parent: Option<bool>, links: &[bool]) -> bool {
        let parent = parent.map_or_else(Context::new, |is_sampled| {
            Context::new().with_remote_span_context(context(is_sampled))
        });
        let links: Vec<Link> = links
            .iter()
            .map(|is_sampled| Link::with_context(context(*is_sampled)))
            .collect();
        let result = sampler.should_sample(
            Some(&parent),
            TraceId::from(7),
            "x",
            &SpanKind::Server,
            &[],
            &links,
        );
        result.decision == SamplingDecision::RecordAndSample
    }

    #[test]
    fn what_a_caller_decided_holds() {
        let none = sampler(&settings(0.0, 0));
        assert!(decides(&*none, Some(true), &[]));
        let all = sampler(&settings(1.0, 1000));
        assert!(!decides(&*all, Some(false), &[]));
    }

    #[test]
    fn a_batch_is_recorded_where_one_creation_is() {
        let none = sampler(&settings(0.0, 0));
        assert!(decides(&*none, None, &[false, true]));
        let all = sampler(&settings(1.0, 1000));
        assert!(!decides(&*all, None, &[false]));
    }

    #[test]
    fn there_are_only_so_many_in_a_second() {
        let budget = Budget::new(3);
        let taken = |second| (0..10).filter(|_| budget.take_in(second)).count();
        assert_eq!((taken(0), taken(0), taken(1), taken(5)), (3, 0, 3, 3));
        // A thread that read the clock before the second turned takes from the new one.
        assert_eq!(taken(4), 0);
        assert!(!Budget::new(0).take());
    }
}
