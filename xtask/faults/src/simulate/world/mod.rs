//! A run of one seed: relays, log and broker in a time of their own, and what goes wrong between them.
//!
//! Everything that happens is an event with a time; the earliest is next. A call to log or broker takes effect when it
//! arrives and is answered when its answer arrives; both may be late, lost or doubled. Relays are the real state machine,
//! told of time by clocks of their own.

mod calls;
mod end;
mod fault;
mod member;
mod plan;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rollcall::outbox::relay::decide::Event;
use uuid::Uuid;

pub(crate) use self::calls::Call;
pub(crate) use self::fault::Fault;
pub(crate) use self::member::{Machine, Member};
pub(crate) use self::plan::Plan;
use super::check::Violation;
use super::model::broker::ModelBroker;
use super::model::log::{ModelLog, Nature};

/// More than this happens in no run that comes to its end.
const HAPPENINGS: u64 = 100_000;

pub(crate) const MILLISECOND: u64 = 1000;
pub(crate) const SECOND: u64 = 1000 * MILLISECOND;

/// What happens.
#[derive(Debug, Clone)]
pub(crate) enum Happening {
    /// Somebody commits so many events.
    Commit(usize),
    /// A relay hears of a commit.
    Signal { member: usize, life: u32 },
    /// A relay may have a turn.
    Wake { member: usize, life: u32 },
    /// A relay polls the log.
    Poll { member: usize, life: u32 },
    /// A call arrives.
    Arrives {
        member: usize,
        life: u32,
        id: u64,
        call: Box<Call>,
    },
    /// An answer arrives.
    Answered {
        member: usize,
        life: u32,
        id: u64,
        event: Box<Event>,
    },
    /// What the poll read arrives; nothing where it failed.
    Polled {
        member: usize,
        life: u32,
        head: Option<rollcall::outbox::log::LogHead>,
    },
    /// Something breaks.
    Fault(Fault),
    /// A relay process starts.
    Starts { member: usize },
}

/// The world.
pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) now: u64,
    pub(crate) random: fastrand::Rng,
    queue: BTreeMap<(u64, u64), Happening>,
    happenings: u64,
    calls: u64,
    pub(crate) log: ModelLog,
    pub(crate) broker: ModelBroker,
    /// Earlier states of the broker, for replicas that lag.
    pub(crate) snapshots: Vec<ModelBroker>,
    pub(crate) members: Vec<Member>,
    /// The usual relay's: how far it has published.
    pub(crate) checkpoint: i64,
    /// The broker is away until then.
    pub(crate) broker_away_until: u64,
    /// It takes nothing, and says so in words that name the reason.
    pub(crate) full_until: u64,
    /// It takes nothing, and says so in words that could be about an entry.
    pub(crate) odd_until: u64,
    /// It was restarted and has not learnt the script yet.
    pub(crate) script_unknown: bool,
    pub(crate) log_away_until: u64,
    /// Nothing goes wrong any more.
    pub(crate) calm: bool,
    /// The log or the broker were changed behind the relays' back such that they may contradict each other.
    pub(crate) tampered: bool,
    pub(crate) violation: Option<Violation>,
    /// What happened, a line each, where that is wanted.
    pub(crate) trace: Option<String>,
    /// The same in one number.
    pub(crate) digest: u64,
}

impl World {
    /// The world of a seed, at its beginning.
    pub(crate) fn new(plan: Plan, seed: u64, traced: bool) -> Self {
        let mut random = fastrand::Rng::with_seed(seed ^ 0x5EED_0FA1);
        let members = (0..plan.relays).map(|_| Member::new(&mut random)).collect();
        let mut world = Self {
            now: SECOND,
            random,
            queue: BTreeMap::new(),
            happenings: 0,
            calls: 0,
            log: ModelLog::default(),
            broker: ModelBroker::default(),
            snapshots: Vec::new(),
            members,
            checkpoint: 0,
            broker_away_until: 0,
            full_until: 0,
            odd_until: 0,
            script_unknown: true,
            log_away_until: 0,
            calm: false,
            tampered: false,
            violation: None,
            trace: traced.then(String::new),
            digest: 0xcbf2_9ce4_8422_2325,
            plan,
        };
        world.schedule_all();
        world
    }

