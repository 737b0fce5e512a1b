//! A relay process: the real state machine, and around it what its schedule does for one partition.

use std::collections::BTreeSet;
use std::time::Duration;

use rollcall::outbox::BatchLimit;
use rollcall::outbox::log::LogHead;
use rollcall::outbox::relay::RelaySettings;
use rollcall::outbox::relay::decide::{Action, Event, Notes, PartitionRelay};
use uuid::Uuid;

use super::{Call, Happening, MILLISECOND, World};
use crate::simulate::check::Violation;
use crate::simulate::control::UsualRelay;

/// More steps than this in one turn is a loop.
const STEPS_OF_A_TURN: u32 = 200;

/// How relays are set here: as in production but for less patience, so that a run need not be long.
pub(crate) fn settings() -> RelaySettings {
    RelaySettings {
        batch: BatchLimit {
            entries: 8,
            bytes: 1 << 20,
        },
        withhold_patience: Duration::from_millis(300),
        ..RelaySettings::default()
    }
}

/// What decides.
#[derive(Debug, Clone)]
pub(crate) enum Machine {
    Fenced(Box<PartitionRelay>),
    Usual(UsualRelay),
}

/// A clock that only goes forward, at its own rate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    ahead: u64,
    /// Millionths by which it is fast.
    fast: u64,
}

impl Clock {
    fn read(self, now: u64) -> u64 {
        now + self.ahead + now * self.fast / 1_000_000
    }

    pub(crate) fn jump(&mut self, by: u64) {
        self.ahead += by;
    }
}

/// A relay process.
#[derive(Debug)]
pub(crate) struct Member {
    /// Which of its processes runs; what was meant for an earlier one is lost.
    pub(crate) life: u32,
    pub(crate) name: Uuid,
    /// None while it is dead.
    pub(crate) machine: Option<Machine>,
    pub(crate) clock: Clock,
    pub(crate) stopped_until: u64,
    /// The call whose answer the turn under way waits for.
    waits_for: Option<u64>,
    queued: bool,
    steps: u32,
    pub(crate) actions: u64,
    notes: Notes,
    head: Option<i64>,
    broker_away: bool,
    next_recheck: u64,
    /// When it is to be woken, on its own clock.
    wakes: BTreeSet<Duration>,
}

impl Member {
    pub(super) fn new(random: &mut fastrand::Rng) -> Self {
        Self {
            life: 0,
            name: Uuid::nil(),
            machine: None,
            clock: Clock {
                ahead: random.u64(0..10_000_000),
                fast: random.u64(0..100_000),
            },
            stopped_until: 0,
            waits_for: None,
            queued: false,
            steps: 0,
            actions: 0,
            notes: Notes::default(),
            head: None,
            broker_away: false,
            next_recheck: 0,
            wakes: BTreeSet::new(),
        }
    }

    fn position(&self) -> Option<i64> {
        match &self.machine {
            Some(Machine::Fenced(machine)) => machine.position(),
            _ => None,
        }
    }
}

impl World {
    pub(super) fn start(&mut self, member: usize) {
        let (name, seed) = (self.new_name(), self.random.u64(..));
        let (control, checkpoint, now) = (self.plan.control, self.checkpoint, self.now);
        let Some(relay) = self
            .members
            .get_mut(member)
            .filter(|relay| relay.machine.is_none())
        else {
            return;
        };
        relay.machine = Some(if control {
            Machine::Usual(UsualRelay::new(checkpoint))
        } else {
            Machine::Fenced(Box::new(PartitionRelay::new(settings(), seed)))
        });
        relay.name = name;
        relay.next_recheck = relay.clock.read(now) + micros(settings().recheck);
        let life = relay.life;
        self.later(0, Happening::Poll { member, life });
    }

    pub(super) fn crash(&mut self, member: usize) {
        if let Some(relay) = self.members.get_mut(member) {
            let (life, clock, stopped_until, actions) =
                (relay.life + 1, relay.clock, relay.stopped_until, relay.actions);
            *relay = Member {
                life,
                stopped_until,
                actions,
                ..Member::new(&mut self.random)
            };
            relay.clock = clock;
        }
    }

    /// Tells a relay that runs.
    pub(super) fn tell(&mut self, member: usize, happening: Happening) {
        let Some(relay) = self.members.get_mut(member) else {
            return;
        };
        let life = relay.life;
        match happening {
            Happening::Signal { .. } => {
                relay.notes.committed = true;
                relay.queued = true;
                self.take_turn(member);
            }
            Happening::Wake { .. } => {
                let local = Duration::from_micros(relay.clock.read(self.now));
                relay.wakes.retain(|at| *at > local);
                relay.queued = true;
                self.take_turn(member);
            }
            Happening::Poll { .. } => {
                let id = self.next_call();
                self.send(member, id, Call::Heads);
                let pause = micros(settings().poll);
                self.later(pause, Happening::Poll { member, life });
            }
            Happening::Polled { head: Some(head), .. } => self.polled(member, head),
            Happening::Answered { id, event, .. } if relay.waits_for == Some(id) => {
                relay.waits_for = None;
                self.drive(member, *event);
            }
            _ => {}
        }
    }

