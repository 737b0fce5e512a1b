//! A collector that is there, that is away, that hangs.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::logs::v1::LogRecord;

use crate::support::otlp::{OtlpReceiver, Received, attributes, text};
use crate::support::{Process, Service, free_port};

/// Longer than the service gives a collector at its end, and far shorter than anything that waits for one without a bound.
const END_MAX: Duration = Duration::from_secs(20);

fn body_of(record: &LogRecord) -> String {
    record.body.as_ref().map(text).unwrap_or_default()
}

fn lines_with(process: &Process, part: &str) -> usize {
    process
        .stderr()
        .lines()
        .filter(|line| line.contains(part))
        .count()
}

#[tokio::test]
async fn the_collector_learns_who_speaks_and_gets_the_headers() {
    let receiver = OtlpReceiver::start();
    let service = Service::builder()
        .telemetry(&receiver)
        .variable("ROLLCALL_OTLP_HEADERS", "api-key=squirrel")
        .variable("ROLLCALL_TELEMETRY_SERVICE_INSTANCE", "first")
        .variable(
            "OTEL_RESOURCE_ATTRIBUTES",
            "service.namespace=schools,deployment.environment.name=test",
        )
        .start()
        .await;
    service.client().new_tenant("Told of").await;
    let resource = receiver
        .until("a log record came", |received| {
            Some(received.logs.first()?.0.clone())
        })
        .await;
    let resource = attributes(&resource.attributes);
    for (name, value) in [
        ("service.name", "rollcall"),
        ("service.version", env!("CARGO_PKG_VERSION")),
        ("service.instance.id", "first"),
        ("service.namespace", "schools"),
        ("deployment.environment.name", "test"),
    ] {
        assert_eq!(resource.get(name).map(String::as_str), Some(value), "{name}");
    }
    let keys = receiver.received().api_keys;
    assert!(keys.iter().all(|key| key == "squirrel"), "{keys:?}");
}

#[tokio::test]
async fn what_is_left_is_sent_before_the_end() {
    let receiver = OtlpReceiver::start();
    let mut service = Service::builder()
        .telemetry(&receiver)
        .variable("OTEL_BLRP_SCHEDULE_DELAY", "600000")
        .start()
        .await;
    service.stop();
    let told = receiver
        .received()
        .logs
        .iter()
        .any(|(_, record)| body_of(record) == "no more requests");
    assert!(told, "the last lines came");
}

#[tokio::test]
async fn a_collector_that_is_away_is_told_of_once_and_slows_nothing() {
    let address = format!("127.0.0.1:{}", free_port()).parse().expect("an address");
    let mut service = Service::builder()
        .telemetry_to(&format!("http://{address}"))
        .start()
        .await;
    let client = service.client();
    let tenant = client.new_tenant("Away").await;
    let mut number = 0;
    crate::support::wait::until("it is told that the collector is away", async || {
        number += 1;
        client.new_school(tenant, &format!("School {number}")).await;
        (lines_with(service.process(), "does not take telemetry") > 0).then_some(())
    })
    .await;
    // It is back, and that is told too.
    let receiver = OtlpReceiver::start_on(address);
    receiver
        .until("a log record came", |received| {
            Some(received.logs.first()?.0.clone())
        })
        .await;
    crate::support::wait::until("it is told that the collector is back", async || {
        client.get_tenant(tenant).await;
        (lines_with(service.process(), "takes telemetry again") > 0).then_some(())
    })
    .await;
    let process = service.process();
    assert_eq!(
        lines_with(process, "does not take telemetry"),
        1,
        "{}",
        process.tail()
    );
    assert_eq!(lines_with(process, "opentelemetry"), 0, "{}", process.tail());
}

#[tokio::test]
async fn a_collector_that_hangs_delays_the_end_by_a_bounded_time() {
    // It accepts, by its backlog, and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").expect("bind");
    let address = silent.local_addr().expect("its address");
    let mut service = Service::builder()
        .telemetry_to(&format!("http://{address}"))
        // So many batches that giving each its time would take minutes.
        .variable("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1")
        .start()
        .await;
    let client = service.client();
    let tenant = client.new_tenant("Hanging").await;
    for number in 0..20 {
        client.new_school(tenant, &format!("School {number}")).await;
    }
    let begun = Instant::now();
    let status = service.stop();
    assert!(status.success(), "it ended with {status}");
    assert!(begun.elapsed() < END_MAX, "it took {:?}", begun.elapsed());
}

#[tokio::test]
async fn exports_do_not_tell_of_themselves() {
    let receiver = OtlpReceiver::start();
    let service = Service::builder()
        .telemetry(&receiver)
        .variable("ROLLCALL_LOG_LEVEL", "trace,sqlx=off,rollcall=info")
        .start()
        .await;
    let client = service.client();
    for round in 1..=5 {
        client.new_tenant("Told of").await;
        let told = |received: &Received| {
            let bodies = received.logs.iter().map(|(_, record)| body_of(record));
            (bodies.filter(|body| body == "request").count() >= round).then_some(())
        };
        receiver.until("the record of the request came", told).await;
    }
    let telling = ["hyper_util::client", "opentelemetry", "reqwest"];
    let targets = receiver.received().log_targets;
    assert!(targets.iter().any(|target| target.starts_with("rollcall::http")));
    let undue: Vec<&String> = targets
        .iter()
        .filter(|target| telling.iter().any(|start| target.starts_with(start)))
        .collect();
    assert!(undue.is_empty(), "{undue:?}");
}
