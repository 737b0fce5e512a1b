//! What the relay does next with one partition: a state machine without I/O, clock or randomness of its own.
//!
//! It is told what happened and what time it is, and answers with the one thing to do. That makes every order of answers,
//! failures and crashes something that a test can play through, and puts the rules in one place:
//!
//! * The broker's position is the truth about what was published. A position that the relay remembers is a guess that
//!   saves a question; the fence inside the broker refuses a wrong guess, and its refusal carries the true position.
//! * A position is believed only after the log confirmed it: its last number exists in the log, and the entry at the
//!   stream's end is the log's event of that number.
//! * A broker that lost its newest entries merely tells an older position, and is filled again from there.
//! * A position that the log contradicts is a divergence. Nothing is appended until the log and the stream agree again, and
//!   this is looked at from time to time, so that a repaired stream needs no restart.
//! * While another relay's lease lives, its partition is left to it. When that has ended and there is something to publish,
//!   it is taken over. A wrong belief about leases costs double work and nothing else.
//! * Where an operator began a new epoch in the log, the stream that is there is moved away, behind the same fence, and a
//!   new one begun.
//! * Whatever fails is tried again, without end; after a failure the position is in doubt and is asked for. What the broker
//!   refuses although it takes everything else is found by halving, and replaced by a tombstone.

mod batch;
mod exchange;
mod leadership;
mod narrowing;
mod notes;
mod position;
mod publish;

use std::time::Duration;

use uuid::Uuid;

use self::batch::{OlderTail, Question};
pub use self::exchange::{Action, Event};
use self::leadership::Leadership;
use self::narrowing::Narrowing;
pub use self::notes::Notes;
use super::RelaySettings;
use super::divergence::Divergence;
use crate::outbox::log::{BatchLimit, LogEntry, LogEpoch, LogHead};
use crate::outbox::sink::StreamPosition;

/// What the machine waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Idle,
    Asking,
    Confirming(StreamPosition),
    Reading(Question),
    Appending {
        first: LogEntry,
        next: StreamPosition,
        count: usize,
        more: bool,
    },
    Probing,
    Withholding,
}

/// The relay of one partition. See the module's text.
#[derive(Debug, Clone)]
pub struct PartitionRelay {
    settings: RelaySettings,
    random: fastrand::Rng,
    step: Step,
    /// Where the stream ends, as far as the log has confirmed it.
    believed: Option<StreamPosition>,
    /// The last number that the broker told, confirmed or not.
    seen: Option<i64>,
    /// Ask before the next append.
    doubted: bool,
    /// Have the log confirm even a position that is no news.
    unproven: bool,
    /// The log's last number, as far as is known.
    head: i64,
    /// The event there, where the log told.
    head_event: Option<Uuid>,
    /// The newest epoch of the log when it was last read.
    epoch: u64,
    /// Something was committed since the log was last read to its end.
    committed: bool,
    leadership: Leadership,
    narrowing: Narrowing,
    /// To be withheld unless the stream has it: it broke the connection, perhaps after it was appended.
    suspect: Option<LogEntry>,
    divergence: Option<Divergence>,
    /// The newest epoch that was known when the partition was stopped.
    diverged_in: u64,
    failures: u32,
    races_lost: u32,
    not_before: Duration,
}

impl PartitionRelay {
    /// A partition of which nothing is known; `seed` decides the jitter of its pauses.
    #[must_use]
    pub fn new(settings: RelaySettings, seed: u64) -> Self {
        Self {
            settings,
            random: fastrand::Rng::with_seed(seed),
            step: Step::Idle,
            believed: None,
            seen: None,
            doubted: true,
            unproven: false,
            head: 0,
            head_event: None,
            epoch: LogEpoch::FIRST.number,
            committed: false,
            leadership: Leadership::default(),
            narrowing: Narrowing::default(),
            suspect: None,
            divergence: None,
            diverged_in: 0,
            failures: 0,
            races_lost: 0,
            not_before: Duration::ZERO,
        }
    }

    /// Something was committed in this partition, by this process, just now.
    pub fn note_commit(&mut self) {
        self.committed = true;
    }

    /// The log ends here.
    pub fn note_head(&mut self, head: LogHead) {
        self.head = head.seq;
        self.head_event = head.event_id;
        // Where the poll finds out and not the signal, another process has committed, and another relay may well have
        // published: a short question then saves reading and sending a whole batch in vain.
        if !self.committed && self.position().is_some_and(|position| position < head.seq) {
            self.doubted = true;
        }
        // A head read before the last append was made is behind for a moment. One that stays behind means that the
        // database lost commits.
        if self.position().is_some_and(|position| position > head.seq) {
            self.doubt();
        }
        // A later epoch answers what stopped the partition; an earlier one means that the database lost one.
        if head.epoch != self.epoch {
            if head.epoch > self.epoch {
                self.not_before = Duration::ZERO;
            }
            self.epoch = head.epoch;
            self.doubt();
        }
    }

    /// Broker or log may have changed behind the relay's back: compare them before the next append.
    pub fn doubt(&mut self) {
        self.doubted = true;
        self.unproven = true;
    }

    /// From now on batches are read within `limit`.
    pub fn limit_batches(&mut self, limit: BatchLimit) {
        self.settings.batch = limit;
    }

    /// What kept this partition waiting is over (the broker answers again): do not wait any longer. One that another relay
    /// carries is still left to it, and one whose own entries may have broken the connection goes on in its own time: each
    /// answer after each break would else be a reason to break it again at once.
    pub fn stop_waiting(&mut self) {
        if self.divergence.is_none() && !self.narrowing.suspects() {
            self.not_before = Duration::ZERO;
        }
    }

