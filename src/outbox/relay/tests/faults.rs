//! What the relay makes of a broker that dies, forgets and is written to by others.

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::outbox::sink::stream_fields;

const PARTITIONS: u16 = 4;

/// Commits until it is told to stop, with the signal for every second commit only.
struct Load {
    stop: CancellationToken,
    task: JoinHandle<()>,
    committed: Arc<AtomicU64>,
}

impl Load {
    fn start(log: &TestLog, wakeup: &Wakeup) -> Self {
        let (stop, committed) = (CancellationToken::new(), Arc::new(AtomicU64::new(0)));
        let (log, wakeup) = (log.clone(), wakeup.clone());
        let (stopped, count) = (stop.clone(), Arc::clone(&committed));
        let task = tokio::spawn(async move {
            let mut round = 0_usize;
            while !stopped.is_cancelled() {
                let partition = u16::try_from(round % usize::from(PARTITIONS)).unwrap();
                let events = 1 + round % 7;
                log.write(partition, events).await;
                count.fetch_add(events as u64, Ordering::Relaxed);
                if round.is_multiple_of(2) {
                    wakeup.moved(Partition(partition));
                }
                round += 1;
            }
        });
        Self {
            stop,
            task,
            committed,
        }
    }

    /// Waits until so many more are committed.
    async fn more(&self, events: u64) {
        let target = self.committed.load(Ordering::Relaxed) + events;
        until("more is committed", async || {
            self.committed.load(Ordering::Relaxed) >= target
        })
        .await;
    }

    async fn stop(self) -> u64 {
        self.stop.cancel();
        self.task.await.unwrap();
        self.committed.load(Ordering::Relaxed)
    }
}

