//! From a batch of the log to what became of it.

use std::time::Duration;

use super::batch::{Judgement, Question, Standing, judge};
use super::narrowing::Verdict;
use super::{Action, PartitionRelay, Step};
use crate::outbox::log::{LogContinuation, LogEntry};
use crate::outbox::sink::StreamPosition;

impl PartitionRelay {
    pub(super) fn on_batch(&mut self, question: Question, batch: LogContinuation, now: Duration) -> Action {
        self.epoch = batch.epoch.number;
        let standing = Standing {
            head: self.head,
            stopped_in: self.divergence.as_ref().map(|_| self.diverged_in),
        };
        match judge(&question, &batch, &standing) {
            Judgement::ReadFrom(after) => self.read(Question { after, ..question }),
            Judgement::Diverged(divergence) => self.diverge(divergence, now),
            Judgement::Complete => {
                self.trust(question.fence);
                self.committed = false;
                self.rest()
            }
            Judgement::Continues { begins } => {
                self.trust(question.fence.clone());
                if now < self.not_before {
                    return Action::WaitUntil(self.not_before);
                }
                self.append(question.fence, batch, begins)
            }
        }
    }

    fn append(&mut self, fence: StreamPosition, batch: LogContinuation, begins: bool) -> Action {
        let (epoch, mut entries) = (batch.epoch.number, batch.entries);
        let bytes: usize = entries.iter().map(|entry| entry.envelope.len()).sum();
        let limit = self.settings.batch;
        // Where a limit ended the batch, there may be more.
        let mut more = entries.len() >= limit.entries as usize || bytes >= limit.bytes as usize;
        if let Some(narrowed) = self.narrowing.limit()
            && entries.len() > narrowed
        {
            entries.truncate(narrowed);
            more = true;
        }
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
            return self.rest();
        };
        self.step = Step::Appending {
            first: first.clone(),
            next: StreamPosition::after(last, epoch),
            count: entries.len(),
            more,
        };
        Action::Append {
            fence,
            entries,
            epoch,
            begins,
        }
    }

    pub(super) fn on_appended(&mut self, next: StreamPosition, more: bool) -> Action {
        self.failures = 0;
        self.races_lost = 0;
        self.narrowing.appended(self.settings.batch.entries as usize);
        self.leadership.is_taken();
        self.seen = next.last_id.seq();
        if self.seen.unwrap_or_default() > self.head {
            self.head = self.seen.unwrap_or_default();
            self.head_event = None;
        }
        self.believed = Some(next);
        self.committed = more;
        if self.is_behind() {
            Action::Yield
        } else {
            Action::Rest
        }
    }

    /// The broker took none of `count` entries, and will not.
    pub(super) fn on_rejected(&mut self, first: LogEntry, count: usize, now: Duration) -> Action {
        let verdict = self.narrowing.rejected(first.seq, count, now, &self.settings);
        self.on_verdict(verdict, first, now)
    }

    /// It is not known whether the entries were appended. Where this happens again and again although questions are
    /// answered, the entries may be the reason.
    pub(super) fn on_broken(&mut self, first: LogEntry, count: usize, now: Duration) -> Action {
        let verdict = self.narrowing.broken(first.seq, count, now, &self.settings);
        if verdict == Verdict::Withhold {
            self.suspect = Some(first);
            return self.ask();
        }
        self.on_verdict(verdict, first, now)
    }

    fn on_verdict(&mut self, verdict: Verdict, first: LogEntry, now: Duration) -> Action {
        match verdict {
            Verdict::Probe => {
                self.step = Step::Probing;
                return Action::Probe;
            }
            Verdict::Withhold => {
                self.step = Step::Withholding;
                return Action::Withhold(first);
            }
            // Each half is a new attempt, not the same once more.
            Verdict::Narrowed => self.failures = 0,
            Verdict::TryAgain => {}
        }
        self.on_failure(now)
    }
}
