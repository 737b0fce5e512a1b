//! What an auditor is told: `listAuditRecords` over HTTP. Which writes leave records is tested with the writes.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::tenancy::assert_refused;
use super::{World, on_both};
use crate::support::{Answer, Client, unique_id, unique_key};

on_both!(guarded:
    a_record_says_who_did_what_when_and_under_which_request,
    a_refused_attempt_is_shown_to_the_tenant_that_it_was_aimed_at,
    filters_narrow_down_and_all_must_hold,
    pages_hold_every_record_once_while_others_write,
    a_cursor_is_good_only_for_the_filters_that_it_was_given_out_for,
    a_malformed_filter_is_refused,
    reading_leaves_no_record_unless_it_is_refused,
);

fn items(answer: &Answer) -> &[Value] {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json["items"].as_array().expect("items")
}

async fn a_record_says_who_did_what_when_and_under_which_request(world: &World) {
    let tenant = world.operator().new_tenant("Audited").await;
    let member = world.member(tenant);
    let (correlation, causation) = (unique_id().to_string(), unique_id().to_string());
    let secret = format!("Secret-{}", unique_id().simple());
    let request = member
        .in_tenant(Method::POST, tenant, "/schools")
        .header("Idempotency-Key", unique_key())
        .header("X-Correlation-Id", &correlation)
        .header("X-Causation-Id", &causation)
        .header(
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        )
        .json(&json!({ "name": secret, "identifier": secret }));
    let created = member.send(request).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text());

    let answer = member.list_audit_records(tenant, "").await;
    let records = items(&answer);
    assert_eq!(records.len(), 2, "the school, then the tenant: {records:?}");
    assert_eq!(records[1]["action"], "tenant.create");
    let record = &records[0];
    let expected = json!({
        "auditId": record["auditId"],
        "tenantId": tenant,
        "occurredAt": record["occurredAt"],
        "actorSubject": "test-subject",
        "actorClient": "test-client",
        "action": "school.create",
        "entityType": "school",
        "entityId": created.json["schoolId"],
        "outcome": "succeeded",
        "correlationId": correlation,
        "causationId": causation,
        "traceId": "4bf92f3577b34da6a3ce929d0e0e4736",
        "payloadFingerprint": record["payloadFingerprint"],
    });
    assert_eq!(*record, expected);
    assert!(record["payloadFingerprint"].is_string());
    assert!(record["occurredAt"].as_str() >= created.json["createdAt"].as_str());
    assert!(!answer.text().contains(&secret), "no payload: {}", answer.text());
}

async fn a_refused_attempt_is_shown_to_the_tenant_that_it_was_aimed_at(world: &World) {
    let operator = world.operator();
    let (mine, theirs) = (
        operator.new_tenant("Mine").await,
        operator.new_tenant("Theirs").await,
    );
    let stranger = world.member(mine);
    assert_refused(
        &stranger.list_schools(theirs, "").await,
        StatusCode::FORBIDDEN,
        "forbidden",
    );
    let misdirected = stranger
        .get(&format!("/api/v1/tenants/{mine}/schools"))
        .header("X-Tenant-Id", theirs.to_string());
    assert_refused(
        &stranger.send(misdirected).await,
        StatusCode::FORBIDDEN,
        "tenant-mismatch",
    );

    for (tenant, reason) in [(theirs, "forbidden"), (mine, "tenant-mismatch")] {
        let answer = world
            .member(tenant)
            .list_audit_records(tenant, "outcome=refused")
            .await;
        let records = items(&answer);
        assert_eq!(records.len(), 1, "{records:?}");
        assert_eq!(records[0]["reason"], reason);
        assert_eq!(records[0]["action"], "listSchools");
        assert_eq!(records[0]["entityType"], "tenant");
        assert_eq!(records[0]["entityId"], json!(tenant));
        assert_eq!(records[0].get("payloadFingerprint"), None);
    }
}

async fn filters_narrow_down_and_all_must_hold(world: &World) {
    let tenant = world.operator().new_tenant("Filtered").await;
    let member = world.member(tenant);
    let mut schools = Vec::new();
    for number in 0..3 {
        schools.push(member.new_school(tenant, &format!("School {number}")).await);
    }
    assert_refused(
        &world.member(unique_id()).get_tenant(tenant).await,
        StatusCode::FORBIDDEN,
        "forbidden",
    );
    let all = member.list_audit_records(tenant, "").await;
    let all = items(&all);
    assert_eq!(all.len(), 5);
    // The newest first: the refused attempt, the three schools, the tenant.
    let at = |place: usize, member: &str| all[place][member].as_str().expect("a text").to_owned();
    let (second, third) = (at(2, "occurredAt"), at(3, "occurredAt"));
    for (query, expected) in [
        (format!("entityId={}", schools[1]), vec![2]),
        (format!("entityType=school&entityId={}", schools[1]), vec![2]),
        (format!("entityType=tenant&entityId={}", schools[1]), vec![]),
        ("entityType=tenant".to_owned(), vec![0, 4]),
        ("action=school.create".to_owned(), vec![1, 2, 3]),
        ("action=getTenant".to_owned(), vec![0]),
        ("outcome=refused".to_owned(), vec![0]),
        ("outcome=succeeded&action=tenant.create".to_owned(), vec![4]),
        (format!("correlationId={}", at(2, "correlationId")), vec![2]),
        (format!("actor={}", at(1, "actorSubject")), vec![0, 1, 2, 3, 4]),
        ("actor=test-subjec".to_owned(), vec![]),
        (format!("correlationId={}", unique_id()), vec![]),
    ] {
        let found = member.list_audit_records(tenant, &query).await;
        let expected: Vec<Value> = expected.into_iter().map(|place| all[place].clone()).collect();
        assert_eq!(items(&found), expected, "{query}");
    }
    // Records may share a millisecond, so what a span of time holds is counted.
    for (query, is_in) in [
        (
            format!("from={second}"),
            &(|time: &str| time >= &*second) as &dyn Fn(&str) -> bool,
        ),
        (format!("to={second}"), &|time: &str| time < &*second),
        (format!("from={third}&to={second}"), &|time: &str| {
            time >= &*third && time < &*second
        }),
        (format!("from={second}&to={third}"), &|_: &str| false),
    ] {
        let found = member.list_audit_records(tenant, &query).await;
        let expected: Vec<Value> = all
            .iter()
            .filter(|record| is_in(record["occurredAt"].as_str().expect("a time")))
            .cloned()
            .collect();
        assert_eq!(items(&found), expected, "{query}");
    }
}

