//! The same request sent again gets the first answer again, and changes nothing.

use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::tenancy::assert_refused;
use super::world::Site;
use super::{Backend, World, on_both, snapshot::assert_answer};
use crate::support::{Answer, Client, Service, unique_key, wait};

on_both!(open:
    a_key_that_is_missing_too_long_or_not_ascii_is_refused,
    the_same_request_gets_the_first_answer_again,
    a_refusal_that_the_data_decided_is_repeated_too,
    a_refusal_that_the_body_alone_decided_leaves_the_key_free,
    the_same_body_written_differently_is_the_same_request,
    a_key_stands_for_one_request,
    a_key_counts_within_its_tenant,
    a_key_that_has_expired_is_a_new_one,
    a_request_in_flight_is_not_begun_again,
);

async fn a_key_that_is_missing_too_long_or_not_ascii_is_refused(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("Keys").await;
    let post = || {
        client
            .in_tenant(Method::POST, tenant, "/schools")
            .json(&json!({ "name": "A school" }))
    };
    assert_answer(world, "idempotency_key_invalid", &client.send(post()).await);
    let non_ascii = HeaderValue::from_bytes("cl\u{e9}".as_bytes()).expect("a header value");
    for request in [
        post().header("Idempotency-Key", ""),
        post().header("Idempotency-Key", "x".repeat(256)),
        post().header("Idempotency-Key", non_ascii),
        post().header("Idempotency-Key", "two words"),
        post()
            .header("Idempotency-Key", "one")
            .header("Idempotency-Key", "two"),
    ] {
        assert_refused(
            &client.send(request).await,
            StatusCode::BAD_REQUEST,
            "idempotency-key-invalid",
        );
    }
    let tenant_without = client
        .post("/api/v1/tenants")
        .json(&json!({ "name": "A tenant" }));
    assert_refused(
        &client.send(tenant_without).await,
        StatusCode::BAD_REQUEST,
        "idempotency-key-invalid",
    );
    assert_eq!(
        world
            .sql
            .count(&format!("schools WHERE tenant_id = '{tenant}'"))
            .await,
        0
    );
    let longest = client
        .send(post().header("Idempotency-Key", "x".repeat(255)))
        .await;
    assert_eq!(longest.status, StatusCode::CREATED, "{}", longest.text());
}

async fn the_same_request_gets_the_first_answer_again(world: &World) {
    let client = &world.client;
    let key = unique_key();
    let body = json!({ "name": "Replayed", "region": "eu-west" });
    let first = client.create_tenant(&key, &body).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
    assert_replay(&first, &client.create_tenant(&key, &body).await);
    let tenant: Uuid = id(&first, "tenantId");
    assert_eq!(world.sql.logged(tenant).await.len(), 1);
    assert_eq!(world.sql.audited(tenant).await.len(), 1);

    let key = unique_key();
    let body = json!({ "name": "Replayed", "gradeLevels": ["KG"], "externalRefs": { "nces": "1" } });
    let first = client.create_school(tenant, &key, &body).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
    for _ in 0..3 {
        assert_replay(&first, &client.create_school(tenant, &key, &body).await);
    }
    assert_eq!(
        world
            .sql
            .count(&format!("schools WHERE tenant_id = '{tenant}'"))
            .await,
        1
    );
    assert_eq!(world.sql.logged(tenant).await.len(), 2);
    assert_eq!(world.sql.audited(tenant).await.len(), 2);
}

async fn a_refusal_that_the_data_decided_is_repeated_too(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("Recorded refusals").await;
    client.new_school(tenant, "Taken").await;
    let (key, body) = (unique_key(), json!({ "name": "TAKEN" }));
    let first = client.create_school(tenant, &key, &body).await;
    assert_refused(&first, StatusCode::CONFLICT, "school-name-taken");
    // Even when the name has become free in between: the key has got its answer.
    world
        .sql
        .execute(&format!("DELETE FROM schools WHERE tenant_id = '{tenant}'"))
        .await;
    assert_replay(&first, &client.create_school(tenant, &key, &body).await);
    let fresh = client.create_school(tenant, &unique_key(), &body).await;
    assert_eq!(fresh.status, StatusCode::CREATED, "{}", fresh.text());
}

