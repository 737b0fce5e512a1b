//! What each figure is held against, measured in the same half minute.
//!
//! The references are loads of the same kind as the subject's: an open loop with Poisson arrivals, whose 95th percentile
//! counts from the intended start. A saturated reference would tell how much the machine can do, which is not what a latency
//! at a moderate rate depends on. Each comes at the rate at which the subject is asked for the same: SQLite's one writer,
//! for instance, is as busy in both.
//!
//! - *Writes and reads on PostgreSQL*: pgbench with `--rate`, over a database of its own on the same server
//!   ([`super::paced`]).
//! - *Writes and reads on SQLite*: a small program that commits five rows, or reads one by its key, on the same disk.
//! - *Publishing*: `XADD` of an entry as long as an event's, to `XREAD BLOCK` having returned with it, on the same Redis.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use redis::TypedCommands as _;
use redis::streams::{StreamReadOptions, StreamReadReply};

use super::consumer::connect;
use crate::error::BenchError;
use crate::load::Latencies;
use crate::process::{PATIENCE, Process};

/// The stream of the publishing reference.
const STREAM: &str = "rollcall-bench-reference";

const SQLITE_PROGRAM: &str = include_str!("sqlite_pace.py");

/// A load of the reference.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// Per second.
    pub(super) rate: f64,
    /// For how long.
    pub(super) duration: Duration,
}

/// What the program on SQLite does.
#[derive(Debug, Clone, Copy)]
pub(super) enum OnSqlite {
    /// Commits.
    Write,
    /// Reads.
    Read,
}

/// The 95th percentile on SQLite at a pace, in milliseconds; the database is made in `folder`.
pub(super) fn sqlite_p95_ms(folder: &Path, what: OnSqlite, pace: Pace) -> Result<f64, BenchError> {
    let what = match what {
        OnSqlite::Write => "write",
        OnSqlite::Read => "read",
    };
    let mut command = Command::new("python3");
    command
        .args(["-c", SQLITE_PROGRAM])
        .arg(folder.join("reference.db"))
        .arg(what)
        .arg(pace.rate.to_string())
        .arg(pace.duration.as_secs_f64().to_string());
    let mut process = Process::spawn("python3", &mut command, folder)?;
    let status = process.wait(pace.duration + PATIENCE)?;
    match process.stdout().trim().parse() {
        Ok(milliseconds) if status.success() => Ok(milliseconds),
        _ => Err(process.failure(&format!("ended with {status}"))),
    }
}

/// The 95th percentile from `XADD` to a consumer that waits, in milliseconds.
pub(super) fn redis_p95_ms(url: &str, pace: Pace) -> Result<f64, BenchError> {
    let failed = |error: redis::RedisError| BenchError::invalid("Redis", error.to_string());
    let mut writer = connect(url)?;
    let mut reader = connect(url)?;
    writer.del(STREAM).map_err(failed)?;
    let envelope = "x".repeat(1000);
    let sent_from = Instant::now();
    let ends_at = sent_from + pace.duration;
    let reading = std::thread::spawn(move || read_latencies(&mut reader, sent_from, ends_at));
    let mut random = fastrand::Rng::with_seed(1);
    let mut due = sent_from;
    let mut count = 0_u64;
    loop {
        due += Duration::from_secs_f64(-(1.0 - random.f64()).ln() / pace.rate);
        if due >= ends_at {
            break;
        }
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        // The entry says when it was due, so that reader and writer need not share anything.
        let offset = u64::try_from((due - sent_from).as_micros()).unwrap_or_default();
        let fields = [("due", offset.to_string()), ("ce", envelope.clone())];
        writer.xadd(STREAM, "*", &fields).map_err(failed)?;
        count += 1;
    }
    let latencies = reading
        .join()
        .map_err(|_| BenchError::invalid("Redis", "the reader broke off"))?
        .map_err(failed)?;
    writer.del(STREAM).map_err(failed)?;
    if latencies.count() < count {
        return Err(BenchError::invalid(
            "Redis",
            format!("{} of {count} entries came", latencies.count()),
        ));
    }
    Ok(latencies.percentile_ms(95.0))
}

fn read_latencies(
    reader: &mut redis::Connection,
    sent_from: Instant,
    ends_at: Instant,
) -> Result<Latencies, redis::RedisError> {
    let mut latencies = Latencies::new();
    let mut position = "0-0".to_owned();
    let options = StreamReadOptions::default().block(50).count(1000);
    loop {
        let reply = reader.xread_options(&[STREAM], &[&position], &options)?;
        let now = Instant::now();
        let streams = reply.map_or_else(Vec::new, |reply: StreamReadReply| reply.keys);
        // The last entry was sent before the end, and a read waits long enough for it.
        if streams.is_empty() && now > ends_at + Duration::from_millis(500) {
            return Ok(latencies);
        }
        for entry in streams.into_iter().flat_map(|stream| stream.ids) {
            if let Some(due) = entry.get::<u64>("due") {
                latencies.record((now - sent_from).saturating_sub(Duration::from_micros(due)));
            }
            position = entry.id;
        }
    }
}
