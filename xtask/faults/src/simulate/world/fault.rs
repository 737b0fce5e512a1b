//! What breaks.

use super::{Happening, MILLISECOND, SECOND, World};

/// The kinds of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// A relay is killed between any two steps, and started again.
    Crash,
    /// A relay ends in peace, giving up its lease, and is started again.
    Retire,
    /// A relay is stopped and goes on later.
    Stop,
    /// A relay's clock jumps forward.
    ClockJump,
    /// The broker comes back without its newest entries, not knowing the script.
    Restart,
    /// The broker is replaced by a replica that lags.
    Failover,
    /// The broker takes nothing and says why.
    Full,
    /// The broker takes nothing and says something odd.
    Odd,
    /// The database is away.
    LogAway,
    /// The stream's oldest entries are trimmed.
    Trim,
    /// The stream's last entry is deleted.
    DeleteTail,
    /// The stream is deleted.
    DeleteStream,
    /// Somebody else writes the stream.
    Foreign,
    /// Somebody else writes the lease.
    ForeignLease,
    /// The lease is deleted.
    LeaseLost,
    /// The log's oldest rows are purged, as far as they are published.
    Purge,
    /// The database comes back without its last commits.
    LoseCommits,
    /// An operator begins a new epoch.
    NewEpoch,
}

impl FaultKind {
    pub(crate) const ALL: &[Self] = &[
        Self::Crash,
        Self::Retire,
        Self::Stop,
        Self::ClockJump,
        Self::Restart,
        Self::Failover,
        Self::Full,
        Self::Odd,
        Self::LogAway,
        Self::Trim,
        Self::DeleteTail,
        Self::DeleteStream,
        Self::Foreign,
        Self::ForeignLease,
        Self::LeaseLost,
        Self::Purge,
        Self::LoseCommits,
        Self::NewEpoch,
    ];
    /// Those that every outbox has to live with.
    pub(crate) const ORDINARY: &[Self] = &[
        Self::Crash,
        Self::Stop,
        Self::ClockJump,
        Self::Restart,
        Self::Failover,
        Self::Full,
        Self::LogAway,
    ];
}

/// One fault. What of the numbers counts depends on its kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    pub(crate) member: usize,
    pub(crate) count: usize,
    pub(crate) length: u64,
}

impl World {
    /// Lets a fault happen.
    pub(super) fn strike(&mut self, fault: Fault) {
        let Fault {
            kind,
            member,
            count,
            length,
        } = fault;
        let until = self.now + length;
        match kind {
            FaultKind::Crash => {
                self.crash(member);
                self.later(length / 2, Happening::Starts { member });
            }
            FaultKind::Retire => {
                if let Some(relay) = self.members.get(member) {
                    self.broker.release(&relay.name.to_string());
                }
                self.crash(member);
                self.later(length / 2, Happening::Starts { member });
            }
            FaultKind::Stop => {
                if let Some(relay) = self.members.get_mut(member) {
                    relay.stopped_until = until;
                }
            }
            FaultKind::ClockJump => {
                if let Some(relay) = self.members.get_mut(member) {
                    relay.clock.jump(length * 5);
                    let life = relay.life;
                    self.later(0, Happening::Wake { member, life });
                }
            }
            FaultKind::Restart => {
                self.broker.forget(count - 1);
                self.script_unknown = true;
                self.broker_away_until = self.now + length / 4;
            }
            FaultKind::Failover => self.fail_over(count),
            FaultKind::Full => self.full_until = until,
            FaultKind::Odd => self.odd_until = until,
            FaultKind::LogAway => self.log_away_until = until,
            FaultKind::Trim => self.broker.trim(count),
            FaultKind::DeleteTail => {
                self.broker.delete_tail();
            }
            FaultKind::DeleteStream => self.broker.stream = None,
            FaultKind::Foreign => {
                self.broker.add_foreign();
                self.tampered = true;
            }
            FaultKind::ForeignLease => {
                let until = (count % 2 == 0).then_some(self.now + length);
                self.broker.lease = Some(("somebody".to_owned(), until));
            }
            FaultKind::LeaseLost => self.broker.lease = None,
            FaultKind::Purge => self.purge(count),
            FaultKind::LoseCommits => {
                self.log.lose(count / 2, count % 5 == 0);
                self.tampered = true;
            }
            FaultKind::NewEpoch => self.log.begin_epoch(),
        }
    }

    /// A replica takes over that has not seen everything.
    fn fail_over(&mut self, count: usize) {
        let lag = count.min(self.snapshots.len());
        if lag == 0 {
            return;
        }
        // What the other never had, nobody has any more.
        self.snapshots.truncate(self.snapshots.len() - lag + 1);
        if let Some(broker) = self.snapshots.last() {
            self.broker = broker.clone();
        }
        self.script_unknown = true;
        self.broker_away_until = self.now + 20 * MILLISECOND;
    }

    /// What the stream has passed may go from the log.
    fn purge(&mut self, count: usize) {
        let position = self.broker.position();
        if position.epoch != Some(self.log.epoch().number) || !self.agrees() {
            return;
        }
        if let Some(passed) = position.last_id.seq() {
            let wanted = self.log.first_retained() + i64::try_from(count).unwrap_or_default();
            self.log.purge(wanted.min(passed));
        }
    }

    /// Nothing breaks any more, and what is broken comes back.
    pub(super) fn calm_down(&mut self) {
        self.calm = true;
        self.broker_away_until = 0;
        self.full_until = 0;
        self.odd_until = 0;
        self.log_away_until = 0;
        for member in 0..self.members.len() {
            let Some(relay) = self.members.get_mut(member) else {
                continue;
            };
            relay.stopped_until = relay.stopped_until.min(self.now + SECOND);
            if relay.machine.is_none() {
                self.later(0, Happening::Starts { member });
            }
        }
    }
}
