//! Who has the next turn.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::{BoxFuture, join_all};
use futures_util::stream::FuturesUnordered;
use tokio::time::Instant;

use super::decide::PartitionRelay;
use super::turn::{self, Tools, TurnDone, TurnEnd};
use super::{Polled, Relay};
use crate::outbox::health::SharedRelayHealth;
use crate::outbox::log::{LogError, LogHead};
use crate::tenancy::Partition;

/// A partition.
struct Slot {
    /// Away while the partition has its turn.
    machine: Option<PartitionRelay>,
    /// It waits for a turn, or is to have another after the one that it has.
    queued: bool,
    /// What the machine is to be told when its turn comes.
    notes: Notes,
    /// The log's last number at the last poll.
    head: Option<i64>,
    /// What is known of the stream's end, kept here for the time of a turn.
    position: Option<i64>,
    /// The broker refused what its last turn wanted.
    refused: bool,
}

/// What a machine missed.
#[derive(Default)]
struct Notes {
    /// Once after each poll: told again later it would be out of date.
    head: Option<LogHead>,
    committed: bool,
    doubted: bool,
    stop_waiting: bool,
}

/// The partitions, the queue for the next turns, and the turns under way.
pub(super) struct Schedule {
    tools: Tools,
    health: SharedRelayHealth,
    slots: BTreeMap<Partition, Slot>,
    ready: VecDeque<Partition>,
    timers: BTreeSet<(Duration, Partition)>,
    turns: FuturesUnordered<BoxFuture<'static, TurnDone>>,
    broker_away: bool,
    next_recheck: Duration,
}

impl Schedule {
    pub(super) fn new(relay: &Relay, started: Instant) -> Self {
        let (reader, sink, settings) = (relay.reader.clone(), relay.sink.clone(), relay.settings);
        Self {
            tools: Tools {
                tracing: relay.tracing.clone(),
                reader,
                sink,
                // Any number that no other relay has: it need not be told by any other means.
                relay: uuid::Uuid::from_u128(fastrand::u128(..)),
                settings,
                started,
                measure: relay.measure.clone(),
            },
            health: relay.health.clone(),
            slots: BTreeMap::new(),
            ready: VecDeque::new(),
            timers: BTreeSet::new(),
            turns: FuturesUnordered::new(),
            broker_away: false,
            next_recheck: settings.recheck,
        }
    }

    fn now(&self) -> Duration {
        self.tools.started.elapsed()
    }

    /// Starts as many turns as may run at the same time.
    pub(super) fn start_turns(&mut self) {
        // Many calls to a broker that hangs would only each wait for their timeout; one is enough to see it come back.
        let limit = if self.broker_away {
            1
        } else {
            self.tools.settings.concurrency.max(1)
        };
        while self.turns.len() < limit {
            let Some(partition) = self.ready.pop_front() else {
                return;
            };
            let Some(slot) = self.slots.get_mut(&partition) else {
                continue;
            };
            let Some(mut machine) = slot.machine.take() else {
                continue;
            };
            slot.queued = false;
            slot.tell(&mut machine);
            self.turns
                .push(Box::pin(turn::take(self.tools.clone(), partition, machine)));
        }
    }

    /// The next turn that ends; none where none is under way.
    pub(super) async fn next_turn_done(&mut self) -> Option<TurnDone> {
        self.turns.next().await
    }

    /// Something was committed in these partitions.
    pub(super) fn committed(&mut self, partitions: &[Partition]) {
        for partition in partitions {
            self.slot(*partition).notes.committed = true;
            self.queue(*partition);
        }
    }

    /// The log was polled. Gives up to `limit` partitions that are behind, with their positions.
    pub(super) fn polled(&mut self, polled: Result<Polled, LogError>, limit: usize) -> Vec<(Partition, i64)> {
        let polled = match polled {
            Ok(polled) => polled,
            Err(error) => {
                self.log_failed(&error);
                return Vec::new();
            }
        };
        if self.health.log_answered() {
            tracing::info!("the event log answers again");
        }
        let recheck = self.now() >= self.next_recheck;
        if recheck {
            self.next_recheck = self.now().saturating_add(self.tools.settings.recheck);
        }
        let mut lagging = Vec::new();
        for found in polled.heads {
            let (partition, head) = (found.partition, found.seq);
            let slot = self.slot(partition);
            let (known_head, position) = (slot.head.replace(head), slot.position);
            slot.notes.head = Some(found);
            slot.notes.doubted |= recheck;
            self.health.partition_stands(partition, head, position);
            // A log that is shorter than it was, or than its stream, is as good a reason as one that is longer.
            let differs = position != Some(head);
            let shrunk = known_head.is_some_and(|known| known > head);
            if (head > 0 && (differs || recheck))
                || shrunk
                || position.is_some_and(|position| position > head)
            {
                self.queue(partition);
            }
            if let Some(position) = position
                && position < head
                && lagging.len() < limit
                && !self.health.knows_oldest(partition)
            {
                lagging.push((partition, position));
            }
        }
        for (partition, position, event_id) in polled.oldest {
            let slot = self.slots.get(&partition);
            if slot.is_some_and(|slot| slot.position == Some(position)) {
                self.health.oldest_unpublished(partition, event_id);
            }
        }
        lagging
    }

