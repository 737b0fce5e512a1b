//! The comparison of one partition.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use super::chunks::Chunks;
use super::{PartitionReport, VerifyError};
use crate::outbox::log::{BatchLimit, LogContinuation, LogEntry, LogEpoch, LogReader};
use crate::outbox::sink::{RedisSink, StreamEntry, StreamId, StreamPosition, stream_fields};
use crate::tenancy::Partition;

/// How much of the log is held at a time.
const LOG_CHUNK: BatchLimit = BatchLimit {
    entries: 512,
    bytes: 1024 * 1024,
};

/// How often a comparison is made anew because the stream became another meanwhile; then it is told as it is.
const ATTEMPTS: usize = 3;

/// Compares the log of `partition` with its stream.
pub(super) async fn compare(
    reader: &LogReader,
    sink: &RedisSink,
    partition: Partition,
) -> Result<PartitionReport, VerifyError> {
    let mut attempt = 1;
    loop {
        let mut comparison = Comparison::begin(reader, sink, partition).await?;
        comparison.read(sink).await?;
        let (report, is_same) = comparison.end(sink).await?;
        if is_same || attempt >= ATTEMPTS {
            return Ok(report);
        }
        attempt += 1;
    }
}

/// Whether a stream that was at `before` can be at `now` without having been begun anew or emptied.
fn is_continued(before: &StreamPosition, now: &StreamPosition) -> bool {
    before.last_id == StreamId::ZERO || (before.epoch == now.epoch && before.last_id <= now.last_id)
}

/// What is true of the partition as a whole.
async fn facts(reader: &LogReader, partition: Partition) -> Result<LogContinuation, VerifyError> {
    let limit = BatchLimit { entries: 1, bytes: 1 };
    Ok(reader.continuation(partition, 0, limit).await?)
}

pub(super) struct Comparison<'a> {
    log: LogWindow<'a>,
    /// Where the stream ended when it was begun.
    stream: StreamPosition,
    report: PartitionReport,
    epoch: LogEpoch,
    /// The first row that the log still has.
    first_retained: i64,
    /// The id of the stream's first entry.
    first_entry: Option<StreamId>,
    /// The row after the highest that an entry was identified with.
    next: i64,
    /// Rows below `next` that no entry was identified with so far.
    missing: Ranges,
}

impl<'a> Comparison<'a> {
    /// The stream's end is read first and the log's head last: what happens in between can only look pending.
    pub(super) async fn begin(
        reader: &'a LogReader,
        sink: &RedisSink,
        partition: Partition,
    ) -> Result<Self, VerifyError> {
        let stream = sink.position(partition).await?;
        let facts = facts(reader, partition).await?;
        Ok(Self {
            log: LogWindow {
                reader,
                partition,
                rows: VecDeque::new(),
            },
            stream,
            report: PartitionReport::new(partition),
            epoch: facts.epoch,
            first_retained: facts.first_retained,
            first_entry: None,
            next: facts.epoch.first_seq,
            missing: Ranges::default(),
        })
    }

    /// A stream whose next life was ordered is a thing of the past: all of that life is still to come.
    fn is_over(&self) -> bool {
        self.stream.epoch.is_some_and(|epoch| epoch < self.epoch.number)
    }

    /// What was found, and whether it was one and the same stream from the beginning to the end.
    pub(super) async fn end(mut self, sink: &RedisSink) -> Result<(PartitionReport, bool), VerifyError> {
        let (reader, partition) = (self.log.reader, self.log.partition);
        let heads = reader.heads().await?;
        let head = heads.into_iter().find(|head| head.partition == partition);
        // Both are written down before anything is deleted, so what was missed above is in them.
        let facts = facts(reader, partition).await?;
        self.first_retained = facts.first_retained;
        let life = (partition, self.epoch.number);
        let trimmed_before = reader.trims().await?.get(&life).copied().unwrap_or(1);
        let stream_now = sink.position(partition).await?;
        let is_same = facts.epoch == self.epoch && is_continued(&self.stream, &stream_now);
        let report = self.finish(head.map_or(0, |head| head.seq), trimmed_before);
        Ok((report, is_same))
    }

    /// Goes through the whole stream.
    pub(super) async fn read(&mut self, sink: &RedisSink) -> Result<(), VerifyError> {
        if self.is_over() {
            return Ok(());
        }
        let mut chunks = Chunks::of(self.log.partition);
        loop {
            let entries = chunks.next(sink).await?;
            let Some(first) = entries.first() else {
                return Ok(());
            };
            self.first_entry.get_or_insert(first.id);
            for entry in &entries {
                self.entry(entry).await?;
            }
        }
    }

