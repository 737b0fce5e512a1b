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