/// The usual relay, as a control: a checkpoint of its own, moved forward when the broker has acknowledged, and XADD with
/// ids from the broker. It writes the streams `control:{p}`.
async fn usual_relay(log: TestLog, redis_url: String, stop: CancellationToken) {
    let reader = log.reader().await;
    let client = redis::Client::open(redis_url).unwrap();
    let mut checkpoints = vec![0; usize::from(PARTITIONS)];
    let mut connection = None;
    loop {
        let mut appended = 0;
        for partition in 0..PARTITIONS {
            let checkpoint = &mut checkpoints[usize::from(partition)];
            let limit = BatchLimit {
                entries: 100,
                bytes: 1 << 20,
            };
            let entries = reader
                .read_after(Partition(partition), *checkpoint, limit)
                .await
                .unwrap();
            let Some(last) = entries.last() else { continue };
            let mut pipeline = redis::pipe();
            for entry in &entries {
                pipeline
                    .cmd("XADD")
                    .arg(format!("control:{{{partition}}}"))
                    .arg("*");
                for (name, value) in stream_fields(entry, 1) {
                    pipeline.arg(name).arg(value.as_ref());
                }
            }
            if connection.is_none() {
                connection = client.get_multiplexed_async_connection().await.ok();
            }
            let Some(open) = &mut connection else { break };
            let acknowledged: redis::RedisResult<Vec<String>> = pipeline.query_async(open).await;
            if acknowledged.is_ok() {
                *checkpoint = last.seq;
                appended += entries.len();
            } else {
                connection = None;
            }
        }
        if appended == 0 {
            if stop.is_cancelled() && connection.is_some() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_killed_and_robbed_of_its_newest_loses_nothing() {
    let (log, mut redis) = (TestLog::new(PARTITIONS).await, RedisServer::start().await);
    let wakeup = log.wakeup();
    // One beside the writer, two in other processes.
    let relays = [
        Running::start(&log, &redis, wakeup.clone(), settings()).await,
        Running::start(&log, &redis, log.wakeup(), settings()).await,
        Running::start(&log, &redis, log.wakeup(), settings()).await,
    ];
    let stop_control = CancellationToken::new();
    let control = tokio::spawn(usual_relay(log.clone(), redis.url(), stop_control.clone()));
    let load = Load::start(&log, &wakeup);
    for round in 0..8_u64 {
        load.more(400).await;
        redis.kill();
        if !round.is_multiple_of(4) {
            // Somewhere in the last part, at no boundary in particular: up to a third of all that was ever written.
            let length = redis.cut_append_only_file(0);
            redis.cut_append_only_file(length / 3 * fastrand::u64(10..100) / 100);
        }
        load.more(100).await;
        assert!(redis.start_again().await);
    }
    let committed = load.stop().await;
    let report = complete(&log, &redis).await;
    assert_eq!(report.total().published, committed, "{report}");
    for relay in relays {
        assert!(relay.health().diverged.is_empty());
        relay.stop().await;
    }

    // The same faults, found by the same comparison, where there is no fence: the test can tell the two apart.
    stop_control.cancel();
    control.await.unwrap();
    let control_settings = RedisSinkSettings {
        stream_prefix: "control".to_owned(),
        ..RedisSinkSettings::default()
    };
    let control_sink = RedisSink::new(&redis.url(), &control_settings).unwrap();
    let control = verify(&log.reader().await, &control_sink).await.unwrap().total();
    assert!(
        control.lost > 0,
        "the faults were too mild to prove anything: {control:?}"
    );
    assert_eq!(control.mismatched, 0, "{control:?}");
    assert_eq!(
        control.lost + control.published - control.duplicate,
        committed,
        "{control:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flushed_redis_is_refilled_under_load_and_at_rest() {
    let (log, redis) = (TestLog::new(PARTITIONS).await, RedisServer::start().await);
    let wakeup = log.wakeup();
    let relay = Running::start(&log, &redis, wakeup.clone(), settings()).await;
    let load = Load::start(&log, &wakeup);
    for _ in 0..3 {
        load.more(300).await;
        redis.command::<()>("FLUSHALL").await;
    }
    let committed = load.stop().await;
    assert_eq!(complete(&log, &redis).await.total().published, committed);
    // Nothing is committed any more, no connection breaks: only the recheck can find this.
    redis.command::<()>("FLUSHALL").await;
    assert_eq!(complete(&log, &redis).await.total().published, committed);
    relay.stop().await;
}

#[tokio::test]
async fn a_restarted_redis_is_compared_in_every_partition() {
    let (log, mut redis) = (TestLog::new(2).await, RedisServer::start().await);
    let hour = Duration::from_secs(3600);
    let relay = Running::start(
        &log,
        &redis,
        log.wakeup(),
        RelaySettings {
            recheck: hour,
            ..settings()
        },
    )
    .await;
    log.write(0, 10).await;
    complete(&log, &redis).await;
    redis.kill();
    // Looked up on disk: once Redis is back, the relay may have refilled the stream before anybody can count.
    assert!(redis.has_logged("10-0"));
    redis.cut_append_only_file(1500);
    assert!(!redis.has_logged("10-0"), "the cut was too short");
    // Only this partition has a reason to call, and finds Redis away; the other has nothing new to say.
    log.write(1, 1).await;
    until("it is noticed", async || {
        relay.health().broker_reachable == Some(false)
    })
    .await;
    assert!(redis.start_again().await);
    complete(&log, &redis).await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_hangs_is_waited_for() {
    let (log, redis) = (TestLog::new(PARTITIONS).await, RedisServer::start().await);
    let wakeup = log.wakeup();
    let relays = [
        Running::start(&log, &redis, wakeup.clone(), settings()).await,
        Running::start(&log, &redis, log.wakeup(), settings()).await,
    ];
    let load = Load::start(&log, &wakeup);
    for _ in 0..2 {
        load.more(200).await;
        redis.signal("-STOP");
        until("it is noticed", async || {
            relays[0].health().broker_reachable == Some(false)
        })
        .await;
        redis.signal("-CONT");
        // What was sent before the hang is now executed, after the relay has given it up.
        until("it is noticed", async || {
            relays[0].health().broker_reachable == Some(true)
        })
        .await;
    }
    let committed = load.stop().await;
    assert_eq!(complete(&log, &redis).await.total().published, committed);
    for relay in relays {
        relay.stop().await;
    }
}

#[tokio::test]
async fn a_foreign_entry_stops_its_partition_only_until_it_is_repaired() {
    let (log, redis) = (TestLog::new(3).await, RedisServer::start().await);
    let relay = Running::start(&log, &redis, log.wakeup(), settings()).await;
    for partition in 0..3 {
        log.write(partition, 10).await;
    }
    complete(&log, &redis).await;
    redis
        .command::<String>("XADD lms.roster.v1:{1} * id foreign")
        .await;
    for partition in 0..3 {
        log.write(partition, 10).await;
    }
    let (reader, sink) = (log.reader().await, sink(&redis));
    until("the others are whole", async || {
        let report = verify(&reader, &sink).await.unwrap();
        [0, 2]
            .iter()
            .all(|at| report.partitions[*at].is_clean() && report.partitions[*at].pending == 0)
    })
    .await;
    until("the divergence is told", async || {
        relay.health().diverged.contains_key(&Partition(1))
    })
    .await;
    let health = relay.health();
    assert!(health.is_degraded() && health.diverged.len() == 1);
    let message = &health.diverged[&Partition(1)];
    assert!(
        message.contains("lms.roster.v1:{1}") && message.contains("XREVRANGE"),
        "{message}"
    );
    assert_eq!(redis.command::<u64>("XLEN lms.roster.v1:{1}").await, 11);

    // As the message says.
    redis.command::<()>("RENAME lms.roster.v1:{1} aside").await;
    complete(&log, &redis).await;
    until("it is well", async || relay.health().diverged.is_empty()).await;
    relay.stop().await;
}

#[tokio::test]
async fn a_log_restored_from_an_old_backup_is_diverged() {
    let (log, redis) = (TestLog::new(2).await, RedisServer::start().await);
    let relay = Running::start(&log, &redis, log.wakeup(), settings()).await;
    log.write(0, 10).await;
    complete(&log, &redis).await;
    log.execute(
        "delete from event_log where seq > 6; update event_partition_heads set seq = 6 where seq > 6",
    )
    .await;
    until("the stream is ahead", async || {
        relay.health().diverged.contains_key(&Partition(0))
    })
    .await;
    // The service goes on writing; the log passes the stream, with other events.
    log.write(0, 20).await;
    log.write(1, 1).await;
    until("the other is served", async || {
        redis.command::<u64>("XLEN lms.roster.v1:{1}").await == 1
    })
    .await;
    until("the mismatch is told", async || {
        relay
            .health()
            .diverged
            .get(&Partition(0))
            .is_some_and(|message| message.contains("where the log has"))
    })
    .await;
    assert_eq!(redis.command::<u64>("XLEN lms.roster.v1:{0}").await, 10);
    relay.stop().await;
}

#[tokio::test]
async fn a_redis_that_is_full_refuses_until_there_is_room() {
    let (log, redis) = (TestLog::new(2).await, RedisServer::start().await);
    log.write(0, 10).await;
    let relay = Running::start(&log, &redis, log.wakeup(), settings()).await;
    complete(&log, &redis).await;
    redis.command::<()>("CONFIG SET maxmemory 1").await;
    log.write(0, 10).await;
    let is_refused = || relay.health().refused.contains_key(&Partition(0));
    until("it is told", async || is_refused()).await;
    // Positions are still told, over many retries and rechecks: that is no sign of health.
    let deadline = tokio::time::Instant::now() + settings().recheck * 3;
    while tokio::time::Instant::now() < deadline {
        assert!(is_refused() && relay.health().is_degraded());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(relay.health().broker_reachable, Some(true));
    let reason = relay.health().refused[&Partition(0)].clone();
    assert!(reason.contains("maxmemory"), "{reason}");
    redis.command::<()>("CONFIG SET maxmemory 0").await;
    complete(&log, &redis).await;
    until("it is well", async || !relay.health().is_degraded()).await;
    relay.stop().await;
}

#[tokio::test]
async fn a_stream_whose_name_is_taken_is_refused_alone() {
    let (log, redis) = (TestLog::new(2).await, RedisServer::start().await);
    redis.command::<()>("SET lms.roster.v1:{0} taken").await;
    log.write(0, 1).await;
    log.write(1, 1).await;
    let relay = Running::start(&log, &redis, log.wakeup(), settings()).await;
    until("the other is served", async || {
        redis.command::<u64>("XLEN lms.roster.v1:{1}").await == 1
    })
    .await;
    until("it is told", async || !relay.health().refused.is_empty()).await;
    assert!(relay.health().refused.keys().eq([&Partition(0)]));
    redis.command::<()>("DEL lms.roster.v1:{0}").await;
    complete(&log, &redis).await;
    until("it is well", async || relay.health().refused.is_empty()).await;
    relay.stop().await;
}
