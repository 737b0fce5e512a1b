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
//! * Whatever fails is tried again, without end; after a failure the position is in doubt and is asked for.

use std::time::Duration;

use uuid::Uuid;

use super::RelaySettings;
use super::divergence::{Divergence, contradiction};
use crate::outbox::log::{LogContinuation, LogEntry};
use crate::outbox::sink::{StreamId, StreamPosition, TailEntry};

/// What the relay is to do next with a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Ask the broker where the stream ends; answer with [`Event::Position`].
    AskBroker,
    /// Read the log's event ids at these numbers; answer with [`Event::LogSays`].
    Confirm {
        /// The stream's last number.
        last: i64,
        /// The number of the entry at its end, where that is another.
        tail: Option<i64>,
    },
    /// Read a batch of the log and what it continues; answer with [`Event::Batch`].
    ReadLog {
        /// The number after which to read.
        after: i64,
    },
    /// Append behind the fence; answer with [`Event::Appended`] or, refused, [`Event::Position`].
    Append {
        /// Where the stream must end.
        fence: StreamPosition,
        /// What to append, in order, never empty.
        entries: Vec<LogEntry>,
    },
    /// Nothing until something is committed in this partition.
    Rest,
    /// There is more to do; let the other partitions have their turn first.
    Yield,
    /// Nothing before this time.
    WaitUntil(Duration),
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The partition's turn has come.
    Turn,
    /// The broker said where the stream ends, asked or in refusing an append.
    Position(StreamPosition),
    /// The log's event ids at the numbers that were to be confirmed.
    LogSays {
        /// At the stream's last number, where the log has it.
        last: Option<Uuid>,
        /// At the number of the entry at its end, where that is another and the log has it.
        tail: Option<Uuid>,
    },
    /// The rows of the log after the number asked for, and whose event is at that number.
    Batch(LogContinuation),
    /// The broker appended every entry.
    Appended,
    /// The log or the broker did not answer, or answered with an error.
    Failed,
}

/// What the machine waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Idle,
    Asking,
    Confirming(StreamPosition),
    Reading,
    Appending { next: StreamPosition, more: bool },
}

