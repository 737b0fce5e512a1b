//! What the relay does while nothing breaks, and how it starts and ends.

use super::*;

#[tokio::test]
async fn commits_arrive_in_order_by_signal_alone() {
    let (log, redis, wakeup) = (TestLog::new(4).await, RedisServer::start().await, Wakeup::new(4));
    // No poll and no recheck would come in time.
    let hour = Duration::from_secs(3600);
    let settings = RelaySettings {
        poll: hour,
        recheck: hour,
        ..settings()
    };
    let relay = Running::start(&log, &redis, wakeup.clone(), settings).await;
    for round in 1..=20_u64 {
        for partition in [0, 2] {
            log.write(partition, 3).await;
            wakeup.moved(Partition(partition));
        }
        until("they are there", async || {
            redis.command::<u64>("XLEN lms.roster.v1:{2}").await == round * 3
        })
        .await;
    }
    let report = complete(&log, &redis).await;
    assert_eq!(
        report
            .partitions
            .iter()
            .map(|partition| partition.published)
            .sum::<u64>(),
        120
    );
    relay.stop().await;
}

#[tokio::test]
async fn commits_of_other_processes_arrive_by_the_poll() {
    let (log, redis) = (TestLog::new(3).await, RedisServer::start().await);
    log.write(0, 5).await;
    let relay = Running::start(&log, &redis, log.wakeup(), settings()).await;
    complete(&log, &redis).await;
    log.write(1, 1500).await;
    log.write(0, 1).await;
    let report = complete(&log, &redis).await;
    assert_eq!(report.total().published, 1506);
    let health = relay.health();
    assert_eq!(
        (health.broker_reachable, health.log_reachable),
        (Some(true), Some(true))
    );
    until("its state shows it", async || relay.health().backlog_total == 0).await;
    assert_eq!(relay.health().published_total, 1506);
    assert!(relay.health().last_publish_at.is_some() && !relay.health().is_degraded());
    relay.stop().await;
}

#[tokio::test]
async fn two_and_four_relays_at_once_do_no_harm() {
    for relays in [2, 4] {
        let (log, redis, wakeup) = (TestLog::new(4).await, RedisServer::start().await, Wakeup::new(4));
        // Small batches: as many races as possible.
        let settings = RelaySettings {
            batch: BatchLimit {
                entries: 7,
                bytes: 1 << 20,
            },
            ..settings()
        };
        let mut running = Vec::new();
        for _ in 0..relays {
            running.push(Running::start(&log, &redis, wakeup.clone(), settings).await);
        }
        for round in 0..400_usize {
            let partition = u16::try_from(round % 4).unwrap();
            log.write(partition, 1 + round % 5).await;
            wakeup.moved(Partition(partition));
        }
        let report = complete(&log, &redis).await;
        assert_eq!(report.total().logged, 1200);
        let published: u64 = running.iter().map(|relay| relay.health().published_total).sum();
        assert_eq!(published, 1200, "each was appended by exactly one of {relays}");
        for relay in running {
            relay.stop().await;
        }
    }
}

#[tokio::test]
async fn a_long_backlog_does_not_keep_the_others_waiting() {
    let (log, redis, wakeup) = (TestLog::new(2).await, RedisServer::start().await, Wakeup::new(2));
    log.write(0, 3000).await;
    let settings = RelaySettings {
        batch: BatchLimit {
            entries: 10,
            bytes: 1 << 20,
        },
        concurrency: 1,
        ..settings()
    };
    let relay = Running::start(&log, &redis, wakeup.clone(), settings).await;
    until("the backlog is being carried", async || {
        relay.health().published_total > 0
    })
    .await;
    log.write(1, 1).await;
    wakeup.moved(Partition(1));
    until("the other is served", async || {
        redis.command::<u64>("XLEN lms.roster.v1:{1}").await == 1
    })
    .await;
    let carried = redis.command::<u64>("XLEN lms.roster.v1:{0}").await;
    assert!(carried < 3000, "the other had to wait for the whole backlog");
    complete(&log, &redis).await;
    relay.stop().await;
}

#[tokio::test]
async fn it_starts_without_redis_says_so_and_catches_up() {
    let (log, mut redis) = (TestLog::new(2).await, RedisServer::start().await);
    redis.kill();
    log.write(0, 10).await;
    let relay = Running::start(&log, &redis, log.wakeup(), settings()).await;
    until("it is known", async || {
        relay.health().broker_reachable == Some(false)
    })
    .await;
    until("it is known", async || relay.health().positions_unknown == 1).await;
    assert!(relay.health().is_degraded());
    assert!(
        relay
            .health()
            .last_error
            .is_some_and(|error| error.contains("127.0.0.1"))
    );
    assert!(redis.start_again().await);
    complete(&log, &redis).await;

    // Now that positions are known, a broker that goes away leaves a backlog with an age.
    redis.kill();
    log.write(0, 7).await;
    until("the backlog is known", async || relay.health().backlog_total == 7).await;
    until("its age is known", async || {
        relay.health().oldest_unpublished_age.is_some()
    })
    .await;
    assert!(redis.start_again().await);
    complete(&log, &redis).await;
    until("it is well", async || {
        !relay.health().is_degraded() && relay.health().backlog_total == 0
    })
    .await;
    assert_eq!(relay.health().oldest_unpublished_age, None);
    relay.stop().await;
}

