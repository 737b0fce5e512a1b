//! Alerts on the processes and on the database.

use super::{Alert, Case, Severity};
use crate::ops::samples::Samples;

const GROUP: &str = "rollcall-service";

pub(super) fn alerts() -> Vec<Alert> {
    vec![
        no_metrics(),
        instance_down(),
        restarts(),
        database_unavailable(),
        pool_exhausted(),
    ]
}

fn no_metrics() -> Alert {
    let series = r#"rollcall_build_info{job="rollcall",instance="a",version="0.1.0"}"#;
    Alert {
        group: GROUP,
        name: "RollcallNoMetrics".to_owned(),
        severity: Severity::Page,
        lasting: "5m",
        expr: r#"absent(rollcall_build_info{job="rollcall"})"#.to_owned(),
        summary: "No process of Rollcall reports anything.".to_owned(),
        description:
            "All processes are gone, or Prometheus does not find or reach them. Every other alert is blind."
                .to_owned(),
        cases: vec![
            Case::fires("nobody reports", "10m", &[("job", "rollcall")], vec![]),
            Case::fires(
                "the last one went silent",
                "20m",
                &[("job", "rollcall")],
                vec![Samples::literal(series, "1x5 stale")],
            ),
            Case::silent("one reports", "10m", vec![Samples::constant(series, 1, 20)]),
        ],
    }
}

fn instance_down() -> Alert {
    let (first, second) = (
        r#"up{job="rollcall",instance="a"}"#,
        r#"up{job="rollcall",instance="b"}"#,
    );
    Alert {
        group: GROUP,
        name: "RollcallInstanceDown".to_owned(),
        severity: Severity::Ticket,
        lasting: "5m",
        expr: r#"up{job="rollcall"} == 0"#.to_owned(),
        summary: "A process of Rollcall does not answer Prometheus.".to_owned(),
        description: "It has ended, hangs, or cannot be reached. Others may still serve.".to_owned(),
        cases: vec![
            Case::fires(
                "one of two is down",
                "10m",
                &[("job", "rollcall"), ("instance", "b")],
                vec![Samples::constant(first, 1, 20), Samples::constant(second, 0, 20)],
            ),
            Case::silent(
                "it missed three scrapes",
                "10m",
                vec![Samples::literal(first, "1x5 0x2 1x10")],
            ),
        ],
    }
}

fn restarts() -> Alert {
    let series = r#"process_uptime_seconds{job="rollcall",instance="a"}"#;
    Alert {
        group: GROUP,
        name: "RollcallRestarts".to_owned(),
        severity: Severity::Page,
        lasting: "0m",
        expr: r#"resets(process_uptime_seconds{job="rollcall"}[30m]) >= 3"#.to_owned(),
        summary: "A process of Rollcall starts again and again.".to_owned(),
        description: "It was started at least three times within half an hour.".to_owned(),
        cases: vec![
            Case::fires(
                "it lives for five minutes each time",
                "25m",
                &[("job", "rollcall"), ("instance", "a")],
                vec![Samples::literal(
                    series,
                    "60+60x4 60+60x4 60+60x4 60+60x4 60+60x10",
                )],
            ),
            Case::silent(
                "it was started twice, for an upgrade and back",
                "25m",
                vec![Samples::literal(series, "60+60x4 60+60x4 60+60x30")],
            ),
        ],
    }
}

fn database_unavailable() -> Alert {
    let series = r#"rollcall_dependency_up{job="rollcall",instance="a",dependency="database"}"#;
    Alert {
        group: GROUP,
        name: "RollcallDatabaseUnavailable".to_owned(),
        severity: Severity::Page,
        lasting: "1m",
        expr: r#"min by (instance) (rollcall_dependency_up{job="rollcall",dependency="database"}) == 0"#
            .to_owned(),
        summary: "A process of Rollcall gets no answer from its database.".to_owned(),
        description: "It answers every request 503 until the database answers.".to_owned(),
        cases: vec![
            Case::fires(
                "the database is away",
                "5m",
                &[("instance", "a")],
                vec![Samples::constant(series, 0, 10)],
            ),
            Case::silent(
                "the broker is away",
                "5m",
                vec![
                    Samples::constant(series, 1, 10),
                    Samples::constant(&series.replace("database", "broker"), 0, 10),
                ],
            ),
            Case::silent(
                "it was away for one scrape",
                "5m",
                vec![Samples::literal(series, "1x3 0 1x9")],
            ),
        ],
    }
}

fn pool_exhausted() -> Alert {
    let pool = |name: &str, labels: &str| {
        format!(
            r#"db_client_connection_{name}{{job="rollcall",instance="a",db_client_connection_pool_name={labels}}}"#
        )
    };
    let used = |pool_name: &str| {
        pool(
            "count",
            &format!(r#""{pool_name}",db_client_connection_state="used""#),
        )
    };
    let max = |pool_name: &str| pool("max", &format!(r#""{pool_name}""#));
    Alert {
        group: GROUP,
        name: "RollcallDatabasePoolExhausted".to_owned(),
        severity: Severity::Ticket,
        lasting: "10m",
        // The one writer of SQLite is busy whenever somebody writes; that is no shortage.
        expr: r#"sum by (instance, db_client_connection_pool_name) (db_client_connection_count{job="rollcall",db_client_connection_state="used"}) / (sum by (instance, db_client_connection_pool_name) (db_client_connection_max{job="rollcall"}) > 1) > 0.9"#
            .to_owned(),
        summary: "A pool of database connections is nearly all in use.".to_owned(),
        description: "Requests wait for a connection, and are answered 503 where they wait too long.".to_owned(),
        cases: vec![
            Case::fires(
                "15 of 16 are in use",
                "15m",
                &[("instance", "a"), ("db_client_connection_pool_name", "reader")],
                vec![Samples::constant(&used("reader"), 15, 20), Samples::constant(&max("reader"), 16, 20)],
            ),
            Case::silent(
                "half are in use",
                "15m",
                vec![Samples::constant(&used("reader"), 8, 20), Samples::constant(&max("reader"), 16, 20)],
            ),
            Case::silent(
                "the one writer of SQLite is busy",
                "15m",
                vec![Samples::constant(&used("writer"), 1, 20), Samples::constant(&max("writer"), 1, 20)],
            ),
        ],
    }
}