    async fn entry(&mut self, entry: &StreamEntry) -> Result<(), VerifyError> {
        self.report.published += 1;
        if let Some(seq) = self.purged_row_of(entry) {
            self.place(entry, seq);
            return Ok(());
        }
        let Some((row, identified)) = self.row_of(entry).await? else {
            // It may have been purged a moment ago.
            self.first_retained = facts(self.log.reader, self.log.partition).await?.first_retained;
            if let Some(seq) = self.purged_row_of(entry) {
                self.place(entry, seq);
                return Ok(());
            }
            self.report.mismatched += 1;
            self.find(|| format!("stream entry {} is no event of the log", entry.id));
            return Ok(());
        };
        if !self.place(entry, row.seq) {
            return Ok(());
        }
        let differs = if identified {
            first_difference(&row, entry, self.epoch.number)
        } else {
            Some("id".to_owned())
        };
        if let Some(field) = differs {
            self.report.mismatched += 1;
            self.find(|| {
                format!(
                    "stream entry {} differs from event {} of the log in `{field}`",
                    entry.id, row.seq
                )
            });
        }
        Ok(())
    }

    /// The number of the row that `entry` was, where the log has that row no more and the entry is in its place.
    fn purged_row_of(&self, entry: &StreamEntry) -> Option<i64> {
        let seq = entry.id.seq()?;
        let is_purged = (self.epoch.first_seq..self.first_retained).contains(&seq);
        (is_purged && claimed_seq(entry) == Some(seq)).then_some(seq)
    }

    /// Counts `entry` as the event `seq`; whether it is the first that is.
    fn place(&mut self, entry: &StreamEntry, seq: i64) -> bool {
        if seq >= self.next {
            self.missing.insert(self.next, seq - 1);
            self.next = seq + 1;
        } else if self.missing.remove(seq) {
            self.report.out_of_order += 1;
            self.find(|| {
                format!(
                    "stream entry {} is event {seq} of the log, out of order",
                    entry.id
                )
            });
        } else {
            self.report.duplicate += 1;
            self.find(|| format!("stream entry {} repeats event {seq} of the log", entry.id));
            return false;
        }
        true
    }

    /// The row that `entry` is, and whether their event ids say so too. By its place, and where that row is another event, by
    /// what the entry claims; an entry that is in a row's place and cannot be identified is that row, altered.
    async fn row_of(&mut self, entry: &StreamEntry) -> Result<Option<(LogEntry, bool)>, VerifyError> {
        let by_place = match entry.id.seq() {
            Some(seq) => self.log.row(seq).await?,
            None => None,
        };
        if let Some(row) = &by_place
            && entry.field("id") == Some(row.event_id.to_string().as_bytes())
        {
            return Ok(by_place.map(|row| (row, true)));
        }
        if let Some(seq) = claimed_seq(entry)
            && let Some(row) = self.log.row(seq).await?
            && entry.field("id") == Some(row.event_id.to_string().as_bytes())
        {
            return Ok(Some((row, true)));
        }
        Ok(by_place.map(|row| (row, false)))
    }

    fn finish(mut self, head: i64, trimmed_before: i64) -> PartitionReport {
        let stream_end = if self.is_over() {
            StreamId::ZERO
        } else {
            self.stream.last_id
        };
        // What the stream has passed will never come; an end that the relay did not write has passed everything.
        let passed = stream_end.seq().unwrap_or(i64::MAX).min(head);
        self.missing.insert(self.next, passed);
        self.next = self.next.max(passed.saturating_add(1));
        // A trim leaves no holes: what is missing after the first entry was not trimmed.
        let first_entry = self
            .first_entry
            .map_or(i64::MAX, |id| i64::try_from(id.major).unwrap_or(i64::MAX));
        self.report.trimmed = self.missing.take_below(trimmed_before.min(first_entry));
        if let Some((first, _)) = self
            .missing
            .first()
            .filter(|(first, _)| *first < self.first_retained)
        {
            self.find(|| format!("event {first} and maybe others are neither in the log nor in the stream"));
        }
        self.report.in_neither = self.missing.take_below(self.first_retained);
        self.report.lost = self.missing.count();
        if let Some((first, last)) = self.missing.first() {
            self.find(|| format!("rows {first} to {last} of the log are not in the stream"));
        }
        // The relay stops before these: they are old, and the stream that had them is gone.
        self.report.unfillable = u64::try_from(self.first_retained - self.next).unwrap_or_default();
        if self.report.unfillable > 0 {
            let (next, first) = (self.next, self.first_retained);
            self.find(|| format!("the stream needs {next} next, and the log begins with {first}"));
        }
        let purged = self.first_retained - 1;
        self.report.purged = u64::try_from(purged).unwrap_or_default();
        self.report.logged = u64::try_from(head - purged).unwrap_or_default();
        self.report.pending =
            u64::try_from(head.saturating_add(1) - self.next.max(self.first_retained)).unwrap_or_default();
        self.report
    }

