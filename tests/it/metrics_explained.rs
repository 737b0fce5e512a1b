//! The table of metrics in `docs/observability.md` is the catalogue that the instruments are made of: each metric, with its name, kind, unit
//! and labels. Alert rules and dashboard are held against that table by xtask's own tests.

use std::collections::BTreeMap;

use rollcall::telemetry::catalogue::{METRICS, MetricDescription, MetricKind};

use crate::support::repository;

/// What the first four cells of a metric's row say.
fn row(metric: &MetricDescription) -> [String; 4] {
    let kind = match metric.kind {
        MetricKind::Counter => "counter",
        MetricKind::UpDownCounter => "updowncounter",
        MetricKind::Gauge => "gauge",
        MetricKind::Histogram(_) => "histogram",
    };
    let unit = if metric.unit.is_empty() {
        String::new()
    } else {
        format!(", {}", metric.unit)
    };
    let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
    [
        format!("`{}`", metric.name),
        format!("`{}`", metric.prometheus_name),
        format!("{kind}{unit}"),
        labels.join(", "),
    ]
}

#[test]
fn the_table_of_metrics_is_the_catalogue() {
    let document = std::fs::read_to_string(repository().join("docs/observability.md")).expect("the document");
    let section = document
        .split("\n## ")
        .find(|section| section.starts_with("Metrics\n"))
        .expect("its metrics");
    let mut explained = BTreeMap::new();
    for line in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<String> = line
            .trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect();
        assert_eq!(cells.len(), 6, "{line}");
        assert!(
            cells[4..].iter().all(|cell| !cell.is_empty()),
            "what it tells, and what to do: {line}"
        );
        let twice = explained.insert(cells[0].clone(), cells[..4].to_vec());
        assert!(twice.is_none(), "explained twice: {line}");
    }
    for metric in METRICS {
        let expected = row(metric);
        let found = explained.remove(&expected[0]);
        assert_eq!(
            found.as_deref(),
            Some(expected.as_slice()),
            "docs/observability.md on {}",
            metric.name
        );
    }
    assert!(
        explained.is_empty(),
        "explained, and measured nowhere: {:?}",
        explained.keys()
    );
}
