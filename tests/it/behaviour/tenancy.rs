//! Which tenant a request is about, and whether that tenant is served.

use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{World, on_both, snapshot::assert_answer};
use crate::support::{Answer, Client, unique_id, unique_key};

on_both!(open:
    a_tenant_header_that_is_missing_malformed_or_repeated_is_refused,
    a_header_that_names_another_tenant_is_refused_and_audited,
    an_unknown_tenant_is_not_found,
    a_suspended_tenant_is_refused,
    a_school_of_another_tenant_is_answered_like_one_that_exists_nowhere,
);

async fn a_tenant_header_that_is_missing_malformed_or_repeated_is_refused(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("Headers").await;
    for path in ["", "/schools", "/events", "/audit-records"] {
        let path = format!("/api/v1/tenants/{tenant}{path}");
        let missing = client.send(client.get(&path)).await;
        assert_refused(&missing, StatusCode::BAD_REQUEST, "tenant-header-invalid");
        for value in ["", "x", &tenant.simple().to_string(), &format!("{{{tenant}}}")] {
            let malformed = client.send(client.get(&path).header("X-Tenant-Id", value)).await;
            assert_refused(&malformed, StatusCode::BAD_REQUEST, "tenant-header-invalid");
        }
        let header = tenant.to_string();
        let repeated = client.get(&path).header("X-Tenant-Id", &header);
        let repeated = client.send(repeated.header("X-Tenant-Id", &header)).await;
        assert_refused(&repeated, StatusCode::BAD_REQUEST, "tenant-header-invalid");
    }
    let missing = client
        .post(&format!("/api/v1/tenants/{tenant}/schools"))
        .header("Idempotency-Key", unique_key())
        .json(&json!({ "name": "A school" }));
    let missing = client.send(missing).await;
    assert_answer(world, "tenant_header_invalid", &missing);
    assert_eq!(
        world
            .sql
            .count(&format!("schools WHERE tenant_id = '{tenant}'"))
            .await,
        0
    );
}

async fn a_header_that_names_another_tenant_is_refused_and_audited(world: &World) {
    let client = &world.client;
    let (tenant, other) = (client.new_tenant("One").await, client.new_tenant("Another").await);
    let request = client
        .post(&format!("/api/v1/tenants/{tenant}/schools"))
        .header("X-Tenant-Id", other.to_string())
        .header("Idempotency-Key", unique_key())
        .json(&json!({ "name": "A school" }));
    let answer = client.send(request).await;
    assert_answer(world, "tenant_mismatch", &answer);

    let records = world.sql.audited_as(answer.header("x-correlation-id")).await;
    assert_eq!(records.len(), 1, "{records:?}");
    assert_eq!(records[0].outcome, "refused");
    assert_eq!(records[0].reason, "tenant-mismatch");
    assert_eq!(records[0].action, "school.create");
    assert_eq!(records[0].actor_subject, "anonymous");
    assert_eq!(records[0].entity_id, tenant.to_string());
    assert_eq!(answer.json["traceId"], records[0].trace_id);

    let read = client
        .get(&format!("/api/v1/tenants/{tenant}"))
        .header("X-Tenant-Id", other.to_string());
    let read = client.send(read).await;
    assert_refused(&read, StatusCode::FORBIDDEN, "tenant-mismatch");
    let records = world.sql.audited_as(read.header("x-correlation-id")).await;
    assert_eq!(records.len(), 1, "reads leave a record too: {records:?}");
}

async fn an_unknown_tenant_is_not_found(world: &World) {
    let client = &world.client;
    let nobody = unique_id();
    assert_answer(world, "tenant_not_found", &client.get_tenant(nobody).await);
    for answer in every_answer(client, nobody).await {
        assert_refused(&answer, StatusCode::NOT_FOUND, "tenant-not-found");
    }
}

async fn a_suspended_tenant_is_refused(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("Late with the rent").await;
    let school = client.new_school(tenant, "A school").await;
    world
        .sql
        .execute(&format!(
            "UPDATE tenants SET status = 'suspended' WHERE tenant_id = '{tenant}'"
        ))
        .await;
    assert_answer(world, "tenant_suspended", &client.get_tenant(tenant).await);
    let mut answers = every_answer(client, tenant).await;
    answers.push(client.get_school(tenant, school).await);
    for answer in answers {
        assert_refused(&answer, StatusCode::FORBIDDEN, "tenant-suspended");
    }
    assert_eq!(
        world
            .sql
            .count(&format!("schools WHERE tenant_id = '{tenant}'"))
            .await,
        1
    );
    world
        .sql
        .execute(&format!(
            "UPDATE tenants SET status = 'active' WHERE tenant_id = '{tenant}'"
        ))
        .await;
    assert_eq!(client.get_school(tenant, school).await.status, StatusCode::OK);
}

async fn a_school_of_another_tenant_is_answered_like_one_that_exists_nowhere(world: &World) {
    let client = &world.client;
    let (tenant, other) = (client.new_tenant("One").await, client.new_tenant("Another").await);
    let theirs = client.new_school(other, "Theirs").await;
    let nowhere = unique_id();
    let (one, two) = (
        client.get_school(tenant, theirs).await,
        client.get_school(tenant, nowhere).await,
    );
    assert_answer(world, "school_not_found", &one);
    assert_eq!(
        without_ids(&one, &[theirs]),
        without_ids(&two, &[nowhere]),
        "the answers must differ in ids alone"
    );
    // Conditions are looked at only where there is a school; otherwise they would tell.
    for header in ["If-Match", "If-None-Match"] {
        for school in [theirs, nowhere] {
            let request = client.in_tenant(Method::GET, tenant, &format!("/schools/{school}"));
            let answer = client.send(request.header(header, "*")).await;
            assert_refused(&answer, StatusCode::NOT_FOUND, "school-not-found");
        }
    }
}

/// What each operation but `getSchool` answers in a tenant, and that one for a school that is nowhere.
async fn every_answer(client: &Client, tenant: Uuid) -> Vec<Answer> {
    let school = json!({ "name": "A school" });
    vec![
        client.get_tenant(tenant).await,
        client.list_schools(tenant, "").await,
        client.list_events(tenant, "").await,
        client.list_audit_records(tenant, "").await,
        client.get_school(tenant, unique_id()).await,
        client.create_school(tenant, &unique_key(), &school).await,
    ]
}

/// Everything a client sees of an answer, but ids that belong to the request.
pub(super) fn without_ids(answer: &Answer, ids: &[Uuid]) -> (StatusCode, Vec<(String, String)>, String) {
    let mut own: Vec<String> = ids.iter().map(Uuid::to_string).collect();
    own.push(answer.header("x-correlation-id").to_owned());
    own.extend(answer.json["traceId"].as_str().map(str::to_owned));
    let strip = |text: &str| {
        own.iter()
            .fold(text.to_owned(), |text, id| text.replace(id, "[id]"))
    };
    (
        answer.status,
        headers(&answer.headers)
            .map(|(name, value)| (name, strip(&value)))
            .collect(),
        strip(&answer.text()),
    )
}

/// The headers in their order, but the time.
fn headers(headers: &HeaderMap) -> impl Iterator<Item = (String, String)> {
    headers
        .iter()
        .filter(|(name, _)| *name != "date")
        .map(|(name, value)| {
            (
                name.to_string(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
}

#[track_caller]
pub(super) fn assert_refused(answer: &Answer, status: StatusCode, problem: &str) {
    assert_eq!(
        (answer.status, answer.problem()),
        (status, problem),
        "{}",
        answer.text()
    );
    assert_ne!(answer.json["detail"], Value::Null);
}