async fn a_refusal_that_the_body_alone_decided_leaves_the_key_free(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("Free keys").await;
    // The second is within the limit of the schema and becomes twice as long when it is normalised.
    for name in ["x".repeat(201), "\u{958}".repeat(101)] {
        let (key, body) = (unique_key(), json!({ "name": name }));
        for _ in 0..2 {
            let refused = client.create_school(tenant, &key, &body).await;
            assert_refused(&refused, StatusCode::UNPROCESSABLE_ENTITY, "validation-failed");
            assert_eq!(refused.header("idempotent-replayed"), "");
            assert_eq!(refused.json["errors"][0]["keyword"], "maxLength");
        }
        let corrected = json!({ "name": unique_key() });
        let corrected = client.create_school(tenant, &key, &corrected).await;
        assert_eq!(corrected.status, StatusCode::CREATED, "{}", corrected.text());
    }
}

async fn the_same_body_written_differently_is_the_same_request(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("Canonical").await;
    let key = unique_key();
    let send = async |body: &'static str| {
        let request = client
            .in_tenant(Method::POST, tenant, "/schools")
            .header("Idempotency-Key", &key)
            .header("Content-Type", "application/json");
        client.send(request.body(body)).await
    };
    let first = send(r#"{"name":"Caf\u00e9","externalRefs":{"a":"1","b":"2"},"identifier":"I"}"#).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
    let other = "\r\n { \"identifier\" : \"I\",\t\"externalRefs\":\n{\"b\":\"2\" , \"a\":\"1\"}, \"name\":\"Caf\u{e9}\" } ";
    assert_replay(&first, &send(other).await);
}

async fn a_key_stands_for_one_request(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("One request").await;
    let key = unique_key();
    let first = client
        .create_school(tenant, &key, &json!({ "name": "First" }))
        .await;
    assert_eq!(first.status, StatusCode::CREATED);
    let other = client
        .create_school(tenant, &key, &json!({ "name": "Other" }))
        .await;
    assert_answer(world, "idempotency_key_reused", &other);
    assert_replay(
        &first,
        &client
            .create_school(tenant, &key, &json!({ "name": "First" }))
            .await,
    );
    assert_eq!(
        world
            .sql
            .count(&format!("schools WHERE tenant_id = '{tenant}'"))
            .await,
        1
    );
}

async fn a_key_counts_within_its_tenant(world: &World) {
    let client = &world.client;
    let (one, two) = (client.new_tenant("One").await, client.new_tenant("Two").await);
    let (key, body) = (unique_key(), json!({ "name": "The same" }));
    let (first, second) = (
        client.create_school(one, &key, &body).await,
        client.create_school(two, &key, &body).await,
    );
    assert_eq!(
        (first.status, second.status),
        (StatusCode::CREATED, StatusCode::CREATED)
    );
    assert_ne!(first.json["schoolId"], second.json["schoolId"]);
    assert_eq!(second.header("idempotent-replayed"), "");
}

async fn a_key_that_has_expired_is_a_new_one(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("Expired").await;
    let key = unique_key();
    let first = client
        .create_school(tenant, &key, &json!({ "name": "First" }))
        .await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
    world
        .sql
        .execute(&format!(
            "UPDATE idempotency_records SET expires_at = '2020-01-01T00:00:00.000000Z' WHERE tenant_id = '{tenant}'"
        ))
        .await;
    let body = json!({ "name": "Second" });
    let second = client.create_school(tenant, &key, &body).await;
    assert_eq!(second.status, StatusCode::CREATED, "{}", second.text());
    assert_eq!(second.json["name"], "Second");
    assert_replay(&second, &client.create_school(tenant, &key, &body).await);
}

