//! Commits of other processes, of which the relay is told or finds them itself.

use super::*;
use crate::outbox::wakeup::{WakeupPath, WakeupSettings, hear_other_processes};

/// No poll and no recheck of it would come in time.
fn without_polls() -> RelaySettings {
    let hour = Duration::from_secs(3600);
    RelaySettings {
        poll: hour,
        poll_when_told: hour,
        recheck: hour,
        ..settings()
    }
}

#[tokio::test]
async fn commits_to_a_sqlite_file_are_heard_of_by_looking_at_it() {
    let (log, redis) = (TestLog::new(4).await, RedisServer::start().await);
    let wakeup = log.wakeup();
    let shutdown = CancellationToken::new();
    let hearing = tokio::spawn(hear_other_processes(
        log.commits(),
        wakeup.clone(),
        WakeupSettings::default(),
        Arc::new(SystemEnvironment),
        shutdown.clone(),
    ));
    until("the file is looked at", async || {
        wakeup.path() == WakeupPath::Signal
    })
    .await;
    let mut listener = wakeup.listen();
    let relay = Running::start(&log, &redis, wakeup, without_polls()).await;
    for round in 1..=20_u64 {
        // The writer tells nobody.
        log.write(2, 3).await;
        until("they are there", async || {
            redis.command::<u64>("XLEN lms.roster.v1:{2}").await == round * 3
        })
        .await;
    }
    let moved = listener.moved().await;
    assert_eq!(moved.partitions, [Partition(2)], "only what moved is looked for");
    shutdown.cancel();
    hearing.await.unwrap();
    relay.stop().await;
}

#[tokio::test]
async fn whatever_may_have_been_missed_is_looked_for_at_once() {
    let (log, redis, wakeup) = (TestLog::new(4).await, RedisServer::start().await, Wakeup::new(4));
    let relay = Running::start(&log, &redis, wakeup.clone(), without_polls()).await;
    until("it polled once", async || {
        relay.health().log_reachable == Some(true)
    })
    .await;
    for round in 1..=3 {
        log.write(1, 2).await;
        log.write(3, 1).await;
        wakeup.may_have_missed();
        let report = complete(&log, &redis).await;
        assert_eq!(report.total().published, round * 3);
    }
    relay.stop().await;
}

#[tokio::test]
async fn one_partition_of_another_process_is_carried_without_a_poll() {
    let (log, redis, wakeup) = (TestLog::new(4).await, RedisServer::start().await, Wakeup::new(4));
    let relay = Running::start(&log, &redis, wakeup.clone(), without_polls()).await;
    until("it polled once", async || {
        relay.health().log_reachable == Some(true)
    })
    .await;
    log.write(1, 2).await;
    wakeup.heard(Partition(1));
    complete(&log, &redis).await;
    relay.stop().await;
}
