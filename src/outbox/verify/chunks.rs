//! A stream in chunks that fit into memory.

use crate::outbox::sink::{RedisSink, SinkError, StreamEntry, StreamId};
use crate::tenancy::Partition;

/// Entries of the first chunk, whose size nobody knows.
const FIRST: usize = 8;

/// Entries that a chunk has at most: small ones may be followed by large ones.
const MOST: usize = 128;

/// How large a chunk is meant to be.
const BYTES: usize = 2 * 1024 * 1024;

/// The entries of a stream from the beginning.
pub(super) struct Chunks {
    partition: Partition,
    after: StreamId,
    entries: usize,
}

impl Chunks {
    pub(super) fn of(partition: Partition) -> Self {
        Self {
            partition,
            after: StreamId::ZERO,
            entries: FIRST,
        }
    }

    /// The next ones; none at the end.
    ///
    /// The broker counts entries and not bytes, so the next chunk has as many as would fit if all were like the largest of this one.
    pub(super) async fn next(&mut self, sink: &RedisSink) -> Result<Vec<StreamEntry>, SinkError> {
        let entries = sink.read_after(self.partition, self.after, self.entries).await?;
        if let Some(last) = entries.last() {
            self.after = last.id;
        }
        let largest = entries.iter().map(size).max().unwrap_or_default();
        let twice = self.entries.saturating_mul(2);
        self.entries = (BYTES / largest.max(1)).min(twice).clamp(1, MOST);
        Ok(entries)
    }
}

pub(super) fn size(entry: &StreamEntry) -> usize {
    let fields = entry.fields.iter();
    fields.map(|(name, value)| name.len() + value.len()).sum()
}
