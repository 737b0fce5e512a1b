//! The ids that tie request, answer, event and audit record together.

use reqwest::{Method, StatusCode};
use serde_json::json;
use uuid::Uuid;

use super::{World, on_both};
use crate::support::{unique_id, unique_key};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

on_both!(open:
    the_ids_of_a_request_go_into_answer_event_and_audit_record,
    ids_that_were_not_sent_are_made_up,
    a_problem_carries_the_ids_of_its_request,
);

async fn the_ids_of_a_request_go_into_answer_event_and_audit_record(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("Ids").await;
    let (correlation, causation) = (unique_id().to_string(), unique_id().to_string());
    let request = client
        .in_tenant(Method::POST, tenant, "/schools")
        .header("Idempotency-Key", unique_key())
        .header("X-Correlation-Id", &correlation)
        .header("X-Causation-Id", &causation)
        .header("traceparent", format!("00-{TRACE}-b7ad6b7169203331-01"))
        .json(&json!({ "name": "Traced" }));
    let answer = client.send(request).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    assert_eq!(answer.header("x-correlation-id"), correlation);

    let events = world.sql.logged(tenant).await;
    let event = &events[1];
    assert_eq!(event["correlationid"], correlation);
    assert_eq!(event["causationid"], causation);
    let traceparent = event["traceparent"].as_str().expect("a trace context");
    assert!(traceparent.starts_with(&format!("00-{TRACE}-")), "{traceparent}");
    assert!(traceparent.ends_with("-01"), "still sampled: {traceparent}");
    assert!(
        !traceparent.contains("b7ad6b7169203331"),
        "the span is the service's own"
    );
    assert_eq!(event["data"]["schoolId"], answer.json["schoolId"]);

    let records = world.sql.audited_as(&correlation).await;
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].causation_id, causation);
    assert_eq!(records[0].trace_id, TRACE);
    assert_eq!(records[0].action, "school.create");
    assert_eq!(records[0].outcome, "succeeded");
    assert_eq!(records[0].entity_type, "school");
    assert_eq!(answer.json["schoolId"], records[0].entity_id);
}

async fn ids_that_were_not_sent_are_made_up(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("No ids").await;
    let body = json!({ "name": "Not traced" });
    let answer = client.create_school(tenant, &unique_key(), &body).await;
    let correlation: Uuid = answer.header("x-correlation-id").parse().expect("an id");
    assert_eq!(correlation.get_version_num(), 7);
    let events = world.sql.logged(tenant).await;
    assert_eq!(events[1]["correlationid"], correlation.to_string());
    assert_eq!(events[1].get("causationid"), None);
    let records = world.sql.audited_as(&correlation.to_string()).await;
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].causation_id, "");
    let traceparent = events[1]["traceparent"].as_str().expect("a trace context");
    assert!(
        traceparent.contains(&records[0].trace_id),
        "one trace: {traceparent}"
    );
    let other = client.get_tenant(tenant).await;
    assert_ne!(other.header("x-correlation-id"), correlation.to_string());
}

async fn a_problem_carries_the_ids_of_its_request(world: &World) {
    let client = &world.client;
    let correlation = unique_id().to_string();
    for request in [
        client.in_tenant(Method::GET, unique_id(), ""),
        client.get("/api/v1/nowhere"),
        client.request(Method::DELETE, "/api/v1/tenants"),
    ] {
        let request = request
            .header("X-Correlation-Id", &correlation)
            .header("traceparent", format!("00-{TRACE}-b7ad6b7169203331-00"));
        let answer = client.send(request).await;
        assert_eq!(answer.header("x-correlation-id"), correlation);
        assert_eq!(answer.json["correlationId"], correlation);
        assert_eq!(answer.json["traceId"], TRACE);
    }
    // A trace context that is malformed is ignored (W3C Trace Context, section 3.2), not refused.
    let request = client
        .in_tenant(Method::GET, unique_id(), "")
        .header("traceparent", "x");
    let answer = client.send(request).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_ne!(answer.json["traceId"], TRACE);
}
