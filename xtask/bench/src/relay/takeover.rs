//! How long nothing moves when the relay that carries the events is killed.
//!
//! Two relays run. The one that started first is killed, another is started in its place, and so on in turns: so each time
//! the one that dies is the one that has carried everything since the last. Few partitions are written, each so often that
//! its lease never runs out by itself.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use redis::TypedCommands as _;
use serde::Serialize;
use tokio::runtime::Runtime;

use super::backlog::other_tenants;
use super::broker::{self, connect};
use super::commits::{self, Commit};
use super::consumer::{Consumer, Moment, Sightings};
use super::latency::{EVENTS_PATIENCE, Percentiles, require_all};
use super::process::RelayProcess;
use super::stage::Stage;
use super::writes::{Pace, write};
use crate::error::BenchError;
use crate::load::Latencies;
use crate::process::PATIENCE;
use crate::service::{Service, ServiceSetting};

const RATE: f64 = 200.0;

/// Partitions that are written: 100 events a second each.
const PARTITIONS: usize = 2;

/// The share of the kills that may hit a relay that held nothing: a pause of the machine can outlast a lease.
const VOID_SHARE_MAX: usize = 5;

/// From one kill to the next.
const CYCLE: Duration = Duration::from_millis(1300);

/// From a kill to the start of another relay.
const REPLACED_AFTER: Duration = Duration::from_millis(400);

/// What counts as the time around a kill: events that were committed in it may have waited for the takeover.
const BEFORE_KILL: Duration = Duration::from_millis(100);
const AFTER_KILL: Duration = Duration::from_secs(1);

/// What the kills showed.
#[derive(Debug, Clone, Serialize)]
pub struct Takeover {
    /// How many.
    pub kills: usize,
    /// From a kill until each partition had published something that was committed after it.
    pub all_partitions: Percentiles,
    /// From a kill until the first of them had.
    pub first_partition: Percentiles,
    /// The longest from commit record to consumer of the events of that second.
    pub longest: Percentiles,
}

/// Kills so many relays.
pub(super) fn measure(runtime: &Runtime, stage: &Stage, kills: usize) -> Result<Takeover, BenchError> {
    let database = "takeover";
    let url = stage.database(database)?;
    let redis = broker::start(stage.base())?;
    let service = Service::start(ServiceSetting {
        database_url: Some(url.clone()),
        redis_url: Some(redis.url()),
        base: stage.base().map(std::path::Path::to_owned),
        variables: vec![("ROLLCALL_RELAY".to_owned(), "off".to_owned())],
        ..ServiceSetting::new(stage.binary())
    })?;
    let tenants = other_tenants(PARTITIONS);
    let partitions: Vec<u32> = (1..)
        .filter(|number| *number != super::backlog::BACKLOG_PARTITION)
        .take(PARTITIONS)
        .collect();
    let streams = partitions
        .iter()
        .map(|partition| (broker::stream(*partition), "0-0".to_owned()));
    let consumer = Consumer::start(&redis.url(), streams.collect())?;
    let start = || RelayProcess::start(stage.binary(), &url, &redis.url(), stage.base());
    let warm_up = Duration::from_secs(2);
    let duration = CYCLE * u32::try_from(kills).unwrap_or(u32::MAX);
    let (killed, written) = std::thread::scope(|scope| {
        let killing = scope.spawn(|| -> Result<Vec<Duration>, BenchError> {
            let begun = Instant::now();
            let mut connection = connect(&redis.url())?;
            let mut older = start()?;
            await_entries(&mut connection, &partitions)?;
            let mut newer = start()?;
            let mut killed = Vec::new();
            for number in 0..u32::try_from(kills).unwrap_or(u32::MAX) {
                sleep_until(begun + warm_up + CYCLE * number);
                let holders = holders(&mut connection, &partitions)?;
                killed.push(Moment::now().since_1970);
                older.kill()?;
                sleep_until(begun + warm_up + CYCLE * number + REPLACED_AFTER);
                if has_kept(&holders, &self::holders(&mut connection, &partitions)?) {
                    // The relay that died did not hold what it was killed for.
                    killed.pop();
                }
                older = newer;
                newer = start()?;
            }
            older.stop()?;
            newer.stop()?;
            Ok(killed)
        });
        let written = runtime.block_on(write(
            service.target(),
            &tenants,
            Pace::Rate(RATE),
            warm_up,
            duration,
        ));
        let killed = killing
            .join()
            .map_err(|_| BenchError::invalid("the takeover", "whoever kills broke off"))
            .flatten();
        Ok::<_, BenchError>((killed?, written?))
    })?;
    // The last relays may have ended before the last event: one more carries what is left.
    let rest = start()?;
    let commits = commits::of_log(stage.postgres(), database, written.counted_from.since_1970)?;
    let sightings = consumer.take(&commits.iter().map(|commit| &commit.event_id), EVENTS_PATIENCE);
    require_all(&commits::publishing(
        commits.iter(),
        &sightings,
        &written.answered,
    ))?;
    rest.stop()?;
    consumer.stop()?;
    service.stop()?;
    if (kills - killed.len()) * VOID_SHARE_MAX > kills {
        let reason = format!(
            "{} of {kills} kills hit a relay that held no lease",
            kills - killed.len()
        );
        return Err(BenchError::invalid("the takeover", reason));
    }
    let takeover = judge(&killed, &commits, &sightings)?;
    println!(
        "takeover, {} kills: all partitions again after {:.0} ms p50, {:.0} ms p99, {:.0} ms at most; an event waited {:.0} ms \
         at most",
        takeover.kills,
        takeover.all_partitions.p50_ms,
        takeover.all_partitions.p99_ms,
        takeover.all_partitions.max_ms,
        takeover.longest.max_ms
    );
    Ok(takeover)
}