    /// A turn ended.
    pub(super) fn turn_done(&mut self, done: TurnDone) {
        let partition = done.partition;
        self.note_answers(&done);
        let message = done
            .machine
            .divergence()
            .map(|divergence| divergence.advice(partition, &self.tools.sink.stream_key(partition)));
        if self.health.partition_diverged(partition, message.clone()) {
            if let Some(message) = message {
                tracing::error!(%partition, "{message}");
            } else {
                tracing::info!(%partition, "stream and log agree again");
            }
        }
        self.health
            .partition_stands(partition, done.machine.head(), done.machine.position());
        let refused = matches!(&done.broker, Some(Err(_)));
        let slot = self.slot(partition);
        if std::mem::replace(&mut slot.refused, refused) && !refused && done.broker.is_some() {
            self.retry_refused();
        }
        let slot = self.slot(partition);
        slot.position = done.machine.position();
        slot.machine = Some(done.machine);
        if slot.queued {
            self.ready.push_back(partition);
        }
        match done.end {
            TurnEnd::Rest => {}
            TurnEnd::Yield => self.queue(partition),
            TurnEnd::WaitUntil(at) => {
                self.timers.insert((at, partition));
            }
        }
    }

    /// When the next partition that waits is due.
    pub(super) fn next_timer(&self) -> Option<Duration> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Queues the partitions whose time has come.
    pub(super) fn timers_due(&mut self) {
        let now = self.now();
        while let Some((at, partition)) = self.timers.first().copied()
            && at <= now
        {
            self.timers.pop_first();
            self.queue(partition);
        }
    }

    /// Whoever waits to try again tries now: there is little time left.
    pub(super) fn stop_waiting(&mut self) {
        for (_, partition) in std::mem::take(&mut self.timers) {
            self.slot(partition).notes.stop_waiting = true;
            self.queue(partition);
        }
    }

    /// What the broker refused, it may take again: it does of one partition.
    fn retry_refused(&mut self) {
        let waiting: Vec<_> = self.timers.iter().copied().collect();
        for (at, partition) in waiting {
            if self.slots.get(&partition).is_some_and(|slot| slot.refused) {
                self.timers.remove(&(at, partition));
                self.slot(partition).notes.stop_waiting = true;
                self.queue(partition);
            }
        }
    }

    /// Gives up the leases of the partitions that this relay carried, so that nobody waits for it.
    pub(super) async fn release_leases(&mut self) {
        let led = self.slots.iter().filter(|(_, slot)| {
            let machine = slot.machine.as_ref();
            machine.is_some_and(PartitionRelay::is_leading)
        });
        let calls = led.map(|(partition, _)| self.tools.sink.release(*partition, self.tools.relay));
        // A lease that stays ends by itself.
        join_all(calls).await;
    }

    /// Whether nobody has a turn or is to have one, but for partitions that a further turn would not help: those that are
    /// stopped, those that the broker refuses, and those that another relay carries.
    pub(super) fn is_settled(&self) -> bool {
        let now = self.now();
        self.turns.is_empty()
            && self.ready.is_empty()
            && self.timers.iter().all(|(_, partition)| {
                self.slots.get(partition).is_none_or(|slot| {
                    let machine = slot.machine.as_ref();
                    slot.refused
                        || machine.is_none_or(|machine| {
                            machine.divergence().is_some() || machine.is_led_elsewhere(now)
                        })
                })
            })
    }

    fn slot(&mut self, partition: Partition) -> &mut Slot {
        self.slots.entry(partition).or_insert_with(|| Slot {
            machine: Some(PartitionRelay::new(self.tools.settings, fastrand::u64(..))),
            queued: false,
            notes: Notes::default(),
            head: None,
            position: None,
            refused: false,
        })
    }

    fn queue(&mut self, partition: Partition) {
        if let Some(slot) = self.slots.get_mut(&partition)
            && !slot.queued
        {
            slot.queued = true;
            if slot.machine.is_some() {
                self.ready.push_back(partition);
            }
        }
    }

    fn note_answers(&mut self, done: &TurnDone) {
        if done.published > 0 {
            self.health.published(done.published);
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

    fn log_failed(&self, error: &LogError) {
        let text = error.to_string();
        if self.health.log_failed(&text) {
            tracing::warn!(error = %text, "cannot read the event log; trying again");
        }
    }
}

impl Slot {
    /// Tells the machine what it missed.
    fn tell(&mut self, machine: &mut PartitionRelay) {
        let notes = std::mem::take(&mut self.notes);
        if notes.committed {
            machine.note_commit();
        }
        if let Some(head) = notes.head {
            machine.note_head(head);
        }
        if notes.doubted {
            machine.doubt();
        }
        if notes.stop_waiting {
            machine.stop_waiting();
        }
    }
}
