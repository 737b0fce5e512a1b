//! How a run ends: nothing breaks any more, and all has to come right.

use super::{Machine, SECOND, World};
use crate::simulate::check::Violation;

/// How long it may take from the last fault until all is published, and until a contradiction is noticed: a few rechecks. An event
/// that breaks connections takes as long again, because a network breaks them too and is waited for.
const PATIENCE: u64 = 40 * SECOND;
/// The longest that a message is under way, and then some.
const UNDER_WAY: u64 = 8 * SECOND;
/// How many things a relay may do in ten seconds in which nothing is to be done: polls are not counted, rechecks are.
const ACTIONS_AT_REST: u64 = 24;

impl World {
    /// Plays the run to its end.
    pub(crate) fn play(&mut self) {
        self.run_until(SECOND + self.plan.duration);
        self.calm_down();
        if self.plan.control {
            return self.run_until(self.now + PATIENCE);
        }
        // What is still under way may be older than what the database has lost: it arrives before anybody looks.
        self.run_until(self.now + UNDER_WAY);
        // An operator begins a new epoch where a relay asks for it; one may not be enough where the database lost one.
        for _ in 0..4 {
            if !self.settle() {
                return;
            }
            if self.is_complete() {
                break;
            }
            self.note(|| "an operator begins a new epoch".to_owned());
            self.log.begin_epoch();
        }
        if self.violation.is_none() {
            self.judge();
        }
    }

    /// Waits until all is published, or a relay says rightly that it cannot be. Gives whether either came.
    fn settle(&mut self) -> bool {
        let limit = self.now + PATIENCE + self.log.breaking() * PATIENCE;
        while self.violation.is_none() && self.now < limit {
            let needs_operator = !self.agrees() || !self.is_provable();
            if self.is_complete() || (needs_operator && self.divergence().is_some()) {
                return true;
            }
            self.run_until(self.now + SECOND / 10);
        }
        if self.violation.is_none() {
            self.violate(if self.agrees() {
                Violation::Unfinished {
                    head: self.log.head(),
                    position: self.broker.position().last_id.seq(),
                }
            } else {
                Violation::Unnoticed
            });
        }
        false
    }

    fn divergence(&self) -> Option<(usize, String)> {
        self.members
            .iter()
            .enumerate()
            .find_map(|(member, relay)| match &relay.machine {
                Some(Machine::Fenced(machine)) => {
                    let divergence = machine.divergence()?;
                    Some((member, divergence.to_string()))
                }
                _ => None,
            })
    }

    /// Everything is published: the stream is held against the log, and the relays must come to rest.
    fn judge(&mut self) {
        if let Err(violation) = self.compare() {
            return self.violate(violation);
        }
        // Long enough for answers that are under way, for pauses, and for a stopped partition to be looked at again.
        self.run_until(self.now + 15 * SECOND);
        let before: Vec<u64> = self.members.iter().map(|relay| relay.actions).collect();
        self.run_until(self.now + 10 * SECOND);
        if self.violation.is_some() {
            return;
        }
        // A relay that was stopped stays so while nothing shows that the stream is right again, until the next event does.
        if self.is_provable()
            && let Some((member, divergence)) = self.divergence()
        {
            return self.violate(Violation::FalseAlarm { member, divergence });
        }
        for (member, before) in before.into_iter().enumerate() {
            let actions = self.members.get(member).map_or(0, |relay| relay.actions) - before;
            if actions > ACTIONS_AT_REST {
                return self.violate(Violation::Restless { member, actions });
            }
        }
        if !self.is_complete() {
            return self.violate(Violation::Unfinished {
                head: self.log.head(),
                position: self.broker.position().last_id.seq(),
            });
        }
        if let Err(violation) = self.compare() {
            self.violate(violation);
        }
    }
}
