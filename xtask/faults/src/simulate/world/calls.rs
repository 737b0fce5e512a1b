//! Calls to log and broker: how they travel, and what they do when they arrive.

use std::time::Duration;

use rollcall::outbox::LogEntry;
use rollcall::outbox::relay::decide::Event;
use rollcall::outbox::sink::{AppendOutcome, Claim, FencedAppend, StreamPosition, StreamState};
use uuid::Uuid;

use super::member::settings;
use super::{Happening, MILLISECOND, SECOND, World};
use crate::simulate::check::{self, Violation};
use crate::simulate::model::log::{BREAKING, Nature, REFUSED};

/// A call.
#[derive(Debug, Clone)]
pub(crate) enum Call {
    Ask(Uuid),
    Append {
        fence: StreamPosition,
        entries: Vec<LogEntry>,
        epoch: u64,
        begins: bool,
        relay: Uuid,
    },
    Read(i64),
    Confirm(i64),
    Probe,
    Withhold(LogEntry),
    Heads,
}

impl Call {
    pub(super) fn is_to_broker(&self) -> bool {
        matches!(self, Self::Ask(_) | Self::Append { .. } | Self::Probe)
    }
}

/// What came of a call.
enum Answer {
    Event(Event),
    /// The other side is away: no answer is to be had.
    Away,
    Head,
}

impl World {
    /// Sends a call on its way.
    pub(super) fn send(&mut self, member: usize, id: u64, call: Call) {
        let Some(life) = self.members.get(member).map(|relay| relay.life) else {
            return;
        };
        if self.chance(self.plan.doubled) {
            let pause = self.travel() + self.random.u64(0..2 * SECOND);
            let call = Box::new(call.clone());
            self.later(
                pause,
                Happening::Arrives {
                    member,
                    life,
                    id,
                    call,
                },
            );
        }
        if self.chance(self.plan.lost) {
            return;
        }
        let (pause, call) = (self.travel(), Box::new(call));
        self.later(
            pause,
            Happening::Arrives {
                member,
                life,
                id,
                call,
            },
        );
    }

    fn chance(&mut self, of_a_thousand: u32) -> bool {
        !self.calm && self.random.u32(0..1000) < of_a_thousand
    }

    fn travel(&mut self) -> u64 {
        if self.chance(self.plan.late) {
            return self.random.u64(0..3 * SECOND);
        }
        self.random.u64(20..MILLISECOND)
    }

    /// A call arrives: it takes effect whatever has become of the caller.
    pub(super) fn arrives(&mut self, member: usize, life: u32, id: u64, call: Call) {
        if call.is_to_broker() && self.script_unknown && self.now >= self.broker_away_until {
            // The broker knows the script by its hash only after it was loaded; then the same is sent again.
            self.script_unknown = false;
            let pause = 2 * self.travel();
            let call = Box::new(call);
            return self.later(
                pause,
                Happening::Arrives {
                    member,
                    life,
                    id,
                    call,
                },
            );
        }
        let to_broker = call.is_to_broker();
        let is_append = matches!(call, Call::Append { .. });
        let answer = if to_broker {
            self.broker_does(call)
        } else {
            self.log_does(call)
        };
        if self.chance(self.plan.lost) {
            return;
        }
        let pause = self.travel();
        let is_cut = to_broker && self.chance(self.plan.cut);
        let event = match answer {
            Answer::Head => {
                let head = Some(self.log.heads());
                return self.later(pause, Happening::Polled { member, life, head });
            }
            Answer::Event(_) if is_cut && is_append => Event::Broken,
            Answer::Event(_) if is_cut => Event::Failed,
            Answer::Event(event) => event,
            Answer::Away => Event::Failed,
        };
        if to_broker && self.members.get(member).is_some_and(|relay| relay.life == life) {
            let away = matches!(event, Event::Failed | Event::Broken) && self.now >= self.full_until;
            self.broker_is_known_to_be(member, away);
        }
        let event = Box::new(event);
        self.later(
            pause,
            Happening::Answered {
                member,
                life,
                id,
                event,
            },
        );
    }

