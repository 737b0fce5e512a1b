//! How much a turn may carry, so that a backlog neither holds up the others nor fills the memory.
//!
//! The broker does one thing at a time: while it appends a batch, everybody waits. So while others have short work, one
//! backlog at a time is carried, in batches that take about [`SHARED_TURN`], and then rests for as long as its turn took. While
//! nobody else has anything to do, backlogs get whole batches at once.
//!
//! What turns under way hold in memory is bounded over all of them, whatever waits in the log.

use std::time::Duration;

use super::RelaySettings;
use super::queue::Work;
use crate::outbox::log::BatchLimit;

/// What may be read for short work; whoever has more than that has a backlog.
const SHORT: BatchLimit = BatchLimit {
    entries: 64,
    bytes: 128 * 1024,
};

/// For how long after short work others count as active.
const ACTIVE_FOR: Duration = Duration::from_millis(250);

/// How long a backlog's turn should take while others are active.
const SHARED_TURN: Duration = Duration::from_millis(2);

/// The fewest entries of such a turn: fewer cost more in round trips than they save the others.
const SHARED_ENTRIES_MIN: u32 = 16;

/// How much all turns of backlogs together may hold.
const BACKLOG_BYTES_MAX: u32 = 6 * 1024 * 1024;

/// With less than this left, a further turn waits.
const BACKLOG_BYTES_MIN: u32 = 128 * 1024;

/// What turns are measured by.
#[derive(Debug)]
pub(super) struct Pace {
    whole: BatchLimit,
    concurrency: usize,
    /// What an entry of a backlog took of late.
    per_entry: Option<Duration>,
    /// When short work was last done.
    active_at: Option<Duration>,
    /// No turn of a backlog before this time while others are active.
    rests_until: Duration,
    backlogs: usize,
    backlog_bytes: u32,
}

/// A turn that has begun; hand it back when it ended.
#[derive(Debug)]
#[must_use]
pub(super) struct Share {
    work: Work,
    pub(super) limit: BatchLimit,
}

impl Pace {
    pub(super) fn new(settings: &RelaySettings) -> Self {
        Self {
            whole: settings.batch,
            concurrency: settings.concurrency.max(1),
            per_entry: None,
            active_at: None,
            rests_until: Duration::ZERO,
            backlogs: 0,
            backlog_bytes: 0,
        }
    }

    /// Whether a turn of a backlog may begin at `now`.
    pub(super) fn may_carry_backlog(&self, now: Duration) -> bool {
        if self.backlogs == 0 {
            return !self.others_are_active(now) || now >= self.rests_until;
        }
        !self.others_are_active(now)
            && self.backlogs < self.concurrency
            && BACKLOG_BYTES_MAX.saturating_sub(self.backlog_bytes) >= BACKLOG_BYTES_MIN
    }

    /// When a backlog that rests goes on; none where none rests.
    pub(super) fn resumes_at(&self, now: Duration) -> Option<Duration> {
        (self.backlogs == 0 && self.others_are_active(now) && now < self.rests_until)
            .then_some(self.rests_until)
    }

    /// A turn begins.
    pub(super) fn begin(&mut self, work: Work, now: Duration) -> Share {
        let limit = match work {
            Work::Short => narrower(self.whole, SHORT),
            Work::Backlog => self.backlog_limit(now),
        };
        if work == Work::Backlog {
            self.backlogs += 1;
            self.backlog_bytes = self.backlog_bytes.saturating_add(limit.bytes);
        }
        Share { work, limit }
    }

    /// It ended, after it carried `entries` in `took`, and there is `more` behind them or not.
    pub(super) fn end(&mut self, share: &Share, entries: usize, more: bool, took: Duration, now: Duration) {
        if share.work == Work::Short {
            // Where there is more, it was the first batch of a backlog.
            if entries > 0 && !more {
                self.active_at = Some(now);
            }
            return;
        }
        self.backlogs = self.backlogs.saturating_sub(1);
        self.backlog_bytes = self.backlog_bytes.saturating_sub(share.limit.bytes);
        self.rests_until = now.saturating_add(took.min(ACTIVE_FOR));
        if let Ok(entries) = u32::try_from(entries)
            && entries > 0
        {
            let latest = took / entries;
            self.per_entry = Some(self.per_entry.map_or(latest, |before| (before * 3 + latest) / 4));
        }
    }

    fn others_are_active(&self, now: Duration) -> bool {
        self.active_at
            .is_some_and(|active_at| now.saturating_sub(active_at) < ACTIVE_FOR)
    }

