//! One load on one server, with what the server took for it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::runtime::Runtime;

use crate::load::{ClosedLoop, Measurement, OpenLoop, Target, Workload, run_closed, run_open};
use crate::usage::{Usage, of_family};

/// How often the memory of a server is looked at.
const SAMPLE_EVERY: Duration = Duration::from_millis(100);

/// More than this share of failed requests, and a figure means nothing.
pub const ERROR_SHARE_MAX: f64 = 0.001;

/// A server under load.
#[derive(Debug, Clone, Copy)]
pub struct Subject {
    /// Where it listens.
    pub target: Target,
    /// The head of its processes.
    pub process: u32,
}

/// What one load showed.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct LoadResult {
    /// Good answers per second.
    pub throughput: f64,
    /// Half of the answers took no longer, in milliseconds.
    pub p50_ms: f64,
    /// The 95th percentile.
    pub p95_ms: f64,
    /// The 99th percentile.
    pub p99_ms: f64,
    /// The longest.
    pub max_ms: f64,
    /// What went wrong, and how often.
    pub errors: BTreeMap<String, u64>,
    /// The share of failed requests.
    pub error_share: f64,
    /// What the generator took of one processor.
    pub generator_share: f64,
    /// What the server's processes took of one processor, without their database.
    pub server_share: f64,
    /// The most resident memory of the server's processes, in MiB.
    pub memory_mib: f64,
    /// The open loop only: the 99th percentile of how late the generator itself was.
    pub lateness_p99_ms: Option<f64>,
}

impl LoadResult {
    /// Whether so many requests failed that the figures mean nothing.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        self.error_share > ERROR_SHARE_MAX
    }
}

/// Runs a closed loop.
pub fn measure_closed(
    runtime: &Runtime,
    subject: Subject,
    workload: Arc<dyn Workload>,
    setting: ClosedLoop,
) -> LoadResult {
    watch(runtime, subject, run_closed(subject.target, workload, setting))
}

/// Runs an open loop.
pub fn measure_open(
    runtime: &Runtime,
    subject: Subject,
    workload: Arc<dyn Workload>,
    setting: OpenLoop,
) -> LoadResult {
    watch(runtime, subject, run_open(subject.target, workload, setting))
}

fn watch(runtime: &Runtime, subject: Subject, run: impl Future<Output = Measurement>) -> LoadResult {
    runtime.block_on(async {
        let start = std::time::Instant::now();
        let before = of_family(subject.process);
        let mut memory_max = before.resident_bytes;
        let mut run = std::pin::pin!(run);
        let measurement = loop {
            tokio::select! {
                measurement = &mut run => break measurement,
                () = tokio::time::sleep(SAMPLE_EVERY) => {
                    memory_max = memory_max.max(of_family(subject.process).resident_bytes);
                }
            }
        };
        let after = of_family(subject.process);
        summarise(
            &measurement,
            server_share(before, after, start.elapsed()),
            memory_max.max(after.resident_bytes),
        )
    })
}

fn server_share(before: Usage, after: Usage, elapsed: Duration) -> f64 {
    let taken = after.cpu_time.saturating_sub(before.cpu_time);
    taken.as_secs_f64() / elapsed.as_secs_f64().max(f64::MIN_POSITIVE)
}

fn summarise(measurement: &Measurement, server_share: f64, memory_bytes: u64) -> LoadResult {
    let latencies = measurement.latencies();
    LoadResult {
        throughput: measurement.throughput(),
        p50_ms: latencies.percentile_ms(50.0),
        p95_ms: latencies.percentile_ms(95.0),
        p99_ms: latencies.percentile_ms(99.0),
        max_ms: latencies.max_ms(),
        errors: measurement.errors(),
        error_share: measurement.error_share(),
        generator_share: measurement.generator_share(),
        server_share,
        memory_mib: mebibytes(memory_bytes),
        lateness_p99_ms: measurement.lateness_p99_ms,
    }
}

/// Bytes in MiB.
#[expect(clippy::cast_precision_loss, reason = "bytes of memory fit in an f64")]
#[must_use]
pub fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / (1024.0 * 1024.0)
}
