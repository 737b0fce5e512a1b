//! What broker and log answered, as it is told in health and log, and what follows for the others.

use super::super::turn::{TurnDone, TurnEnd};
use super::Schedule;
use crate::outbox::log::LogError;
use crate::tenancy::Partition;

impl Schedule {
    pub(super) fn note_answers(&mut self, done: &TurnDone) {
        if done.published > 0 {
            self.health.published(done.published);
        }
        if let Some(seq) = done.withheld {
            self.health.withheld(done.partition, seq);
            if let Some(measure) = &self.tools.measure {
                measure.withheld();
            }
        }
        match &done.broker {
            Some(Ok(())) => {
                self.broker_answered();
                // An answer to a question is no proof where the append would have come next.
                let got_through = matches!(done.end, TurnEnd::Rest | TurnEnd::Yield);
                if (got_through || done.machine.divergence().is_some())
                    && self.health.broker_accepted(done.partition)
                {
                    tracing::info!(
                        address = self.tools.sink.address(),
                        "the broker refuses nothing any more"
                    );
                }
            }
            Some(Err(error)) if error.is_unreachable() => {
                let text = error.to_string();
                if self.health.broker_away(&text) {
                    tracing::warn!(partition = %done.partition, error = %text, "cannot publish; trying again");
                }
                self.broker_away = true;
            }
            Some(Err(error)) => {
                let text = error.to_string();
                self.broker_answered();
                if self.health.broker_refused(done.partition, &text) {
                    tracing::warn!(partition = %done.partition, error = %text, "the broker refuses; trying again");
                }
            }
            None => {}
        }
        match &done.log {
            Some(Ok(())) if self.health.log_answered() => tracing::info!("the event log answers again"),
            Some(Err(error)) => self.log_failed(error),
            _ => {}
        }
    }

    fn broker_answered(&mut self) {
        let features = self.tools.sink.features();
        self.health
            .broker_warns(features.and_then(|features| features.warning()));
        if self.health.broker_answered() {
            tracing::info!(address = self.tools.sink.address(), "the broker answers again");
        }
        if std::mem::take(&mut self.broker_away) {
            // It may have been restarted, or replaced, and come back with less than it had.
            let partitions: Vec<Partition> = self.slots.keys().copied().collect();
            for partition in partitions {
                let slot = self.slot(partition);
                slot.notes.doubted = true;
                slot.notes.stop_waiting = true;
                if slot.notes.committed || slot.head.is_some_and(|head| head > 0) {
                    self.queue(partition);
                }
            }
        }
    }

    pub(super) fn log_failed(&self, error: &LogError) {
        let text = error.to_string();
        if self.health.log_failed(&text) {
            tracing::warn!(error = %text, "cannot read the event log; trying again");
        }
    }
}