    fn schedule_all(&mut self) {
        for member in 0..self.members.len() {
            let after = self.random.u64(0..50 * MILLISECOND);
            self.later(after, Happening::Starts { member });
        }
        for _ in 0..self.plan.commits {
            let after = self.random.u64(0..self.plan.duration);
            let count = 1 + self.random.usize(0..self.plan.commit_size);
            self.later(after, Happening::Commit(count));
        }
        for fault in self.plan.draw_faults(&mut self.random) {
            let after = self.random.u64(0..self.plan.duration);
            self.later(after, Happening::Fault(fault));
        }
    }

    /// Lets something happen after `pause`.
    pub(crate) fn later(&mut self, pause: u64, happening: Happening) {
        self.happenings += 1;
        self.queue
            .insert((self.now.saturating_add(pause), self.happenings), happening);
    }

    /// Lets everything up to `time` happen. Ends early where a promise is broken.
    pub(crate) fn run_until(&mut self, time: u64) {
        while self.violation.is_none() {
            let Some(entry) = self.queue.first_entry() else {
                break;
            };
            let at = entry.key().0;
            if at > time {
                break;
            }
            let happening = entry.remove();
            self.now = self.now.max(at);
            self.note(|| format!("{happening:?}"));
            self.happen(happening);
            if self.happenings > HAPPENINGS {
                self.violate(Violation::Endless);
            }
        }
        self.now = self.now.max(time);
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Commit(count) => self.commit(count),
            Happening::Fault(fault) => self.strike(fault),
            Happening::Starts { member } => self.start(member),
            Happening::Arrives {
                member,
                life,
                id,
                call,
            } => self.arrives(member, life, id, *call),
            Happening::Signal { member, life }
            | Happening::Wake { member, life }
            | Happening::Poll { member, life }
            | Happening::Polled { member, life, .. }
            | Happening::Answered { member, life, .. } => {
                let Some(relay) = self.members.get(member).filter(|relay| relay.life == life) else {
                    return;
                };
                if relay.stopped_until > self.now {
                    // A process that is stopped finds everything waiting when it goes on.
                    let pause = relay.stopped_until - self.now;
                    return self.later(pause, happening);
                }
                self.tell(member, happening);
            }
        }
    }

    fn commit(&mut self, count: usize) {
        for _ in 0..count {
            let nature = match self.random.u32(0..1000) {
                chance if chance >= self.plan.poison => Nature::Plain,
                chance if chance % 3 == 0 => Nature::Breaking,
                _ => Nature::Refused,
            };
            self.log.commit(nature);
        }
        for member in 0..self.members.len() {
            let hears = self.calm || self.random.u32(0..100) < self.plan.signals;
            let life = self.members.get(member).map_or(0, |relay| relay.life);
            if hears {
                let pause = self.random.u64(10..2 * MILLISECOND);
                self.later(pause, Happening::Signal { member, life });
            }
        }
    }

    /// A number that no call has had.
    pub(crate) fn next_call(&mut self) -> u64 {
        self.calls += 1;
        self.calls
    }

    /// Breaks off: a promise is not kept.
    pub(crate) fn violate(&mut self, violation: Violation) {
        self.note(|| format!("VIOLATION {violation}"));
        self.violation.get_or_insert(violation);
    }

    /// Writes a line of the trace. The digest of all lines is kept even where they are not.
    pub(crate) fn note(&mut self, line: impl Fn() -> String) {
        if let Some(trace) = &mut self.trace {
            let line = line();
            for byte in line.bytes() {
                self.digest = (self.digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
            let _ = writeln!(trace, "{:>10} µs  {line}", self.now);
        }
    }

    /// A name for a new relay process.
    pub(crate) fn new_name(&mut self) -> Uuid {
        Uuid::from_u128(self.random.u128(..))
    }
}