/// The relay of one partition. See the module's text.
#[derive(Debug, Clone)]
pub struct PartitionRelay {
    settings: RelaySettings,
    random: fastrand::Rng,
    step: Step,
    /// Where the stream ends, as far as is known.
    believed: Option<StreamPosition>,
    /// Ask before the next append.
    doubted: bool,
    /// Have the log confirm even a position that is no news.
    unproven: bool,
    /// The log's last number, as far as is known.
    head: i64,
    /// Something was committed since the log was last read to its end.
    committed: bool,
    divergence: Option<Divergence>,
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
            doubted: true,
            unproven: false,
            head: 0,
            committed: false,
            divergence: None,
            failures: 0,
            races_lost: 0,
            not_before: Duration::ZERO,
        }
    }

    /// Something was committed in this partition, by this process, just now.
    pub fn note_commit(&mut self) {
        self.committed = true;
    }

    /// The log's last number is `head`.
    pub fn note_head(&mut self, head: i64) {
        self.head = head;
        // Where the poll finds out and not the signal, another process has committed, and another relay may well have
        // published: a short question then saves reading and sending a whole batch in vain.
        if !self.committed && self.position().is_some_and(|position| position < head) {
            self.doubted = true;
        }
        // A head read before the last append was made is behind for a moment. One that stays behind means that the
        // database lost commits.
        if self.position().is_some_and(|position| position > head) {
            self.doubt();
        }
    }

    /// Broker or log may have changed behind the relay's back: compare them before the next append.
    pub fn doubt(&mut self) {
        self.doubted = true;
        self.unproven = true;
    }

    /// What kept this partition waiting is over (the broker answers again): do not wait any longer.
    pub fn stop_waiting(&mut self) {
        if self.divergence.is_none() {
            self.not_before = Duration::ZERO;
        }
    }

    /// The last number that the stream is known to have.
    #[must_use]
    pub fn position(&self) -> Option<i64> {
        self.believed.as_ref().and_then(|position| position.last_id.seq())
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

    /// What to do after `event`, at `now` on a clock that only goes forward.
    pub fn advance(&mut self, event: Event, now: Duration) -> Action {
        match (std::mem::replace(&mut self.step, Step::Idle), event) {
            (Step::Idle, Event::Turn) => self.on_turn(now),
            (Step::Asking, Event::Position(position)) => self.on_position(position, now),
            (Step::Appending { .. }, Event::Position(position)) => self.on_refusal(position, now),
            (Step::Confirming(position), Event::LogSays { last, tail }) => {
                self.on_log_says(position, last, tail, now)
            }
            (Step::Reading, Event::Batch(batch)) => self.on_batch(batch, now),
            (Step::Appending { next, more }, Event::Appended) => self.on_appended(next, more),
            (_, Event::Failed) => self.on_failure(now),
            // An answer to a question that was not asked proves nothing; find out.
            _ => self.ask(),
        }
    }

    fn on_turn(&mut self, now: Duration) -> Action {
        if now < self.not_before {
            Action::WaitUntil(self.not_before)
        } else if self.doubted || self.divergence.is_some() || self.believed.is_none() {
            self.ask()
        } else {
            self.go_on()
        }
    }

    fn ask(&mut self) -> Action {
        self.step = Step::Asking;
        Action::AskBroker
    }

    fn on_position(&mut self, position: StreamPosition, now: Duration) -> Action {
        let known = self.believed.as_ref() == Some(&position);
        if known && !self.unproven && self.divergence.is_none() {
            self.doubted = false;
            return self.go_on();
        }
        if position == StreamPosition::START {
            return self.believe(position, now);
        }
        let Some(last) = position.last_id.seq() else {
            return self.diverge(Divergence::ForeignEntry { id: position.last_id }, now);
        };
        let tail = match &position.tail {
            Some(TailEntry { id, .. }) if *id != position.last_id => match id.seq() {
                Some(seq) => Some(seq),
                None => return self.diverge(Divergence::ForeignEntry { id: *id }, now),
            },
            _ => None,
        };
        self.step = Step::Confirming(position);
        Action::Confirm { last, tail }
    }

    /// The fence held: the stream does not end where this relay thought.
    fn on_refusal(&mut self, position: StreamPosition, now: Duration) -> Action {
        let fence = self
            .believed
            .as_ref()
            .map_or(StreamId::ZERO, |believed| believed.last_id);
        if position.last_id > fence {
            // Another relay was faster. Two that go on in step would read and send everything twice, so the loser leaves
            // this partition to the winner for a moment that grows with each loss, never beyond a poll.
            self.races_lost = self.races_lost.saturating_add(1);
            let pause = self.pause(self.races_lost).min(self.settings.poll);
            self.not_before = now.saturating_add(pause);
        }
        self.on_position(position, now)
    }

    fn on_log_says(
        &mut self,
        position: StreamPosition,
        last: Option<Uuid>,
        tail: Option<Uuid>,
        now: Duration,
    ) -> Action {
        if let Some(contradiction) = contradiction(&position, last, tail) {
            return self.diverge(contradiction, now);
        }
        if position.tail.is_none() && self.divergence.is_some() {
            // A stream that was trimmed to nothing has only its last id to go by. Enough to go on, not to start again.
            let stream = position.last_id.seq().unwrap_or(i64::MAX);
            return self.diverge(Divergence::Unconfirmed { stream }, now);
        }
        self.believe(position, now)
    }

    fn believe(&mut self, position: StreamPosition, now: Duration) -> Action {
        self.believed = Some(position);
        self.doubted = false;
        self.unproven = false;
        if self.divergence.take().is_some() {
            self.not_before = Duration::ZERO;
        }
        if now < self.not_before && self.is_behind() {
            return Action::WaitUntil(self.not_before);
        }
        self.go_on()
    }

    fn is_behind(&self) -> bool {
        self.committed || self.position().is_some_and(|position| position < self.head)
    }

    fn go_on(&mut self) -> Action {
        match self.position() {
            Some(after) if self.is_behind() => {
                self.step = Step::Reading;
                Action::ReadLog { after }
            }
            _ => self.rest(),
        }
    }

    fn rest(&mut self) -> Action {
        // Only what was carried to its end counts as success: a broker that is full answers every question.
        self.failures = 0;
        Action::Rest
    }

    fn on_batch(&mut self, batch: LogContinuation, now: Duration) -> Action {
        let Some(fence) = self.believed.clone() else {
            return self.ask();
        };
        // The broker checks that the batch continues the stream; that it continues the log from the same event is
        // checked here, each time: a database that failed over may have lost commits and have others in their place.
        // An older entry at the end (the last one was deleted) was compared when the position was believed.
        let tail = fence.tail.clone().filter(|tail| tail.id == fence.last_id);
        let last = StreamPosition {
            last_id: fence.last_id,
            tail,
        };
        if fence != StreamPosition::START
            && let Some(contradiction) = contradiction(&last, batch.at, None)
        {
            return self.diverge(contradiction, now);
        }
        let entries = batch.entries;
        let mut expected = fence.last_id.seq().unwrap_or_default().saturating_add(1);
        if entries.is_empty() {
            self.committed = false;
            if self.head >= expected {
                let found = None;
                return self.diverge(Divergence::LogGap { expected, found }, now);
            }
            return self.rest();
        }
        for entry in &entries {
            if entry.seq != expected {
                let found = Some(entry.seq);
                return self.diverge(Divergence::LogGap { expected, found }, now);
            }
            expected = expected.saturating_add(1);
        }
        let bytes: usize = entries.iter().map(|entry| entry.envelope.len()).sum();
        let limit = self.settings.batch;
        // Where a limit ended the batch, there may be more.
        let more = entries.len() >= limit.entries as usize || bytes >= limit.bytes as usize;
        let next = entries
            .last()
            .map_or_else(|| fence.clone(), StreamPosition::after);
        self.step = Step::Appending { next, more };
        Action::Append { fence, entries }
    }

    fn on_appended(&mut self, next: StreamPosition, more: bool) -> Action {
        self.failures = 0;
        self.races_lost = 0;
        self.head = self.head.max(next.last_id.seq().unwrap_or_default());
        self.believed = Some(next);
        self.committed = more;
        if self.is_behind() {
            Action::Yield
        } else {
            Action::Rest
        }
    }

    fn on_failure(&mut self, now: Duration) -> Action {
        self.failures = self.failures.saturating_add(1);
        // An append that failed may have been made all the same, and a broker that failed may have lost its newest.
        self.doubted = true;
        self.not_before = now.saturating_add(self.pause(self.failures));
        Action::WaitUntil(self.not_before)
    }

    fn diverge(&mut self, divergence: Divergence, now: Duration) -> Action {
        self.divergence = Some(divergence);
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
