//! pgbench over the service's own tables.
//!
//! *Write*: one transaction that inserts what `createSchool` inserts, in rows as long as those that the service has written:
//! the school, the audit record, the idempotency record with its answer, the head of the partition and the event. The statements
//! are prepared and sent as one pipeline, so that a transaction is one round trip, and they run as the service's role inside
//! the tenant, under row-level security: the same guarantees. *Read*: one row by primary key, prepared, as superuser with a
//! generic plan, which is the fastest that PostgreSQL has to offer here.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::error::BenchError;
use crate::postgres::Postgres;
use crate::process::{PATIENCE, Process};
use crate::seed::{SCHOOL_COUNT, uuid_expression};

/// One of the two scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// What `createSchool` inserts.
    Write,
    /// What `getSchool` reads.
    Read,
}

/// Seconds before those that count: each connection prepares its statements, as a service's warm-up has it do.
const WARM_UP_SECONDS: u16 = 1;

/// Seconds after those that count: pgbench does not always report the last one.
const TAIL_SECONDS: u16 = 1;

/// pgbench over one database that was filled by [`crate::seed::seed_postgres`].
#[derive(Debug)]
pub struct Pgbench<'a> {
    postgres: &'a Postgres,
    database: String,
    write: PathBuf,
    read: PathBuf,
}

impl<'a> Pgbench<'a> {
    /// Writes the scripts, with rows as long as those of the newest school of the database.
    pub fn new(postgres: &'a Postgres, database: &str) -> Result<Self, BenchError> {
        let lengths = Lengths::of(postgres, database)?;
        let write = postgres.folder().join(format!("{database}-write.sql"));
        let read = postgres.folder().join(format!("{database}-read.sql"));
        for (path, text) in [(&write, write_script(lengths)), (&read, read_script())] {
            std::fs::write(path, text).map_err(BenchError::io(path.display().to_string()))?;
        }
        Ok(Self {
            postgres,
            database: database.to_owned(),
            write,
            read,
        })
    }

    /// Runs one script with this many connections over this many tenants; transactions per second.
    pub fn run(
        &self,
        script: Script,
        connections: usize,
        tenants: usize,
        duration: Duration,
    ) -> Result<f64, BenchError> {
        let counted = u16::try_from(duration.as_secs().max(1)).unwrap_or(u16::MAX / 2);
        let seconds = WARM_UP_SECONDS + counted + TAIL_SECONDS;
        let mut command = self.command(script, connections, tenants, seconds);
        let mut process = Process::spawn("pgbench", &mut command, self.postgres.folder())?;
        let status = process.wait(Duration::from_secs(seconds.into()) + PATIENCE)?;
        if !status.success() {
            return Err(process.failure(&format!("ended with {status}")));
        }
        transactions_per_second(&process.stdout(), &process.stderr())
            .ok_or_else(|| process.failure("finished no transaction, or failed one"))
    }

    /// pgbench over one script; options may be added.
    pub(crate) fn command(
        &self,
        script: Script,
        connections: usize,
        tenants: usize,
        seconds: u16,
    ) -> Command {
        let (file, options) = match script {
            Script::Write => (&self.write, "-c role=rollcall_app"),
            Script::Read => (&self.read, "-c plan_cache_mode=force_generic_plan"),
        };
        let mut command = self.postgres.client("pgbench", &self.database);
        command
            .env("PGOPTIONS", options)
            .args(["--no-vacuum", "--protocol=prepared", "--jobs=1", "--progress=1"])
            .arg(format!("--client={connections}"))
            .arg(format!("--time={seconds}"))
            .arg(format!("--define=tenants={tenants}"))
            .arg(format!("--define=schools={SCHOOL_COUNT}"))
            .arg(format!("--file={}", file.display()));
        command
    }
}

/// How long the texts of one school's rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lengths {
    name: usize,
    identifier: usize,
    headers: usize,
    body: usize,
    envelope: usize,
    key: usize,
}

impl Lengths {
    fn of(postgres: &Postgres, database: &str) -> Result<Self, BenchError> {
        let row = postgres.query(
            database,
            "SELECT (SELECT length(name) FROM schools ORDER BY created_at DESC LIMIT 1),
                    (SELECT length(identifier) FROM schools ORDER BY created_at DESC LIMIT 1),
                    length(response_headers::text), length(response_body), length(idempotency_key),
                    (SELECT length(envelope) FROM event_log ORDER BY committed_at DESC LIMIT 1)
             FROM idempotency_records WHERE operation = 'createSchool' ORDER BY created_at DESC LIMIT 1",
        )?;
        let numbers: Vec<usize> = row.trim().split('|').flat_map(str::parse).collect();
        let &[name, identifier, headers, body, key, envelope] = numbers.as_slice() else {
            return Err(BenchError::invalid(
                "pgbench",
                format!("no school in `{database}` to imitate: {row}"),
            ));
        };
        Ok(Self {
            name,
            identifier,
            headers,
            body,
            envelope,
            key,
        })
    }
}

