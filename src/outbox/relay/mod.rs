//! The relay: carries the event log to the streams, with nothing lost, nothing twice and nothing out of order.
//!
//! Its correctness rests on two things only. The log is gapless and in commit order within a partition ([`super::log`]), and
//! the broker itself refuses an append that does not continue the stream exactly ([`super::sink`], `append.lua`). So there is
//! no checkpoint that could be wrong, no lease on which anything rests, and no clock that matters: any number of
//! relays, in this process and in others, may carry the same partitions at once. What one remembers, who holds the lease of a
//! partition, when a relay wakes up and how long it waits are about speed alone.
//!
//! [`decide`] says what to do next with one partition, [`turn`] does it, and this module gives out the turns: each
//! partition that moved or is behind gets one batch, then goes to the back of the queue, where short work passes backlogs
//! ([`queue`], [`pace`]); a bounded number have their turn at the same time, all on one connection to the broker. While the
//! broker is away only one at a time tries it.

pub mod decide;
mod divergence;
mod measure;
mod pace;
mod queue;
mod recheck;
mod schedule;
#[cfg(test)]
mod tests;
mod turn;
mod watch;
mod withhold;

use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use divergence::Divergence;
pub use watch::watch;

use self::measure::Measure;
use self::schedule::Schedule;
use self::withhold::Withholding;
use super::health::{RelayActivity, SharedRelayHealth};
use super::log::{BatchLimit, LogError, LogHead, LogReader, RelayRecords};
use super::publish_clock::PublishClock;
use super::sink::{RedisSink, SinkError};
use super::wakeup::{Wakeup, WakeupListener, WakeupPath};
use crate::environment::SharedEnvironment;
use crate::telemetry::Tracing;
use crate::telemetry::metrics::RelayMetrics;
use crate::tenancy::Partition;

/// For how many partitions that stay behind a poll looks up since when they wait.
const OLDEST_LOOKUPS_PER_POLL: usize = 8;

/// How a relay works. None of it has to do with safety.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelaySettings {
    /// How often the log's heads are read: the longest that a commit of another process stays unseen.
    pub poll: Duration,
    /// The same while commits of other processes are told of, and the poll is only there in case one was not.
    pub poll_when_told: Duration,
    /// How much is read and appended at once.
    pub batch: BatchLimit,
    /// The pause after a first failure; it doubles with each further one.
    pub backoff_base: Duration,
    /// The longest pause after a failure.
    pub backoff_cap: Duration,
    /// How often the broker is asked for positions that should not have changed (it may have lost its data while nothing
    /// was committed), and how often a diverged partition is looked at again.
    pub recheck: Duration,
    /// How long one reading of the log may take before it counts as failed.
    pub log_timeout: Duration,
    /// How many partitions have their turn at the same time.
    pub concurrency: usize,
    /// For how long a shutdown goes on publishing what is committed already.
    pub drain: Duration,
    /// For how long others leave a partition to the relay that appended last, unless it appends again: how soon a relay that
    /// died is replaced.
    pub lease_ttl: Duration,
    /// How many times in a row an entry must be refused alone before its place is taken by a tombstone.
    pub withhold_after: u32,
    /// And for how long at least.
    pub withhold_patience: Duration,
}

impl Default for RelaySettings {
    fn default() -> Self {
        Self {
            poll: Duration::from_millis(500),
            // A little less than a second: a connection that was idle for longer is first asked whether it lives.
            poll_when_told: Duration::from_millis(900),
            batch: BatchLimit {
                entries: 512,
                bytes: 1024 * 1024,
            },
            backoff_base: Duration::from_millis(50),
            backoff_cap: Duration::from_secs(5),
            recheck: Duration::from_secs(5),
            log_timeout: Duration::from_secs(10),
            concurrency: 16,
            drain: Duration::from_secs(5),
            lease_ttl: Duration::from_millis(150),
            withhold_after: 5,
            withhold_patience: Duration::from_secs(3),
        }
    }
}

/// One relay. See the module's text.
#[derive(Debug)]
pub struct Relay {
    reader: LogReader,
    sink: RedisSink,
    settings: RelaySettings,
    wakeup: Wakeup,
    health: SharedRelayHealth,
    tracing: Tracing,
    measure: Option<Measure>,
    withholding: Option<Withholding>,
}

impl Relay {
    /// A relay from the log behind `reader` to the streams of `sink`; does nothing until it is [run](Self::run).
    #[must_use]
    pub fn new(
        reader: LogReader,
        sink: RedisSink,
        settings: RelaySettings,
        wakeup: Wakeup,
        health: SharedRelayHealth,
    ) -> Self {
        Self {
            reader,
            sink,
            settings,
            wakeup,
            health,
            tracing: Tracing::default(),
            measure: None,
            withholding: None,
        }
    }

    /// The same, whose batches are spans of `tracing`.
    #[must_use]
    pub fn traced_by(mut self, tracing: Tracing) -> Self {
        self.tracing = tracing;
        self
    }

