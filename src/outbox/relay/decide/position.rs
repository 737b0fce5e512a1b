//! From where the broker says that the stream ends to what is read or done about it.

use std::time::Duration;

use super::batch::{OlderTail, Question};
use super::{Action, PartitionRelay, Step};
use crate::outbox::sink::StreamPosition;

impl PartitionRelay {
    pub(super) fn on_position(
        &mut self,
        position: StreamPosition,
        led_elsewhere: Option<Duration>,
        now: Duration,
    ) -> Action {
        self.seen = position.last_id.seq().or(self.seen);
        if let Some(first) = self.suspect.take()
            && self.believed.as_ref() == Some(&position)
        {
            self.step = Step::Withholding;
            return Action::Withhold(first);
        }
        if let Some(left) = led_elsewhere {
            // The broker counts on its own clock, which may have been set back: nobody leads for longer than a lease lasts.
            let left = left.min(self.settings.lease_ttl);
            self.leadership.is_told_of_another(now, left, &mut self.random);
            if self.divergence.is_none() && self.is_behind() {
                // Whoever leads compares log and stream; this relay does when it takes over.
                self.doubted = false;
                self.unproven = false;
                return Action::WaitUntil(self.leadership.until());
            }
        }
        let is_stopped = self.divergence.is_some();
        let known = self.believed.as_ref() == Some(&position);
        if !is_stopped && ((known && !self.unproven) || self.is_the_head(&position)) {
            return self.believe(position, now);
        }
        if position == StreamPosition::START && !self.is_behind() {
            return self.believe(position, now);
        }
        match position.older_tail() {
            Some(tail) => {
                self.step = Step::Confirming(position);
                Action::Confirm { tail }
            }
            None => self.read(Question::about(position, OlderTail::Compared, self.head)),
        }
    }

    /// Whether the stream ends with the event that the log was last known to end with.
    fn is_the_head(&self, position: &StreamPosition) -> bool {
        let (Some(tail), Some(event)) = (&position.tail, self.head_event) else {
            return false;
        };
        position.epoch == Some(self.epoch)
            && tail.id == position.last_id
            && tail.id.seq() == Some(self.head)
            && tail.event_id == event.to_string()
    }

    /// The fence held: the stream does not end where this relay thought.
    pub(super) fn on_refusal(
        &mut self,
        position: StreamPosition,
        led_elsewhere: Option<Duration>,
        now: Duration,
    ) -> Action {
        let is_further = self
            .believed
            .as_ref()
            .is_some_and(|believed| position.last_id > believed.last_id);
        if is_further && led_elsewhere.is_none() {
            // Another relay was faster, and has no lease any more. Two that go on in step would read and send everything
            // twice, so the loser pauses for a moment that grows with each loss, never beyond a poll.
            self.races_lost = self.races_lost.saturating_add(1);
            let pause = self.pause(self.races_lost).min(self.settings.poll);
            self.not_before = now.saturating_add(pause);
        }
        self.on_position(position, led_elsewhere, now)
    }
}
