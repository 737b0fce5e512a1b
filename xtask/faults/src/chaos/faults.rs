//! How each fault is caused, and how it ends.

use std::time::{Duration, Instant};

use rollcall_servers::{Cut, Network, wait};
use rustix::process::Signal;
use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use tokio::task::block_in_place;

use super::broker::{info, surely};
use super::member::Role;
use super::schedule::{Fault, Kind, Part};
use super::sentinels;
use super::stage::Stage;

/// How often streams are deleted while that lasts.
const DELETION_PAUSE: Duration = Duration::from_millis(70);

/// A fault that was begun, and what is needed to end it.
pub(super) struct Begun {
    fault: Fault,
    /// A transaction that is held.
    held: Option<DatabaseConnection>,
}

/// Causes it. Gives what there is to say about it beside what the schedule says.
pub(super) async fn begin(stage: &Stage, fault: Fault) -> (Begun, String) {
    let mut held = None;
    let remark = match fault.kind.part() {
        Part::Relay | Part::Server => process(stage, fault),
        Part::Redis => redis(stage, fault).await,
        Part::RedisNetwork | Part::PostgresNetwork => {
            let network = network_of(fault);
            let chosen = set_network(stage, fault, network);
            format!("{network:?} for {chosen}")
        }
        Part::Postgres => {
            held = postgres(stage, fault).await;
            String::new()
        }
    };
    (Begun { fault, held }, remark)
}

fn process(stage: &Stage, fault: Fault) -> String {
    let mut member = stage.member(chosen(stage, fault));
    match fault.kind {
        Kind::RelayKilled | Kind::ServerKilled => block_in_place(|| member.kill()),
        _ => member.signal(Signal::STOP),
    }
    member.name.clone()
}

/// The process that a fault is for.
fn chosen(stage: &Stage, fault: Fault) -> usize {
    let candidates = match fault.kind.part() {
        Part::Relay => stage.numbers(Role::is_relay),
        Part::Server => stage.numbers(|role| !role.is_relay()),
        // A server without a relay only watches Redis.
        Part::RedisNetwork => stage.numbers(|role| role != (Role::Server { relays: false })),
        _ => stage.numbers(|_| true),
    };
    candidates[fault.target as usize % candidates.len()]
}

async fn redis(stage: &Stage, fault: Fault) -> String {
    let port = stage.broker().port();
    match fault.kind {
        Kind::RedisKilled => block_in_place(|| stage.broker().kill()),
        Kind::RedisCutTenth | Kind::RedisCutBytes => {
            let bytes = 1 + u64::from(fault.strength) * u64::from(fault.strength) / 10;
            let cut = match fault.kind {
                Kind::RedisCutTenth => Cut::Tenth,
                _ => Cut::Bytes(bytes),
            };
            let lost = block_in_place(|| stage.broker().kill_and_cut(cut));
            return format!("{lost} bytes are gone");
        }
        Kind::RedisFailover => {
            let replica = stage.broker().replica_port();
            wait::until("the replica follows", async || {
                (info(replica, "master_link_status").await? == "up").then_some(())
            })
            .await;
            stage.broker().lag();
            if !stage.broker().sentinel_ports().is_empty() {
                // A primary without a password refuses whoever comes with one.
                surely(replica, "CONFIG SET masterauth wrong").await;
                surely(replica, "CLIENT KILL TYPE master").await;
            }
        }
        Kind::RedisOutOfMemory => {
            let used = info(port, "used_memory").await;
            let used: u64 = used.and_then(|text| text.parse().ok()).expect("how much is used");
            // Some appends still fit.
            let limit = used + u64::from(fault.strength) * 300;
            surely(port, &format!("CONFIG SET maxmemory {limit}")).await;
            return format!("at {limit} bytes");
        }
        Kind::RedisDiskFull => {
            let room = u64::from(fault.strength) * 64;
            block_in_place(|| stage.broker().fill_disk(room));
            return format!("but for {room} bytes");
        }
        Kind::RedisStreamsDeleted => {
            let words = deletion(fault);
            surely(port, &words).await;
            return words;
        }
        _ => stage.broker().signal(Signal::STOP),
    }
    String::new()
}

/// What deletes the streams of a fault: half of the time all of them.
fn deletion(fault: Fault) -> String {
    if fault.strength < 500 {
        return "FLUSHALL".to_owned();
    }
    let first = fault.target % 64;
    let streams: Vec<String> = (first..first + 16)
        .map(|partition| format!("lms.roster.v1:{{{}}}", partition % 64))
        .collect();
    format!("DEL {}", streams.join(" "))
}

/// Waits until it shall end.
pub(super) async fn last(stage: &Stage, begun: &Begun, end: Instant) {
    if begun.fault.kind == Kind::RedisStreamsDeleted {
        // No connection ends, so whoever appends learns of it from the fence alone; the more often, the likelier between
        // two appends.
        let port = stage.broker().port();
        while Instant::now() + DELETION_PAUSE < end {
            tokio::time::sleep(DELETION_PAUSE).await;
            surely(port, &deletion(begun.fault)).await;
        }
    }
    tokio::time::sleep_until(end.into()).await;
}

