//! A run as tables.

use std::fmt::Write as _;

use super::result::{Cell, Footprint, HttpResult, PeerOperation, Peers};
use crate::rounds::Summary;

/// The whole run.
pub(super) fn document(result: &HttpResult) -> String {
    let settings = &result.settings;
    let mut text = format!(
        "{}\n- {} rounds, {} s for each half of a round after {} s of warm-up\n- the generator took {} of one processor\n",
        result.facts.markdown(),
        settings.rounds,
        settings.seconds,
        settings.warm_up_seconds,
        generator_range(result),
    );
    if !result.targets.is_empty() {
        text += &targets(result);
    }
    if !result.cells.is_empty() {
        text += &cells(&result.cells);
    }
    if let Some(footprint) = &result.footprint {
        text += &footprint_table(footprint);
    }
    if let Some(peers) = &result.peers {
        text += &peers_tables(peers);
    }
    text
}

fn generator_range(result: &HttpResult) -> String {
    match Summary::of(result.loads().map(|load| load.generator_share)) {
        Some(share) => format!("{:.0} to {:.0} %", share.min * 100.0, share.max * 100.0),
        None => "nothing".to_owned(),
    }
}

fn targets(result: &HttpResult) -> String {
    let mut text =
        "\n### Targets\n\n| what | target | measured, median (range) | |\n|---|---|---|---|\n".to_owned();
    for target in &result.targets {
        let met = if target.met { "met" } else { "**not met**" };
        _ = writeln!(
            text,
            "| {} | {} | {} | {met} |",
            target.what, target.target, target.measured
        );
    }
    text
}

fn cells(cells: &[Cell]) -> String {
    let mut text = "\n### Against the databases themselves\n\n\
        | database, operation, tenants | connections | requests/s | reference/s | ratio, median (range) | p50 ms | p99 ms | errors |\n\
        |---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for cell in cells {
        let ratio = cell.ratio().map_or_else(
            || "–".to_owned(),
            |ratio| format!("{:.2} ({:.2} to {:.2})", ratio.median, ratio.min, ratio.max),
        );
        _ = writeln!(
            text,
            "| {} | {} | {} | {} | {ratio} | {} | {} | {} |",
            cell.group,
            cell.connections,
            median(cell.subject(|load| load.throughput), 0),
            median(cell.reference_throughput(), 0),
            median(cell.subject(|load| load.p50_ms), 2),
            median(cell.subject(|load| load.p99_ms), 2),
            percent(cell.subject(|load| load.error_share)),
        );
    }
    text
}

fn footprint_table(footprint: &Footprint) -> String {
    let mut text = "\n### Start and memory\n\n| what | median (range) |\n|---|---|\n".to_owned();
    for (name, ready) in &footprint.ready_ms {
        _ = writeln!(text, "| ready after start, {name} | {} ms |", range(*ready));
    }
    for (name, idle) in &footprint.idle_mib {
        _ = writeln!(text, "| memory at rest, {name} | {} MiB |", range(*idle));
    }
    for (name, loaded) in &footprint.loaded_mib {
        _ = writeln!(
            text,
            "| memory under load, most of the run, {name} | {loaded:.0} MiB |"
        );
    }
    text
}

fn peers_tables(peers: &Peers) -> String {
    let mut text = format!(
        "\n### Against other services\n\nPostgreSQL, 64 tenants, closed loop at {} connections; each peer serves with {} processes.\n",
        peers.connections, peers.workers
    );
    for operation in &peers.operations {
        text += &peer_table(operation);
    }
    text
}

fn peer_table(operation: &PeerOperation) -> String {
    let mut text = format!(
        "\n`{}`; equal load: {} requests/s\n\n\
        | service | requests/s | p50 ms | p99 ms | equal load p50 ms | equal load p99 ms | memory MiB | processors |\n\
        |---|---|---|---|---|---|---|---|\n",
        operation.operation, operation.offered
    );
    for service in &operation.services {
        _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            service.name,
            median(service.closed(|load| load.throughput), 0),
            median(service.closed(|load| load.p50_ms), 2),
            median(service.closed(|load| load.p99_ms), 2),
            median(service.open(|load| load.p50_ms), 2),
            median(service.open(|load| load.p99_ms), 2),
            median(service.closed(|load| load.memory_mib), 0),
            median(service.closed(|load| load.server_share), 2),
        );
    }
    text
}