    /// As `schedule.rs` has it.
    fn polled(&mut self, member: usize, head: LogHead) {
        let now = self.now;
        let Some(relay) = self.members.get_mut(member) else {
            return;
        };
        let local = relay.clock.read(now);
        let recheck = local >= relay.next_recheck;
        if recheck {
            relay.next_recheck = local + micros(settings().recheck);
        }
        let (known, position) = (relay.head.replace(head.seq), relay.position());
        relay.notes.head = Some(head);
        relay.notes.doubted |= recheck;
        let differs = position != Some(head.seq);
        if (head.seq > 0 && (differs || recheck))
            || known.is_some_and(|known| known > head.seq)
            || position.is_some_and(|position| position > head.seq)
        {
            relay.queued = true;
            self.take_turn(member);
        }
    }

    fn take_turn(&mut self, member: usize) {
        let Some(relay) = self.members.get_mut(member) else {
            return;
        };
        if relay.waits_for.is_some() || !relay.queued {
            return;
        }
        let Some(machine) = &mut relay.machine else { return };
        relay.queued = false;
        relay.steps = 0;
        if let Machine::Fenced(machine) = machine {
            relay.notes.tell(machine);
        } else {
            relay.notes = Notes::default();
        }
        self.drive(member, Event::Turn);
    }

    fn drive(&mut self, member: usize, event: Event) {
        let now = self.now;
        let Some(relay) = self.members.get_mut(member) else {
            return;
        };
        let local = Duration::from_micros(relay.clock.read(now));
        let Some(machine) = &mut relay.machine else { return };
        relay.actions += 1;
        relay.steps += 1;
        let (life, steps, name) = (relay.life, relay.steps, relay.name);
        let action = match machine {
            Machine::Fenced(machine) => machine.advance(event, local),
            Machine::Usual(machine) => machine.advance(event, local, &mut self.checkpoint),
        };
        self.note(|| format!("relay {member} → {action:?}"));
        if steps > STEPS_OF_A_TURN {
            return self.violate(Violation::Spins { member });
        }
        let call = match action {
            Action::AskBroker => Call::Ask(name),
            Action::Confirm { tail } => Call::Confirm(tail),
            Action::ReadLog { after } => Call::Read(after),
            Action::Append {
                fence,
                entries,
                epoch,
                begins,
            } => Call::Append {
                fence,
                entries,
                epoch,
                begins,
                relay: name,
            },
            Action::Probe => Call::Probe,
            Action::Withhold(entry) => Call::Withhold(entry),
            Action::Rest => return self.turn_ends(member, None),
            Action::Yield => return self.turn_ends(member, Some(50)),
            Action::WaitUntil(until) => {
                // Rounded up: a relay that is woken too early only waits again.
                let pause = micros(until.saturating_sub(local)) + 1;
                if self.wakes_at(member, until) {
                    self.later(pause, Happening::Wake { member, life });
                }
                return self.turn_ends(member, None);
            }
        };
        let id = self.next_call();
        if let Some(relay) = self.members.get_mut(member) {
            relay.waits_for = Some(id);
        }
        // What is lost is given up after a while.
        let limit = if call.is_to_broker() { 2000 } else { 10_000 } * MILLISECOND;
        let event = Box::new(Event::Failed);
        self.later(
            limit,
            Happening::Answered {
                member,
                life,
                id,
                event,
            },
        );
        self.send(member, id, call);
    }

    /// Notes that a relay is to be woken then; gives whether that is news, and not to be done already.
    fn wakes_at(&mut self, member: usize, until: Duration) -> bool {
        let Some(relay) = self.members.get_mut(member) else {
            return false;
        };
        relay.wakes.insert(until)
    }

    fn turn_ends(&mut self, member: usize, again: Option<u64>) {
        let Some(relay) = self.members.get(member) else {
            return;
        };
        let life = relay.life;
        if let Some(pause) = again.or(relay.queued.then_some(10)) {
            self.later(pause, Happening::Wake { member, life });
        }
    }

    /// The broker answered this relay, or did not.
    pub(super) fn broker_is_known_to_be(&mut self, member: usize, away: bool) {
        let Some(relay) = self.members.get_mut(member) else {
            return;
        };
        let was_away = std::mem::replace(&mut relay.broker_away, away);
        if was_away && !away {
            relay.notes.doubted = true;
            relay.notes.stop_waiting = true;
            relay.queued |= relay.notes.committed || relay.head.is_some_and(|head| head > 0);
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
