//! Whether one tenant's backlog is felt by the others.
//!
//! A service is started over a log in which one tenant has a large backlog, on an empty broker, and at once 200 tenants in
//! other partitions write at a steady rate. When the backlog is gone the same load comes again: that is what the first is
//! held against. The tenants that share the partition of the backlog must wait for it, since a partition has one order; they
//! are shown apart.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use redis::TypedCommands as _;
use serde::Serialize;
use tokio::runtime::Runtime;

use super::backlog::{self, BACKLOG_PARTITION, PARTITION_COUNT, Spread};
use super::broker::{self, failed};
use super::commits::{self, Commit, publishing};
use super::consumer::{Consumer, Moment};
use super::latency::{EVENTS_PATIENCE, Percentiles, require_all};
use super::stage::Stage;
use super::writes::{Pace, write};
use crate::error::BenchError;
use crate::measure::mebibytes;
use crate::rounds::Summary;
use crate::service::{Service, ServiceSetting};
use crate::usage::peak_resident_bytes;

const RATE: f64 = 200.0;

/// How many tenants write in other partitions.
const OTHERS: usize = 200;

/// How long nothing may move before it counts as stuck.
const DRAIN_PATIENCE: Duration = Duration::from_secs(300);

/// What the rounds showed.
#[derive(Debug, Clone, Serialize)]
pub struct Fairness {
    /// Events of the backlog.
    pub backlog: u64,
    /// Each round.
    pub rounds: Vec<FairnessRound>,
}

/// One round.
#[derive(Debug, Clone, Serialize)]
pub struct FairnessRound {
    /// How long the backlog took while the others wrote, in seconds.
    pub drained_after_s: f64,
    /// The others while there was a backlog.
    pub with_backlog: Percentiles,
    /// The others after it.
    pub without_backlog: Percentiles,
    /// The tenants of the backlog's partition while there was one.
    pub same_partition: Percentiles,
    /// The most resident memory of the service with its relay, in MiB.
    pub memory_mib: f64,
}

impl Fairness {
    /// The 99th percentile with over without.
    #[must_use]
    pub fn ratio(&self) -> Option<Summary> {
        let ratio =
            |round: &FairnessRound| round.with_backlog.p99_ms / round.without_backlog.p99_ms.max(0.001);
        Summary::of(self.rounds.iter().map(ratio))
    }
}

/// Runs the rounds.
pub(super) fn measure(
    runtime: &Runtime,
    stage: &mut Stage,
    rounds: usize,
    duration: Duration,
) -> Result<Fairness, BenchError> {
    let database = stage.backlog(Spread::One)?;
    let backlog = last_seq(stage, database)?;
    let mut fairness = Fairness {
        backlog,
        rounds: Vec::new(),
    };
    for number in 0..rounds {
        let round = round(runtime, stage, database, duration)?;
        println!(
            "fairness, round {}: the others {:.2} ms p50, {:.2} ms p99 beside {:.2} ms p50, {:.2} ms p99 without a backlog, which \
             was gone after {:.1} s; its own partition {:.0} ms p50; {:.0} MiB",
            number + 1,
            round.with_backlog.p50_ms,
            round.with_backlog.p99_ms,
            round.without_backlog.p50_ms,
            round.without_backlog.p99_ms,
            round.drained_after_s,
            round.same_partition.p50_ms,
            round.memory_mib,
        );
        fairness.rounds.push(round);
    }
    Ok(fairness)
}