    fn backlog_limit(&self, now: Duration) -> BatchLimit {
        let entries = if self.others_are_active(now) {
            let fitting = self.per_entry.map_or(SHORT.entries, |per_entry| {
                let per_entry = per_entry.as_nanos().max(1);
                u32::try_from(SHARED_TURN.as_nanos() / per_entry).unwrap_or(u32::MAX)
            });
            fitting.max(SHARED_ENTRIES_MIN)
        } else {
            u32::MAX
        };
        let bytes = BACKLOG_BYTES_MAX.saturating_sub(self.backlog_bytes);
        narrower(self.whole, BatchLimit { entries, bytes })
    }
}

fn narrower(one: BatchLimit, other: BatchLimit) -> BatchLimit {
    BatchLimit {
        entries: one.entries.min(other.entries),
        bytes: one.bytes.min(other.bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn pace() -> Pace {
        Pace::new(&RelaySettings::default())
    }

    /// Short work that carried something, over at `now`.
    fn short_work(pace: &mut Pace, now: Duration) {
        let share = pace.begin(Work::Short, now);
        pace.end(&share, 1, false, MS, now);
    }

    #[test]
    fn alone_a_backlog_gets_whole_batches() {
        let mut pace = pace();
        let whole = RelaySettings::default().batch;
        for _ in 0..3 {
            let share = pace.begin(Work::Backlog, 10 * MS);
            assert_eq!(share.limit, whole);
            assert!(pace.may_carry_backlog(10 * MS));
            pace.end(&share, 512, true, 50 * MS, 10 * MS);
            assert!(pace.may_carry_backlog(10 * MS) && pace.resumes_at(10 * MS).is_none());
        }
    }

    #[test]
    fn beside_others_one_backlog_at_a_time_takes_short_turns_and_rests() {
        let mut pace = pace();
        let share = pace.begin(Work::Backlog, 10 * MS);
        pace.end(&share, 500, true, 10 * MS, 20 * MS);
        short_work(&mut pace, 20 * MS);
        assert!(!pace.may_carry_backlog(29 * MS));
        assert_eq!(pace.resumes_at(29 * MS), Some(30 * MS));
        assert!(pace.may_carry_backlog(30 * MS));
        let share = pace.begin(Work::Backlog, 30 * MS);
        // 20 µs each.
        assert_eq!(share.limit.entries, 100);
        assert!(!pace.may_carry_backlog(31 * MS), "one at a time");
        // The broker became slower: the next batch is shorter.
        pace.end(&share, 100, true, 20 * MS, 50 * MS);
        short_work(&mut pace, 50 * MS);
        let share = pace.begin(Work::Backlog, 70 * MS);
        assert_eq!(share.limit.entries, 30);
        pace.end(&share, 30, true, 300 * MS, 370 * MS);
        short_work(&mut pace, 370 * MS);
        let share = pace.begin(Work::Backlog, (620 * MS).saturating_sub(Duration::from_nanos(1)));
        assert_eq!(share.limit.entries, SHARED_ENTRIES_MIN);
        pace.end(&share, 16, true, MS, 620 * MS);
        // Nobody else came for a while.
        assert_eq!(pace.begin(Work::Backlog, 1000 * MS).limit.entries, 512);
    }

    #[test]
    fn short_work_that_finds_nothing_makes_nobody_wait() {
        let mut pace = pace();
        let share = pace.begin(Work::Short, 10 * MS);
        assert_eq!(share.limit, SHORT);
        pace.end(&share, 0, false, MS, 11 * MS);
        // The first batch of a backlog is no work of others.
        let share = pace.begin(Work::Short, 12 * MS);
        pace.end(&share, 64, true, MS, 13 * MS);
        assert_eq!(pace.begin(Work::Backlog, 14 * MS).limit.entries, 512);
    }

    #[test]
    fn all_turns_together_hold_a_bounded_number_of_bytes() {
        let mut pace = pace();
        let mut shares = Vec::new();
        while pace.may_carry_backlog(MS) {
            shares.push(pace.begin(Work::Backlog, MS));
        }
        let held: u32 = shares.iter().map(|share| share.limit.bytes).sum();
        assert!(held <= BACKLOG_BYTES_MAX && shares.len() == 6, "{held}");
        for share in &shares {
            pace.end(share, 1, true, MS, MS);
        }
        assert_eq!((pace.backlogs, pace.backlog_bytes), (0, 0));
    }
}
