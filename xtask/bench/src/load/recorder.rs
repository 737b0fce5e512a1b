//! What a run has measured.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;

/// The longest latency that is told apart; longer ones count as this.
const LATENCY_MAX_US: u64 = 120_000_000;

/// Latencies in microseconds, to three significant digits.
#[derive(Debug, Clone)]
pub struct Latencies(Histogram<u64>);

impl Default for Latencies {
    fn default() -> Self {
        Self::new()
    }
}

impl Latencies {
    /// None yet.
    ///
    /// # Panics
    /// Never: the bounds are constants that the histogram accepts, as a test shows.
    #[must_use]
    pub fn new() -> Self {
        #[expect(clippy::expect_used, reason = "the bounds are constants and tested")]
        Self(Histogram::new_with_bounds(1, LATENCY_MAX_US, 3).expect("bounds that the histogram accepts"))
    }

    /// Adds one.
    pub fn record(&mut self, latency: Duration) {
        let microseconds = u64::try_from(latency.as_micros()).unwrap_or(LATENCY_MAX_US);
        self.0.saturating_record(microseconds.clamp(1, LATENCY_MAX_US));
    }

    /// Adds all of another's.
    pub fn merge(&mut self, other: &Self) {
        // Both have the same bounds, so there is nothing that could not be added.
        let _ = self.0.add(&other.0);
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The latency that `percentile` (0 to 100) percent do not exceed, in milliseconds; 0 where there are none.
    #[must_use]
    pub fn percentile_ms(&self, percentile: f64) -> f64 {
        milliseconds(self.0.value_at_percentile(percentile))
    }

    /// The longest, in milliseconds.
    #[must_use]
    pub fn max_ms(&self) -> f64 {
        milliseconds(self.0.max())
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds of two minutes fit in an f64"
)]
fn milliseconds(microseconds: u64) -> f64 {
    microseconds as f64 / 1000.0
}

/// What was measured of one kind of request.
#[derive(Debug, Clone)]
pub struct KindMeasurement {
    /// Its name.
    pub name: &'static str,
    /// How long the good answers took; in the open loop also how long was waited for those that never came.
    pub latencies: Latencies,
    /// How many answers were as expected.
    pub good_count: u64,
    /// What went wrong, and how often.
    pub errors: BTreeMap<String, u64>,
}

/// What a run has measured, without its warm-up.
#[derive(Debug, Clone)]
pub struct Measurement {
    /// By kind of request, in the order of the workload's kinds.
    pub kinds: Vec<KindMeasurement>,
    /// For how long.
    pub duration: Duration,
    /// The processor time that the generator itself took.
    pub generator_cpu: Duration,
    /// The open loop only: how late the generator noticed that a request was due (99th percentile), which is part of every
    /// latency and not the server's doing.
    pub lateness_p99_ms: Option<f64>,
}

impl Measurement {
    /// Good answers per second, of all kinds.
    #[must_use]
    pub fn throughput(&self) -> f64 {
        per_second(self.kinds.iter().map(|kind| kind.good_count).sum(), self.duration)
    }

    /// How many exchanges failed.
    #[must_use]
    pub fn error_count(&self) -> u64 {
        self.kinds.iter().flat_map(|kind| kind.errors.values()).sum()
    }

    /// The share of failed exchanges, 0 to 1; 1 where there were none at all.
    #[must_use]
    pub fn error_share(&self) -> f64 {
        let good: u64 = self.kinds.iter().map(|kind| kind.good_count).sum();
        let errors = self.error_count();
        if good + errors == 0 {
            return 1.0;
        }
        ratio(errors, good + errors)
    }

    /// What went wrong, over all kinds.
    #[must_use]
    pub fn errors(&self) -> BTreeMap<String, u64> {
        let mut all = BTreeMap::new();
        for (name, count) in self.kinds.iter().flat_map(|kind| &kind.errors) {
            *all.entry(name.clone()).or_insert(0) += count;
        }
        all
    }

    /// The latencies of all kinds together.
    #[must_use]
    pub fn latencies(&self) -> Latencies {
        let mut all = Latencies::new();
        for kind in &self.kinds {
            all.merge(&kind.latencies);
        }
        all
    }

    /// The generator's share of one processor.
    #[must_use]
    pub fn generator_share(&self) -> f64 {
        self.generator_cpu.as_secs_f64() / self.duration.as_secs_f64().max(f64::MIN_POSITIVE)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of one run fit in an f64")]
fn per_second(count: u64, duration: Duration) -> f64 {
    count as f64 / duration.as_secs_f64().max(f64::MIN_POSITIVE)
}

#[expect(clippy::cast_precision_loss, reason = "counts of one run fit in an f64")]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

/// Collects what the connections of one run see.
pub(super) struct Recorder(Mutex<Vec<KindMeasurement>>);

impl Recorder {
    pub(super) fn new(kinds: &[&'static str]) -> Self {
        let empty = |name: &&'static str| KindMeasurement {
            name,
            latencies: Latencies::new(),
            good_count: 0,
            errors: BTreeMap::new(),
        };
        Self(Mutex::new(kinds.iter().map(empty).collect()))
    }

    pub(super) fn record(&self, kind: usize, latency: Option<Duration>, outcome: Result<(), String>) {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(kind) = kinds.get_mut(kind) else { return };
        if let Some(latency) = latency {
            kind.latencies.record(latency);
        }
        match outcome {
            Ok(()) => kind.good_count += 1,
            Err(fault) => *kind.errors.entry(fault).or_insert(0) += 1,
        }
    }

    pub(super) fn finish(&self) -> Vec<KindMeasurement> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
