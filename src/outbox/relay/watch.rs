//! Watching where another process relays: how far the streams are behind the log, without ever appending.
//!
//! A relay elsewhere may have died, and nobody here would know: there is no checkpoint that it left, since the broker alone says
//! where a stream ends. So a process that does not relay asks the broker itself now and then, and compares with the log. It only
//! reads; what it finds is for health and metrics.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::divergence::{Divergence, contradiction};
use super::{OLDEST_LOOKUPS_PER_POLL, within};
use crate::outbox::health::{RelayActivity, SharedRelayHealth};
use crate::outbox::log::{LogError, LogHead, LogReader};
use crate::outbox::sink::{RedisSink, StreamId, StreamPosition};
use crate::tenancy::Partition;

/// How often to look.
const INTERVAL: Duration = Duration::from_secs(1);
/// How long one reading of the log may take before it counts as failed.
const LOG_TIMEOUT: Duration = Duration::from_secs(10);

/// Looks at log and streams until `shutdown` is cancelled, and leaves what it finds in `health`.
pub async fn watch(
    reader: LogReader,
    sink: RedisSink,
    health: SharedRelayHealth,
    shutdown: CancellationToken,
) {
    let mut watcher = Watcher {
        reader,
        sink,
        health,
        confirmed: BTreeMap::new(),
    };
    let _running = watcher.health.begin(RelayActivity::Watches);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = watcher.look() => {}
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
}

struct Watcher {
    reader: LogReader,
    sink: RedisSink,
    health: SharedRelayHealth,
    /// The ends of streams that were found to be the log's.
    confirmed: BTreeMap<Partition, StreamId>,
}

impl Watcher {
    async fn look(&mut self) {
        self.health.beat();
        let heads = match within(LOG_TIMEOUT, self.reader.heads()).await {
            Ok(heads) => heads,
            Err(error) => return self.log_failed(&error),
        };
        if self.health.log_answered() {
            tracing::info!("the event log answers again");
        }
        let mut lagging = Vec::new();
        for LogHead {
            partition, seq: head, ..
        } in heads.into_iter().filter(|head| head.seq > 0)
        {
            self.health.beat();
            match self.sink.position(partition).await {
                Ok(position) => {
                    self.broker_answered();
                    if self.health.broker_accepted(partition) {
                        tracing::info!("the broker refuses nothing any more");
                    }
                    match within(LOG_TIMEOUT, self.compare(partition, head, &position)).await {
                        Ok(Some(position)) if position < head => lagging.push((partition, position)),
                        Ok(_) => {}
                        Err(error) => return self.log_failed(&error),
                    }
                }
                Err(error) => {
                    self.health.partition_stands(partition, head, None);
                    if error.is_unreachable() {
                        // The others would only wait for the same.
                        return self.broker_away(&error.to_string());
                    }
                    self.broker_answered();
                    if self.health.broker_refused(partition, &error.to_string()) {
                        tracing::warn!(%error, "the broker refuses to be asked");
                    }
                }
            }
        }
        if let Err(error) = within(LOG_TIMEOUT, self.look_up_oldest(lagging)).await {
            self.log_failed(&error);
        }
    }

    /// Notes where a stream is and whether it is the log's; its position, where that is known.
    async fn compare(
        &mut self,
        partition: Partition,
        head: i64,
        stream: &StreamPosition,
    ) -> Result<Option<i64>, LogError> {
        if self.confirmed.get(&partition) != Some(&stream.last_id) {
            let divergence = self.divergence(partition, stream).await?;
            if divergence.is_none() {
                self.confirmed.insert(partition, stream.last_id);
            }
            let advice = divergence.map(|found| found.advice(partition, &self.sink.stream_key(partition)));
            if self.health.partition_diverged(partition, advice.clone())
                && let Some(advice) = advice
            {
                tracing::error!(%partition, "{advice}");
            }
        }
        let position = stream.last_id.seq();
        self.health.partition_stands(partition, head, position);
        Ok(position)
    }

    /// Why stream and log cannot both be right. The log is asked after the stream, so a relay that is at work is never taken
    /// for one that is ahead.
    async fn divergence(
        &self,
        partition: Partition,
        stream: &StreamPosition,
    ) -> Result<Option<Divergence>, LogError> {
        let Some(last) = stream.last_id.seq() else {
            return Ok(Some(Divergence::ForeignEntry { id: stream.last_id }));
        };
        if last == 0 {
            return Ok(None);
        }
        let event_at = async |seq| {
            let entry = self.reader.entry_at(partition, seq).await?;
            Ok::<_, LogError>(entry.map(|entry| entry.event_id))
        };
        let tail = match stream.tail.as_ref().and_then(|tail| tail.id.seq()) {
            Some(seq) if seq != last => event_at(seq).await?,
            _ => None,
        };
        Ok(contradiction(stream, event_at(last).await?, tail))
    }

    /// Since when the first events wait that are not in their streams.
    async fn look_up_oldest(&self, lagging: Vec<(Partition, i64)>) -> Result<(), LogError> {
        let unknown = lagging
            .into_iter()
            .filter(|(partition, _)| !self.health.knows_oldest(*partition));
        for (partition, position) in unknown.take(OLDEST_LOOKUPS_PER_POLL) {
            if let Some(entry) = self
                .reader
                .entry_at(partition, position.saturating_add(1))
                .await?
            {
                self.health.oldest_unpublished(partition, entry.event_id);
            }
        }
        Ok(())
    }

    fn broker_answered(&self) {
        let features = self.sink.features();
        self.health
            .broker_warns(features.and_then(|features| features.warning()));
        if self.health.broker_answered() {
            tracing::info!(address = self.sink.address(), "the broker answers again");
        }
    }

    fn broker_away(&self, error: &str) {
        if self.health.broker_away(error) {
            tracing::warn!(error, "the broker does not tell where its streams end");
        }
    }

    fn log_failed(&self, error: &LogError) {
        let text = error.to_string();
        if self.health.log_failed(&text) {
            tracing::warn!(error = text, "the event log cannot be read");
        }
    }
}
