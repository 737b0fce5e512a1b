//! Retention: the oldest events leave the log and the streams, and nothing that is still needed does.
//!
//! A row of the log may go when it is old and the stream has passed it. The stream is asked anew before each batch, and only what it had
//! already passed a pass earlier counts: by then the broker has written it to its disk. (`WAITAOF` would say so at once, but it holds up
//! the connection on which the relay appends, and is not to be had on Redis 7.0.) A stream that the log contradicts, that went back or
//! that is in another life since has passed nothing.
//!
//! An entry of a stream may go when it is old and every consumer group that is really there has done with it; a stream without a
//! group is not trimmed, because nobody knows who will read it.
//!
//! All of it is done in small steps with pauses between, by any number of processes at once; a pass that finds nothing to do asks the
//! database one question. What fails for one partition holds up no other.

mod trim;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use crate::environment::SharedEnvironment;
use crate::outbox::log::{BatchLimit, LogEpoch, LogError};
use crate::outbox::{LogReader, RedisSink, RelayRecords, SinkError};
use crate::store::{
    EVENT_PURGE_BATCH, EventPurge, InternalDetail, OldestEvent, Store, StoreError, StreamPassed,
};
use crate::telemetry::metrics::RetentionMetrics;
use crate::tenancy::Partition;

/// For how long what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionSettings {
    /// Rows of the log; for ever where there is none.
    pub events: Option<Duration>,
    /// Entries of streams; for ever where there is none.
    pub streams: Option<Duration>,
    /// Between two passes.
    pub interval: Duration,
    /// Between two steps of a pass, which leaves the database to those who write.
    pub pause: Duration,
}

impl RetentionSettings {
    /// The settings for these times, with the usual pace: a thousand rows each 250 ms at most.
    #[must_use]
    pub fn new(events: Option<Duration>, streams: Option<Duration>) -> Self {
        Self {
            events,
            streams,
            interval: Duration::from_secs(60),
            pause: Duration::from_millis(250),
        }
    }
}

/// Why a pass broke off; what it had done stays done.
#[derive(Debug, thiserror::Error)]
pub enum RetentionError {
    /// The database did not answer, or refused.
    #[error("{error}{detail}")]
    Store {
        /// What it was.
        error: StoreError,
        /// What the database said.
        detail: String,
    },
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The broker did not answer, or refused.
    #[error(transparent)]
    Sink(#[from] SinkError),
}

impl From<StoreError> for RetentionError {
    fn from(error: StoreError) -> Self {
        let detail = error.detail().map(InternalDetail::for_log);
        let detail = detail.map(|detail| format!(": {detail}")).unwrap_or_default();
        Self::Store { error, detail }
    }
}

/// For how much longer than wanted rows may stay before somebody is told that nobody purges them.
const OVERDUE: Duration = Duration::from_secs(3_600);

/// What a pass deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PassReport {
    /// Rows of the log.
    pub purged: u64,
    /// Entries of streams.
    pub trimmed: u64,
    /// Partitions that something failed for; what could be done for the others was.
    pub failed: u64,
    /// Rows are long overdue, and this process may not delete them: streams were carried once, and it has no broker to ask.
    pub is_held_back: bool,
}

impl PassReport {
    fn has_deleted(&self) -> bool {
        self.purged > 0 || self.trimmed > 0
    }
}

/// The job. See the module's text.
pub struct Retention {
    store: Store,
    reader: LogReader,
    records: RelayRecords,
    /// None in a process that does not carry events.
    sink: Option<RedisSink>,
    environment: SharedEnvironment,
    settings: RetentionSettings,
    metrics: RetentionMetrics,
    /// How far each stream was a pass ago.
    passed: HashMap<Partition, StreamPassed>,
    /// Whether it is written down that there are streams.
    is_marked: bool,
    /// Whether it was told that rows are held back.
    is_warned: bool,
}

