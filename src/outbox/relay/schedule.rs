//! Who has the next turn.

mod answers;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::{BoxFuture, join_all};
use futures_util::stream::FuturesUnordered;
use tokio::time::Instant;

use super::decide::{Notes, PartitionRelay};
use super::pace::{Pace, Share};
use super::queue::{TurnQueue, Work};
use super::recheck::Rounds;
use super::turn::{self, Tools, TurnDone, TurnEnd};
use super::{Polled, Relay};
use crate::outbox::health::SharedRelayHealth;
use crate::outbox::log::LogError;
use crate::tenancy::Partition;

/// A partition.
struct Slot {
    /// Away while the partition has its turn.
    machine: Option<PartitionRelay>,
    /// It waits for a turn, or is to have another after the one that it has.
    queued: bool,
    /// What its turns are for.
    work: Work,
    /// What the machine is to be told when its turn comes.
    notes: Notes,
    /// The log's last number at the last poll.
    head: Option<i64>,
    /// What is known of the stream's end, kept here for the time of a turn.
    position: Option<i64>,
    /// The broker refused what its last turn wanted.
    refused: bool,
}

/// A turn that ended.
pub(super) struct Ended {
    pub(super) turn: TurnDone,
    share: Share,
    took: Duration,
}

/// The partitions, the queue for the next turns, and the turns under way.
pub(super) struct Schedule {
    tools: Tools,
    health: SharedRelayHealth,
    slots: BTreeMap<Partition, Slot>,
    ready: TurnQueue,
    pace: Pace,
    timers: BTreeSet<(Duration, Partition)>,
    turns: FuturesUnordered<BoxFuture<'static, Ended>>,
    broker_away: bool,
    rounds: Rounds,
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
                withholding: relay.withholding.clone(),
            },
            health: relay.health.clone(),
            slots: BTreeMap::new(),
            ready: TurnQueue::default(),
            pace: Pace::new(&settings),
            timers: BTreeSet::new(),
            turns: FuturesUnordered::new(),
            broker_away: false,
            rounds: Rounds::new(settings.recheck),
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
            let now = self.now();
            let Some((partition, work)) = self.ready.next(self.pace.may_carry_backlog(now)) else {
                return;
            };
            let Some(slot) = self.slots.get_mut(&partition) else {
                continue;
            };
            let Some(mut machine) = slot.machine.take() else {
                continue;
            };
            slot.queued = false;
            slot.notes.tell(&mut machine);
            let share = self.pace.begin(work, now);
            machine.limit_batches(share.limit);
            let mut tools = self.tools.clone();
            tools.settings.batch = share.limit;
            self.turns.push(Box::pin(async move {
                let began = Instant::now();
                let turn = turn::take(tools, partition, machine).await;
                let took = began.elapsed();
                Ended { turn, share, took }
            }));
        }
    }

    /// The next turn that ends; none where none is under way.
    pub(super) async fn next_turn_done(&mut self) -> Option<Ended> {
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
        let with_events = polled.heads.iter().filter(|head| head.seq > 0);
        let with_events: Vec<Partition> = with_events.map(|head| head.partition).collect();
        let rechecked: BTreeSet<Partition> = self.rounds.due(&with_events, self.now()).into_iter().collect();
        let mut lagging = Vec::new();
        for found in polled.heads {
            let (partition, head) = (found.partition, found.seq);
            let recheck = rechecked.contains(&partition);
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
    pub(super) fn turn_done(&mut self, ended: Ended) {
        let done = ended.turn;
        let partition = done.partition;
        let now = self.now();
        self.pace.end(
            &ended.share,
            done.published,
            done.end == TurnEnd::Yield,
            ended.took,
            now,
        );
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
        match done.end {
            TurnEnd::Yield => slot.work = Work::Backlog,
            TurnEnd::Rest => slot.work = Work::Short,
            TurnEnd::WaitUntil(_) => {}
        }
        if slot.queued {
            let work = slot.work;
            self.ready.push(partition, work);
        }
        match done.end {
            TurnEnd::Rest => {}
            TurnEnd::Yield => self.queue(partition),
            TurnEnd::WaitUntil(at) => {
                self.timers.insert((at, partition));
            }
        }
    }

    /// When the next partition that waits is due, or a backlog that rests goes on.
    pub(super) fn next_timer(&self) -> Option<Duration> {
        let due = self.timers.first().map(|(at, _)| *at);
        let resumes = if self.ready.has_backlogs() {
            self.pace.resumes_at(self.now())
        } else {
            None
        };
        due.into_iter().chain(resumes).min()
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
            work: Work::Short,
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
                self.ready.push(partition, slot.work);
            }
        }
    }
}
