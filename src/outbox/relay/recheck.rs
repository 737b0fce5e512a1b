//! Which streams are looked at although nothing should have changed there.
//!
//! A broker may lose its data while nothing is committed. Each stream is asked for within the recheck interval, a part of
//! them after each poll: so there is never a burst, and a broker that was replaced is noticed by the first of them.

use std::time::Duration;

use crate::tenancy::Partition;

/// The most at once: with very many partitions a round takes longer, and costs no more.
const AT_ONCE_MAX: usize = 64;

/// Goes round the partitions.
#[derive(Debug)]
pub(super) struct Rounds {
    interval: Duration,
    polled_at: Duration,
    /// How many are due, and a part of one.
    due: f64,
    last: Option<Partition>,
}

impl Rounds {
    pub(super) fn new(interval: Duration) -> Self {
        Self {
            interval,
            polled_at: Duration::ZERO,
            due: 0.0,
            last: None,
        }
    }

    /// Those of `partitions`, which are in their order, that are due at `now`.
    pub(super) fn due(&mut self, partitions: &[Partition], now: Duration) -> Vec<Partition> {
        let passed = now.saturating_sub(std::mem::replace(&mut self.polled_at, now));
        let count = u32::try_from(partitions.len()).unwrap_or(u32::MAX);
        let share = passed.div_duration_f64(self.interval.max(Duration::from_millis(1)));
        // Nobody is asked twice in one go, however long it has been.
        self.due = (self.due + share * f64::from(count)).min(f64::from(count));
        let next = partitions.partition_point(|partition| Some(*partition) <= self.last);
        let round = partitions.iter().cycle().skip(next).take(partitions.len());
        let mut due = Vec::new();
        for partition in round.take(AT_ONCE_MAX) {
            if self.due < 1.0 {
                break;
            }
            self.due -= 1.0;
            self.last = Some(*partition);
            due.push(*partition);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(range: impl IntoIterator<Item = u16>) -> Vec<Partition> {
        range.into_iter().map(Partition).collect()
    }

    #[test]
    fn each_is_looked_at_once_in_an_interval() {
        let partitions = numbered(0..64);
        let mut rounds = Rounds::new(Duration::from_secs(5));
        let mut seen = Vec::new();
        for second in 1..=5 {
            let due = rounds.due(&partitions, Duration::from_secs(second));
            assert!((12..=13).contains(&due.len()), "{}", due.len());
            seen.extend(due);
        }
        seen.sort_unstable();
        assert!(seen.len() >= 63, "{}", seen.len());
        seen.dedup();
        assert!(seen.len() >= 63, "nobody twice");
    }

    #[test]
    fn a_long_silence_asks_nobody_twice_and_never_too_many() {
        let mut rounds = Rounds::new(Duration::from_secs(5));
        assert_eq!(
            rounds.due(&numbered(0..3), Duration::from_secs(3600)),
            numbered(0..3)
        );
        let mut rounds = Rounds::new(Duration::from_secs(5));
        let many = numbered(0..4096);
        let hour = Duration::from_secs(3600);
        assert_eq!(rounds.due(&many, hour), numbered(0..64));
        assert_eq!(rounds.due(&many, hour * 2), numbered(64..128));
    }

    #[test]
    fn partitions_come_and_go() {
        let mut rounds = Rounds::new(Duration::from_secs(1));
        assert_eq!(rounds.due(&[], Duration::from_secs(1)), []);
        assert_eq!(rounds.due(&numbered([4]), Duration::from_secs(2)), numbered([4]));
        assert_eq!(
            rounds.due(&numbered([2, 4, 9]), Duration::from_secs(3)),
            numbered([9, 2, 4])
        );
    }
}
