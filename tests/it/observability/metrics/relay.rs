//! What the relay meets: a healthy broker, one that forgets, one that refuses, one that is away, and other relays.

use uuid::Uuid;

use super::scrape::{Scrape, until};
use crate::support::{PostgresServer, RedisServer, Service, wait};

const PUBLISHED: &str = "rollcall_event_publish_duration_seconds_count";
const SENT: &str = "messaging_client_sent_messages_total";
const BACKLOG: &str = "rollcall_event_log_backlog";
const AGE: &str = "rollcall_event_log_oldest_unpublished_age_seconds";
const REJECTIONS: &str = "rollcall_relay_fence_rejections_total";
const REWINDS: &str = "rollcall_relay_rewinds_total";
const DIVERGED: &str = "rollcall_relay_partitions_diverged";
const PARKED: &str = "rollcall_relay_partitions_parked";
const UP: &str = "rollcall_dependency_up";

/// Whether a metric without labels that matter is this whole number.
fn is(scrape: &Scrape, name: &str, expected: u32) -> bool {
    scrape.has(name) && (scrape.value(name, &[]) - f64::from(expected)).abs() < 0.5
}

fn broker_is_up(scrape: &Scrape) -> bool {
    scrape.value(UP, &[("dependency", "broker")]) > 0.5
}

/// A service with a relay, and one tenant with three schools whose events are published: four in one stream.
async fn settled(redis: &RedisServer) -> (Service, Uuid, Scrape) {
    let database = PostgresServer::shared().create_database().await;
    let service = Service::builder()
        .database(&database.url)
        .redis(redis)
        .start()
        .await;
    settle(service).await
}

async fn settle(service: Service) -> (Service, Uuid, Scrape) {
    let client = service.client();
    let tenant = client.new_tenant("Published").await;
    for number in 0..3 {
        client.new_school(tenant, &format!("Published {number}")).await;
    }
    let scrape = until(&service.base_url(), "all is published", |scrape| {
        is(scrape, PUBLISHED, 4)
    })
    .await;
    (service, tenant, scrape)
}

/// The one stream that there is.
async fn stream(redis: &RedisServer) -> String {
    let mut connection = redis.connect().await;
    let mut names: Vec<String> = redis::cmd("KEYS")
        .arg("*")
        .query_async(&mut connection)
        .await
        .expect("the streams");
    names.retain(|name| !name.ends_with(":lease"));
    assert_eq!(names.len(), 1, "{names:?}");
    names.remove(0)
}

async fn command(redis: &RedisServer, words: &[&str]) {
    let mut command = redis::cmd(words[0]);
    command.arg(&words[1..]);
    command
        .query_async::<redis::Value>(&mut redis.connect().await)
        .await
        .expect("what Redis is told");
}

#[tokio::test]
async fn what_is_published_is_counted_and_timed() {
    let redis = RedisServer::start();
    let (service, _, scrape) = settled(&redis).await;
    assert!(is(&scrape, SENT, 4) && is(&scrape, REJECTIONS, 0) && is(&scrape, REWINDS, 0));
    assert!(is(&scrape, PARKED, 0) && is(&scrape, DIVERGED, 0) && is(&scrape, AGE, 0));
    assert!(broker_is_up(&scrape));
    // Measured in the process that committed, between two moments of one clock: less than was waited for.
    let sum = scrape.value("rollcall_event_publish_duration_seconds_sum", &[]);
    assert!(sum > 0.0 && sum < 60.0, "{sum}");
    let append = [
        ("messaging_operation_name", "append"),
        ("messaging_system", "redis"),
    ];
    assert!(scrape.value("messaging_client_operation_duration_seconds_count", &append) > 0.5);
    let scrape = until(&service.base_url(), "nothing waits", |scrape| {
        is(scrape, BACKLOG, 0)
    })
    .await;
    let partitions = scrape.series().into_iter().filter(|(name, _)| name == BACKLOG);
    assert_eq!(
        partitions.count(),
        64,
        "each partition is shown, also with nothing waiting"
    );
}

#[tokio::test]
async fn a_stream_that_lost_its_entries_is_a_rewind_and_publishes_nothing_twice() {
    let redis = RedisServer::start();
    let (service, tenant, _) = settled(&redis).await;
    command(&redis, &["FLUSHALL"]).await;
    service.client().new_school(tenant, "After the loss").await;
    let scrape = until(&service.base_url(), "the stream is refilled", |scrape| {
        is(scrape, SENT, 4 + 5)
    })
    .await;
    assert!(is(&scrape, REWINDS, 1), "{}", scrape.value(REWINDS, &[]));
    assert!(
        is(&scrape, PUBLISHED, 5),
        "what was published before does not count again"
    );
}

