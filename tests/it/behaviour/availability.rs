//! The database is away, slow, or holds what cannot be read.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use sea_orm::ConnectionTrait as _;
use serde_json::json;
use uuid::Uuid;

use super::tenancy::assert_refused;
use super::world::Site;
use super::{Backend, World, on_both, snapshot::assert_answer};
use crate::support::{Answer, Client, PostgresServer, Service, free_port, unique_id, unique_key, wait};

/// No client should wait for longer than this for the news that it must come back later.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(20);

on_both!(open: a_row_that_cannot_be_read_is_a_failure_that_tells_nothing);

async fn a_row_that_cannot_be_read_is_a_failure_that_tells_nothing(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("Spoilt").await;
    let school = client.new_school(tenant, "Spoilt").await;
    world
        .sql
        .execute(&format!(
            "UPDATE schools SET grade_levels = '[\"from the future\"]' WHERE school_id = '{school}'"
        ))
        .await;
    let answer = client.get_school(tenant, school).await;
    assert_answer(world, "internal_error", &answer);
    let listed = client.list_schools(tenant, "").await;
    assert_refused(&listed, StatusCode::INTERNAL_SERVER_ERROR, "internal-error");
}

#[tokio::test]
async fn a_killed_database_is_503_until_it_is_back() {
    let (mut server, mut service) = private().await;
    let client = service.client();
    let tenant = client.new_tenant("Before").await;
    let school = client.new_school(tenant, "Before").await;
    server.kill();

    let key = unique_key();
    for answer in requests(&client, tenant, school, &key).await {
        assert_refused(&answer, StatusCode::SERVICE_UNAVAILABLE, "unavailable");
        assert_eq!(answer.header("retry-after"), "1");
    }
    assert_eq!(
        client.send(client.get("/health/live")).await.status,
        StatusCode::OK
    );
    wait::until("the service says that it is not ready", async || {
        let ready = client.send(client.get("/health/ready")).await;
        (ready.status == StatusCode::SERVICE_UNAVAILABLE).then_some(())
    })
    .await;
    let degraded = client.send(client.get("/health/degraded")).await;
    assert_eq!(degraded.json["status"], "unavailable");

    server.restart();
    assert_recovers(&client, tenant, &key).await;
    assert_eq!(client.get_school(tenant, school).await.status, StatusCode::OK);
    assert!(client.is_ready().await);
    assert!(service.stop().success());
}

#[tokio::test]
async fn a_database_that_hangs_is_503_until_it_goes_on() {
    let mut server = PostgresServer::start();
    let database = server.create_database().await;
    let builder = Service::builder().database(&database.url);
    let service = builder.clone().start().await;
    let mut other = builder.port(free_port()).start().await;
    let client = service.client();
    let tenant = client.new_tenant("Before").await;
    let school = client.new_school(tenant, "Before").await;
    other.client().get_school(tenant, school).await;
    server.pause();

    let (key, other_key, start) = (unique_key(), unique_key(), Instant::now());
    let other_client = other.client();
    let (answers, other_answers) = tokio::join!(
        requests(&client, tenant, school, &key),
        requests(&other_client, tenant, school, &other_key),
    );
    for answer in answers.iter().chain(&other_answers) {
        assert_refused(answer, StatusCode::SERVICE_UNAVAILABLE, "unavailable");
        assert_eq!(answer.header("retry-after"), "1");
    }
    assert!(start.elapsed() < ANSWER_TIME_MAX, "it took {:?}", start.elapsed());

    // A service that is told to end does so, whatever its database does.
    let start = Instant::now();
    assert!(other.stop().success());
    assert!(start.elapsed() < ANSWER_TIME_MAX, "it took {:?}", start.elapsed());

    server.resume();
    // What was under way in the database when it stood still may have been done although nobody was told.
    is_written_at_last(&client, tenant, &key).await;
    let listed = client.list_schools(tenant, "").await;
    assert_eq!(listed.text().matches(&key).count(), 1, "{}", listed.text());
}

