//! What the relay decides.

use std::time::Duration;

use opentelemetry::metrics::{Counter, Histogram, Meter};

use super::instruments::{counter, histogram};
use super::silent;
use crate::telemetry::catalogue;

/// Counts what the relay decides.
#[derive(Clone, Debug)]
pub struct RelayMetrics {
    publish_duration: Histogram<f64>,
    fence_rejections: Counter<u64>,
    rewinds: Counter<u64>,
    lease_changes: Counter<u64>,
    withheld: Counter<u64>,
}

impl RelayMetrics {
    pub(super) fn new(meter: &Meter) -> Self {
        Self {
            publish_duration: histogram(meter, &catalogue::EVENT_PUBLISH_DURATION),
            fence_rejections: counter(meter, &catalogue::RELAY_FENCE_REJECTIONS),
            rewinds: counter(meter, &catalogue::RELAY_REWINDS),
            lease_changes: counter(meter, &catalogue::RELAY_LEASE_CHANGES),
            withheld: counter(meter, &catalogue::RELAY_EVENTS_WITHHELD),
        }
    }

    /// Lets what counts start at 0.
    pub fn begin_at_zero(&self) {
        self.fence_rejections.add(0, &[]);
        self.rewinds.add(0, &[]);
        self.lease_changes.add(0, &[]);
        self.withheld.add(0, &[]);
    }

    /// The broker acknowledged an event so long after its commit.
    pub fn published(&self, after: Duration) {
        self.publish_duration.record(after.as_secs_f64(), &[]);
    }

    /// The broker refused a batch because the stream does not end where the relay thought.
    pub fn fence_rejected(&self) {
        self.fence_rejections.add(1, &[]);
    }

    /// This relay carries a partition that it did not carry before.
    pub fn lease_changed(&self) {
        self.lease_changes.add(1, &[]);
    }

    /// A tombstone took the place of an event that the broker would not take.
    pub fn withheld(&self) {
        self.withheld.add(1, &[]);
    }

    /// A stream ends before what was known to be in it.
    pub fn rewound(&self) {
        self.rewinds.add(1, &[]);
    }
}

impl Default for RelayMetrics {
    fn default() -> Self {
        Self::new(&silent())
    }
}