impl Retention {
    /// The job for `store` and the streams of `sink`; without one only age counts, and nothing goes where streams were ever carried.
    #[must_use]
    pub fn new(
        store: Store,
        sink: Option<RedisSink>,
        environment: SharedEnvironment,
        settings: RetentionSettings,
    ) -> Self {
        Self {
            reader: LogReader::new(store.event_log().clone()),
            records: RelayRecords::new(store.relay_records().clone()),
            store,
            sink,
            environment,
            settings,
            metrics: RetentionMetrics::default(),
            passed: HashMap::new(),
            is_marked: false,
            is_warned: false,
        }
    }

    /// The same, which counts in `metrics`.
    #[must_use]
    pub fn measured(mut self, metrics: RetentionMetrics) -> Self {
        self.metrics = metrics;
        self
    }

    /// Makes one pass after the other until `shutdown` is cancelled. A step that is cut off then is made again after the next start.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let passes = async {
            loop {
                match self.pass().await {
                    Ok(done) => self.tell(&done),
                    Err(error) => {
                        tracing::warn!(%error, "old events could not be deleted; trying again later");
                    }
                }
                tokio::time::sleep(self.settings.interval).await;
            }
        };
        shutdown.run_until_cancelled(passes).await;
    }

    fn tell(&mut self, done: &PassReport) {
        if done.has_deleted() {
            tracing::info!(
                purged = done.purged,
                trimmed = done.trimmed,
                "old events are gone"
            );
        }
        if done.is_held_back && !self.is_warned {
            tracing::warn!(
                "old events stay in the log: streams of it were carried once, so only a process with a broker may delete them, \
                 and none does"
            );
        }
        self.is_warned = done.is_held_back;
    }

    /// Deletes what may go now. Fails where nothing could be tried, and goes on where it fails for a partition.
    pub async fn pass(&mut self) -> Result<PassReport, RetentionError> {
        let oldest = self.store.oldest_events().await?;
        self.measure(&oldest);
        let old = self.old(&oldest);
        match self.sink.clone() {
            Some(sink) => self.pass_with(&sink, &old).await,
            None if old.is_empty() => Ok(PassReport::default()),
            None => self.pass_without_broker(&old).await,
        }
    }

    async fn pass_with(
        &mut self,
        sink: &RedisSink,
        old: &[OldestEvent],
    ) -> Result<PassReport, RetentionError> {
        self.mark().await?;
        let mut report = PassReport::default();
        let mut earlier = std::mem::take(&mut self.passed);
        for event in old {
            let earlier = earlier.remove(&event.partition);
            let outcome = self.purge_carried(sink, event.partition, earlier).await;
            report.purged += counted(outcome, event.partition, &mut report.failed)?;
        }
        self.trim_all(sink, &mut report).await?;
        Ok(report)
    }

    /// By age alone. That nobody carries streams is made sure of in each batch; looked at here, it tells why nothing goes.
    async fn pass_without_broker(&self, old: &[OldestEvent]) -> Result<PassReport, RetentionError> {
        let mut report = PassReport::default();
        if !self.reader.trims().await?.is_empty() {
            let kept_for = self.settings.events.map(|kept_for| kept_for + OVERDUE);
            let overdue = self.cutoff(kept_for);
            report.is_held_back =
                overdue.is_some_and(|overdue| old.iter().any(|event| event.committed_at < overdue));
            return Ok(report);
        }
        for event in old {
            let outcome = self.purge_by_age(event.partition).await;
            report.purged += counted(outcome, event.partition, &mut report.failed)?;
        }
        Ok(report)
    }

    /// Has every process know that streams are carried, so that one without a broker leaves the log to one with it.
    async fn mark(&mut self) -> Result<(), RetentionError> {
        if !self.is_marked {
            self.records
                .note_trim(Partition(0), LogEpoch::FIRST.number, 1)
                .await?;
            self.is_marked = true;
        }
        Ok(())
    }

    fn measure(&self, oldest: &[OldestEvent]) {
        let now = self.environment.now();
        let first = oldest.iter().map(|event| event.committed_at).min();
        let age = first.and_then(|first| (now - first).to_std().ok());
        self.metrics.oldest_is(age.unwrap_or_default());
    }

    /// The time before which something is old.
    fn cutoff(&self, kept_for: Option<Duration>) -> Option<DateTime<Utc>> {
        let kept_for = chrono::Duration::from_std(kept_for?).ok()?;
        self.environment.now().checked_sub_signed(kept_for)
    }

    fn old(&self, oldest: &[OldestEvent]) -> Vec<OldestEvent> {
        let Some(cutoff) = self.cutoff(self.settings.events) else {
            return Vec::new();
        };
        let is_old = |event: &&OldestEvent| event.committed_at < cutoff;
        oldest.iter().filter(is_old).copied().collect()
    }

    /// How far the partition's stream is, where the entry at its end is the log's event of that number.
    async fn confirmed(
        &self,
        sink: &RedisSink,
        partition: Partition,
    ) -> Result<Option<StreamPassed>, RetentionError> {
        let position = sink.position(partition).await?;
        let (Some(last), Some(tail)) = (position.last_id.seq(), &position.tail) else {
            return Ok(None);
        };
        if tail.id != position.last_id {
            return Ok(None);
        }
        let limit = BatchLimit { entries: 1, bytes: 1 };
        let log = self.reader.continuation(partition, last, limit).await?;
        let agrees = log
            .at
            .is_some_and(|event_id| event_id.to_string() == tail.event_id);
        // The stream of an epoch that is over has passed nothing of the next.
        let epoch = log.epoch.number;
        Ok((agrees && position.epoch == Some(epoch)).then_some(StreamPassed { epoch, seq: last }))
    }

    /// Purges a partition up to where its stream was a pass ago. It is asked again before each batch: a broker that lost everything,
    /// and is refilled from the log, needs what is still there.
    async fn purge_carried(
        &mut self,
        sink: &RedisSink,
        partition: Partition,
        earlier: Option<StreamPassed>,
    ) -> Result<u64, RetentionError> {
        let mut purged = 0;
        loop {
            let Some(now) = self.confirmed(sink, partition).await? else {
                self.passed.remove(&partition);
                return Ok(purged);
            };
            self.passed.insert(partition, now);
            let goes_on = |earlier: &StreamPassed| earlier.epoch == now.epoch && earlier.seq <= now.seq;
            let Some(passed) = earlier.filter(goes_on) else {
                return Ok(purged);
            };
            let rows = self.purge_batch(partition, Some(passed)).await?;
            purged += rows;
            if rows < u64::from(EVENT_PURGE_BATCH) {
                return Ok(purged);
            }
            tokio::time::sleep(self.settings.pause).await;
        }
    }

    async fn purge_by_age(&self, partition: Partition) -> Result<u64, RetentionError> {
        let mut purged = 0;
        loop {
            let rows = self.purge_batch(partition, None).await?;
            purged += rows;
            if rows < u64::from(EVENT_PURGE_BATCH) {
                return Ok(purged);
            }
            tokio::time::sleep(self.settings.pause).await;
        }
    }

    async fn purge_batch(
        &self,
        partition: Partition,
        passed: Option<StreamPassed>,
    ) -> Result<u64, RetentionError> {
        let Some(committed_before) = self.cutoff(self.settings.events) else {
            return Ok(0);
        };
        let batch = EventPurge {
            partition,
            committed_before,
            passed,
        };
        let rows = self.store.purge_events(batch).await?.rows;
        self.metrics.purged(rows);
        Ok(rows)
    }
}

/// What was done for a partition. Where that failed it is told and counted, and the others go on, unless the whole broker is away.
fn counted(
    outcome: Result<u64, RetentionError>,
    partition: Partition,
    failed: &mut u64,
) -> Result<u64, RetentionError> {
    match outcome {
        Err(RetentionError::Sink(error)) if error.is_unreachable() => Err(error.into()),
        Err(error) => {
            tracing::warn!(partition = partition.0, %error, "old events could not be deleted; trying again later");
            *failed += 1;
            Ok(0)
        }
        Ok(count) => Ok(count),
    }
}
