//! The relay on a real log and a real Redis.

mod faults;
mod flow;
mod leases;
mod other_processes;
mod withheld;

use std::sync::Arc;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::environment::SystemEnvironment;
use crate::outbox::health::RelayHealth;
use crate::outbox::sink::RedisSinkSettings;
use crate::outbox::test_support::{RedisServer, TestLog, until};
use crate::outbox::verify::{VerifyReport, verify};

/// Short times, so that a test need not wait for what it waits for.
fn settings() -> RelaySettings {
    RelaySettings {
        poll: Duration::from_millis(50),
        backoff_base: Duration::from_millis(5),
        backoff_cap: Duration::from_millis(100),
        recheck: Duration::from_millis(200),
        ..RelaySettings::default()
    }
}

fn sink(redis: &RedisServer) -> RedisSink {
    RedisSink::new(&redis.url(), &RedisSinkSettings::default()).unwrap()
}

/// A relay under way.
struct Running {
    shutdown: CancellationToken,
    task: JoinHandle<()>,
    health: SharedRelayHealth,
}

impl Running {
    async fn start(log: &TestLog, redis: &RedisServer, wakeup: Wakeup, settings: RelaySettings) -> Self {
        let health = SharedRelayHealth::new(Arc::new(SystemEnvironment));
        let relay = Relay::new(log.reader().await, sink(redis), settings, wakeup, health.clone());
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(relay.run(shutdown.clone()));
        Self {
            shutdown,
            task,
            health,
        }
    }

    fn health(&self) -> RelayHealth {
        self.health.snapshot()
    }

    async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.unwrap();
    }
}

/// Waits until every stream is the whole log.
async fn complete(log: &TestLog, redis: &RedisServer) -> VerifyReport {
    let (reader, sink) = (log.reader().await, sink(redis));
    until("every stream is the whole log", async || {
        verify(&reader, &sink)
            .await
            .is_ok_and(|report| report.is_clean_and_complete())
    })
    .await;
    verify(&reader, &sink).await.unwrap()
}
