//! How fast a relay drains a backlog, beside pipelined `XADD` of the very same entries.
//!
//! Relay and reference take turns, each on an empty broker of its own. The relay is a process that was just started; what it
//! takes until its first entry is not counted, for the reference neither.

use serde::Serialize;
use tokio::runtime::Runtime;

use super::backlog::{self, Spread};
use super::broker::{self, Progress};
use super::entries::Entries;
use super::process::RelayProcess;
use super::stage::Stage;
use super::xadd;
use crate::error::BenchError;
use crate::measure::mebibytes;
use crate::rounds::{First, Round, Summary, ratios};
use crate::usage::{of_process, peak_resident_bytes};

/// The drain of one backlog.
#[derive(Debug, Serialize)]
pub struct Drain {
    /// Where its events lie.
    pub spread: &'static str,
    /// How many there are.
    pub events: u64,
    /// How long one envelope is, on average, in bytes.
    pub envelope_bytes: u64,
    /// Each round: entries a second.
    pub rounds: Vec<DrainRound>,
}

/// One round.
#[derive(Debug, Serialize)]
pub struct DrainRound {
    /// Entries a second of relay and reference.
    pub rates: Round,
    /// The relay's processor time for one entry, in microseconds.
    pub relay_cpu_us: f64,
    /// The same of the broker while the relay fed it.
    pub broker_cpu_us: f64,
    /// The same of the broker while the reference fed it.
    pub reference_broker_cpu_us: f64,
    /// The most resident memory of the relay, in MiB.
    pub relay_memory_mib: f64,
}

impl Drain {
    /// Relay over reference.
    #[must_use]
    pub fn ratio(&self) -> Option<Summary> {
        ratios(&self.rounds.iter().map(|round| round.rates).collect::<Vec<_>>())
    }

    /// A figure over all rounds.
    #[must_use]
    pub fn figure(&self, figure: impl Fn(&DrainRound) -> f64) -> Option<Summary> {
        Summary::of(self.rounds.iter().map(figure))
    }
}

/// One half of a round.
struct Half {
    progress: Progress,
    broker_cpu_us: f64,
}

/// Drains the backlog in its database as often as is wanted.
pub(super) fn measure(
    runtime: &Runtime,
    stage: &mut Stage,
    spread: Spread,
    rounds: usize,
) -> Result<Drain, BenchError> {
    let database = stage.backlog(spread)?;
    let events = backlog::event_count(stage.postgres(), database)?;
    let entries = Entries::read(stage.postgres(), database, xadd::BATCH_SIZE)?;
    let bytes = stage
        .postgres()
        .query(database, "SELECT avg(octet_length(envelope))::int FROM event_log")?;
    let mut drain = Drain {
        spread: match spread {
            Spread::All => "all partitions",
            Spread::One => "one partition",
        },
        events,
        envelope_bytes: bytes.trim().parse().unwrap_or_default(),
        rounds: Vec::new(),
    };
    for round in 0..rounds {
        let mut reference = None;
        if First::of_round(round) == First::Reference {
            reference = Some(by_reference(runtime, stage, &entries, events)?);
        }
        let (relay, relay_memory_mib) = by_relay(stage, database, events)?;
        let reference = match reference {
            Some(reference) => reference,
            None => by_reference(runtime, stage, &entries, events)?,
        };
        let done = DrainRound {
            rates: Round {
                reference: reference.progress.rate,
                subject: relay.progress.rate,
            },
            relay_cpu_us: relay.progress.cpu_us,
            broker_cpu_us: relay.broker_cpu_us,
            reference_broker_cpu_us: reference.broker_cpu_us,
            relay_memory_mib,
        };
        println!(
            "drain, {}, round {}: {:.0}/s beside {:.0}/s (first entry after {:.0} ms); for one entry the relay takes \
             {:.1} µs, the broker {:.1} µs beside {:.1} µs; {relay_memory_mib:.0} MiB",
            drain.spread,
            round + 1,
            done.rates.subject,
            done.rates.reference,
            relay.progress.before_first.as_secs_f64() * 1000.0,
            done.relay_cpu_us,
            done.broker_cpu_us,
            done.reference_broker_cpu_us,
        );
        drain.rounds.push(done);
    }
    Ok(drain)
}

fn by_reference(
    runtime: &Runtime,
    stage: &Stage,
    entries: &Entries,
    events: u64,
) -> Result<Half, BenchError> {
    let redis = broker::start(stage.base())?;
    let watched = redis.url();
    let watching = std::thread::spawn(move || broker::watch(&watched, std::process::id(), events));
    xadd::send(runtime, &redis.url(), entries)?;
    let progress = watching
        .join()
        .map_err(|_| BenchError::invalid("the reference", "its watcher broke off"))??;
    finish(&redis, progress, events)
}

fn by_relay(stage: &Stage, database: &str, events: u64) -> Result<(Half, f64), BenchError> {
    let redis = broker::start(stage.base())?;
    stage.postgres().checkpoint()?;
    let relay = RelayProcess::start(
        stage.binary(),
        &stage.postgres().url(database),
        &redis.url(),
        stage.base(),
    )?;
    let progress = broker::watch(&redis.url(), relay.id(), events);
    let progress = progress.map_err(|error| relay.explain(error))?;
    let memory = peak_resident_bytes(relay.id()).map_or(0.0, mebibytes);
    relay.stop()?;
    Ok((finish(&redis, progress, events)?, memory))
}

/// Checks that exactly these entries are there.
fn finish(
    redis: &crate::redis_server::RedisServer,
    progress: Progress,
    events: u64,
) -> Result<Half, BenchError> {
    let found = broker::entry_count(&mut broker::connect(&redis.url())?)?;
    if found != events {
        let reason = format!("the streams hold {found} entries and the log {events}");
        return Err(BenchError::invalid("the drain", reason));
    }
    let cpu = of_process(redis.process().id()).map_or(0.0, |usage| per_event_us(usage.cpu_time, events));
    Ok(Half {
        progress,
        broker_cpu_us: cpu,
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts of one run fit in an f64")]
fn per_event_us(time: std::time::Duration, events: u64) -> f64 {
    time.as_secs_f64() * 1e6 / events.max(1) as f64
}
