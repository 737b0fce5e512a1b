//! The broker, and how far the streams in it have come.

use std::path::Path;
use std::time::{Duration, Instant};

use redis::{Connection, TypedCommands as _};

use super::backlog::PARTITION_COUNT;
use crate::error::BenchError;
use crate::redis_server::RedisServer;
use crate::usage::of_family;

/// Rewriting the append-only file in the middle of a round would hit one of the two that are compared.
pub(super) const SETTINGS: [&str; 2] = ["--auto-aof-rewrite-percentage", "0"];

/// How often progress is looked at: one cheap command each time.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// How long nothing may move before it counts as stuck.
const STUCK_AFTER: Duration = Duration::from_secs(60);

/// An empty broker.
pub(super) fn start(base: Option<&Path>) -> Result<RedisServer, BenchError> {
    RedisServer::start_with(base, &SETTINGS)
}

/// A connection to it.
pub(super) fn connect(url: &str) -> Result<Connection, BenchError> {
    redis::Client::open(url)
        .and_then(|client| client.get_connection())
        .map_err(failed)
}

/// The stream of a partition.
pub(super) fn stream(partition: u32) -> String {
    format!("lms.roster.v1:{{{partition}}}")
}

/// For `map_err` where the broker is asked.
#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
pub(super) fn failed(error: redis::RedisError) -> BenchError {
    BenchError::invalid("Redis", error.to_string())
}

/// How many entries the streams of all partitions hold.
pub(super) fn entry_count(connection: &mut Connection) -> Result<u64, BenchError> {
    let mut count = 0;
    for partition in 0..PARTITION_COUNT {
        let length = connection.xlen(stream(partition)).map_err(failed)?;
        count += u64::try_from(length).unwrap_or_default();
    }
    Ok(count)
}

/// How fast entries came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Progress {
    /// A second, from the first sight of an entry to the last entry.
    pub(super) rate: f64,
    /// How long the broker was watched before it had an entry.
    pub(super) before_first: Duration,
    /// Processor time for one entry of whoever added them, with its family, in microseconds.
    pub(super) cpu_us: f64,
}

/// Watches a broker that began empty until `process` has added `count` entries to any stream, by scripts or otherwise.
///
/// Neither the time nor the processor time until the first sight of an entry counts: starting is another matter.
pub(super) fn watch(url: &str, process: u32, count: u64) -> Result<Progress, BenchError> {
    let mut connection = connect(url)?;
    let begun = Instant::now();
    let (mut first, mut last) = (None, (0, begun));
    loop {
        let added = xadd_calls(&mut connection)?;
        let now = Instant::now();
        if added > last.0 {
            last = (added, now);
        }
        let (first_count, first_at, first_cpu) = match first {
            Some(first) => first,
            None if added > 0 => *first.insert((added, now, of_family(process).cpu_time)),
            None => (0, now, Duration::ZERO),
        };
        if added >= count {
            let cpu_time = of_family(process).cpu_time.saturating_sub(first_cpu);
            return Ok(Progress {
                rate: rate(added - first_count, now - first_at),
                before_first: first_at - begun,
                cpu_us: 1e6 / rate(added - first_count, cpu_time),
            });
        }
        if now - last.1 > STUCK_AFTER {
            let reason = format!("nothing came for {STUCK_AFTER:?} after {added} of {count} entries");
            return Err(BenchError::invalid("the stream", reason));
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// How often `XADD` was called; calls inside scripts count too (INFO, "commandstats").
fn xadd_calls(connection: &mut Connection) -> Result<u64, BenchError> {
    let text: String = redis::cmd("INFO")
        .arg("commandstats")
        .query(connection)
        .map_err(failed)?;
    let calls = text
        .lines()
        .find_map(|line| line.strip_prefix("cmdstat_xadd:calls="))
        .and_then(|rest| rest.split(',').next()?.parse().ok());
    Ok(calls.unwrap_or(0))
}

#[expect(clippy::cast_precision_loss, reason = "counts of one run fit in an f64")]
fn rate(count: u64, time: Duration) -> f64 {
    count.max(1) as f64 / time.as_secs_f64().max(0.001)
}
