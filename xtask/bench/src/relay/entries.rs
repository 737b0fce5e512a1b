//! The events of a log as the reference sends them: read into memory before anything is measured.

use std::ops::Range;

use crate::error::BenchError;
use crate::postgres::Postgres;

/// One event as it stands in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    pub(super) seq: &'a str,
    pub(super) envelope: &'a str,
    pub(super) event_id: &'a str,
    pub(super) event_type: &'a str,
    pub(super) tenant_id: &'a str,
    pub(super) traceparent: Option<&'a str>,
}

/// The events of a whole log.
#[derive(Debug)]
pub(super) struct Entries {
    /// As PostgreSQL copies them out: a line for each, columns apart by tabs.
    text: String,
    batches: Vec<Batch>,
}

/// Some events of one partition, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Batch {
    pub(super) partition: u16,
    lines: Range<usize>,
}

impl Entries {
    /// All that are in the log, in batches of `batch_size`, partitions by turns.
    pub(super) fn read(postgres: &Postgres, database: &str, batch_size: usize) -> Result<Self, BenchError> {
        let text = postgres.query(
            database,
            "COPY (SELECT partition, seq, envelope, event_id, event_type, tenant_id, traceparent FROM event_log
                   ORDER BY partition, seq) TO STDOUT",
        )?;
        // The only thing that is written with a backslash is a missing traceparent; whatever else is would have to be
        // read back here.
        let is_escaped = |line: &str| line.trim_end_matches("\\N").contains('\\');
        if text.lines().any(is_escaped) {
            return Err(BenchError::invalid("the log", "an envelope has a backslash"));
        }
        let batches = batches(&text, batch_size)
            .ok_or_else(|| BenchError::invalid("the log", "it cannot be copied out"))?;
        Ok(Self { text, batches })
    }

    pub(super) fn batches(&self) -> &[Batch] {
        &self.batches
    }

    pub(super) fn of(&self, batch: &Batch) -> impl Iterator<Item = Entry<'_>> {
        self.text
            .get(batch.lines.clone())
            .unwrap_or_default()
            .lines()
            .filter_map(entry)
    }
}

fn entry(line: &str) -> Option<Entry<'_>> {
    let mut columns = line.split('\t').skip(1);
    Some(Entry {
        seq: columns.next()?,
        envelope: columns.next()?,
        event_id: columns.next()?,
        event_type: columns.next()?,
        tenant_id: columns.next()?,
        traceparent: columns.next().filter(|text| *text != "\\N"),
    })
}

/// The lines in batches, partitions by turns, as a relay sends them that is fair.
fn batches(text: &str, size: usize) -> Option<Vec<Batch>> {
    let mut all: Vec<(usize, Batch)> = Vec::new();
    let (mut start, mut count, mut turn) = (0, 0, 0);
    for line in text.split_inclusive('\n') {
        let partition = line.split('\t').next()?.parse().ok()?;
        let end = start + line.len();
        match all.last_mut() {
            Some((_, batch)) if batch.partition == partition && count < size => {
                batch.lines.end = end;
                count += 1;
            }
            last => {
                turn = if last.is_some_and(|(_, batch)| batch.partition == partition) {
                    turn + 1
                } else {
                    0
                };
                let lines = start..end;
                all.push((turn, Batch { partition, lines }));
                count = 1;
            }
        }
        start = end;
    }
    // Stable: within one turn the partitions stay in their order.
    all.sort_by_key(|(turn, _)| *turn);
    Some(all.into_iter().map(|(_, batch)| batch).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_hold_one_partition_and_the_partitions_take_turns() {
        let text = "0\t1\ta\tb\tc\td\te\n0\t2\ta\tb\tc\td\te\n0\t3\ta\tb\tc\td\te\n7\t1\ta\tb\tc\td\t\\N\n";
        let batches = batches(text, 2).unwrap();
        let entries = Entries {
            text: text.to_owned(),
            batches,
        };
        let seqs = entries.batches().iter().map(|batch| {
            let seqs: Vec<&str> = entries.of(batch).map(|entry| entry.seq).collect();
            (batch.partition, seqs)
        });
        let expected = [(0, vec!["1", "2"]), (7, vec!["1"]), (0, vec!["3"])];
        assert_eq!(seqs.collect::<Vec<_>>(), expected);
        let traceparents = entries.batches().iter().flat_map(|batch| entries.of(batch));
        let traceparents: Vec<Option<&str>> = traceparents.map(|entry| entry.traceparent).collect();
        assert_eq!(traceparents, [Some("e"), Some("e"), None, Some("e")]);
    }
}
