//! Which faults there are, and when they are caused: drawn from a seed, so that the same seed causes the same faults.
//!
//! Kinds are dealt like cards: each comes once before any comes again. Faults come in rounds of one or two, which never
//! damage the same part; after a round the backlog is waited for, so times are told from the beginning of their round.

use std::fmt;

/// What a fault damages. Two faults at a time damage different parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Relay,
    Server,
    Redis,
    RedisNetwork,
    Postgres,
    PostgresNetwork,
}

macro_rules! kinds {
    ($($kind:ident $name:literal $part:ident $least:literal..$most:literal $what:literal;)*) => {
        /// A kind of fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Kind { $(#[doc = $what] $kind,)* }

        impl Kind {
            /// All of them.
            pub(super) const ALL: [Self; [$(Self::$kind),*].len()] = [$(Self::$kind),*];

            /// Its name.
            pub(super) fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// What it damages.
            pub(super) fn part(self) -> Part {
                match self { $(Self::$kind => Part::$part,)* }
            }

            /// How long it lasts, in milliseconds: from and to.
            fn length(self) -> (u64, u64) {
                match self { $(Self::$kind => ($least, $most),)* }
            }
        }
    };
}

kinds! {
    RelayKilled "relay-killed" Relay 100..3000 "SIGKILL of a relay, which is started again.";
    RelayStopped "relay-stopped" Relay 300..5000 "SIGSTOP of a relay, later SIGCONT.";
    ServerKilled "server-killed" Server 100..3000 "SIGKILL of a server, with or without a relay inside.";
    ServerStopped "server-stopped" Server 300..5000 "SIGSTOP of a server, later SIGCONT.";
    RedisKilled "redis-killed" Redis 50..3000 "SIGKILL of Redis; whatever was not yet written is gone.";
    RedisCutTenth "redis-cut-tenth" Redis 50..2000 "SIGKILL of Redis, and a tenth of its append-only file is gone.";
    RedisCutBytes "redis-cut-bytes" Redis 50..2000 "SIGKILL of Redis, and the last bytes of its append-only file are gone.";
    RedisStopped "redis-stopped" Redis 300..6000 "SIGSTOP of Redis, later SIGCONT.";
    RedisFailover "redis-failover" Redis 300..3000 "The primary is killed, and a replica that has heard nothing for a while takes its place.";
    RedisOutOfMemory "redis-out-of-memory" Redis 500..4000 "`maxmemory` is reached, and nothing may be evicted.";
    RedisDiskFull "redis-disk-full" Redis 1500..5000 "The disk with the append-only file is full.";
    RedisStreamsDeleted "redis-streams-deleted" Redis 200..2500 "DEL of a few streams, or of all, again and again.";
    RedisNetworkDown "redis-network-down" RedisNetwork 300..4000 "Connections to Redis are reset, new ones too.";
    RedisNetworkSlow "redis-network-slow" RedisNetwork 500..4000 "What is sent to Redis and back comes late.";
    RedisNetworkHalfOpen "redis-network-half-open" RedisNetwork 300..4000 "Connections to Redis are open, and dead.";
    RedisNetworkCut "redis-network-cut-in-replies" RedisNetwork 500..4000 "Connections to Redis end within a reply.";
    PostgresKilled "postgres-killed" Postgres 50..2000 "SIGKILL of all of PostgreSQL's processes.";
    PostgresStopped "postgres-stopped" Postgres 300..6000 "SIGSTOP of all of PostgreSQL's processes, later SIGCONT.";
    PostgresRestarted "postgres-restarted" Postgres 10..500 "A fast shutdown of PostgreSQL, and a start.";
    PostgresImmediate "postgres-shut-down-at-once" Postgres 10..1000 "An immediate shutdown of PostgreSQL, and a start.";
    HeadHeld "postgres-head-held" Postgres 2500..6000 "A transaction holds the head of a partition.";
    SnapshotHeld "postgres-snapshot-held" Postgres 2500..6000 "A transaction holds an old snapshot.";
    PostgresNetworkDown "postgres-network-down" PostgresNetwork 300..4000 "Connections to PostgreSQL are reset, new ones too.";
    PostgresNetworkSlow "postgres-network-slow" PostgresNetwork 500..4000 "What is sent to PostgreSQL and back comes late.";
    PostgresNetworkHalfOpen "postgres-network-half-open" PostgresNetwork 300..4000 "Connections to PostgreSQL are open, and dead.";
    PostgresNetworkCut "postgres-network-cut-in-replies" PostgresNetwork 500..4000 "Connections to PostgreSQL end within a reply.";
}

/// How long a transaction is held in a long run, in milliseconds.
const HELD_LONG: (u64, u64) = (60_000, 150_000);

/// One fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) kind: Kind,
    /// Milliseconds after the beginning of the round.
    pub(super) begins: u64,
    /// Milliseconds.
    pub(super) lasts: u64,
    /// Which of several is damaged.
    pub(super) target: u32,
    /// How much.
    pub(super) strength: u32,
}

impl Fault {
    fn end(&self) -> u64 {
        self.begins + self.lasts
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            begins,
            lasts,
            target,
            strength,
        } = self;
        write!(
            formatter,
            "{} from {begins} ms for {lasts} ms (target {target}, strength {strength})",
            kind.name()
        )
    }
}

