//! Trimming the streams.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{PassReport, Retention, RetentionError, counted};
use crate::outbox::RedisSink;
use crate::outbox::sink::{StreamEntry, StreamId, TrimStep};
use crate::store::StreamPassed;
use crate::tenancy::Partition;

/// Entries that one call removes at most: the broker does nothing else meanwhile.
const TRIM_BATCH: i64 = 1_000;

impl Retention {
    /// Trims every stream, and tells in `report` what came of it.
    pub(super) async fn trim_all(
        &self,
        sink: &RedisSink,
        report: &mut PassReport,
    ) -> Result<(), RetentionError> {
        let Some(cutoff) = self.cutoff(self.settings.streams) else {
            return Ok(());
        };
        for index in 0..self.store.metadata().partition_count {
            let partition = Partition(index);
            let outcome = self.trim(sink, partition, cutoff).await;
            report.trimmed += counted(outcome, partition, &mut report.failed)?;
        }
        Ok(())
    }

    async fn trim(
        &self,
        sink: &RedisSink,
        partition: Partition,
        cutoff: DateTime<Utc>,
    ) -> Result<u64, RetentionError> {
        let Some(needed) = sink.first_needed(partition).await? else {
            return Ok(0);
        };
        let Some((first, before)) = oldest_run(sink, partition, needed, cutoff).await? else {
            return Ok(0);
        };
        // The last entry stays, and a stream that the log contradicts is left as it is.
        let Some(StreamPassed { epoch, seq: last }) = self.confirmed(sink, partition).await? else {
            return Ok(0);
        };
        let before = before.min(last);
        if before <= first {
            return Ok(0);
        }
        // Written down first: whoever compares log and stream then knows why they are missing.
        self.records.note_trim(partition, epoch, before).await?;
        let mut trimmed = 0;
        let mut step = first;
        while step < before {
            step = step.saturating_add(TRIM_BATCH).min(before);
            let step = TrimStep {
                epoch,
                before: step,
                last,
            };
            let Some(removed) = sink.trim_before(partition, &step).await? else {
                break;
            };
            trimmed += removed;
            self.metrics.trimmed(removed);
        }
        Ok(trimmed)
    }
}

/// The number of the stream's first entry, and the one below which all entries are older than `cutoff` and below `needed`; none where
/// that is no entry at all.
///
/// Entries are in the order of their commits, so the limit is searched for by halves: a stream of a million entries is asked for
/// twenty of them.
async fn oldest_run(
    sink: &RedisSink,
    partition: Partition,
    needed: StreamId,
    cutoff: DateTime<Utc>,
) -> Result<Option<(i64, i64)>, RetentionError> {
    let Some((first, is_old)) = entry_from(sink, partition, 0, cutoff).await? else {
        return Ok(None);
    };
    let mut limit = i64::try_from(needed.major).unwrap_or(i64::MAX);
    if !is_old || first >= limit {
        return Ok(None);
    }
    let end = sink.position(partition).await?.last_id;
    limit = limit.min(i64::try_from(end.major).unwrap_or(i64::MAX));
    let mut old = first;
    while limit - old > 1 {
        let middle = old + (limit - old) / 2;
        match entry_from(sink, partition, middle, cutoff).await? {
            Some((seq, true)) if seq < limit => old = seq,
            _ => limit = middle,
        }
    }
    Ok(Some((first, old + 1)))
}

/// The number of the first entry at or after `seq`, and whether it is older than `cutoff`.
async fn entry_from(
    sink: &RedisSink,
    partition: Partition,
    seq: i64,
    cutoff: DateTime<Utc>,
) -> Result<Option<(i64, bool)>, RetentionError> {
    let after = StreamId {
        major: u64::try_from(seq).unwrap_or_default().saturating_sub(1),
        minor: u64::MAX,
    };
    let after = if seq <= 0 { StreamId::ZERO } else { after };
    let entries = sink.read_after(partition, after, 1).await?;
    Ok(entries
        .first()
        .and_then(|entry| Some((entry.id.seq()?, is_older(entry, cutoff)))))
}

/// What has no time that can be read is not old. One that was told again has the time at which it happened, and the id of when it was
/// told again: the later counts, and so the entries of a stream are in the order of what counts.
fn is_older(entry: &StreamEntry, cutoff: DateTime<Utc>) -> bool {
    let event: Option<Value> = entry
        .field("ce")
        .and_then(|text| serde_json::from_slice(text).ok());
    let happened = event
        .as_ref()
        .and_then(|event| DateTime::parse_from_rfc3339(event.get("time")?.as_str()?).ok());
    let told = entry.field("id").and_then(time_of_id);
    happened.is_some_and(|time| time < cutoff) && told.is_none_or(|time| time < cutoff)
}

/// When an id was made, where it tells.
fn time_of_id(id: &[u8]) -> Option<DateTime<Utc>> {
    let (seconds, nanoseconds) = Uuid::try_parse_ascii(id).ok()?.get_timestamp()?.to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanoseconds)
}
