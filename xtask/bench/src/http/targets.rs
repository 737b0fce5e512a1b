//! The targets of the design, and whether a run meets them.

use super::result::{Cell, Footprint, HttpResult, TargetResult};
use crate::rounds::Summary;

/// Ratios: group, connections, what is asked for, and the words for it.
const RATIOS: [(&str, usize, f64, &str); 6] = [
    (
        "postgres-post-1",
        32,
        0.6,
        "POST, PostgreSQL, one tenant, 32 connections / pgbench with the same inserts",
    ),
    (
        "postgres-post-64",
        32,
        0.6,
        "POST, PostgreSQL, 64 tenants, 32 connections / pgbench with the same inserts",
    ),
    (
        "sqlite-post-1",
        64,
        10.0,
        "POST, SQLite, one tenant, 64 connections / one commit for each request",
    ),
    (
        "sqlite-post-64",
        64,
        10.0,
        "POST, SQLite, 64 tenants, 64 connections / one commit for each request",
    ),
    (
        "postgres-get-1",
        32,
        0.35,
        "GET, PostgreSQL, one tenant, 32 connections / pgbench SELECT by primary key",
    ),
    (
        "postgres-get-64",
        32,
        0.35,
        "GET, PostgreSQL, 64 tenants, 32 connections / pgbench SELECT by primary key",
    ),
];

const READY_MS_MAX: f64 = 200.0;
const IDLE_MIB_MAX: f64 = 48.0;
const LOADED_MIB_MAX: f64 = 150.0;

/// All targets that this run has measured.
pub(super) fn judge(result: &HttpResult) -> Vec<TargetResult> {
    let ratios = RATIOS.iter().filter_map(|&(group, connections, target, what)| {
        let is_it = |cell: &&Cell| cell.group == group && cell.connections == connections;
        let ratio = result.cells.iter().find(is_it)?.ratio()?;
        Some(at_least(what, target, ratio))
    });
    let footprint = result.footprint.iter().flat_map(judge_footprint);
    ratios.chain(footprint).collect()
}

fn at_least(what: &str, target: f64, ratio: Summary) -> TargetResult {
    TargetResult {
        what: what.to_owned(),
        target: format!("≥ {target}"),
        measured: format!("{:.2} ({:.2} to {:.2})", ratio.median, ratio.min, ratio.max),
        met: ratio.median >= target,
    }
}

fn judge_footprint(footprint: &Footprint) -> Vec<TargetResult> {
    let at_most = |what: String, max: f64, unit: &str, measured: Summary| TargetResult {
        what,
        target: format!("≤ {max} {unit}"),
        measured: format!(
            "{:.0} {unit} ({:.0} to {:.0})",
            measured.median, measured.min, measured.max
        ),
        met: measured.median <= max,
    };
    let mut targets = Vec::new();
    for (name, ready) in footprint
        .ready_ms
        .iter()
        .filter(|(name, _)| name.starts_with("SQLite"))
    {
        targets.push(at_most(
            format!("ready after start, {name}"),
            READY_MS_MAX,
            "ms",
            *ready,
        ));
    }
    for (name, idle) in &footprint.idle_mib {
        targets.push(at_most(
            format!("memory at rest, {name}"),
            IDLE_MIB_MAX,
            "MiB",
            *idle,
        ));
    }
    for (name, loaded) in &footprint.loaded_mib {
        targets.push(TargetResult {
            what: format!("memory under load, most of the run, {name}"),
            target: format!("≤ {LOADED_MIB_MAX} MiB"),
            measured: format!("{loaded:.0} MiB"),
            met: *loaded <= LOADED_MIB_MAX,
        });
    }
    targets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(median: f64) -> Summary {
        Summary {
            median,
            min: median,
            max: median,
        }
    }

    #[test]
    fn a_target_is_met_at_its_border() {
        assert!(at_least("x", 0.6, summary(0.6)).met);
        assert!(!at_least("x", 0.6, summary(0.599)).met);
        let footprint = |ready, idle, loaded| Footprint {
            ready_ms: vec![("SQLite, new".to_owned(), summary(ready))],
            idle_mib: vec![("SQLite".to_owned(), summary(idle))],
            loaded_mib: vec![("SQLite".to_owned(), loaded)],
        };
        let met = |footprint| {
            judge_footprint(&footprint)
                .iter()
                .map(|target| target.met)
                .collect::<Vec<_>>()
        };
        assert_eq!(met(footprint(200.0, 48.0, 150.0)), [true; 3]);
        assert_eq!(met(footprint(200.1, 48.1, 150.1)), [false; 3]);
    }
}
