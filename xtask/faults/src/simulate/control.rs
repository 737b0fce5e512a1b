//! The usual relay, as a control: it reads after a checkpoint, appends without a fence, and moves the checkpoint forward when
//! the broker has acknowledged. The simulator has to find what that loses, doubles and puts out of place.

use std::time::Duration;

use rollcall::outbox::relay::decide::{Action, Event};
use rollcall::outbox::sink::StreamPosition;

use super::world::World;

/// The usual relay.
#[derive(Debug, Clone)]
pub(crate) struct UsualRelay {
    checkpoint: i64,
    /// The last number of the batch that is being appended.
    appending: Option<i64>,
}

impl UsualRelay {
    /// One that starts from the checkpoint that was saved.
    pub(crate) fn new(checkpoint: i64) -> Self {
        Self {
            checkpoint,
            appending: None,
        }
    }

    /// What it does next; it saves its checkpoint in `saved`.
    pub(crate) fn advance(&mut self, event: Event, now: Duration, saved: &mut i64) -> Action {
        match event {
            Event::Batch(batch) => {
                let Some(last) = batch.entries.last() else {
                    return Action::Rest;
                };
                self.appending = Some(last.seq);
                Action::Append {
                    fence: StreamPosition::START,
                    entries: batch.entries,
                    epoch: 1,
                    begins: false,
                }
            }
            Event::Appended => {
                self.checkpoint = self.appending.take().unwrap_or(self.checkpoint);
                *saved = self.checkpoint;
                Action::Yield
            }
            Event::Turn => {
                // Another may have saved a later one.
                self.checkpoint = self.checkpoint.max(*saved);
                Action::ReadLog {
                    after: self.checkpoint,
                }
            }
            _ => Action::WaitUntil(now + Duration::from_millis(100)),
        }
    }
}

/// What a stream without a fence has of the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Damage {
    /// Events that the stream does not have.
    pub(crate) lost: usize,
    /// Entries beyond the first of an event.
    pub(crate) doubled: usize,
    /// Events that stand first after one that was committed later.
    pub(crate) misplaced: usize,
}

impl World {
    /// Counts what the usual relay did to the stream.
    pub(crate) fn damage(&self) -> Damage {
        let mut damage = Damage::default();
        let mut seen = vec![false; usize::try_from(self.log.head()).unwrap_or_default()];
        let mut furthest = 0;
        let entries = self.broker.stream.iter().flat_map(|stream| &stream.entries);
        for entry in entries {
            let event = entry.event_id.parse().ok();
            let Some((seq, _)) = event.and_then(|event| self.log.history_of(event)) else {
                continue;
            };
            let Some(seen) = usize::try_from(seq - 1).ok().and_then(|at| seen.get_mut(at)) else {
                continue;
            };
            if std::mem::replace(seen, true) {
                damage.doubled += 1;
            } else if seq < furthest {
                damage.misplaced += 1;
            }
            furthest = furthest.max(seq);
        }
        damage.lost = seen.iter().filter(|seen| !**seen).count();
        damage
    }
}
