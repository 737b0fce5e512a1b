//! The catalogue, `/metrics` and OTLP say the same.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::{Command, Stdio};

use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{AggregationTemporality, Metric};
use rollcall::telemetry::catalogue::{METRICS, MetricDescription, MetricKind};
use serde_json::json;

use super::scrape::{Scrape, until};
use crate::support::otlp::{OtlpReceiver, attributes};
use crate::support::{PostgresServer, RedisServer, Service, unique_key, wait};

/// What is on the page beside the catalogue: the resource (OpenTelemetry, compatibility with Prometheus).
const TARGET_INFO: &str = "target_info";

/// What `promtool` has against names that OpenTelemetry's conventions give: they end as the parts of a histogram do.
const KNOWN_FINDINGS: [&str; 2] = [
    "db_client_connection_count non-histogram and non-summary metrics should not have \"_count\" suffix",
    "process_unix_file_descriptor_count non-histogram and non-summary metrics should not have \"_count\" suffix",
];

/// Whatever has a label only when something goes wrong has it afterwards.
async fn go_through_everything(service: &Service, server: &mut PostgresServer, redis: &mut RedisServer) {
    let client = service.client();
    let tenant = client.new_tenant("Everything").await;
    let key = unique_key();
    for name in ["One", "One", "Another"] {
        client.create_school(tenant, &key, &json!({ "name": name })).await;
    }
    client.stream_events(tenant, None).await.next().await;
    let url = service.base_url();
    let published = "rollcall_event_publish_duration_seconds_count";
    until(&url, "all is published", |scrape| {
        scrape.value(published, &[]) > 1.5
    })
    .await;
    redis.kill();
    client.new_school(tenant, "Waiting").await;
    let down = |dependency: &'static str| {
        move |scrape: &Scrape| scrape.value("rollcall_dependency_up", &[("dependency", dependency)]) < 0.5
    };
    until(&url, "the broker is away", down("broker")).await;
    server.kill();
    assert_eq!(client.get_tenant(tenant).await.status, 503);
    until(&url, "the database is away", down("database")).await;
    server.restart();
    redis.restart();
}

#[tokio::test]
async fn each_metric_of_the_catalogue_is_told_as_it_is_described() {
    let (mut server, mut redis) = (PostgresServer::start(), RedisServer::start());
    let receiver = OtlpReceiver::start();
    let database = server.create_database().await;
    let service = Service::builder()
        .database(&database.url)
        .redis(&redis)
        .telemetry(&receiver)
        .start()
        .await;
    go_through_everything(&service, &mut server, &mut redis).await;
    let scrape = Scrape::of(&service.base_url()).await;
    check_page(&scrape);
    check_with_promtool(&scrape.text);

    // What was recorded before is in whatever is exported from now on.
    let exported = receiver.received().metrics.len();
    let metrics = wait::until("all was exported once more", async || {
        let all = receiver.received().metrics;
        let latest: BTreeMap<String, Metric> = all[exported..]
            .iter()
            .map(|(_, metric)| (metric.name.clone(), metric.clone()))
            .collect();
        (latest.len() >= METRICS.len()).then_some(latest)
    })
    .await;
    let names: Vec<&str> = metrics.keys().map(String::as_str).collect();
    let expected: BTreeSet<&str> = METRICS.iter().map(|metric| metric.name).collect();
    assert_eq!(names, expected.into_iter().collect::<Vec<_>>());
    for metric in METRICS {
        check_exported(metric, &metrics[metric.name]);
    }
}

fn check_page(scrape: &Scrape) {
    let shown: BTreeMap<&str, &str> = scrape
        .kinds
        .iter()
        .map(|(name, kind)| (name.as_str(), kind.as_str()))
        .filter(|(name, _)| *name != TARGET_INFO)
        .collect();
    let described: BTreeMap<&str, &str> = METRICS
        .iter()
        .map(|metric| {
            let kind = match metric.kind {
                MetricKind::Counter => "counter",
                MetricKind::UpDownCounter | MetricKind::Gauge => "gauge",
                MetricKind::Histogram(_) => "histogram",
            };
            (metric.prometheus_name, kind)
        })
        .collect();
    assert_eq!(shown, described);
    for metric in METRICS {
        let labels: BTreeSet<String> = metric
            .labels
            .iter()
            .map(|label| label.replace('.', "_"))
            .collect();
        assert_eq!(scrape.labels(metric.prometheus_name), labels, "{}", metric.name);
        let help = format!("# HELP {} {}\n", metric.prometheus_name, metric.description);
        assert!(scrape.text.contains(&help), "{help}");
    }
}

fn check_exported(described: &MetricDescription, metric: &Metric) {
    let name = described.name;
    assert_eq!(metric.unit, described.unit, "{name}");
    assert_eq!(metric.description, described.description, "{name}");
    let cumulative = AggregationTemporality::Cumulative as i32;
    let labels: Vec<_> = match (metric.data.as_ref().expect("data"), described.kind) {
        (Data::Gauge(gauge), MetricKind::Gauge) => {
            gauge.data_points.iter().map(|point| &point.attributes).collect()
        }
        (Data::Sum(sum), MetricKind::Counter | MetricKind::UpDownCounter) => {
            assert_eq!(sum.is_monotonic, described.kind == MetricKind::Counter, "{name}");
            assert_eq!(sum.aggregation_temporality, cumulative, "{name}");
            sum.data_points.iter().map(|point| &point.attributes).collect()
        }
        (Data::Histogram(histogram), MetricKind::Histogram(boundaries)) => {
            assert_eq!(histogram.aggregation_temporality, cumulative, "{name}");
            let points = &histogram.data_points;
            assert!(
                points.iter().all(|point| point.explicit_bounds == boundaries),
                "{name}"
            );
            points.iter().map(|point| &point.attributes).collect()
        }
        (data, kind) => panic!("{name} is described as {kind:?} and told as {data:?}"),
    };
    assert!(!labels.is_empty(), "{name} has no values");
    let labels: BTreeSet<String> = labels
        .into_iter()
        .flat_map(|labels| attributes(labels).into_keys())
        .collect();
    let described: BTreeSet<String> = described.labels.iter().map(|label| (*label).to_owned()).collect();
    assert_eq!(labels, described, "{name}");
}

/// Prometheus's own look at the page.
fn check_with_promtool(text: &str) {
    let mut process = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is missing: install it (Debian/Ubuntu: apt-get install prometheus) or run `cargo xtask test`");
    let mut input = process.stdin.take().expect("an input");
    input.write_all(text.as_bytes()).expect("hand the page over");
    drop(input);
    let output = process.wait_with_output().expect("its findings");
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8(told).expect("text");
    let findings: Vec<&str> = told.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(findings, KNOWN_FINDINGS);
}