/// One or two faults at a time, and the pause before them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Round {
    pub(super) number: u32,
    /// Milliseconds of quiet before it.
    pub(super) pause: u64,
    /// In the order of their beginnings.
    pub(super) faults: Vec<Fault>,
}

impl fmt::Display for Round {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "round {} after {} ms:", self.number, self.pause)?;
        for (number, fault) in self.faults.iter().enumerate() {
            write!(formatter, "{} {fault}", if number > 0 { ";" } else { "" })?;
        }
        Ok(())
    }
}

/// The rounds, without an end.
#[derive(Debug, Clone)]
pub(super) struct Schedule {
    random: fastrand::Rng,
    kinds: Vec<Kind>,
    deck: Vec<Kind>,
    is_long: bool,
    number: u32,
}

impl Schedule {
    /// The rounds of `seed`, with these kinds; in a long run transactions are held for minutes.
    pub(super) fn new(seed: u64, kinds: &[Kind], is_long: bool) -> Self {
        Self {
            random: fastrand::Rng::with_seed(seed),
            kinds: kinds.to_vec(),
            deck: Vec::new(),
            is_long,
            number: 0,
        }
    }

    /// The next card that does not damage `taken`.
    fn deal(&mut self, taken: Option<Part>) -> Option<Kind> {
        if self.deck.is_empty() {
            self.deck.clone_from(&self.kinds);
            self.random.shuffle(&mut self.deck);
        }
        let fits = |kind: &Kind| Some(kind.part()) != taken;
        let place = self.deck.iter().rposition(fits)?;
        Some(self.deck.remove(place))
    }

    fn fault(&mut self, kind: Kind, begins: u64) -> Fault {
        let is_held = matches!(kind, Kind::HeadHeld | Kind::SnapshotHeld);
        let (least, most) = if is_held && self.is_long {
            HELD_LONG
        } else {
            kind.length()
        };
        Fault {
            kind,
            begins,
            lasts: self.random.u64(least..=most),
            target: self.random.u32(0..1000),
            strength: self.random.u32(0..1000),
        }
    }
}

impl Iterator for Schedule {
    type Item = Round;

    fn next(&mut self) -> Option<Round> {
        self.number += 1;
        let pause = self.random.u64(300..1500);
        let first = self.deal(None)?;
        let first = self.fault(first, 0);
        let mut faults = vec![first];
        if self.random.bool() && !self.deck.is_empty() {
            let begins = self.random.u64(0..=first.lasts.min(3000));
            if let Some(second) = self.deal(Some(first.kind.part())) {
                faults.push(self.fault(second, begins));
            }
        }
        // Whoever waits for the end of one fault would wait too long for an earlier one.
        debug_assert!(faults.iter().all(|fault| fault.end() >= fault.begins));
        Some(Round {
            number: self.number,
            pause,
            faults,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn rounds(seed: u64, count: usize) -> Vec<Round> {
        Schedule::new(seed, &Kind::ALL, false).take(count).collect()
    }

    #[test]
    fn a_seed_gives_the_same_rounds_and_another_one_others() {
        assert_eq!(rounds(7, 100), rounds(7, 100));
        assert_ne!(rounds(7, 100), rounds(8, 100));
    }

    #[test]
    fn each_kind_comes_once_before_any_comes_again() {
        for seed in 0..50 {
            let dealt: Vec<Kind> = rounds(seed, 30)
                .into_iter()
                .flat_map(|round| round.faults)
                .map(|fault| fault.kind)
                .collect();
            let mut first: Vec<Kind> = dealt[..Kind::ALL.len()].to_vec();
            first.sort_unstable();
            assert_eq!(first, Kind::ALL, "seed {seed}");
        }
    }

    #[test]
    fn the_step_of_the_tests_causes_every_kind() {
        let rounds = rounds(1, 18).into_iter();
        let mut caused: Vec<Kind> = rounds
            .flat_map(|round| round.faults)
            .map(|fault| fault.kind)
            .collect();
        caused.sort_unstable();
        caused.dedup();
        assert_eq!(caused, Kind::ALL);
    }

    #[test]
    fn two_faults_at_a_time_damage_different_parts_and_overlap() {
        let mut sizes = BTreeMap::new();
        for round in rounds(3, 1000) {
            *sizes.entry(round.faults.len()).or_insert(0) += 1;
            if let [first, second] = round.faults[..] {
                assert_ne!(first.kind.part(), second.kind.part());
                assert!(second.begins <= first.end(), "{round}");
            }
        }
        assert!(
            sizes.len() == 2 && sizes[&1] > 300 && sizes[&2] > 300,
            "{sizes:?}"
        );
    }

    #[test]
    fn transactions_are_held_for_minutes_in_a_long_run_only() {
        let held = |is_long| {
            let all = Schedule::new(1, &[Kind::HeadHeld], is_long).take(50);
            all.flat_map(|round| round.faults).map(|fault| fault.lasts).max()
        };
        assert!(held(true) > Some(60_000) && held(false) < Some(10_000));
    }
}
