//! One partition of the event log.
//!
//! Beside what a relay can read it remembers everything that ever stood in it: which event followed on which. A stream is right
//! exactly where it is such a chain.

use std::collections::{BTreeMap, BTreeSet};

use rollcall::outbox::LogEntry;
use rollcall::outbox::log::{LogContinuation, LogEpoch, LogHead};
use rollcall::tenancy::{Partition, TenantId};
use uuid::Uuid;

/// The partition that is simulated; its number means nothing.
pub(crate) const PARTITION: Partition = Partition(0);

/// What the broker makes of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nature {
    /// It takes it.
    Plain,
    /// It refuses it in words.
    Refused,
    /// It breaks the connection over it.
    Breaking,
}

/// How the envelope of a tombstone reads here.
pub(crate) const TOMBSTONE: &str = "tombstone";
/// How one reads that is refused in words.
pub(crate) const REFUSED: &str = "refused";
/// How one reads that breaks the connection.
pub(crate) const BREAKING: &str = "breaking";

#[derive(Debug, Clone, Copy)]
struct Row {
    event: Uuid,
    nature: Nature,
}

/// The log.
#[derive(Debug, Default)]
pub(crate) struct ModelLog {
    /// The row of sequence number n is at n - 1; those below `first_retained` are purged.
    rows: Vec<Row>,
    purged_before: i64,
    epochs: Vec<LogEpoch>,
    withheld: BTreeSet<Uuid>,
    /// Of every event that was ever committed: its number and what stood before it.
    history: BTreeMap<Uuid, (i64, Option<Uuid>)>,
    /// Every epoch that was ever begun.
    all_epochs: Vec<LogEpoch>,
    made: u128,
}

impl ModelLog {
    /// Commits an event; gives its number.
    pub(crate) fn commit(&mut self, nature: Nature) -> i64 {
        self.made += 1;
        let event = Uuid::from_u128(self.made);
        let before = self.rows.last().map(|row| row.event);
        self.rows.push(Row { event, nature });
        self.history.insert(event, (self.head(), before));
        self.head()
    }

    /// The last number.
    pub(crate) fn head(&self) -> i64 {
        i64::try_from(self.rows.len()).unwrap_or(i64::MAX)
    }

    /// The first number that is kept.
    pub(crate) fn first_retained(&self) -> i64 {
        self.purged_before.max(1)
    }

    /// The newest epoch.
    pub(crate) fn epoch(&self) -> LogEpoch {
        self.epochs.last().copied().unwrap_or(LogEpoch::FIRST)
    }

    /// The event at a number, where its row is kept.
    pub(crate) fn event_at(&self, seq: i64) -> Option<Uuid> {
        if seq < self.first_retained() {
            return None;
        }
        self.row(seq).map(|row| row.event)
    }

    fn row(&self, seq: i64) -> Option<&Row> {
        self.rows.get(usize::try_from(seq.checked_sub(1)?).ok()?)
    }

    /// What the poll reads.
    pub(crate) fn heads(&self) -> LogHead {
        LogHead {
            partition: PARTITION,
            seq: self.head(),
            event_id: self.event_at(self.head()),
            epoch: self.epoch().number,
        }
    }

    /// What a relay reads to go on.
    pub(crate) fn continuation(&self, after: i64, entries: usize) -> LogContinuation {
        let from = after.saturating_add(1).max(self.first_retained());
        LogContinuation {
            at: self.event_at(after),
            entries: (from..=self.head())
                .take(entries)
                .filter_map(|seq| self.entry(seq))
                .collect(),
            epoch: self.epoch(),
            first_retained: self.first_retained(),
        }
    }

    fn entry(&self, seq: i64) -> Option<LogEntry> {
        let row = self.row(seq)?;
        let envelope = match row.nature {
            _ if self.withheld.contains(&row.event) => TOMBSTONE,
            Nature::Plain => "",
            Nature::Refused => REFUSED,
            Nature::Breaking => BREAKING,
        };
        Some(LogEntry {
            partition: PARTITION,
            seq,
            tenant_id: TenantId(Uuid::nil()),
            event_id: row.event,
            event_type: String::new(),
            envelope: envelope.to_owned(),
            traceparent: None,
        })
    }

    /// Has the event replaced by its tombstone; gives what it is.
    pub(crate) fn withhold(&mut self, event: Uuid) -> Option<Nature> {
        self.withheld.insert(event);
        let row = self.rows.iter().find(|row| row.event == event);
        row.map(|row| row.nature)
    }

    /// How many events there are that break connections and are not withheld.
    pub(crate) fn breaking(&self) -> u64 {
        let is_breaking = |row: &&Row| row.nature == Nature::Breaking && !self.is_withheld(row.event);
        self.rows.iter().filter(is_breaking).map(|_| 1).sum()
    }

    /// Whether the event stands in the log as its tombstone.
    pub(crate) fn is_withheld(&self, event: Uuid) -> bool {
        self.withheld.contains(&event)
    }

    /// Purges the rows below `seq`, never the last one.
    pub(crate) fn purge(&mut self, before: i64) {
        self.purged_before = self.purged_before.max(before.min(self.head()));
    }

    /// The database comes back without its last commits, and perhaps without its last epoch.
    pub(crate) fn lose(&mut self, commits: usize, loses_epoch: bool) {
        let kept = usize::try_from(self.first_retained()).unwrap_or(1);
        let length = self
            .rows
            .len()
            .saturating_sub(commits)
            .max(kept.min(self.rows.len()));
        self.rows.truncate(length);
        if loses_epoch {
            self.epochs.pop();
        }
    }

    /// An operator begins a new epoch.
    pub(crate) fn begin_epoch(&mut self) {
        let first_seq = if self.rows.is_empty() {
            1
        } else {
            self.first_retained()
        };
        let epoch = LogEpoch {
            number: self.epoch().number + 1,
            first_seq,
        };
        self.epochs.push(epoch);
        self.all_epochs.push(epoch);
    }

    /// Whether an epoch was ever begun there.
    pub(crate) fn was_begun(&self, number: u64, first_seq: i64) -> bool {
        let epoch = LogEpoch { number, first_seq };
        epoch == LogEpoch::FIRST || self.all_epochs.contains(&epoch)
    }

    /// The number of an event, and the event that stood before it when it was committed.
    pub(crate) fn history_of(&self, event: Uuid) -> Option<(i64, Option<Uuid>)> {
        self.history.get(&event).copied()
    }
}
