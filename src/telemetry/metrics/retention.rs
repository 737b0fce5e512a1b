//! What is deleted from the log and the streams.

use std::time::Duration;

use opentelemetry::metrics::{Counter, Gauge, Meter};

use super::instruments::{counter, seconds};
use super::silent;
use crate::telemetry::catalogue;

/// Counts what is deleted.
#[derive(Clone, Debug)]
pub struct RetentionMetrics {
    purged: Counter<u64>,
    trimmed: Counter<u64>,
    oldest: Gauge<f64>,
}

impl RetentionMetrics {
    pub(super) fn new(meter: &Meter) -> Self {
        Self {
            purged: counter(meter, &catalogue::EVENT_LOG_PURGED_EVENTS),
            trimmed: counter(meter, &catalogue::EVENT_STREAM_TRIMMED_ENTRIES),
            oldest: seconds(meter, &catalogue::EVENT_LOG_OLDEST_RETAINED_AGE),
        }
    }

    /// Lets what counts start at 0.
    pub fn begin_at_zero(&self) {
        self.purged.add(0, &[]);
        self.trimmed.add(0, &[]);
    }

    /// So many events were deleted from the log.
    pub fn purged(&self, count: u64) {
        self.purged.add(count, &[]);
    }

    /// So many entries were deleted from a stream.
    pub fn trimmed(&self, count: u64) {
        self.trimmed.add(count, &[]);
    }

    /// The oldest event of the log was committed so long ago.
    pub fn oldest_is(&self, age: Duration) {
        self.oldest.record(age.as_secs_f64(), &[]);
    }
}

impl Default for RetentionMetrics {
    fn default() -> Self {
        Self::new(&silent())
    }
}