    fn find(&mut self, finding: impl FnOnce() -> String) {
        self.report.first_finding.get_or_insert_with(finding);
    }
}

/// The name of the first field that is not the row's.
fn first_difference(row: &LogEntry, entry: &StreamEntry, epoch: u64) -> Option<String> {
    let expected = stream_fields(row, epoch);
    for (name, value) in &expected {
        if entry.field(name) != Some(value.as_bytes()) {
            return Some((*name).to_owned());
        }
    }
    let unexpected = entry
        .fields
        .get(expected.len())
        .map(|(name, _)| String::from_utf8_lossy(name).into_owned());
    // As many fields, each with its value: a surplus one is what the row does not have, a traceparent or an epoch.
    unexpected
}

/// The `sequence` of the event in an entry, where it has one that can be read.
fn claimed_seq(entry: &StreamEntry) -> Option<i64> {
    let event: Value = serde_json::from_slice(entry.field("ce")?).ok()?;
    match event.get("sequence")? {
        Value::String(text) => text.parse().ok(),
        number => number.as_i64(),
    }
}

/// A part of the log that moves forward.
struct LogWindow<'a> {
    reader: &'a LogReader,
    partition: Partition,
    rows: VecDeque<LogEntry>,
}

impl LogWindow<'_> {
    /// The row at `seq`. Going forward costs one query per chunk; going back costs one per row.
    async fn row(&mut self, seq: i64) -> Result<Option<LogEntry>, VerifyError> {
        if self.rows.back().is_none_or(|last| last.seq < seq) {
            // A place far beyond the window is jumped to, unless there is nothing: then the window stays where it is.
            let chunk = self
                .reader
                .read_after(self.partition, seq.saturating_sub(1), LOG_CHUNK)
                .await?;
            if chunk.is_empty() {
                return Ok(None);
            }
            self.rows = chunk.into();
        } else if self.rows.front().is_some_and(|first| seq < first.seq) {
            return Ok(self.reader.entry_at(self.partition, seq).await?);
        }
        while self.rows.front().is_some_and(|first| first.seq < seq) {
            self.rows.pop_front();
        }
        Ok(self.rows.front().filter(|row| row.seq == seq).cloned())
    }
}

/// A set of numbers, kept as ranges.
#[derive(Debug, Default)]
struct Ranges(BTreeMap<i64, i64>);

impl Ranges {
    /// Adds `first..=last`, which must lie above all that is in it; nothing where that is empty.
    fn insert(&mut self, first: i64, last: i64) {
        if first <= last {
            self.0.insert(first, last);
        }
    }

    /// Takes a number out. Gives whether it was in.
    fn remove(&mut self, number: i64) -> bool {
        let Some((first, last)) = self
            .0
            .range(..=number)
            .next_back()
            .map(|(first, last)| (*first, *last))
        else {
            return false;
        };
        if number > last {
            return false;
        }
        self.0.remove(&first);
        self.insert(first, number - 1);
        self.insert(number + 1, last);
        true
    }

    /// Takes out what lies below `limit`; how many numbers that were.
    fn take_below(&mut self, limit: i64) -> u64 {
        let above = self.0.split_off(&limit);
        let mut below = std::mem::replace(&mut self.0, above);
        if let Some(mut across) = below.last_entry()
            && *across.get() >= limit
        {
            let last = across.insert(limit - 1);
            self.0.insert(limit, last);
        }
        Self(below).count()
    }

    fn count(&self) -> u64 {
        self.0
            .iter()
            .map(|(first, last)| u64::try_from(last - first + 1).unwrap_or_default())
            .sum()
    }

    fn first(&self) -> Option<(i64, i64)> {
        self.0.first_key_value().map(|(first, last)| (*first, *last))
    }
}