/// Another process holds SQLite's write lock: writes are refused after a while, reads go on.
#[tokio::test]
async fn a_database_that_is_locked_is_503_for_writes_only() {
    let site = Site::start(Backend::Sqlite, |builder| builder).await;
    let world = site.world().await;
    let client = &world.client;
    let tenant = client.new_tenant("Locked").await;
    let school = client.new_school(tenant, "Locked").await;
    let held = world.sql.hold_up_writes(tenant).await;
    let key = unique_key();
    let body = json!({ "name": format!("Later {key}") });
    // A refusal whose record cannot be left is none: no attempt goes unrecorded.
    let mismatch = client
        .get(&format!("/api/v1/tenants/{tenant}"))
        .header("X-Tenant-Id", unique_id().to_string());
    let (written, mismatched, read) = tokio::join!(
        client.create_school(tenant, &key, &body),
        client.send(mismatch),
        client.get_school(tenant, school),
    );
    assert_answer(&world, "unavailable", &written);
    assert_refused(&mismatched, StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    assert_eq!(read.status, StatusCode::OK);
    held.rollback().await.expect("let go");
    assert_recovers(client, tenant, &key).await;
    assert_eq!(world.sql.logged(tenant).await.len(), 3);
}

/// With as many requests at work as it takes, the service refuses the next at once; its probes still answer.
#[tokio::test]
async fn an_overload_is_503_but_for_probes() {
    let site = Site::start(Backend::Sqlite, |builder| {
        builder.variable("ROLLCALL_LIMITS_CONCURRENT_REQUESTS", "1")
    })
    .await;
    let world = site.world().await;
    let client = &world.client;
    let tenant = client.new_tenant("Busy").await;
    let held = world.sql.hold_up_writes(tenant).await;
    let writer = client.clone();
    // A read may be in its way at first.
    let at_work = tokio::spawn(async move {
        let (key, body) = (unique_key(), json!({ "name": "At work" }));
        loop {
            let answer = writer.create_school(tenant, &key, &body).await;
            if answer.status != StatusCode::SERVICE_UNAVAILABLE {
                return answer;
            }
        }
    });
    let refused = wait::until("there is no room for a second request", async || {
        let answer = client.get_tenant(tenant).await;
        (answer.status != StatusCode::OK).then_some(answer)
    })
    .await;
    assert_refused(&refused, StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    assert_eq!(refused.header("retry-after"), "1");
    for probe in ["/health/live", "/health/ready", "/health/degraded"] {
        assert_eq!(
            client.send(client.get(probe)).await.status,
            StatusCode::OK,
            "{probe}"
        );
    }
    held.rollback().await.expect("let go");
    assert_eq!(at_work.await.expect("no panic").status, StatusCode::CREATED);
    assert_eq!(client.get_tenant(tenant).await.status, StatusCode::OK);
}

/// More requests wait for a lock than the service has connections: it is busy, but the database answers.
#[tokio::test]
async fn a_service_whose_connections_are_all_in_use_is_ready() {
    let site = Site::start(Backend::Postgres, |builder| builder).await;
    let world = site.world().await;
    let client = &world.client;
    let tenant = client.new_tenant("Busy").await;
    let lock = world.sql.begin().await;
    lock.execute_unprepared("LOCK TABLE tenants IN ACCESS EXCLUSIVE MODE")
        .await
        .expect("lock");
    let readers: Vec<_> = (0..48)
        .map(|_| {
            let reader = client.clone();
            // Each gives up after a while, and the next takes its connection.
            tokio::spawn(async move { while reader.get_tenant(tenant).await.status != StatusCode::OK {} })
        })
        .collect();
    wait::until("the requests wait for the lock", async || {
        let waiting = world
            .sql
            .count("pg_locks WHERE NOT granted AND relation = 'tenants'::regclass")
            .await;
        (waiting >= 16).then_some(())
    })
    .await;
    // Longer than the silence that a database is allowed.
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(4) {
        let ready = client.send(client.get("/health/ready")).await;
        assert_eq!(ready.status, StatusCode::OK, "{}", ready.text());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    lock.rollback().await.expect("let go");
    for reader in readers {
        reader.await.expect("no panic");
    }
}

/// A service on a server of its own, which can be stopped.
async fn private() -> (PostgresServer, Service) {
    let server = PostgresServer::start();
    let database = server.create_database().await;
    let service = Service::builder().database(&database.url).start().await;
    (server, service)
}

/// One of each kind: a write, a read, a list, the events.
async fn requests(client: &Client, tenant: Uuid, school: Uuid, key: &str) -> [Answer; 4] {
    let body = json!({ "name": format!("Later {key}") });
    let (written, read, listed, events) = tokio::join!(
        client.create_school(tenant, key, &body),
        client.get_school(tenant, school),
        client.list_schools(tenant, ""),
        client.list_events(tenant, ""),
    );
    [written, read, listed, events]
}

/// The key that was refused is good for the same request: a failure is not recorded.
async fn assert_recovers(client: &Client, tenant: Uuid, key: &str) {
    let answer = is_written_at_last(client, tenant, key).await;
    assert_eq!(answer.header("idempotent-replayed"), "", "it was not done before");
}

/// The answer to the same request, once the service takes writes again.
async fn is_written_at_last(client: &Client, tenant: Uuid, key: &str) -> Answer {
    let answer = wait::until("the service takes writes again", async || {
        let request = client
            .in_tenant(Method::POST, tenant, "/schools")
            .header("Idempotency-Key", key)
            .json(&json!({ "name": format!("Later {key}") }));
        let answer = client.send(request).await;
        (answer.status != StatusCode::SERVICE_UNAVAILABLE).then_some(answer)
    })
    .await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    answer
}