fn round(
    runtime: &Runtime,
    stage: &Stage,
    database: &str,
    duration: Duration,
) -> Result<FairnessRound, BenchError> {
    stage.postgres().checkpoint()?;
    let redis = broker::start(stage.base())?;
    let backlog_end = last_seq(stage, database)?;
    let streams = (0..PARTITION_COUNT).map(|partition| {
        let after = if partition == BACKLOG_PARTITION {
            backlog_end
        } else {
            last_of(stage, database, partition)?
        };
        Ok::<_, BenchError>((broker::stream(partition), format!("{after}-0")))
    });
    let consumer = Consumer::start(&redis.url(), streams.collect::<Result<_, _>>()?)?;
    let started = Moment::now();
    let service = Service::start(ServiceSetting {
        database_url: Some(stage.postgres().url(database)),
        redis_url: Some(redis.url()),
        base: stage.base().map(std::path::Path::to_owned),
        ..ServiceSetting::new(stage.binary())
    })?;
    let mut tenants = backlog::other_tenants(OTHERS);
    tenants.extend(backlog::neighbours());
    let load = || {
        runtime.block_on(write(
            service.target(),
            &tenants,
            Pace::Rate(RATE),
            Duration::ZERO,
            duration,
        ))
    };
    let gives_up = AtomicBool::new(false);
    let (first, drained) = std::thread::scope(|scope| {
        let draining = scope.spawn(|| drained_at(&redis.url(), backlog_end, &gives_up));
        let first = load();
        gives_up.store(first.is_err(), Ordering::Relaxed);
        let drained = draining
            .join()
            .map_err(|_| BenchError::invalid("the backlog", "whoever watches it broke off"))
            .flatten();
        Ok::<_, BenchError>((first?, drained?))
    })?;
    let second = load()?;
    let commits = commits::of_log(stage.postgres(), database, first.counted_from.since_1970)?;
    let sightings = consumer.take(&commits.iter().map(|commit| &commit.event_id), EVENTS_PATIENCE);
    consumer.stop()?;
    let of = |is_wanted: &dyn Fn(&Commit) -> bool| {
        let publishing = publishing(
            commits.iter().filter(|commit| is_wanted(commit)),
            &sightings,
            &first.answered,
        );
        require_all(&publishing)?;
        Ok::<_, BenchError>(Percentiles::from(&publishing.after_commit))
    };
    let was_before = |commit: &Commit| commit.since_1970 < drained.since_1970;
    let is_neighbour = |commit: &Commit| commit.partition == BACKLOG_PARTITION;
    let round = FairnessRound {
        drained_after_s: (drained.at - started.at).as_secs_f64(),
        with_backlog: of(&|commit| was_before(commit) && !is_neighbour(commit))?,
        without_backlog: of(&|commit| {
            commit.since_1970 >= second.counted_from.since_1970 && !is_neighbour(commit)
        })?,
        same_partition: of(&|commit| was_before(commit) && is_neighbour(commit))?,
        memory_mib: peak_resident_bytes(service.process().id()).map_or(0.0, mebibytes),
    };
    service.stop()?;
    Ok(round)
}

/// When the stream of the backlog had all of it.
fn drained_at(url: &str, backlog: u64, gives_up: &AtomicBool) -> Result<Moment, BenchError> {
    let mut connection = broker::connect(url)?;
    let begun = Instant::now();
    loop {
        let length = connection
            .xlen(broker::stream(BACKLOG_PARTITION))
            .map_err(failed)?;
        if u64::try_from(length).unwrap_or_default() >= backlog {
            return Ok(Moment::now());
        }
        if begun.elapsed() > DRAIN_PATIENCE || gives_up.load(Ordering::Relaxed) {
            return Err(BenchError::invalid(
                "the backlog",
                format!("{length} of {backlog} events came"),
            ));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn last_seq(stage: &Stage, database: &str) -> Result<u64, BenchError> {
    last_of(stage, database, BACKLOG_PARTITION)
}

fn last_of(stage: &Stage, database: &str, partition: u32) -> Result<u64, BenchError> {
    let sql = format!("SELECT seq FROM event_partition_heads WHERE partition = {partition}");
    let seq = stage.postgres().query(database, &sql)?;
    seq.trim()
        .parse()
        .map_err(|_| BenchError::invalid("the log", "a partition has no head"))
}
