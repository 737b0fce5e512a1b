//! Requests, repetitions, refusals, streams.

use reqwest::{Method, StatusCode};
use sea_orm::TransactionTrait as _;
use serde_json::json;
use uuid::Uuid;

use super::scrape::{Scrape, until};
use crate::support::tokens::Token;
use crate::support::{Answer, Service, free_port, unique_id, unique_key};

const DURATION: &str = "http_server_request_duration_seconds_count";
const SCHOOLS: &str = "/api/v1/tenants/{tenantId}/schools";
const SCHOOL: &str = "/api/v1/tenants/{tenantId}/schools/{schoolId}";

fn requests(scrape: &Scrape, method: &str, route: &str, status: &str) -> f64 {
    let labels = [
        ("http_request_method", method),
        ("http_route", route),
        ("http_response_status_code", status),
        ("url_scheme", "http"),
    ];
    scrape.value(DURATION, &labels)
}

#[track_caller]
fn check(actual: f64, expected: u32) {
    assert!((actual - f64::from(expected)).abs() < f64::EPSILON, "{actual}");
}

#[tokio::test]
async fn requests_are_counted_by_route_and_status() {
    let service = Service::sqlite().await;
    let client = service.client();
    let tenant = client.new_tenant("Counted").await;
    let mut schools = Vec::new();
    for number in 0..7 {
        schools.push(client.new_school(tenant, &format!("Counted {number}")).await);
    }
    for _ in 0..3 {
        client.get_school(tenant, schools[0]).await;
    }
    client.get_school(tenant, unique_id()).await;
    client
        .create_school(tenant, &unique_key(), &json!({ "name": "" }))
        .await;
    client.send(client.get("/api/v1/nowhere")).await;
    client
        .send(client.request(Method::DELETE, "/api/v1/tenants"))
        .await;
    let strange = Method::from_bytes(b"BREW").expect("a method");
    client.send(client.request(strange, "/api/v1/tenants")).await;

    let scrape = Scrape::of(&service.base_url()).await;
    check(requests(&scrape, "POST", SCHOOLS, "201"), 7);
    check(requests(&scrape, "POST", SCHOOLS, "422"), 1);
    check(requests(&scrape, "GET", SCHOOL, "200"), 3);
    check(requests(&scrape, "GET", SCHOOL, "404"), 1);
    check(requests(&scrape, "DELETE", "/api/v1/tenants", "405"), 1);
    check(requests(&scrape, "_OTHER", "/api/v1/tenants", "405"), 1);
    let unknown: Vec<_> = scrape
        .series()
        .into_iter()
        .filter(|(name, labels)| name == DURATION && !labels.contains_key("http_route"))
        .collect();
    assert_eq!(unknown.len(), 1, "{unknown:?}");
    assert_eq!(unknown[0].1["http_response_status_code"], "404");
    // The page itself is at work while it is made.
    check(scrape.value("http_server_active_requests", &[]), 1);
    let text = &scrape.text;
    for id in [tenant, schools[0]] {
        assert!(!text.contains(&id.to_string()), "{id} stands among the metrics");
    }
}

#[tokio::test]
async fn a_duration_falls_into_the_buckets_of_the_conventions() {
    let service = Service::sqlite().await;
    let scrape = Scrape::of(&service.base_url()).await;
    let mut bounds: Vec<String> = scrape
        .series()
        .into_iter()
        .filter(|(name, labels)| {
            name == "http_server_request_duration_seconds_bucket" && labels["http_route"] == "/health/ready"
        })
        .map(|(_, mut labels)| labels.remove("le").expect("a bound"))
        .collect();
    bounds.sort_by(|one, other| {
        let number = |text: &str| text.parse::<f64>().expect("a number");
        number(one).total_cmp(&number(other))
    });
    assert_eq!(
        bounds,
        [
            "0.005", "0.01", "0.025", "0.05", "0.075", "0.1", "0.25", "0.5", "0.75", "1", "2.5", "5", "7.5",
            "10", "+Inf"
        ]
    );
}

