//! Finding the one entry that the broker will not take.
//!
//! A batch is refused as a whole. Where the refusal is about the batch and not about the broker, the next is half as long,
//! down to one entry. Where one is refused alone, again and again, something else is tried: only if the broker takes that and
//! then refuses the entry once more, the entry is the culprit. Once entries pass, batches grow again.

use std::time::Duration;

use crate::outbox::relay::RelaySettings;

/// How many appends in a row must break the connection, while questions in between are answered, before the entries are
/// suspected. A broker that is restarted breaks one or two.
const BROKEN_BEFORE_SUSPECTED: u32 = 3;

/// How much longer an entry that breaks connections is tried than one that is refused in words: a network breaks them too.
const BROKEN_PATIENCE: u32 = 10;

/// For how long it counts that the broker took something else: it may take nothing at all a little later.
const PROBE_HOLDS: Duration = Duration::from_secs(1);

/// What follows from a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The next batch is to be shorter.
    Narrowed,
    /// The same again.
    TryAgain,
    /// The one entry seems to be the reason, unless the broker takes nothing at all.
    Probe,
    /// The one entry is the reason: the broker refused it again after it had taken something else.
    Withhold,
}

/// How far batches are cut at present.
#[derive(Debug, Clone, Default)]
pub(super) struct Narrowing {
    limit: Option<usize>,
    /// Appends in a row of which no answer came.
    broken: u32,
    alone: Option<Alone>,
    /// Questions in a row without an answer since the last append.
    unanswered: u32,
    /// When the broker took something else, since the entry was refused last.
    probed_at: Option<Duration>,
}

/// An entry that was refused alone.
#[derive(Debug, Clone, Copy)]
struct Alone {
    seq: i64,
    times: u32,
    since: Duration,
}

impl Narrowing {
    /// How many entries may be sent at once, where that is limited.
    pub(super) fn limit(&self) -> Option<usize> {
        self.limit
    }

    /// Whether entries may be what failed last.
    pub(super) fn suspects(&self) -> bool {
        self.broken > 0 || self.alone.is_some()
    }

    /// `count` entries from `seq` on were refused in words.
    pub(super) fn rejected(
        &mut self,
        seq: i64,
        count: usize,
        now: Duration,
        settings: &RelaySettings,
    ) -> Verdict {
        self.broken = 0;
        self.suspect(
            seq,
            count,
            now,
            (settings.withhold_after, settings.withhold_patience),
        )
    }

    /// No answer came to the append of `count` entries from `seq` on.
    pub(super) fn broken(
        &mut self,
        seq: i64,
        count: usize,
        now: Duration,
        settings: &RelaySettings,
    ) -> Verdict {
        self.broken = self.broken.saturating_add(1);
        self.unanswered = 0;
        if self.broken < BROKEN_BEFORE_SUSPECTED {
            return Verdict::TryAgain;
        }
        let after = settings.withhold_after.saturating_mul(2);
        let patience = settings.withhold_patience.saturating_mul(BROKEN_PATIENCE);
        self.suspect(seq, count, now, (after, patience))
    }

    fn suspect(
        &mut self,
        seq: i64,
        count: usize,
        now: Duration,
        (after, patience): (u32, Duration),
    ) -> Verdict {
        self.unanswered = 0;
        let probed_at = self.probed_at.take();
        let was_probed = probed_at.is_some_and(|at| now.saturating_sub(at) <= PROBE_HOLDS);
        if count > 1 {
            self.limit = Some(count / 2);
            self.alone = None;
            return Verdict::Narrowed;
        }
        self.limit = Some(1);
        let mut alone = self.alone.filter(|alone| alone.seq == seq).unwrap_or(Alone {
            seq,
            times: 0,
            since: now,
        });
        alone.times = alone.times.saturating_add(1);
        self.alone = Some(alone);
        if alone.times < after || now.saturating_sub(alone.since) < patience {
            Verdict::TryAgain
        } else if was_probed {
            Verdict::Withhold
        } else {
            Verdict::Probe
        }
    }

    /// Something came between: what the broker took before proves nothing any more.
    pub(super) fn forget_probe(&mut self) {
        self.probed_at = None;
    }

    /// The broker took something else.
    pub(super) fn probed(&mut self, now: Duration) {
        self.probed_at = Some(now);
    }

    /// The broker takes nothing of anybody: what failed says nothing about entries.
    pub(super) fn broker_is_unwell(&mut self) {
        self.broken = 0;
        self.alone = None;
        self.probed_at = None;
    }

    /// The broker did not answer a question. Once is what becomes of a connection that an entry broke; twice, it is away.
    pub(super) fn question_failed(&mut self) {
        self.unanswered = self.unanswered.saturating_add(1);
        if self.unanswered > 1 {
            self.broker_is_unwell();
        }
    }

    /// The tombstone takes the entry's place.
    pub(super) fn withheld(&mut self) {
        self.alone = None;
        self.broken = 0;
        self.probed_at = None;
    }

    /// A batch went through; `full` is the length of an unlimited one.
    pub(super) fn appended(&mut self, full: usize) {
        self.broken = 0;
        self.alone = None;
        self.probed_at = None;
        self.limit = self
            .limit
            .map(|limit| limit.saturating_mul(2))
            .filter(|limit| *limit < full);
    }
}
