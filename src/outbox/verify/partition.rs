//! The comparison of one partition.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use super::{PartitionReport, VerifyError};
use crate::outbox::log::{BatchLimit, LogEntry, LogEpoch, LogReader};
use crate::outbox::sink::{RedisSink, StreamEntry, StreamId, stream_fields};
use crate::tenancy::Partition;

/// How much of the log is held at a time.
const LOG_CHUNK: BatchLimit = BatchLimit {
    entries: 512,
    bytes: 1024 * 1024,
};

/// How many entries of a stream are held at a time.
const STREAM_CHUNK: usize = 512;

/// Compares the log of `partition` with its stream.
pub(super) async fn compare(
    reader: &LogReader,
    sink: &RedisSink,
    partition: Partition,
) -> Result<PartitionReport, VerifyError> {
    // The stream's end is read first and the log's head last: what happens in between can only look pending.
    let stream_end = sink.position(partition).await?.last_id;
    let log = LogWindow {
        reader,
        partition,
        rows: VecDeque::new(),
    };
    let mut comparison = Comparison {
        log,
        report: PartitionReport::new(partition),
        next: 1,
        missing: Ranges::default(),
    };
    let mut after = StreamId::ZERO;
    loop {
        let entries = sink.read_after(partition, after, STREAM_CHUNK).await?;
        let Some(last) = entries.last() else { break };
        after = last.id;
        for entry in &entries {
            comparison.entry(entry).await?;
        }
    }
    let head = reader
        .heads()
        .await?
        .into_iter()
        .find(|head| head.partition == partition)
        .map_or(0, |head| head.seq);
    Ok(comparison.finish(stream_end, head))
}

struct Comparison<'a> {
    log: LogWindow<'a>,
    report: PartitionReport,
    /// The row after the highest that an entry was identified with.
    next: i64,
    /// Rows below `next` that no entry was identified with so far.
    missing: Ranges,
}

impl Comparison<'_> {
    async fn entry(&mut self, entry: &StreamEntry) -> Result<(), VerifyError> {
        self.report.published += 1;
        let Some((row, identified)) = self.row_of(entry).await? else {
            self.report.mismatched += 1;
            self.find(|| format!("stream entry {} is no event of the log", entry.id));
            return Ok(());
        };
        if row.seq >= self.next {
            self.missing.insert(self.next, row.seq - 1);
            self.next = row.seq + 1;
        } else if self.missing.remove(row.seq) {
            self.report.out_of_order += 1;
            self.find(|| {
                format!(
                    "stream entry {} is event {} of the log, out of order",
                    entry.id, row.seq
                )
            });
        } else {
            self.report.duplicate += 1;
            self.find(|| format!("stream entry {} repeats event {} of the log", entry.id, row.seq));
            return Ok(());
        }
        let differs = if identified {
            first_difference(&row, entry)
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

    fn finish(mut self, stream_end: StreamId, head: i64) -> PartitionReport {
        // What the stream has passed will never come; an end that the relay did not write has passed everything.
        let passed = stream_end.seq().unwrap_or(i64::MAX).min(head);
        self.missing.insert(self.next, passed);
        self.next = self.next.max(passed.saturating_add(1));
        self.report.lost = self.missing.count();
        if let Some((first, last)) = self.missing.first() {
            self.find(|| format!("rows {first} to {last} of the log are not in the stream"));
        }
        self.report.logged = u64::try_from(head).unwrap_or_default();
        self.report.pending = u64::try_from(head.saturating_add(1) - self.next).unwrap_or_default();
        self.report
    }

    fn find(&mut self, finding: impl FnOnce() -> String) {
        self.report.first_finding.get_or_insert_with(finding);
    }
}

/// The name of the first field that is not the row's.
fn first_difference(row: &LogEntry, entry: &StreamEntry) -> Option<String> {
    let expected = stream_fields(row, LogEpoch::FIRST.number);
    for (name, value) in &expected {
        if entry.field(name) != Some(value.as_bytes()) {
            return Some((*name).to_owned());
        }
    }
    let unexpected = entry
        .fields
        .get(expected.len())
        .map(|(name, _)| String::from_utf8_lossy(name).into_owned());
    // As many fields, each with its value: then a surplus one can only be a traceparent that the row does not have.
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