/// Who holds the leases, by partition, where there are any.
fn holders(
    connection: &mut redis::Connection,
    partitions: &[u32],
) -> Result<BTreeMap<u32, String>, BenchError> {
    let mut holders = BTreeMap::new();
    for partition in partitions {
        let key = format!("{}:lease", broker::stream(*partition));
        let holder: Option<String> = redis::cmd("GET")
            .arg(key)
            .query(connection)
            .map_err(broker::failed)?;
        holders.extend(holder.map(|holder| (*partition, holder)));
    }
    Ok(holders)
}

/// Whether a lease is still where it was before the kill.
fn has_kept(before: &BTreeMap<u32, String>, after: &BTreeMap<u32, String>) -> bool {
    after
        .iter()
        .any(|(partition, holder)| before.get(partition) == Some(holder))
}

/// Waits until the first relay has taken everything.
fn await_entries(connection: &mut redis::Connection, partitions: &[u32]) -> Result<(), BenchError> {
    let begun = Instant::now();
    for partition in partitions {
        while connection
            .xlen(broker::stream(*partition))
            .map_err(broker::failed)?
            == 0
        {
            if begun.elapsed() > PATIENCE {
                return Err(BenchError::invalid(
                    "the takeover",
                    "the first relay carries nothing",
                ));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    Ok(())
}

fn sleep_until(at: Instant) {
    std::thread::sleep(at.saturating_duration_since(Instant::now()));
}

fn judge(killed: &[Duration], commits: &[Commit], sightings: &Sightings) -> Result<Takeover, BenchError> {
    let (mut all, mut first, mut longest) = (Latencies::new(), Latencies::new(), Latencies::new());
    for kill in killed {
        let seen = |commit: &Commit| sightings.get(&commit.event_id).map(|seen| seen.since_1970);
        let of_partition = commits
            .iter()
            .filter(|commit| (*kill..*kill + AFTER_KILL).contains(&commit.since_1970))
            .filter_map(|commit| Some((commit.partition, seen(commit)?.saturating_sub(*kill))))
            .fold(
                BTreeMap::new(),
                |mut earliest: BTreeMap<u32, Duration>, (partition, after)| {
                    let known = earliest.entry(partition).or_insert(after);
                    *known = after.min(*known);
                    earliest
                },
            );
        let around = commits
            .iter()
            .filter(|commit| {
                (kill.saturating_sub(BEFORE_KILL)..*kill + AFTER_KILL).contains(&commit.since_1970)
            })
            .filter_map(|commit| Some(seen(commit)?.saturating_sub(commit.since_1970)));
        if let (Some(last), Some(earliest), Some(wait)) = (
            of_partition.values().max(),
            of_partition.values().min(),
            around.max(),
        ) {
            all.record(*last);
            first.record(*earliest);
            longest.record(wait);
        }
    }
    if all.count() != u64::try_from(killed.len()).unwrap_or_default() {
        return Err(BenchError::invalid(
            "the takeover",
            "nothing was written after one of the kills",
        ));
    }
    Ok(Takeover {
        kills: killed.len(),
        all_partitions: (&all).into(),
        first_partition: (&first).into(),
        longest: (&longest).into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(event_id: &str, partition: u32, ms: u64) -> Commit {
        Commit {
            event_id: event_id.to_owned(),
            about: String::new(),
            partition,
            since_1970: Duration::from_millis(ms),
        }
    }

    #[test]
    fn a_takeover_is_over_when_the_last_partition_moves_again() {
        let commits = [
            commit("before", 1, 990),
            commit("a", 1, 1010),
            commit("b", 2, 1020),
            commit("c", 2, 1500),
        ];
        let seen = |ms| Moment {
            at: Instant::now(),
            since_1970: Duration::from_millis(ms),
        };
        let sightings = [("before", 1190), ("a", 1100), ("b", 1150), ("c", 1501)];
        let sightings = sightings.map(|(id, ms)| (id.to_owned(), seen(ms))).into();
        let takeover = judge(&[Duration::from_secs(1)], &commits, &sightings).unwrap();
        let is = |percentiles: Percentiles, ms: f64| (percentiles.max_ms - ms).abs() < 0.2;
        assert!(is(takeover.first_partition, 100.0), "{takeover:?}");
        assert!(is(takeover.all_partitions, 150.0), "{takeover:?}");
        assert!(is(takeover.longest, 200.0), "{takeover:?}");
        assert!(judge(&[Duration::from_secs(9)], &commits, &sightings).is_err());
    }

    #[test]
    fn a_kill_beside_the_lease_is_noticed() {
        let held = |holder: &str| BTreeMap::from([(1, holder.to_owned())]);
        assert!(has_kept(&held("a"), &held("a")));
        assert!(!has_kept(&held("a"), &held("b")));
        assert!(!has_kept(&BTreeMap::new(), &BTreeMap::new()));
    }
}