#[tokio::test]
async fn a_log_that_cannot_be_read_is_told_and_tried_again() {
    let (log, redis) = (TestLog::new(1).await, RedisServer::start().await);
    log.write(0, 1).await;
    log.execute("alter table event_log rename to elsewhere").await;
    let relay = Running::start(&log, &redis, log.wakeup(), settings()).await;
    until("it is known", async || {
        relay.health().log_reachable == Some(false)
    })
    .await;
    log.execute("alter table elsewhere rename to event_log").await;
    complete(&log, &redis).await;
    until("it is well", async || !relay.health().is_degraded()).await;
    relay.stop().await;
}

#[tokio::test]
async fn a_shutdown_finishes_the_batch_in_flight() {
    let (log, redis) = (TestLog::new(1).await, RedisServer::start().await);
    log.write(0, 5000).await;
    let settings = RelaySettings {
        batch: BatchLimit {
            entries: 50,
            bytes: 1 << 20,
        },
        drain: Duration::ZERO,
        ..settings()
    };
    let relay = Running::start(&log, &redis, log.wakeup(), settings).await;
    until("it is at work", async || relay.health().published_total > 0).await;
    let health = relay.health.clone();
    relay.stop().await;
    let published = redis.command::<u64>("XLEN lms.roster.v1:{0}").await;
    assert_eq!(
        health.snapshot().published_total,
        published,
        "an append was abandoned"
    );
    assert!(published < 5000 && published.is_multiple_of(50));
    let report = verify(&log.reader().await, &sink(&redis)).await.unwrap();
    assert!(report.is_clean() && report.total().pending == 5000 - published);
}

#[tokio::test]
async fn a_shutdown_waits_for_the_answer_to_an_append_under_way() {
    let (log, redis, wakeup) = (TestLog::new(1).await, RedisServer::start().await, Wakeup::new(1));
    let relay = Running::start(&log, &redis, wakeup.clone(), settings()).await;
    log.write(0, 1).await;
    complete(&log, &redis).await;
    until("its state is known", async || relay.health().published_total == 1).await;

    redis.command::<()>("CLIENT PAUSE 60000 WRITE").await;
    log.write(0, 1).await;
    wakeup.moved(Partition(0));
    until("the append is under way", async || {
        let clients: String = redis.command("CLIENT LIST").await;
        clients.contains(" flags=b ")
    })
    .await;
    let health = relay.health.clone();
    let stopping = tokio::spawn(relay.stop());
    tokio::task::yield_now().await;
    redis.command::<()>("CLIENT UNPAUSE").await;
    stopping.await.unwrap();
    assert_eq!(health.snapshot().published_total, 2);
    assert_eq!(redis.command::<u64>("XLEN lms.roster.v1:{0}").await, 2);
}

/// A relay that nothing but the signal tells of commits, and whose shutdown has no end of its own.
async fn without_polls(log: &TestLog, redis: &RedisServer, wakeup: &Wakeup) -> Running {
    let hour = Duration::from_secs(3600);
    let settings = RelaySettings {
        poll: hour,
        recheck: hour,
        drain: hour,
        batch: BatchLimit {
            entries: 50,
            bytes: 1 << 20,
        },
        ..settings()
    };
    // The first poll finds these; afterwards the relay listens.
    log.write(0, 1).await;
    log.write(1, 1).await;
    let relay = Running::start(log, redis, wakeup.clone(), settings).await;
    complete(log, redis).await;
    until("its state is known", async || relay.health().published_total == 2).await;
    relay
}

async fn stopped_soon(relay: Running) {
    tokio::time::timeout(Duration::from_secs(30), relay.stop())
        .await
        .expect("it stops");
}

#[tokio::test]
async fn a_shutdown_publishes_what_was_committed() {
    let (log, redis, wakeup) = (TestLog::new(2).await, RedisServer::start().await, Wakeup::new(2));
    let relay = without_polls(&log, &redis, &wakeup).await;
    log.write(0, 1000).await;
    log.write(1, 1000).await;
    // Nothing is awaited between the signals and the shutdown.
    wakeup.moved(Partition(0));
    wakeup.moved(Partition(1));
    stopped_soon(relay).await;
    let report = verify(&log.reader().await, &sink(&redis)).await.unwrap();
    assert!(report.is_clean_and_complete(), "{report}");
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_a_broker_that_is_away() {
    let (log, mut redis, wakeup) = (TestLog::new(2).await, RedisServer::start().await, Wakeup::new(2));
    let relay = without_polls(&log, &redis, &wakeup).await;
    redis.kill();
    log.write(0, 1000).await;
    wakeup.moved(Partition(0));
    stopped_soon(relay).await;
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_a_stream_that_is_refused() {
    let (log, redis, wakeup) = (TestLog::new(2).await, RedisServer::start().await, Wakeup::new(2));
    let relay = without_polls(&log, &redis, &wakeup).await;
    redis.command::<()>("SET lms.roster.v1:{0} taken").await;
    log.write(0, 1000).await;
    log.write(1, 1000).await;
    wakeup.moved(Partition(0));
    wakeup.moved(Partition(1));
    stopped_soon(relay).await;
    assert_eq!(redis.command::<u64>("XLEN lms.roster.v1:{1}").await, 1001);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_ends_in_whatever_way_is_not_at_work() {
    let (log, redis) = (TestLog::new(2).await, RedisServer::start().await);
    for is_aborted in [false, true] {
        let running = Running::start(&log, &redis, Wakeup::new(2), settings()).await;
        until("it relays", async || {
            running.health().activity == RelayActivity::Relays
        })
        .await;
        let health = running.health.clone();
        if is_aborted {
            running.task.abort();
            running.task.await.unwrap_err();
        } else {
            running.stop().await;
        }
        assert_eq!(health.snapshot().activity, RelayActivity::Ended);
    }
}
