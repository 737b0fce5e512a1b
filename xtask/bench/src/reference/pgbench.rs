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
use crate::load::Latencies;
use crate::postgres::Postgres;
use crate::process::{PATIENCE, Process, folder};
use crate::seed::{SCHOOL_COUNT, uuid_expression};

/// One of the two scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// What `createSchool` inserts.
    Write,
    /// What `getSchool` reads.
    Read,
}

/// What pgbench measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PgbenchResult {
    /// Transactions per second, without the time to connect.
    pub transactions_per_second: f64,
    /// Their mean latency in milliseconds.
    pub latency_mean_ms: f64,
}

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

    /// Runs one script with this many connections over this many tenants. pgbench knows whole seconds only.
    pub fn run(
        &self,
        script: Script,
        connections: usize,
        tenants: usize,
        duration: Duration,
    ) -> Result<PgbenchResult, BenchError> {
        let mut command = self.command(script, connections, tenants, duration);
        let mut process = Process::spawn("pgbench", &mut command, self.postgres.folder())?;
        let status = process.wait(duration + PATIENCE)?;
        let text = process.stdout();
        if !status.success() {
            return Err(process.failure(&format!("ended with {status}")));
        }
        parse(&text).ok_or_else(|| process.failure("finished no transaction, or failed one"))
    }

    /// Runs one script at a rate, as an open loop with Poisson arrivals; its latencies, counted from the intended start.
    pub fn run_paced(
        &self,
        script: Script,
        connections: usize,
        tenants: usize,
        rate: f64,
        duration: Duration,
    ) -> Result<Latencies, BenchError> {
        let logs = folder("pgbench", Some(self.postgres.folder()))?;
        let mut command = self.command(script, connections, tenants, duration);
        command
            .arg(format!("--rate={rate}"))
            .arg("--log")
            .arg(format!("--log-prefix={}", logs.path().join("log").display()));
        let mut process = Process::spawn("pgbench", &mut command, logs.path())?;
        let status = process.wait(duration + PATIENCE)?;
        if !status.success() || parse(&process.stdout()).is_none() {
            return Err(process.failure(&format!("ended with {status}, or failed transactions")));
        }
        let mut latencies = Latencies::new();
        for entry in std::fs::read_dir(logs.path()).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with("log.") {
                let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
                text.lines()
                    .filter_map(logged_latency)
                    .for_each(|latency| latencies.record(latency));
            }
        }
        Ok(latencies)
    }

    fn command(&self, script: Script, connections: usize, tenants: usize, duration: Duration) -> Command {
        let (file, options) = match script {
            Script::Write => (&self.write, "-c role=rollcall_app"),
            Script::Read => (&self.read, "-c plan_cache_mode=force_generic_plan"),
        };
        let mut command = self.postgres.client("pgbench", &self.database);
        command
            .env("PGOPTIONS", options)
            .args(["--no-vacuum", "--protocol=prepared", "--jobs=1"])
            .arg(format!("--client={connections}"))
            .arg(format!("--time={}", duration.as_secs().max(1)))
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

/// The latency of one transaction: client, number, *microseconds*, script, time, lag (pgbench, "Per-Transaction Logging").
fn logged_latency(line: &str) -> Option<Duration> {
    line.split(' ').nth(2)?.parse().ok().map(Duration::from_micros)
}

/// Nothing where a transaction failed: then the figure would be of something else.
fn parse(text: &str) -> Option<PgbenchResult> {
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    let failed = value("number of failed transactions: ")?;
    Some(PgbenchResult {
        transactions_per_second: value("tps = ")?,
        latency_mean_ms: value("latency average = ")?,
    })
    .filter(|_| failed == 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESULT: &str = "number of transactions actually processed: 12\n\
        number of failed transactions: 0 (0.000%)\nlatency average = 7.847 ms\n\
        initial connection time = 20.1 ms\ntps = 4078.122 (without initial connection time)\n";

    #[test]
    fn the_result_is_read_from_what_pgbench_prints() {
        let result = parse(RESULT).unwrap();
        assert!((result.transactions_per_second - 4078.122).abs() < 1e-9);
        assert!((result.latency_mean_ms - 7.847).abs() < 1e-9);
    }

    #[test]
    fn latencies_are_read_from_the_log() {
        assert_eq!(
            logged_latency("0 199 2241 0 1175850568 995598 12"),
            Some(Duration::from_micros(2241))
        );
        assert_eq!(logged_latency("0 199 failed 0 1175850568 995598"), None);
    }

    #[test]
    fn failed_transactions_are_no_result() {
        assert_eq!(parse(&RESULT.replace("transactions: 0", "transactions: 3")), None);
        assert_eq!(parse("pgbench: error"), None);
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
