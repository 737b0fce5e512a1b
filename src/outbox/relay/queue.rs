//! In which order turns are given out: short work first, and backlogs all the same.
//!
//! A partition whose last turn left nothing behind has short work: what was just committed there. One whose batch was full
//! has a backlog. If all waited in one line, each commit elsewhere would wait for whole batches of every backlog.

use std::collections::VecDeque;

use crate::tenancy::Partition;

/// How many turns of short work in a row a backlog waits for at most.
const SHORT_IN_A_ROW_MAX: u32 = 8;

/// What a turn is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// What was committed just now, as far as is known.
    Short,
    /// There is more than a short batch.
    Backlog,
}

/// The partitions that wait for a turn.
#[derive(Debug, Default)]
pub(super) struct TurnQueue {
    short: VecDeque<Partition>,
    backlogs: VecDeque<Partition>,
    short_in_a_row: u32,
}

impl TurnQueue {
    pub(super) fn push(&mut self, partition: Partition, work: Work) {
        match work {
            Work::Short => self.short.push_back(partition),
            Work::Backlog => self.backlogs.push_back(partition),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.short.is_empty() && self.backlogs.is_empty()
    }

    /// Whether a backlog waits.
    pub(super) fn has_backlogs(&self) -> bool {
        !self.backlogs.is_empty()
    }

    /// Who has the next turn; a backlog only where `may_carry_backlog`.
    pub(super) fn next(&mut self, may_carry_backlog: bool) -> Option<(Partition, Work)> {
        let is_backlogs_turn = self.short.is_empty() || self.short_in_a_row >= SHORT_IN_A_ROW_MAX;
        if may_carry_backlog
            && is_backlogs_turn
            && let Some(partition) = self.backlogs.pop_front()
        {
            self.short_in_a_row = 0;
            return Some((partition, Work::Backlog));
        }
        let partition = self.short.pop_front()?;
        self.short_in_a_row = if self.backlogs.is_empty() {
            0
        } else {
            self.short_in_a_row.saturating_add(1)
        };
        Some((partition, Work::Short))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(queue: &mut TurnQueue) -> u16 {
        queue.next(true).unwrap().0.0
    }

    #[test]
    fn short_work_goes_first_and_everyone_in_the_order_of_coming() {
        let mut queue = TurnQueue::default();
        queue.push(Partition(7), Work::Backlog);
        queue.push(Partition(1), Work::Short);
        queue.push(Partition(8), Work::Backlog);
        queue.push(Partition(2), Work::Short);
        let order: Vec<u16> = (0..4).map(|_| next(&mut queue)).collect();
        assert_eq!(order, [1, 2, 7, 8]);
        assert!(queue.next(true).is_none() && queue.is_empty());
    }

    #[test]
    fn a_backlog_gets_its_turn_however_much_short_work_comes() {
        let mut queue = TurnQueue::default();
        queue.push(Partition(99), Work::Backlog);
        for partition in 0..100 {
            queue.push(Partition(partition % 50), Work::Short);
        }
        let mut waited = 0;
        let mut turns = Vec::new();
        while !queue.is_empty() {
            let (partition, work) = queue.next(true).unwrap();
            if work == Work::Backlog {
                turns.push(std::mem::take(&mut waited));
                // It is never done.
                if turns.len() < 10 {
                    queue.push(partition, Work::Backlog);
                }
            } else {
                waited += 1;
            }
        }
        assert_eq!(turns, [SHORT_IN_A_ROW_MAX; 10]);
    }

    #[test]
    fn a_backlog_that_may_not_be_carried_holds_up_nobody() {
        let mut queue = TurnQueue::default();
        queue.push(Partition(9), Work::Backlog);
        for _ in 0..20 {
            queue.push(Partition(1), Work::Short);
            assert_eq!(queue.next(false), Some((Partition(1), Work::Short)));
        }
        assert_eq!(queue.next(false), None);
        assert_eq!(queue.next(true), Some((Partition(9), Work::Backlog)));
    }
}