    /// The last number that the stream is known to have.
    #[must_use]
    pub fn position(&self) -> Option<i64> {
        self.seen
    }

    /// The log's last number, as far as it is known.
    #[must_use]
    pub fn head(&self) -> i64 {
        self.head
    }

    /// Why this partition is stopped, where it is.
    #[must_use]
    pub fn divergence(&self) -> Option<&Divergence> {
        self.divergence.as_ref()
    }

    /// Whether this relay was the last to append here, as far as it knows: its lease may still live.
    #[must_use]
    pub fn is_leading(&self) -> bool {
        self.leadership.is_mine()
    }

    /// Whether the partition is left to another relay at `now`.
    #[must_use]
    pub fn is_led_elsewhere(&self, now: Duration) -> bool {
        self.leadership.is_held_elsewhere(now)
    }

    /// What to do after `event`, at `now` on a clock that only goes forward.
    pub fn advance(&mut self, event: Event, now: Duration) -> Action {
        match (std::mem::replace(&mut self.step, Step::Idle), event) {
            (Step::Idle, Event::Turn) => self.on_turn(now),
            (
                Step::Asking,
                Event::Position {
                    position,
                    led_elsewhere,
                },
            ) => self.on_position(position, led_elsewhere, now),
            (
                Step::Appending { .. },
                Event::Position {
                    position,
                    led_elsewhere,
                },
            ) => self.on_refusal(position, led_elsewhere, now),
            (Step::Confirming(fence), Event::LogSays(tail)) => {
                let question = Question::about(fence, OlderTail::InLog(tail), self.head);
                self.read(question)
            }
            (Step::Reading(question), Event::Batch(batch)) => self.on_batch(question, batch, now),
            (Step::Appending { next, more, .. }, Event::Appended) => self.on_appended(next, more),
            (Step::Appending { first, count, .. }, Event::Rejected) => self.on_rejected(first, count, now),
            (Step::Probing, Event::Probed) => {
                self.narrowing.probed(now);
                self.ask()
            }
            (Step::Withholding, Event::Withheld) => {
                self.narrowing.withheld();
                self.ask()
            }
            (Step::Appending { first, count, .. }, Event::Broken) => self.on_broken(first, count, now),
            (step, Event::Failed) => {
                match step {
                    Step::Asking => {
                        self.suspect = None;
                        self.narrowing.question_failed();
                    }
                    Step::Appending { .. } | Step::Probing => self.narrowing.broker_is_unwell(),
                    _ => {}
                }
                self.on_failure(now)
            }
            // An answer to a question that was not asked proves nothing; find out.
            _ => self.ask(),
        }
    }

    fn on_turn(&mut self, now: Duration) -> Action {
        self.narrowing.forget_probe();
        if now < self.not_before {
            return Action::WaitUntil(self.not_before);
        }
        // A recheck asks whoever leads: the stream may have been lost.
        if self.divergence.is_none() && !self.unproven && self.is_behind() {
            let ttl = self.settings.lease_ttl;
            if let Some(until) = self.leadership.hold_back(now, ttl) {
                return Action::WaitUntil(until);
            }
        }
        let must_ask = self.doubted || self.divergence.is_some() || self.leadership.is_elsewhere();
        if must_ask || self.believed.is_none() {
            self.ask()
        } else {
            self.go_on()
        }
    }

    fn ask(&mut self) -> Action {
        self.step = Step::Asking;
        Action::AskBroker
    }

    fn read(&mut self, question: Question) -> Action {
        let after = question.after;
        self.step = Step::Reading(question);
        Action::ReadLog { after }
    }

    fn believe(&mut self, position: StreamPosition, now: Duration) -> Action {
        self.trust(position);
        if now < self.not_before && self.is_behind() {
            return Action::WaitUntil(self.not_before);
        }
        self.go_on()
    }

    fn trust(&mut self, position: StreamPosition) {
        self.believed = Some(position);
        self.doubted = false;
        self.unproven = false;
        if self.divergence.take().is_some() {
            self.not_before = Duration::ZERO;
        }
    }

    fn is_behind(&self) -> bool {
        self.committed || self.seen.unwrap_or_default() < self.head
    }

    fn go_on(&mut self) -> Action {
        match &self.believed {
            Some(position) if self.is_behind() => {
                let question = Question::about(position.clone(), OlderTail::Compared, self.head);
                self.read(question)
            }
            _ => self.rest(),
        }
    }

    fn rest(&mut self) -> Action {
        // Only what was carried to its end counts as success: a broker that is full answers every question.
        self.failures = 0;
        self.leadership.has_nothing_to_do();
        Action::Rest
    }

    fn on_failure(&mut self, now: Duration) -> Action {
        self.failures = self.failures.saturating_add(1);
        // An append that failed may have been made all the same, and a broker that failed may have lost its newest.
        self.doubted = true;
        self.not_before = now.saturating_add(self.pause(self.failures));
        Action::WaitUntil(self.not_before)
    }

    fn diverge(&mut self, divergence: Divergence, now: Duration) -> Action {
        if self.divergence.replace(divergence).is_none() {
            self.diverged_in = self.epoch;
        }
        self.not_before = now.saturating_add(self.settings.recheck);
        Action::WaitUntil(self.not_before)
    }

    /// The pause after the `attempt`th failure in a row: doubled each time up to the cap, less up to half by chance, so
    /// that many that failed together do not come back together.
    fn pause(&mut self, attempt: u32) -> Duration {
        let doublings = attempt.saturating_sub(1).min(16);
        let whole = self
            .settings
            .backoff_base
            .saturating_mul(1 << doublings)
            .min(self.settings.backoff_cap);
        whole.mul_f64(1.0 - self.random.f64() / 2.0)
    }
}

#[cfg(test)]
mod tests;
