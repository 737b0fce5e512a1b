//! One trace from the request to the consumer.

use std::process::Command;

use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use super::spans::{self, Seen, named, of_trace, only, served};
use crate::support::{
    Answer, Client, OtlpReceiver, PostgresServer, Process, RedisServer, Service, repository, tools,
    unique_id, unique_key, wait,
};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";
const ROUTE: &str = "/api/v1/tenants/{tenantId}/schools";

/// Creates a school in a trace that the caller records, or does not.
async fn create_school(client: &Client, tenant: Uuid, correlation: &str, flags: &str) -> Answer {
    let request = client
        .in_tenant(Method::POST, tenant, "/schools")
        .header("Idempotency-Key", unique_key())
        .header("X-Correlation-Id", correlation)
        .header("traceparent", format!("00-{TRACE}-{CALLER}-{flags}"))
        .header("tracestate", "vendor=value")
        .json(&json!({ "name": format!("School {correlation}") }));
    client.send(request).await
}

/// The events of a tenant, newest last.
async fn events(client: &Client, tenant: Uuid) -> Vec<Value> {
    let page = client.list_events(tenant, "after=0&limit=200").await;
    page.json["items"].as_array().expect("a page of events").clone()
}

/// The tree under the server's span, as a request for a school draws it on either database. Gives the span of the event's creation.
fn check_tree(spans: &[Seen], system: &str) -> Seen {
    let server = only(spans, SpanKind::Server);
    assert_eq!(server.name, format!("POST {ROUTE}"));
    assert_eq!(server.parent_id, CALLER);
    assert_eq!(server.trace_state, "vendor=value");
    assert!(!server.is_error);
    for (name, value) in [
        ("http.request.method", "POST"),
        ("http.route", ROUTE),
        ("http.response.status_code", "201"),
        ("network.protocol.version", "1.1"),
        ("server.address", "127.0.0.1"),
        ("url.scheme", "http"),
    ] {
        assert_eq!(server.attribute(name), value, "{name}");
    }
    assert_eq!(server.attributes.len(), 7, "{:?}", server.attributes);

    let operation = named(spans, "createSchool");
    assert_eq!(operation.kind, SpanKind::Internal);
    assert_eq!(operation.parent_id, server.span_id);
    let commit = named(spans, "commit");
    assert_eq!(commit.kind, SpanKind::Internal);
    assert_eq!(commit.parent_id, operation.span_id);

    // Nobody else wrote at that time, so what commits it is done inside its own trace.
    let statements: Vec<&Seen> = spans
        .iter()
        .filter(|span| span.kind == SpanKind::Client)
        .collect();
    for statement in &statements {
        assert_eq!(statement.parent_id, commit.span_id);
        assert_eq!(statement.attribute("db.system.name"), system);
        assert_eq!(statement.attribute("db.query.summary"), statement.name);
        assert!(!statement.is_error, "{statement:#?}");
    }
    let names: Vec<&str> = statements.iter().map(|span| span.name.as_str()).collect();
    let does = |operation: &str, table: &str| {
        let name = format!("{operation} {table}");
        let statement = statements.iter().find(|span| span.name == name);
        let statement = statement.unwrap_or_else(|| panic!("{name} in {names:?}"));
        assert_eq!(statement.attribute("db.operation.name"), operation);
        assert_eq!(statement.attribute("db.collection.name"), table);
    };
    if system == "sqlite" {
        does("INSERT", "schools");
        does("INSERT", "event_log");
        assert_eq!((names.first(), names.last()), (Some(&"BEGIN"), Some(&"COMMIT")));
    } else {
        does("SELECT", "write_units");
        assert_eq!(names.len(), 1, "one round trip: {names:?}");
    }

    let creation = only(spans, SpanKind::Producer);
    assert_eq!(creation.name, "create lms.roster.v1");
    assert_eq!(creation.parent_id, operation.span_id);
    assert_eq!(creation.attribute("messaging.operation.type"), "create");
    assert_eq!(
        creation.attribute("cloudevents.event_type"),
        "lms.roster.v1.SchoolCreated"
    );
    assert!(spans.iter().all(|span| span.service == "rollcall"));
    creation.clone()
}

/// No id of a tenant, a school or an undertaking is anywhere in a span, and none at all in a name.
fn check_no_ids(spans: &[Seen], ids: &[String]) {
    for span in spans {
        let texts = span.attributes.values().chain([&span.name]);
        for text in texts {
            assert!(ids.iter().all(|id| !text.contains(id.as_str())), "{span:#?}");
        }
    }
}

