//! An event that a real Redis will not take.

use super::*;
use crate::outbox::log::BatchLimit;
use crate::outbox::sink::StreamId;

fn impatient() -> RelaySettings {
    RelaySettings {
        batch: BatchLimit {
            entries: 8,
            bytes: 1 << 23,
        },
        withhold_after: 2,
        withhold_patience: Duration::from_millis(10),
        ..settings()
    }
}

#[tokio::test]
async fn an_event_that_redis_will_not_take_leaves_a_tombstone() {
    let (log, redis) = (TestLog::new(2).await, RedisServer::start().await);
    // One mebibyte is the least that it can be set to; a longer argument breaks the connection.
    redis.command::<()>("CONFIG SET proto-max-bulk-len 1048576").await;
    log.write(0, 5).await;
    log.write_sized(0, 1, 2 << 20).await;
    log.write(0, 5).await;
    log.write(1, 3).await;
    let health = SharedRelayHealth::new(Arc::new(SystemEnvironment));
    let relay = Relay::new(
        log.reader().await,
        sink(&redis),
        impatient(),
        log.wakeup(),
        health.clone(),
    )
    .withholding(log.records().await, Arc::new(SystemEnvironment));
    let shutdown = CancellationToken::new();
    let task = tokio::spawn(relay.run(shutdown.clone()));
    let report = complete(&log, &redis).await;
    assert_eq!(report.total().published, 14);
    until("health tells", async || !health.snapshot().withheld.is_empty()).await;
    assert_eq!(health.snapshot().withheld[&Partition(0)], 6);
    let stream = sink(&redis)
        .read_after(Partition(0), StreamId::ZERO, 20)
        .await
        .unwrap();
    let tombstones: Vec<_> = stream
        .iter()
        .filter(|entry| entry.field("type") == Some(b"lms.roster.v1.EventWithheld"))
        .map(|entry| entry.id.to_string())
        .collect();
    assert_eq!(tombstones, ["6-0"]);
    shutdown.cancel();
    task.await.unwrap();
}
