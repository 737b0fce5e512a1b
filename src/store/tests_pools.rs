//! The pools of connections, over a network that fails.

use std::time::Duration;

use rollcall_servers::{Network, Proxy, wait};
use sea_orm::{ConnectionTrait as _, FromQueryResult, Statement};

use super::DatabaseSettings;
use super::pools::{Pools, RELAY_POOL_MAX};
use super::tests_fixture::Fixture;

#[derive(FromQueryResult)]
struct Count {
    count: i64,
}

#[tokio::test]
async fn a_host_that_is_gone_without_a_word_costs_the_relay_no_connection() {
    let fixture = Fixture::postgres().await;
    let (front, database) = fixture.settings.url.rsplit_once('/').unwrap();
    let (user, port) = front.rsplit_once(':').unwrap();
    let proxy = Proxy::start(port.parse().unwrap()).await;
    let settings = DatabaseSettings {
        acquire_timeout: Duration::from_secs(2),
        ..DatabaseSettings::new(format!("{user}:{}/{database}", proxy.port()))
    };
    let relay = Pools::open(&settings, settings.location().unwrap()).event_log;
    // Each connection is in the middle of a statement.
    let statements: Vec<_> = (0..RELAY_POOL_MAX)
        .map(|_| {
            let relay = relay.clone();
            tokio::spawn(async move { relay.execute_unprepared("SELECT pg_sleep(30)").await })
        })
        .collect();
    wait::until("all statements run", async || {
        let sql = "SELECT count(*) AS count FROM pg_stat_activity
                   WHERE datname = current_database() AND query = 'SELECT pg_sleep(30)'";
        let running = Statement::from_string(fixture.owner.get_database_backend(), sql);
        let found = Count::find_by_statement(running)
            .one(&fixture.owner)
            .await
            .unwrap();
        (found.unwrap().count == i64::from(RELAY_POOL_MAX)).then_some(())
    })
    .await;
    proxy.set(Network::HalfOpen);
    statements.iter().for_each(tokio::task::JoinHandle::abort);
    for statement in statements {
        assert!(statement.await.unwrap_err().is_cancelled());
    }
    proxy.set(Network::Sound);
    wait::until("the relay reads again", async || {
        relay.execute_unprepared("SELECT 1").await.ok()
    })
    .await;
}