fn write_script(lengths: Lengths) -> String {
    // Ids, names and keys grow with time, as those of the service do: random ones would dirty more pages of the indexes.
    const ID: &str = "(lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0') \
                      || substr(gen_random_uuid()::text, 14))::uuid";
    const UNIQUE: &str =
        "lpad(to_hex((extract(epoch FROM now()) * 1000000)::bigint), 14, '0') || lpad(:a::text, 6, '0')";
    const UNIQUE_LENGTH: usize = 14 + 6;
    let filler = |length: usize, rest: usize| "x".repeat(length.saturating_sub(rest));
    let headers = format!(r#"{{"x": "{}"}}"#, filler(lengths.headers, r#"{"x": ""}"#.len()));
    include_str!("pgbench_write.sql")
        .replace("{tenant}", &uuid_expression(0, ":t::int"))
        .replace("{id}", ID)
        .replace("{unique}", UNIQUE)
        .replace("{name}", &filler(lengths.name, UNIQUE_LENGTH))
        .replace("{identifier}", &filler(lengths.identifier, UNIQUE_LENGTH))
        .replace("{key}", &filler(lengths.key, UNIQUE_LENGTH))
        .replace("{headers}", &headers)
        .replace("{body}", &filler(lengths.body, 0))
        .replace("{envelope}", &filler(lengths.envelope, "1".len()))
}

fn read_script() -> String {
    include_str!("pgbench_read.sql")
        .replace("{tenant}", &uuid_expression(0, ":t::int"))
        .replace("{school}", &uuid_expression(1, ":s::int"))
}

/// The mean over what was reported after the warm-up. Nothing where a transaction failed, for then the figure would be of
/// something else, and nothing where there was none.
fn transactions_per_second(result: &str, progress: &str) -> Option<f64> {
    let failed = result
        .lines()
        .find_map(|line| line.strip_prefix("number of failed transactions: "))?;
    if failed.split_whitespace().next()? != "0" {
        return None;
    }
    let (mut begin, mut transactions, mut seconds) = (0.0, 0.0, 0.0);
    for (end, rate) in progress.lines().filter_map(report) {
        // Reports come about once a second, later on a busy machine; each tells the rate since the one before it.
        if begin >= f64::from(WARM_UP_SECONDS) - 0.1 {
            transactions += rate * (end - begin);
            seconds += end - begin;
        }
        begin = end;
    }
    (transactions > 0.0).then(|| transactions / seconds)
}

/// When a report was made and the rate that it tells, from a line such as `progress: 2.0 s, 4078.1 tps, lat 7.8 ms …`.
fn report(line: &str) -> Option<(f64, f64)> {
    let (at, rest) = line.strip_prefix("progress: ")?.split_once(" s, ")?;
    let (rate, _) = rest.split_once(" tps")?;
    Some((at.parse().ok()?, rate.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESULT: &str = "number of transactions actually processed: 12\n\
        number of failed transactions: 0 (0.000%)\ntps = 4078.122 (without initial connection time)\n";

    fn progress(reports: &[(&str, &str)]) -> String {
        let line = |(at, rate): &(&str, &str)| {
            format!("progress: {at} s, {rate} tps, lat 7.8 ms stddev 1.0, 0 failed\n")
        };
        format!(
            "pgbench (15.20)\n{}",
            reports.iter().map(line).collect::<Vec<_>>().concat()
        )
    }

    fn check(reports: &[(&str, &str)], expected: Option<f64>) {
        let rate = transactions_per_second(RESULT, &progress(reports));
        let is_it = match (rate, expected) {
            (Some(rate), Some(expected)) => (rate - expected).abs() < 1e-6,
            (rate, expected) => rate == expected,
        };
        assert!(is_it, "{reports:?} give {rate:?}");
    }

    #[test]
    fn the_rate_is_that_after_the_warm_up_whenever_it_was_reported() {
        check(
            &[("1.0", "10.0"), ("2.0", "400.0"), ("3.0", "600.0")],
            Some(500.0),
        );
        check(&[("2.5", "0.0"), ("3.0", "600.0")], Some(600.0));
        check(&[("1.0", "0.0"), ("2.0", "100.0"), ("5.0", "300.0")], Some(250.0));
        check(&[("1.0", "10.0")], None);
        check(&[("1.0", "10.0"), ("2.0", "0.0")], None);
    }

    #[test]
    fn failed_transactions_are_no_result() {
        let failed = RESULT.replace("transactions: 0", "transactions: 3");
        let progress = progress(&[("1.0", "10.0"), ("2.0", "400.0")]);
        assert_eq!(transactions_per_second(&failed, &progress), None);
        assert_eq!(transactions_per_second("pgbench: error", &progress), None);
    }

    #[test]
    fn rows_are_as_long_as_those_of_the_service() {
        let lengths = Lengths {
            name: 45,
            identifier: 30,
            headers: 120,
            body: 400,
            envelope: 900,
            key: 20,
        };
        let script = write_script(lengths);
        assert!(
            script.contains(&format!("'{}'", "x".repeat(400))),
            "the stored answer"
        );
        assert!(
            script.contains(&format!("'{}' || seq", "x".repeat(899))),
            "the envelope"
        );
        assert!(
            script.contains(&format!("'{{\"x\": \"{}\"}}'", "x".repeat(111))),
            "the headers"
        );
        assert!(script.contains("'[\"KG\", \"01\", \"02\"]'"), "{script}");
    }
}