async fn postgres(stage: &Stage, fault: Fault) -> Option<DatabaseConnection> {
    match fault.kind {
        Kind::PostgresKilled => block_in_place(|| stage.postgres().kill()),
        Kind::PostgresRestarted => block_in_place(|| stage.postgres().stop()),
        Kind::PostgresImmediate => block_in_place(|| stage.postgres().stop_immediately()),
        Kind::PostgresStopped => stage.postgres().pause(),
        _ => {
            let statement = if fault.kind == Kind::HeadHeld {
                "BEGIN; UPDATE event_partition_heads SET seq = seq WHERE \"partition\" =
                    (SELECT \"partition\" FROM event_partition_heads ORDER BY seq DESC, \"partition\" LIMIT 1)"
            } else {
                "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM event_log"
            };
            let database = stage.database().await;
            database
                .execute_unprepared(statement)
                .await
                .expect("hold a transaction");
            return Some(database);
        }
    }
    None
}

fn network_of(fault: Fault) -> Network {
    match fault.kind {
        Kind::RedisNetworkDown | Kind::PostgresNetworkDown => Network::Down,
        Kind::RedisNetworkSlow | Kind::PostgresNetworkSlow => {
            Network::Slow(Duration::from_millis(1 + u64::from(fault.strength) / 5))
        }
        Kind::RedisNetworkHalfOpen | Kind::PostgresNetworkHalfOpen => Network::HalfOpen,
        _ => Network::CutInReplies(100 + u64::from(fault.strength) * 20),
    }
}

/// Half of the time the network of one process is bad, otherwise that of all.
fn set_network(stage: &Stage, fault: Fault, network: Network) -> String {
    let is_redis = fault.kind.part() == Part::RedisNetwork;
    let set = |number: usize| {
        let member = stage.member(number);
        let proxy = if is_redis { &member.redis } else { &member.postgres };
        proxy.set(network);
        member.name.clone()
    };
    if fault.target.is_multiple_of(2) {
        return set(chosen(stage, fault));
    }
    if is_redis {
        stage.consumer_network.set(network);
    }
    (0..stage.members.len()).map(set).for_each(drop);
    "all".to_owned()
}

/// Ends it: after this everything can work again.
pub(super) async fn end(stage: &Stage, begun: &mut Begun) {
    let fault = begun.fault;
    match fault.kind {
        Kind::RelayKilled | Kind::ServerKilled => {
            let number = chosen(stage, fault);
            block_in_place(|| stage.member(number).start());
        }
        Kind::RelayStopped | Kind::ServerStopped => stage.member(chosen(stage, fault)).signal(Signal::CONT),
        Kind::RedisKilled | Kind::RedisCutTenth | Kind::RedisCutBytes => {
            block_in_place(|| stage.broker().restart());
        }
        Kind::RedisStopped => stage.broker().signal(Signal::CONT),
        Kind::RedisFailover => {
            let sentinels = stage.broker().sentinel_ports();
            sentinels::set_watchful(&sentinels, true).await;
            block_in_place(|| stage.broker().lose_primary());
            let port = stage.broker().port();
            if sentinels.is_empty() {
                surely(port, "REPLICAOF NO ONE").await;
            } else {
                sentinels::until_promoted(&sentinels, port).await;
                sentinels::set_watchful(&sentinels, false).await;
                surely(port, "CONFIG SET masterauth ").await;
            }
            stage.aim_redis(port);
        }
        Kind::RedisOutOfMemory => {
            let port = stage.broker().port();
            surely(port, "CONFIG SET maxmemory 0").await;
        }
        Kind::RedisDiskFull => block_in_place(|| stage.broker().free_disk()),
        Kind::RedisStreamsDeleted => {}
        Kind::PostgresKilled | Kind::PostgresRestarted | Kind::PostgresImmediate => {
            block_in_place(|| stage.postgres().restart());
        }
        Kind::PostgresStopped => stage.postgres().resume(),
        Kind::HeadHeld | Kind::SnapshotHeld => {
            if let Some(database) = begun.held.take() {
                // Where its connection is gone, so is the transaction.
                let _ = database.execute_unprepared("ROLLBACK").await;
                let _ = database.close().await;
            }
        }
        Kind::RedisNetworkDown
        | Kind::RedisNetworkSlow
        | Kind::RedisNetworkHalfOpen
        | Kind::RedisNetworkCut
        | Kind::PostgresNetworkDown
        | Kind::PostgresNetworkSlow
        | Kind::PostgresNetworkHalfOpen
        | Kind::PostgresNetworkCut => {
            set_network(stage, fault, Network::Sound);
        }
    }
}

/// Makes all as it was, where something is left that hinders nobody: the former primary comes back as a replica.
pub(super) fn tidy(stage: &Stage, begun: &Begun) {
    if begun.fault.kind == Kind::RedisFailover {
        block_in_place(|| stage.broker().bring_back());
    }
}
