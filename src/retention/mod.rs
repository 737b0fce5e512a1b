//! Retention: the oldest events leave the log and the streams, and nothing that is still needed does.
//!
//! A row of the log may go when it is old and the stream has passed it. The stream is asked anew each time, and only what it had already
//! passed a pass earlier counts: by then the broker has written it to its disk. (`WAITAOF` would say so at once, but it holds up the
//! connection on which the relay appends, and is not to be had on Redis 7.0.) A stream that the log contradicts has passed nothing.
//!
//! An entry of a stream may go when it is old and every consumer group that is really there has done with it; a stream without a
//! group is not trimmed, because nobody knows who will read it.
//!
//! All of it is done in small steps with pauses between, by any number of processes at once; a pass that finds nothing to do asks the
//! database one question.

mod trim;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use crate::environment::SharedEnvironment;
use crate::outbox::log::{BatchLimit, LogError};
use crate::outbox::{LogReader, RedisSink, RelayRecords, SinkError};
use crate::store::{EventPurge, InternalDetail, OldestEvent, Store, StoreError};
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

/// What a pass deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PassReport {
    /// Rows of the log.
    pub purged: u64,
    /// Entries of streams.
    pub trimmed: u64,
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
    passed: HashMap<Partition, i64>,
    /// Whether it is written down that there are streams.
    is_marked: bool,
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
                    Ok(PassReport {
                        purged: 0,
                        trimmed: 0,
                    }) => {}
                    Ok(done) => {
                        tracing::info!(
                            purged = done.purged,
                            trimmed = done.trimmed,
                            "old events are gone"
                        );
                    }
                    Err(error) => {
                        tracing::warn!(%error, "old events could not be deleted; trying again later");
                    }
                }
                tokio::time::sleep(self.settings.interval).await;
            }
        };
        shutdown.run_until_cancelled(passes).await;
    }

    /// Deletes what may go now.
    pub async fn pass(&mut self) -> Result<PassReport, RetentionError> {
        let oldest = self.store.oldest_events().await?;
        self.measure(&oldest);
        let mut report = PassReport::default();
        match self.sink.clone() {
            Some(sink) => {
                self.mark().await?;
                report.trimmed = self.trim_all(&sink).await?;
                let before = std::mem::take(&mut self.passed);
                self.passed = self.positions(&sink, &oldest).await?;
                for event in self.old(&oldest) {
                    let (earlier, now) = (before.get(&event.partition), self.passed.get(&event.partition));
                    if let (Some(earlier), Some(now)) = (earlier, now) {
                        report.purged += self.purge(event.partition, Some(*earlier.min(now))).await?;
                    }
                }
            }
            None if !self.old(&oldest).is_empty() && self.reader.trims().await?.is_empty() => {
                for event in self.old(&oldest) {
                    report.purged += self.purge(event.partition, None).await?;
                }
            }
            None => {}
        }
        Ok(report)
    }

    /// Has every process know that streams are carried, so that one without a broker leaves the log to one with it.
    async fn mark(&mut self) -> Result<(), RetentionError> {
        if !self.is_marked {
            self.records.note_trim(Partition(0), 1).await?;
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

    /// How far the streams are of the partitions that have something to purge.
    async fn positions(
        &self,
        sink: &RedisSink,
        oldest: &[OldestEvent],
    ) -> Result<HashMap<Partition, i64>, RetentionError> {
        let mut positions = HashMap::new();
        for event in self.old(oldest) {
            if let Some(position) = self.confirmed(sink, event.partition).await? {
                positions.insert(event.partition, position);
            }
        }
        Ok(positions)
    }

    /// The last number of the partition's stream, where the entry at its end is the log's event of that number.
    async fn confirmed(&self, sink: &RedisSink, partition: Partition) -> Result<Option<i64>, RetentionError> {
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
        Ok((agrees && position.epoch == Some(log.epoch.number)).then_some(last))
    }

    /// Purges a partition batch by batch.
    async fn purge(&self, partition: Partition, through: Option<i64>) -> Result<u64, RetentionError> {
        let mut purged = 0;
        let Some(committed_before) = self.cutoff(self.settings.events) else {
            return Ok(0);
        };
        loop {
            let batch = EventPurge {
                partition,
                committed_before,
                through,
            };
            let batch = self.store.purge_events(batch).await?;
            purged += batch.rows;
            self.metrics.purged(batch.rows);
            if !batch.is_full() {
                return Ok(purged);
            }
            tokio::time::sleep(self.settings.pause).await;
        }
    }
}
