//! Real parts for the tests of the log, the relay and the verification.

mod postgres_server;
mod redis_server;
mod test_log;

pub(crate) use postgres_server::PostgresServer;
pub(crate) use redis_server::RedisServer;
pub(crate) use test_log::TestLog;

use std::time::Duration;

/// Waits until `condition` holds; fails with `what` after a minute.
pub(crate) async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    while !condition().await {
        assert!(tokio::time::Instant::now() < deadline, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