fn median(summary: Option<Summary>, digits: usize) -> String {
    summary.map_or_else(
        || "–".to_owned(),
        |summary| format!("{:.digits$}", summary.median),
    )
}

fn percent(share: Option<Summary>) -> String {
    share.map_or_else(
        || "–".to_owned(),
        |share| {
            if share.max == 0.0 {
                "0".to_owned()
            } else {
                format!("{:.2} %", share.max * 100.0)
            }
        },
    )
}

fn range(summary: Summary) -> String {
    format!("{:.0} ({:.0} to {:.0})", summary.median, summary.min, summary.max)
}

#[cfg(test)]
mod tests {
    use super::super::result::{CellRound, PeerService, Settings, TargetResult};
    use super::*;
    use crate::facts::Facts;
    use crate::measure::LoadResult;

    fn load(throughput: f64) -> LoadResult {
        LoadResult {
            throughput,
            ..LoadResult::default()
        }
    }

    fn cell(group: &str, reference: Option<f64>) -> Cell {
        Cell {
            group: group.to_owned(),
            connections: 32,
            reference: Some("pgbench"),
            rounds: [600.0, 500.0, 700.0]
                .map(|throughput| CellRound {
                    reference,
                    subject: load(throughput),
                })
                .into(),
        }
    }

    fn result() -> HttpResult {
        let summary = Summary {
            median: 2.0,
            min: 1.0,
            max: 3.0,
        };
        let service = |name: &str| PeerService {
            name: name.to_owned(),
            closed: vec![load(10.0)],
            open: vec![load(7.0)],
        };
        HttpResult {
            facts: Facts {
                started: "2026-01-01 00:00".to_owned(),
                revision: "abc".to_owned(),
                processors: 2,
                processor_model: "Fast".to_owned(),
                memory_mib: 1024,
                kernel: "6".to_owned(),
                file_system: "ext4".to_owned(),
                load_before: 0.25,
                versions: vec![("PostgreSQL".to_owned(), "15".to_owned())],
            },
            settings: Settings {
                rounds: 3,
                seconds: 3.0,
                warm_up_seconds: 0.5,
                quick: false,
            },
            cells: vec![cell("postgres-post-1", Some(1000.0)), cell("sqlite-get-1", None)],
            footprint: Some(Footprint {
                ready_ms: vec![("SQLite".to_owned(), summary)],
                idle_mib: vec![("SQLite".to_owned(), summary)],
                loaded_mib: vec![("SQLite".to_owned(), 3.0)],
            }),
            peers: Some(Peers {
                connections: 32,
                workers: 2,
                operations: vec![PeerOperation {
                    operation: "createSchool",
                    offered: 7.0,
                    services: vec![service("rollcall"), service("fastapi")],
                }],
            }),
            targets: vec![TargetResult {
                what: "x".to_owned(),
                target: "≥ 1".to_owned(),
                measured: "0".to_owned(),
                met: false,
            }],
        }
    }

    #[test]
    fn every_row_has_the_columns_of_its_table() {
        let document = document(&result());
        let mut columns = None;
        let mut tables = 0;
        for line in document.lines() {
            if !line.starts_with('|') {
                columns = None;
                continue;
            }
            let count = line.matches('|').count();
            tables += usize::from(columns.is_none());
            assert_eq!(*columns.get_or_insert(count), count, "{line}");
        }
        assert_eq!(tables, 4, "{document}");
    }

    #[test]
    fn a_row_tells_the_median_and_the_range_of_the_ratios() {
        let document = document(&result());
        for row in [
            "| postgres-post-1 | 32 | 600 | 1000 | 0.60 (0.50 to 0.70) | 0.00 | 0.00 | 0 |",
            "| sqlite-get-1 | 32 | 600 | – | – | 0.00 | 0.00 | 0 |",
            "| x | ≥ 1 | 0 | **not met** |",
        ] {
            assert!(document.contains(row), "{row}\n{document}");
        }
    }
}
