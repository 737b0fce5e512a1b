//! What a turn counts.

use crate::outbox::log::LogEntry;
use crate::outbox::publish_clock::PublishClock;
use crate::telemetry::metrics::RelayMetrics;

/// Counts what a relay does.
#[derive(Debug, Clone)]
pub(super) struct Measure {
    metrics: RelayMetrics,
    clock: PublishClock,
}

impl Measure {
    pub(super) fn new(metrics: RelayMetrics, clock: PublishClock) -> Self {
        Self { metrics, clock }
    }

    /// The broker acknowledged `entries`, just now.
    pub(super) fn appended(&self, entries: &[LogEntry]) {
        self.clock
            .published(entries, |after| self.metrics.published(after));
    }

    /// The fence held.
    pub(super) fn fence_rejected(&self) {
        self.metrics.fence_rejected();
    }

    /// The stream was believed to end at `before`, and now is at `after`.
    pub(super) fn moved(&self, before: Option<i64>, after: Option<i64>) {
        if let (Some(before), Some(after)) = (before, after)
            && after < before
        {
            self.metrics.rewound();
        }
    }

    /// A tombstone took an event's place.
    pub(super) fn withheld(&self) {
        self.metrics.withheld();
    }

    /// Whether this relay carried the partition, and whether it does now.
    pub(super) fn led(&self, before: bool, after: bool) {
        if after && !before {
            self.metrics.lease_changed();
        }
    }
}