async fn a_request_in_flight_is_not_begun_again(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("In flight").await;
    let (key, body) = (unique_key(), json!({ "name": "Slow" }));
    let send = |client: Client, key: String| {
        let body = body.clone();
        tokio::spawn(async move { client.create_school(tenant, &key, &body).await })
    };
    let held = world.sql.hold_up_writes(tenant).await;
    let (mut one, mut two) = (
        send(client.clone(), key.clone()),
        send(client.clone(), key.clone()),
    );
    // One of the two waits for the lock; the other must not.
    let (early, waiting) = tokio::select! {
        early = &mut one => (early, two),
        early = &mut two => (early, one),
    };
    let early = early.expect("no panic");
    assert_eq!(early.header("retry-after"), "1");
    assert_answer(world, "idempotency_in_flight", &early);
    held.rollback().await.expect("let go");
    let first = waiting.await.expect("no panic");
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
    assert_replay(&first, &client.create_school(tenant, &key, &body).await);
}

/// Two processes share nothing but the database: there, the second request waits for the first, and gets its answer.
#[tokio::test]
async fn a_request_that_another_process_is_working_on_is_waited_for() {
    let site = Site::start(Backend::Postgres, |builder| builder).await;
    let other = Service::builder().database(&site.database_url).start().await;
    let world = site.world().await;
    let tenant = world.client.new_tenant("Two processes").await;
    let (key, body) = (unique_key(), json!({ "name": "Once" }));
    let send = |client: Client| {
        let (key, body) = (key.clone(), body.clone());
        tokio::spawn(async move { client.create_school(tenant, &key, &body).await })
    };
    let waiting = async |count: u64| {
        wait::until("the requests wait for a lock", async || {
            let waiting = "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
            (world.sql.count(waiting).await == count).then_some(())
        })
        .await;
    };
    let held = world.sql.hold_up_writes(tenant).await;
    let first = send(world.client.clone());
    waiting(1).await;
    let second = send(other.client());
    waiting(2).await;
    held.rollback().await.expect("let go");
    let (first, second) = (first.await.expect("no panic"), second.await.expect("no panic"));
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
    assert_replay(&first, &second);
    assert_eq!(world.sql.count("schools").await, 1);
}

/// The same where the first does not end in time.
#[tokio::test]
async fn a_request_that_another_process_holds_for_too_long_is_in_flight() {
    let site = Site::start(Backend::Postgres, |builder| builder).await;
    let world = site.world().await;
    let tenant = world.client.new_tenant("Held").await;
    let key = unique_key();
    let held = world.sql.begin().await;
    sea_orm::ConnectionTrait::execute_unprepared(
        &held,
        &format!(
            "INSERT INTO idempotency_records
                 (tenant_id, idempotency_key, operation, fingerprint, created_at, expires_at)
             VALUES ('{tenant}', '{key}', 'createSchool', '', now(), now() + interval '1 hour')"
        ),
    )
    .await
    .expect("hold the key");
    let body = json!({ "name": "A school" });
    let answer = world.client.create_school(tenant, &key, &body).await;
    assert_refused(&answer, StatusCode::CONFLICT, "idempotency-in-flight");
    assert_eq!(answer.header("retry-after"), "1");
    held.rollback().await.expect("let go");
    let answer = world.client.create_school(tenant, &key, &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
}

/// What differs between an answer and its repetition is only what belongs to the repetition's own request.
pub(super) fn assert_replay(first: &Answer, again: &Answer) {
    assert_eq!(again.header("idempotent-replayed"), "true", "{}", again.text());
    assert_eq!(first.header("idempotent-replayed"), "", "the first is none");
    assert_eq!(again.status, first.status);
    assert_eq!(again.body, first.body);
    assert_eq!(lasting(&again.headers), lasting(&first.headers));
    assert_ne!(again.header("x-correlation-id"), first.header("x-correlation-id"));
}

fn lasting(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for name in ["idempotent-replayed", "x-correlation-id", "date"] {
        headers.remove(name);
    }
    headers
}

fn id(answer: &Answer, member: &str) -> Uuid {
    let value: &Value = &answer.json[member];
    value.as_str().and_then(|id| id.parse().ok()).expect("an id")
}