#[tokio::test]
async fn repetitions_are_counted_by_operation() {
    let service = Service::sqlite().await;
    let client = service.client();
    let before = Scrape::of(&service.base_url()).await;
    for name in [
        "rollcall_idempotency_replays_total",
        "rollcall_idempotency_conflicts_total",
    ] {
        assert!(before.has(name), "{name} begins with its first case");
        check(before.value(name, &[]), 0);
    }
    let (tenant, key) = (client.new_tenant("Repeated").await, unique_key());
    for _ in 0..4 {
        client
            .create_school(tenant, &key, &json!({ "name": "Once" }))
            .await;
    }
    for _ in 0..2 {
        let answer = client
            .create_school(tenant, &key, &json!({ "name": "Twice" }))
            .await;
        assert_eq!(answer.problem(), "idempotency-key-reused");
    }
    let turned_away = one_that_comes_while_the_first_is_at_work(&service, tenant).await;
    assert_eq!(turned_away.problem(), "idempotency-in-flight");

    let scrape = Scrape::of(&service.base_url()).await;
    let operation = ("rollcall_operation", "createSchool");
    check(
        scrape.value("rollcall_idempotency_replays_total", &[operation]),
        3,
    );
    let conflicts = |reason| {
        scrape.value(
            "rollcall_idempotency_conflicts_total",
            &[operation, ("reason", reason)],
        )
    };
    check(conflicts("reused"), 2);
    check(conflicts("in-flight"), 1);
    check(
        scrape.value(
            "rollcall_idempotency_replays_total",
            &[("rollcall_operation", "createTenant")],
        ),
        0,
    );
}

/// The answer to the second of two requests under one key, of which the first waits for the database's write lock, held here.
async fn one_that_comes_while_the_first_is_at_work(service: &Service, tenant: Uuid) -> Answer {
    let file = service.folder().join("data/rollcall.db");
    let database = sea_orm::Database::connect(format!("sqlite://{}?mode=rw", file.display()))
        .await
        .expect("open the database");
    let immediate = sea_orm::TransactionOptions {
        sqlite_transaction_mode: Some(sea_orm::SqliteTransactionMode::Immediate),
        ..sea_orm::TransactionOptions::default()
    };
    let held = database
        .begin_with_options(immediate)
        .await
        .expect("hold the write lock");
    let key = unique_key();
    let send = || {
        let (client, key) = (service.client(), key.clone());
        tokio::spawn(async move {
            client
                .create_school(tenant, &key, &json!({ "name": "Slow" }))
                .await
        })
    };
    let (mut one, mut other) = (send(), send());
    let (early, waiting) = tokio::select! {
        early = &mut one => (early, other),
        early = &mut other => (early, one),
    };
    held.rollback().await.expect("let go");
    let first = waiting.await.expect("no panic");
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
    early.expect("no panic")
}

#[tokio::test]
async fn what_the_tenant_guard_refuses_is_counted_by_reason() {
    let port = free_port();
    let service = Service::builder()
        .authentication()
        .variable("ROLLCALL_METRICS_LISTEN", format!("127.0.0.1:{port}"))
        .start()
        .await;
    let operator = service
        .client()
        .with_token(&Token::good().claim("tenant_id", "*").sign());
    let tenant = operator.new_tenant("Guarded").await;
    let path = format!("/api/v1/tenants/{tenant}");
    for _ in 0..2 {
        let request = operator.get(&path).header("X-Tenant-Id", unique_id().to_string());
        assert_eq!(operator.send(request).await.problem(), "tenant-mismatch");
    }
    for _ in 0..3 {
        assert_eq!(
            operator.send(operator.get(&path)).await.problem(),
            "tenant-header-invalid"
        );
    }
    let stranger = service
        .client()
        .with_token(&Token::for_tenant(unique_id()).sign());
    for _ in 0..4 {
        assert_eq!(stranger.get_tenant(tenant).await.problem(), "forbidden");
    }
    let scrape = Scrape::of(&format!("http://127.0.0.1:{port}")).await;
    let refusals = |reason| scrape.value("rollcall_tenancy_refusals_total", &[("reason", reason)]);
    check(refusals("tenant-mismatch"), 2);
    check(refusals("tenant-header-invalid"), 3);
    check(refusals("forbidden"), 4);
}

#[tokio::test]
async fn open_event_streams_are_counted_while_they_are_open() {
    const OPEN: &str = "rollcall_event_streams_open";
    let service = Service::sqlite().await;
    let client = service.client();
    let tenant = client.new_tenant("Followed").await;
    let (one, other) = (
        client.stream_events(tenant, None).await,
        client.stream_events(tenant, None).await,
    );
    let is =
        |expected: u32| move |scrape: &Scrape| (scrape.value(OPEN, &[]) - f64::from(expected)).abs() < 0.5;
    until(&service.base_url(), "both are open", is(2)).await;
    drop(one);
    until(&service.base_url(), "one is open", is(1)).await;
    drop(other);
    let scrape = until(&service.base_url(), "none is open", is(0)).await;
    assert!(scrape.has(OPEN));
}
