//! Who carries a partition, as far as one relay knows.
//!
//! A relay that appended last goes on without asking. The others hear of the same commits: each leaves it to the leader for as
//! long as its lease would live, then asks. By then the leader has published, or it is dead and is replaced.

use std::time::Duration;

/// Who appended last, as far as is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Leader {
    #[default]
    Unknown,
    Mine,
    Elsewhere,
}

/// What a relay knows of a partition's lease.
#[derive(Debug, Clone, Default)]
pub(super) struct Leadership {
    leader: Leader,
    /// Until when the partition is left to another relay.
    until: Duration,
    /// Something is to be published and was left to the leader.
    holding_back: bool,
}

impl Leadership {
    pub(super) fn is_mine(&self) -> bool {
        self.leader == Leader::Mine
    }

    pub(super) fn is_elsewhere(&self) -> bool {
        self.leader == Leader::Elsewhere
    }

    pub(super) fn is_held_elsewhere(&self, now: Duration) -> bool {
        self.is_elsewhere() && now < self.until
    }

    pub(super) fn until(&self) -> Duration {
        self.until
    }

    /// This relay appended, which claimed the lease.
    pub(super) fn is_taken(&mut self) {
        *self = Self {
            leader: Leader::Mine,
            ..Self::default()
        };
    }

    /// The broker said for how long another's lease still lives. A little is added, so that an extension that is under way
    /// is seen, and so that several that wait do not come at once.
    pub(super) fn is_told_of_another(&mut self, now: Duration, left: Duration, random: &mut fastrand::Rng) {
        self.leader = Leader::Elsewhere;
        let added = left.mul_f64(random.f64() / 8.0).max(Duration::from_millis(1));
        self.until = now.saturating_add(left).saturating_add(added);
        self.holding_back = true;
    }

    /// There is something to publish. Until when to leave it to the leader, where there is one that had less than `ttl` for it.
    pub(super) fn hold_back(&mut self, now: Duration, ttl: Duration) -> Option<Duration> {
        if !self.is_elsewhere() {
            return None;
        }
        // Only the first news since all was well counts, else a steady stream of it would put off the question for ever.
        if !self.holding_back {
            self.holding_back = true;
            self.until = self.until.max(now.saturating_add(ttl));
        }
        (now < self.until).then_some(self.until)
    }

    /// All is published.
    pub(super) fn has_nothing_to_do(&mut self) {
        self.holding_back = false;
    }
}