async fn pages_hold_every_record_once_while_others_write(world: &World) {
    let tenant = world.operator().new_tenant("Paged").await;
    let member = world.member(tenant);
    for number in 0..7 {
        member.new_school(tenant, &format!("School {number}")).await;
    }
    let whole = member.list_audit_records(tenant, "limit=200").await;
    let (mut seen, mut query) = (Vec::new(), "limit=3".to_owned());
    for _ in 0..=3 {
        let page = member.list_audit_records(tenant, &query).await;
        assert!(items(&page).len() <= 3);
        seen.extend_from_slice(items(&page));
        member
            .new_school(tenant, &format!("Meanwhile {}", seen.len()))
            .await;
        let Some(cursor) = page.json["nextCursor"].as_str() else {
            break;
        };
        query = format!("limit=3&cursor={cursor}");
    }
    assert_eq!(seen.len(), 8, "the schools and the tenant");
    assert_eq!(seen, items(&whole));
    let ids: Vec<&str> = seen
        .iter()
        .filter_map(|record| record["auditId"].as_str())
        .collect();
    assert!(
        ids.is_sorted_by(|one, next| one > next),
        "the newest first: {ids:?}"
    );
}

async fn a_cursor_is_good_only_for_the_filters_that_it_was_given_out_for(world: &World) {
    let operator = world.operator();
    let (tenant, other) = (
        operator.new_tenant("One").await,
        operator.new_tenant("Another").await,
    );
    for name in ["First", "Second"] {
        operator.new_school(tenant, name).await;
        operator.new_school(other, name).await;
    }
    let page = operator
        .list_audit_records(tenant, "limit=1&action=school.create")
        .await;
    let cursor = page.json["nextCursor"].as_str().expect("a cursor");
    let ask = async |client: &Client, tenant: Uuid, filters: &str| {
        let query = format!("limit=1&cursor={cursor}{filters}");
        client.list_audit_records(tenant, &query).await
    };
    assert_eq!(
        items(&ask(&operator, tenant, "&action=school.create").await).len(),
        1
    );
    for (tenant, filters) in [
        (tenant, ""),
        (tenant, "&action=tenant.create"),
        (tenant, "&action=school.create&entityType=school"),
        (tenant, "&action=school.create&to=2099-01-01T00:00:00Z"),
        (tenant, "&entityType=school.create"),
        (other, "&action=school.create"),
    ] {
        let answer = ask(&operator, tenant, filters).await;
        assert_refused(&answer, StatusCode::BAD_REQUEST, "malformed-request");
    }
    // A cursor of one list is none of another.
    let schools = operator.list_schools(tenant, "limit=1").await;
    let foreign = schools.json["nextCursor"].as_str().expect("a cursor");
    for answer in [
        operator
            .list_audit_records(tenant, &format!("cursor={foreign}"))
            .await,
        operator.list_schools(tenant, &format!("cursor={cursor}")).await,
    ] {
        assert_refused(&answer, StatusCode::BAD_REQUEST, "malformed-request");
    }
}

async fn a_malformed_filter_is_refused(world: &World) {
    let tenant = world.operator().new_tenant("Malformed").await;
    let member = world.member(tenant);
    for query in [
        "entityId=x",
        "entityType=School",
        "actor=",
        "actor=a%00b",
        "correlationId=1",
        "outcome=failed",
        "action=School.create",
        "from=yesterday",
        "from=2026-09-01",
        "to=2026-09-01T00:00:00",
        "limit=201",
        "from=2026-09-01T00:00:00Z&from=2026-09-01T00:00:00Z",
    ] {
        let answer = member.list_audit_records(tenant, query).await;
        assert_refused(&answer, StatusCode::BAD_REQUEST, "malformed-request");
    }
    // The same moment, said in another time zone.
    let answer = member
        .list_audit_records(tenant, "from=1970-01-01T01:00:00%2B01:00&to=9999-12-31T23:59:59Z")
        .await;
    assert_eq!(items(&answer).len(), 1);
}

async fn reading_leaves_no_record_unless_it_is_refused(world: &World) {
    let tenant = world.operator().new_tenant("Read").await;
    let member = world.member(tenant);
    for _ in 0..3 {
        assert_eq!(items(&member.list_audit_records(tenant, "").await).len(), 1);
    }
    let stranger = world.member(unique_id());
    let refused = stranger.list_audit_records(tenant, "").await;
    assert_refused(&refused, StatusCode::FORBIDDEN, "forbidden");
    let answer = member.list_audit_records(tenant, "action=listAuditRecords").await;
    assert_eq!(items(&answer).len(), 1);
}