#[tokio::test]
async fn a_relay_whose_stream_moved_behind_its_back_is_held_by_the_fence() {
    let redis = RedisServer::start();
    let (service, tenant, _) = settled(&redis).await;
    // It believes that the stream ends where it left it, unless its recheck came in between.
    let mut published = 4;
    wait::until("the fence holds", async || {
        command(&redis, &["FLUSHALL"]).await;
        service
            .client()
            .new_school(tenant, &format!("School {published}"))
            .await;
        published += 1;
        let scrape = until(&service.base_url(), "all is published", |scrape| {
            is(scrape, PUBLISHED, published)
        })
        .await;
        (scrape.value(REJECTIONS, &[]) > 0.5).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_stream_that_the_log_contradicts_is_diverged_until_it_is_moved_away() {
    let redis = RedisServer::start();
    let (service, tenant, _) = settled(&redis).await;
    let stream = stream(&redis).await;
    command(&redis, &["XADD", &stream, "*", "id", "foreign"]).await;
    service.client().new_school(tenant, "Not published").await;
    until(&service.base_url(), "the divergence is told", |scrape| {
        is(scrape, DIVERGED, 1)
    })
    .await;
    command(&redis, &["RENAME", &stream, "aside"]).await;
    until(&service.base_url(), "it is over", |scrape| {
        is(scrape, DIVERGED, 0) && is(scrape, PUBLISHED, 5)
    })
    .await;
}

#[tokio::test]
async fn a_stream_that_a_full_broker_refuses_is_parked_until_there_is_room() {
    let redis = RedisServer::start();
    let (service, tenant, _) = settled(&redis).await;
    command(&redis, &["CONFIG", "SET", "maxmemory", "1"]).await;
    service.client().new_school(tenant, "Parked").await;
    let scrape = until(&service.base_url(), "it is parked, and waits", |scrape| {
        is(scrape, PARKED, 1) && is(scrape, BACKLOG, 1) && scrape.value(AGE, &[]) > 0.0
    })
    .await;
    assert!(broker_is_up(&scrape), "it answers");
    let refused = [("messaging_operation_name", "append"), ("error_type", "refused")];
    assert!(scrape.value("messaging_client_operation_duration_seconds_count", &refused) > 0.5);
    command(&redis, &["CONFIG", "SET", "maxmemory", "0"]).await;
    until(&service.base_url(), "it is over", |scrape| {
        is(scrape, PARKED, 0) && is(scrape, BACKLOG, 0) && is(scrape, AGE, 0)
    })
    .await;
}

#[tokio::test]
async fn a_broker_that_is_away_is_down_and_events_wait() {
    let mut redis = RedisServer::start();
    let (service, tenant, _) = settled(&redis).await;
    redis.kill();
    for number in 0..2 {
        service
            .client()
            .new_school(tenant, &format!("Waiting {number}"))
            .await;
    }
    let scrape = until(&service.base_url(), "it is told", |scrape| {
        scrape.has(UP) && !broker_is_up(scrape) && is(scrape, BACKLOG, 2) && scrape.value(AGE, &[]) > 1.0
    })
    .await;
    let unreachable = [("error_type", "unreachable")];
    assert!(scrape.value("messaging_client_operation_duration_seconds_count", &unreachable) > 0.5);
    redis.restart();
    until(&service.base_url(), "all is published", |scrape| {
        broker_is_up(scrape) && is(scrape, BACKLOG, 0) && is(scrape, PUBLISHED, 6)
    })
    .await;
}

#[tokio::test]
async fn a_database_that_is_away_is_down() {
    let mut server = PostgresServer::start();
    let database = server.create_database().await;
    let service = Service::builder().database(&database.url).start().await;
    let client = service.client();
    let tenant = client.new_tenant("Before").await;
    let is_up = |scrape: &Scrape| scrape.value(UP, &[("dependency", "database")]) > 0.5;
    let scrape = until(&service.base_url(), "it is up", is_up).await;
    let writer = [("db_client_connection_pool_name", "writer")];
    assert!(scrape.value("db_client_connection_count", &writer) > 0.5);
    assert!(scrape.value("db_client_connection_max", &writer) > 15.5);
    server.kill();
    assert_eq!(client.get_tenant(tenant).await.status, 503);
    let scrape = until(&service.base_url(), "it is down", |scrape| !is_up(scrape)).await;
    let failed = [("http_response_status_code", "503"), ("error_type", "503")];
    assert!(scrape.value("http_server_request_duration_seconds_count", &failed) > 0.5);
    let failed = [("db_system_name", "postgresql"), ("error_type", "_OTHER")];
    assert!(scrape.value("db_client_operation_duration_seconds_count", &failed) > 0.5);
    server.restart();
    until(&service.base_url(), "it is up again", is_up).await;
}
