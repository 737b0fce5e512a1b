//! One line a request, and the same as a record at the collector.

use opentelemetry_proto::tonic::logs::v1::LogRecord;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::spans::{only, served};
use crate::support::otlp::{attributes, hex, text};
use crate::support::tokens::Token;
use crate::support::{OtlpReceiver, Process, Service, unique_id, unique_key, wait};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;

/// The line of the request with that correlation id.
async fn line(process: &Process, correlation: &str) -> Value {
    wait::until("the line of the request is written", async || {
        process.stderr().lines().find_map(|line| {
            let line: Value = serde_json::from_str(line).ok()?;
            (line["message"] == "request" && line["correlation_id"] == correlation).then_some(line)
        })
    })
    .await
}

fn names(line: &Value) -> Vec<&str> {
    let members = line.as_object().expect("an object");
    let mut names: Vec<&str> = members.keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn a_request_is_one_line_that_says_what_and_for_whom_and_how_long() {
    let receiver = OtlpReceiver::start();
    let mut service = Service::builder().telemetry(&receiver).start().await;
    let client = service.client();
    let tenant = client.new_tenant("Logged").await;
    let (correlation, causation) = (unique_id().to_string(), unique_id().to_string());
    let request = client
        .in_tenant(Method::POST, tenant, "/schools")
        .header("Idempotency-Key", unique_key())
        .header("X-Correlation-Id", &correlation)
        .header("X-Causation-Id", &causation)
        .json(&json!({ "name": "Logged" }));
    let answer = client.send(request).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let line = line(service.process(), &correlation).await;
    assert_eq!(
        names(&line),
        [
            "causation_id",
            "correlation_id",
            "duration_ms",
            "level",
            "message",
            "method",
            "operation",
            "route",
            "span_id",
            "status",
            "target",
            "tenant_id",
            "timestamp",
            "trace_id",
        ]
    );
    assert_eq!(line["method"], "POST");
    assert_eq!(line["route"], "/api/v1/tenants/{tenantId}/schools");
    assert_eq!(line["status"], 201);
    assert_eq!(line["operation"], "createSchool");
    assert_eq!(line["causation_id"], causation);
    assert_eq!(line["tenant_id"], tenant.to_string());
    assert!(line["duration_ms"].as_f64().expect("a number") > 0.0);

    // Its span is the one at the collector, and so is the record that says the same there.
    let trace_id = line["trace_id"].as_str().expect("an id").to_owned();
    let spans = served(&receiver, &trace_id).await;
    assert_eq!(line["span_id"], only(&spans, SpanKind::Server).span_id);
    let is_same =
        |record: &LogRecord| attributes(&record.attributes).get("correlation_id") == Some(&correlation);
    let record = receiver
        .until("the record of the request came", |received| {
            received
                .logs
                .iter()
                .map(|(_, record)| record)
                .find(|record| is_same(record))
                .cloned()
        })
        .await;
    assert_eq!(hex(&record.trace_id), trace_id);
    assert_eq!(line["span_id"], hex(&record.span_id));
    assert_eq!(record.severity_text, "INFO");
    assert_eq!(record.body.as_ref().map(text).as_deref(), Some("request"));
    let told = attributes(&record.attributes);
    assert_eq!(told["tenant_id"], tenant.to_string());
    assert_eq!(told["status"], "201");
}

#[tokio::test]
async fn a_tenant_is_told_only_of_requests_that_were_let_into_it() {
    let mut service = Service::builder().authentication().start().await;
    let client = service.client();
    let operator = client.with_token(&Token::good().claim("tenant_id", "*").sign());
    let tenant = operator.new_tenant("Guarded").await;
    let stranger = client.with_token(&Token::for_tenant(unique_id()).sign());
    for (client, header, status, is_told) in [
        (&operator, tenant, StatusCode::OK, true),
        (&operator, unique_id(), StatusCode::FORBIDDEN, false),
        (&stranger, tenant, StatusCode::FORBIDDEN, false),
        (&client, tenant, StatusCode::UNAUTHORIZED, false),
    ] {
        let correlation = unique_id().to_string();
        let request = client
            .request(Method::GET, &format!("/api/v1/tenants/{tenant}"))
            .header("X-Tenant-Id", header.to_string())
            .header("X-Correlation-Id", &correlation);
        assert_eq!(client.send(request).await.status, status);
        let line = line(service.process(), &correlation).await;
        let expected = is_told.then(|| Value::from(tenant.to_string()));
        assert_eq!(line.get("tenant_id"), expected.as_ref(), "{line}");
        assert_eq!(line["operation"], "getTenant");
    }
}
