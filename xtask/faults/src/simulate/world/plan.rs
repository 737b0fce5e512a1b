//! What a seed has in store. Each seed draws which kinds of faults it has at all: a world in which everything breaks at once
//! hides what a single fault does.

use super::fault::{Fault, FaultKind};
use super::{MILLISECOND, SECOND};

/// What a run is made of.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) relays: usize,
    /// For how long commits and faults happen.
    pub(crate) duration: u64,
    pub(crate) commits: usize,
    pub(crate) commit_size: usize,
    /// Events of a thousand that the broker will not take.
    pub(crate) poison: u32,
    /// Signals of a hundred that arrive.
    pub(crate) signals: u32,
    /// Calls of a thousand that are lost, and as many answers.
    pub(crate) lost: u32,
    /// Calls of a thousand that arrive twice.
    pub(crate) doubled: u32,
    /// Calls and answers of a thousand that are late by up to seconds.
    pub(crate) late: u32,
    /// Answers of a thousand in whose place the connection breaks.
    pub(crate) cut: u32,
    pub(crate) kinds: Vec<FaultKind>,
    pub(crate) faults: usize,
    /// The relays are the usual ones: a checkpoint and an append without a fence.
    pub(crate) control: bool,
}

impl Plan {
    /// What `seed` has in store for the relay.
    pub(crate) fn of_seed(seed: u64) -> Self {
        Self::draw(seed, FaultKind::ALL, false)
    }

    /// The same for the usual relay, without what contradicts the log: of that it would know nothing.
    pub(crate) fn of_control(seed: u64) -> Self {
        let mut plan = Self::draw(seed, FaultKind::ORDINARY, true);
        plan.poison = 0;
        plan
    }

    fn draw(seed: u64, kinds: &[FaultKind], control: bool) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut chosen: Vec<FaultKind> = kinds.iter().copied().filter(|_| random.u32(0..3) == 0).collect();
        // Whoever deletes the one entry that shows what the database has lost leaves nothing to find it by.
        if chosen.contains(&FaultKind::LoseCommits) {
            chosen.retain(|kind| *kind != FaultKind::DeleteTail);
        }
        if chosen.is_empty() {
            chosen.extend(random.choice(kinds));
        }
        let mut rate = |of: u32, most: u32| {
            if random.u32(0..of) == 0 {
                random.u32(1..=most)
            } else {
                0
            }
        };
        let (lost, doubled, late, cut) = (rate(2, 100), rate(2, 100), rate(2, 100), rate(3, 80));
        let poison = rate(4, 60);
        Self {
            relays: random.usize(1..=3),
            duration: random.u64(SECOND..6 * SECOND),
            commits: random.usize(3..40),
            commit_size: random.usize(1..=8),
            poison,
            signals: *random.choice([0, 50, 100].iter()).unwrap_or(&100),
            lost,
            doubled,
            late,
            cut,
            faults: random.usize(1..12),
            kinds: chosen,
            control,
        }
    }

    /// The faults of a run, each to happen at some time.
    pub(super) fn draw_faults(&self, random: &mut fastrand::Rng) -> Vec<Fault> {
        (0..self.faults)
            .filter_map(|_| {
                let kind = *random.choice(&self.kinds)?;
                Some(Fault {
                    kind,
                    member: random.usize(0..self.relays),
                    count: random.usize(1..20),
                    length: random.u64(MILLISECOND..2 * SECOND),
                })
            })
            .collect()
    }
}