    fn log_does(&mut self, call: Call) -> Answer {
        if self.now < self.log_away_until {
            return Answer::Away;
        }
        let limit = settings().batch.entries as usize;
        match call {
            Call::Read(after) => Answer::Event(Event::Batch(self.log.continuation(after, limit))),
            Call::Withhold(entry) => self.withhold(&entry),
            Call::Confirm(tail) => Answer::Event(Event::LogSays(self.log.event_at(tail))),
            _ => Answer::Head,
        }
    }

    fn broker_does(&mut self, call: Call) -> Answer {
        if self.now < self.broker_away_until {
            return Answer::Away;
        }
        match call {
            Call::Append {
                fence,
                entries,
                epoch,
                begins,
                relay,
            } => {
                let append = FencedAppend {
                    fence: &fence,
                    entries: &entries,
                    epoch,
                    begins,
                    claim: Some(Claim {
                        relay,
                        ttl: settings().lease_ttl,
                    }),
                };
                self.append(&append, relay)
            }
            Call::Probe if self.now < self.full_until.max(self.odd_until) => Answer::Event(Event::Failed),
            Call::Probe => Answer::Event(Event::Probed),
            Call::Ask(relay) => Answer::Event(told(self.broker.state(self.now), relay)),
            Call::Read(_) | Call::Confirm(_) | Call::Withhold(_) | Call::Heads => Answer::Away,
        }
    }

    fn append(&mut self, append: &FencedAppend<'_>, relay: Uuid) -> Answer {
        if self.plan.control {
            self.remember();
            if self.now < self.full_until {
                return Answer::Event(Event::Failed);
            }
            self.broker.append_anyway(append.entries);
            return Answer::Event(Event::Appended);
        }
        let before = self.broker.position();
        let is_fenced_out = before != *append.fence;
        if !is_fenced_out {
            if self.now < self.full_until {
                return Answer::Event(Event::Failed);
            }
            if self.now < self.odd_until || append.entries.iter().any(|entry| entry.envelope == REFUSED) {
                return Answer::Event(Event::Rejected);
            }
        }
        if append.entries.iter().any(|entry| entry.envelope == BREAKING) {
            return Answer::Event(Event::Broken);
        }
        self.remember();
        let last_event = self
            .broker
            .stream
            .as_ref()
            .map(|stream| stream.last_event.clone());
        match self.broker.append(append, self.now) {
            AppendOutcome::Appended => {
                if let Err(violation) = check::append(&self.log, &before, last_event, append) {
                    self.violate(violation);
                }
                Answer::Event(Event::Appended)
            }
            AppendOutcome::Refused(state) => Answer::Event(told(state, relay)),
        }
    }

    /// The tombstone is written down.
    fn withhold(&mut self, entry: &LogEntry) -> Answer {
        match self.log.withhold(entry.event_id) {
            Some(Nature::Plain) => self.violate(Violation::Withheld { seq: entry.seq }),
            Some(_) => {}
            // The database has lost it in the meantime.
            None => return Answer::Away,
        }
        Answer::Event(Event::Withheld)
    }

    /// A replica may have seen this state last.
    fn remember(&mut self) {
        if self.random.u32(0..3) == 0 {
            self.snapshots.push(self.broker.clone());
            if self.snapshots.len() > 24 {
                self.snapshots.remove(0);
            }
        }
    }
}

fn told(state: StreamState, relay: Uuid) -> Event {
    let elsewhere = state.lease.filter(|lease| lease.holder != relay.to_string());
    Event::Position {
        position: state.position,
        led_elsewhere: elsewhere
            .map(|lease| lease.left)
            .filter(|left| *left > Duration::ZERO),
    }
}