    /// The same, which writes events down in `records` that the broker will not take, so that those after them are carried.
    #[must_use]
    pub fn withholding(mut self, records: RelayRecords, environment: SharedEnvironment) -> Self {
        self.withholding = Some(Withholding { records, environment });
        self
    }

    /// The same, which counts in `metrics` what it does; `clock` knows when this process committed what it publishes.
    #[must_use]
    pub fn measured(mut self, metrics: RelayMetrics, clock: PublishClock) -> Self {
        self.measure = Some(Measure::new(metrics, clock));
        self
    }

    /// Carries until `shutdown` is cancelled, then publishes what is known to be committed, as far as the broker takes it and
    /// the time for it allows, finishes the batches in flight and returns.
    ///
    /// Neither a broker nor a database that is away ends it: it tries again, and says so in its health.
    pub async fn run(self, shutdown: CancellationToken) {
        let started = Instant::now();
        let _running = self.health.begin(RelayActivity::Relays);
        let mut listener = self.wakeup.listen();
        let mut schedule = Schedule::new(&self, started);
        let mut polling = Box::pin(self.poll(Duration::ZERO, Vec::new()));
        loop {
            self.health.beat();
            schedule.start_turns();
            let next_timer = schedule.next_timer().map_or_else(far_future, |at| started + at);
            tokio::select! {
                () = shutdown.cancelled() => break,
                moved = listener.moved() => {
                    schedule.committed(&moved.partitions);
                    if moved.any {
                        // The heads tell what was missed, in one question.
                        polling = Box::pin(self.poll(Duration::ZERO, Vec::new()));
                    }
                }
                Some(done) = schedule.next_turn_done() => schedule.turn_done(done),
                () = tokio::time::sleep_until(next_timer) => schedule.timers_due(),
                polled = &mut polling => {
                    let lagging = schedule.polled(polled, OLDEST_LOOKUPS_PER_POLL);
                    polling = Box::pin(self.poll(self.poll_interval(), lagging));
                }
            }
        }
        self.drain(&mut schedule, &mut listener, started).await;
        while let Some(done) = schedule.next_turn_done().await {
            schedule.turn_done(done);
        }
        schedule.release_leases().await;
    }

    fn poll_interval(&self) -> Duration {
        match self.wakeup.path() {
            WakeupPath::Signal => self.settings.poll_when_told,
            WakeupPath::Unproven | WakeupPath::Poll => self.settings.poll,
        }
    }

    /// Goes on without polling until every partition that is known to be behind has caught up, or the broker is away.
    async fn drain(&self, schedule: &mut Schedule, listener: &mut WakeupListener, started: Instant) {
        let deadline = Instant::now() + self.settings.drain;
        schedule.stop_waiting();
        while Instant::now() < deadline {
            // Whoever committed has said so before the shutdown: a signal may still wait, none is to come.
            if let Some(moved) = listener.moved().now_or_never() {
                schedule.committed(&moved.partitions);
            }
            schedule.start_turns();
            if schedule.is_settled() {
                return;
            }
            let next_timer = schedule.next_timer().map_or(deadline, |at| started + at);
            tokio::select! {
                Some(done) = schedule.next_turn_done() => {
                    let is_broker_away = done.turn.broker.as_ref().is_some_and(|answer| {
                        answer.as_ref().is_err_and(SinkError::is_unreachable)
                    });
                    schedule.turn_done(done);
                    if is_broker_away {
                        return;
                    }
                }
                () = tokio::time::sleep_until(next_timer.min(deadline)) => schedule.timers_due(),
            }
        }
    }

    /// After `pause`, the log's heads; and for each of `lagging` the entry after that position.
    async fn poll(&self, pause: Duration, lagging: Vec<(Partition, i64)>) -> Result<Polled, LogError> {
        tokio::time::sleep(pause).await;
        let reading = async {
            let heads = self.reader.heads().await?;
            let mut oldest = Vec::with_capacity(lagging.len());
            for (partition, position) in lagging {
                let first_unpublished = position.saturating_add(1);
                if let Some(entry) = self.reader.entry_at(partition, first_unpublished).await? {
                    oldest.push((partition, position, entry.event_id));
                }
            }
            Ok(Polled { heads, oldest })
        };
        within(self.settings.log_timeout, reading).await
    }
}

/// What a poll found.
#[derive(Debug)]
struct Polled {
    heads: Vec<LogHead>,
    /// Partition, position, and the id of the event after it.
    oldest: Vec<(Partition, i64, uuid::Uuid)>,
}

/// Reads the log, but not forever.
async fn within<T>(
    limit: Duration,
    reading: impl Future<Output = Result<T, LogError>>,
) -> Result<T, LogError> {
    tokio::time::timeout(limit, reading)
        .await
        .unwrap_or(Err(LogError::TimedOut { limit }))
}

fn far_future() -> Instant {
    // A timer needs some time; this one is replaced long before, at the latest by the next poll.
    Instant::now() + Duration::from_secs(3600)
}
