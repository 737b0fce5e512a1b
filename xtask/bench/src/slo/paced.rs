//! pgbench as an open loop.

use std::collections::HashSet;
use std::time::Duration;

use super::reference::Pace;
use crate::error::BenchError;
use crate::load::Latencies;
use crate::postgres::Postgres;
use crate::process::{PATIENCE, Process, folder};
use crate::reference::pgbench::{Pgbench, Script};

/// How many connections it may use at most; at a moderate rate few are ever busy.
const CONNECTIONS: usize = 8;

/// The latencies of one script at a pace, with Poisson arrivals, counted from the intended start.
pub(super) fn run_paced(
    postgres: &Postgres,
    pgbench: &Pgbench<'_>,
    script: Script,
    tenants: usize,
    pace: Pace,
) -> Result<Latencies, BenchError> {
    let logs = folder("pgbench", Some(postgres.folder()))?;
    // pgbench knows whole seconds only.
    let seconds = pace.duration.as_secs().clamp(1, 600);
    let mut command = pgbench.command(
        script,
        CONNECTIONS,
        tenants,
        u16::try_from(seconds).unwrap_or(u16::MAX),
    );
    command
        .arg(format!("--rate={}", pace.rate))
        .arg("--log")
        .arg(format!("--log-prefix={}", logs.path().join("log").display()));
    let mut process = Process::spawn("pgbench", &mut command, logs.path())?;
    let status = process.wait(Duration::from_secs(seconds) + PATIENCE)?;
    if !status.success() {
        return Err(process.failure(&format!("ended with {status}")));
    }
    let io = || BenchError::io(logs.path().display().to_string());
    let mut latencies = Latencies::new();
    for entry in std::fs::read_dir(logs.path()).map_err(io())? {
        let path = entry.map_err(io())?.path();
        if path.file_stem().is_some_and(|stem| stem == "log") {
            record(&std::fs::read_to_string(path).map_err(io())?, &mut latencies)
                .ok_or_else(|| process.failure("failed a transaction"))?;
        }
    }
    if latencies.count() == 0 {
        let reason =
            "each of its clients made one transaction at most; take a higher --rate or more --seconds";
        return Err(BenchError::invalid("pgbench", reason));
    }
    Ok(latencies)
}

/// Records what a log tells: client, number, *microseconds*, script and more for each transaction (pgbench, "Per-Transaction
/// Logging"). The first of each client prepares its statements and does not count. Nothing where a transaction failed.
fn record(log: &str, latencies: &mut Latencies) -> Option<()> {
    let mut warm = HashSet::new();
    for line in log.lines() {
        let mut fields = line.split(' ');
        let (client, _, microseconds) = (fields.next()?, fields.next()?, fields.next()?);
        let latency = Duration::from_micros(microseconds.parse().ok()?);
        if !warm.insert(client) {
            latencies.record(latency);
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_transaction_of_each_client_does_not_count() {
        let log = "0 1 90000 0 1175850568 995598 12\n1 1 90000 0 1175850568 998079 3\n0 2 2000 0 1175850569 608 1\n";
        let mut latencies = Latencies::new();
        record(log, &mut latencies).unwrap();
        assert_eq!(latencies.count(), 1);
        assert!((latencies.max_ms() - 2.0).abs() < 0.01);
    }

    #[test]
    fn a_log_with_a_failed_transaction_is_none() {
        assert_eq!(
            record("0 1 failed 0 1175850568 995598\n", &mut Latencies::new()),
            None
        );
    }
}