/// The documented consumer, telling the same collector.
fn consumer(redis: &RedisServer, receiver: &OtlpReceiver, folder: &TempDir) -> Process {
    let mut command = Command::new(tools::python("python"));
    command
        .arg(repository().join("tests/consumers/python/consumer.py"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("REDIS_URL", redis.url())
        .env("STATE_FILE", folder.path().join("state"))
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url())
        .env("OTEL_SERVICE_NAME", "consumer")
        .env("OTEL_BSP_SCHEDULE_DELAY", "50");
    Process::spawn("consumer", command, folder.path())
}

#[tokio::test]
async fn a_write_is_one_trace_from_the_request_to_the_consumer() {
    let (receiver, redis) = (OtlpReceiver::start(), RedisServer::start());
    let database = PostgresServer::shared().create_database().await;
    let builder = Service::builder().database(&database.url).redis(&redis);
    let service = builder.telemetry(&receiver).start().await;
    let client = service.client();
    let tenant = client.new_tenant("Traced").await;
    let correlation = unique_id().to_string();
    let answer = create_school(&client, tenant, &correlation, "01").await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let folder = TempDir::new().expect("make a folder");
    let _consumer = consumer(&redis, &receiver, &folder);

    let is_handled = |span: &Seen| span.kind == SpanKind::Consumer;
    let spans = receiver
        .until("the consumer's span came", |received| {
            let spans = of_trace(received, TRACE);
            spans.iter().any(is_handled).then_some(spans)
        })
        .await;
    let (consumed, own): (Vec<Seen>, Vec<Seen>) = spans.into_iter().partition(is_handled);
    let creation = check_tree(&own, "postgresql");
    let namespaces = own.iter().filter(|span| span.kind == SpanKind::Client);
    let name = database.url.rsplit('/').next().expect("a name");
    let name = name.split('?').next().expect("a name");
    assert!(
        namespaces
            .into_iter()
            .all(|span| span.attribute("db.namespace") == name)
    );

    let [handled] = consumed.as_slice() else {
        panic!("handled once: {consumed:#?}")
    };
    assert_eq!(handled.name, "process lms.roster.v1");
    assert_eq!(handled.parent_id, creation.span_id);
    assert_eq!(handled.service, "consumer");
    let event = events(&client, tenant).await.pop().expect("an event");
    let traceparent = format!("00-{TRACE}-{}-01", creation.span_id);
    assert_eq!(event["traceparent"], traceparent);
    assert_eq!(event["id"], creation.attribute("messaging.message.id"));

    let link = (TRACE.to_owned(), creation.span_id.clone());
    let batch = receiver
        .until("the relay's span came", |received| {
            let mut spans = spans::all(received).into_iter();
            spans.find(|span| span.links.contains(&link))
        })
        .await;
    assert_eq!(
        (batch.name.as_str(), batch.kind),
        ("send lms.roster.v1", SpanKind::Client)
    );
    assert!(batch.parent_id.is_empty() && batch.trace_id != TRACE);
    let stream = format!(
        "lms.roster.v1:{{{}}}",
        batch.attribute("messaging.destination.partition.id")
    );
    for (name, value) in [
        ("messaging.system", "redis"),
        ("messaging.operation.type", "send"),
        ("messaging.operation.name", "append"),
        ("messaging.destination.name", stream.as_str()),
        ("messaging.destination.template", "lms.roster.v1:{partition}"),
    ] {
        assert_eq!(batch.attribute(name), value, "{name}");
    }
    let count: usize = batch
        .attribute("messaging.batch.message_count")
        .parse()
        .expect("a count");
    assert_eq!(count, batch.links.len());
    let school = answer.json["schoolId"].as_str().expect("an id").to_owned();
    check_no_ids(
        &spans::all(&receiver.received()),
        &[tenant.to_string(), correlation, school],
    );
}

#[tokio::test]
async fn without_a_broker_a_write_on_sqlite_is_the_same_trace_up_to_its_event() {
    let receiver = OtlpReceiver::start();
    let service = Service::builder().telemetry(&receiver).start().await;
    let client = service.client();
    let tenant = client.new_tenant("Traced").await;
    let correlation = unique_id().to_string();
    create_school(&client, tenant, &correlation, "01").await;
    let spans = served(&receiver, TRACE).await;
    let creation = check_tree(&spans, "sqlite");
    let event = events(&client, tenant).await.pop().expect("an event");
    assert_eq!(
        event["traceparent"],
        format!("00-{TRACE}-{}-01", creation.span_id)
    );
    check_no_ids(&spans, &[tenant.to_string(), correlation]);
}

#[tokio::test]
async fn writes_that_are_committed_together_have_a_span_that_is_linked_to_each() {
    let receiver = OtlpReceiver::start();
    let builder = Service::builder().telemetry(&receiver);
    let service = builder
        .variable("ROLLCALL_TELEMETRY_TRACES_PER_SECOND", "1000000")
        .start()
        .await;
    let client = service.client();
    let tenant = client.new_tenant("Together").await;
    let mut number = 0;
    let joint = wait::until("writes are committed together", async || {
        number += 1;
        let name = |index| format!("School {number}-{index}");
        let writes = (0..16).map(async |index| client.new_school(tenant, &name(index)).await);
        futures_util::future::join_all(writes).await;
        let mut spans = spans::all(&receiver.received()).into_iter();
        spans.find(|span| span.name == "commit together")
    })
    .await;
    assert!(joint.links.len() > 1 && joint.parent_id.is_empty(), "{joint:#?}");
    let came = receiver
        .until("the traces of all of them came", |received| {
            let spans = spans::all(received);
            let has_come = |(_, id): &(String, String)| {
                spans
                    .iter()
                    .any(|span| span.name == "commit" && span.span_id == *id)
            };
            joint.links.iter().all(has_come).then_some(spans)
        })
        .await;
    let inside: Vec<&Seen> = came
        .iter()
        .filter(|span| span.parent_id == joint.span_id)
        .collect();
    assert!(
        inside.iter().any(|span| span.name == "INSERT schools"),
        "{inside:#?}"
    );
    assert!(inside.iter().all(|span| span.trace_id == joint.trace_id));
}

#[tokio::test]
async fn a_trace_that_begins_here_is_the_one_that_the_problem_names() {
    let receiver = OtlpReceiver::start();
    let service = Service::builder().telemetry(&receiver).start().await;
    let client = service.client();
    let answer = client.get_tenant(unique_id()).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let trace_id = answer.json["traceId"].as_str().expect("a trace id").to_owned();
    let spans = served(&receiver, &trace_id).await;
    let server = only(&spans, SpanKind::Server);
    assert_eq!(server.name, "GET /api/v1/tenants/{tenantId}");
    assert_eq!(server.attribute("http.response.status_code"), "404");
    assert!(server.parent_id.is_empty());
    assert!(!server.is_error, "the client was wrong, not the server");
    assert_eq!(server.attribute("error.type"), "");
}

#[tokio::test]
async fn what_the_caller_does_not_record_is_not_told_of_and_has_its_ids_all_the_same() {
    let receiver = OtlpReceiver::start();
    let service = Service::builder().telemetry(&receiver).start().await;
    let client = service.client();
    let tenant = client.new_tenant("Unrecorded").await;
    let answer = create_school(&client, tenant, &unique_id().to_string(), "00").await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let event = events(&client, tenant).await.pop().expect("an event");
    let traceparent = event["traceparent"].as_str().expect("a trace context");
    assert!(traceparent.starts_with(&format!("00-{TRACE}-")), "{traceparent}");
    assert!(
        traceparent.ends_with("-00") && !traceparent.contains(CALLER),
        "{traceparent}"
    );

    // Neither are probes and pages, unless their caller records them.
    for path in ["/health/ready", "/", "/openapi.json"] {
        client.send(client.get(path)).await;
    }
    let last = "11111111111111111111111111111111";
    let page = client
        .get("/")
        .header("traceparent", format!("00-{last}-{CALLER}-01"));
    client.send(page).await;
    let spans = served(&receiver, last).await;
    assert_eq!(only(&spans, SpanKind::Server).name, "GET /");
    let came = receiver.received();
    assert_eq!(of_trace(&came, TRACE), []);
    let unwanted: Vec<Seen> = spans::all(&came)
        .into_iter()
        .filter(|span| span.kind == SpanKind::Server && span.trace_id != last)
        .filter(|span| !span.attribute("http.route").starts_with("/api/"))
        .collect();
    assert_eq!(unwanted, []);
}

#[tokio::test]
async fn no_more_traces_begin_in_a_second_than_were_asked_for() {
    let receiver = OtlpReceiver::start();
    let builder = Service::builder().telemetry(&receiver);
    let service = builder
        .variable("ROLLCALL_TELEMETRY_TRACES_PER_SECOND", "0")
        .start()
        .await;
    let client = service.client();
    let tenant = client.new_tenant("Unrecorded").await;
    create_school(&client, tenant, &unique_id().to_string(), "01").await;
    served(&receiver, TRACE).await;
    let others: Vec<Seen> = spans::all(&receiver.received())
        .into_iter()
        .filter(|span| span.trace_id != TRACE)
        .collect();
    assert_eq!(others, []);
}

#[tokio::test]
async fn a_database_that_is_gone_is_an_error_of_the_server_and_of_the_statement() {
    let (receiver, mut postgres) = (OtlpReceiver::start(), PostgresServer::start());
    let database = postgres.create_database().await;
    let builder = Service::builder().database(&database.url).telemetry(&receiver);
    let service = builder
        .variable("ROLLCALL_DATABASE_ACQUIRE_TIMEOUT", "500ms")
        .start()
        .await;
    let client = service.client();
    let tenant = client.new_tenant("Gone").await;
    postgres.kill();
    let answer = create_school(&client, tenant, &unique_id().to_string(), "01").await;
    assert_eq!(
        answer.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "{}",
        answer.text()
    );
    let spans = served(&receiver, TRACE).await;
    let server = only(&spans, SpanKind::Server);
    assert!(server.is_error);
    assert_eq!(server.attribute("http.response.status_code"), "503");
    assert_eq!(server.attribute("error.type"), "503");
    let failed: Vec<&Seen> = spans
        .iter()
        .filter(|span| span.kind == SpanKind::Client && span.is_error)
        .collect();
    assert_eq!(failed.len(), 1, "{spans:#?}");
    assert!(!failed[0].attribute("error.type").is_empty());
    postgres.restart();
}
