//! What other relays do with the same events on the same machine.
//!
//! Each has its own outbox table in one database, filled from the same log, and carries it to one stream on a broker of its
//! own. `xtask/peers/README.md` says what each does more and what it leaves out.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;
use serde::Serialize;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::backlog::{self, BACKLOG_PARTITION, Spread};
use super::broker;
use super::commits::{self, publishing};
use super::consumer::Consumer;
use super::latency::{self, Carrier, EVENTS_PATIENCE, Percentiles, require_all};
use super::process::RelayProcess;
use super::stage::Stage;
use super::writes::Pace;
use crate::arguments::repository;
use crate::error::BenchError;
use crate::measure::mebibytes;
use crate::postgres::Postgres;
use crate::process::{PATIENCE, Process, folder, output};
use crate::redis_server::RedisServer;
use crate::usage::of_family;

/// The database that all of them share.
const DATABASE: &str = "peers";

/// Writes a second where latencies are compared.
const RATE: f64 = 200.0;

/// The stream of a peer.
const STREAM: &str = "outbox";

/// The relays that there are, and what they are called in tables.
const PEERS: [(&str, &str); 2] = [
    ("debezium", "Debezium, embedded engine"),
    ("faststream", "faststream-outbox"),
];

/// The comparison.
#[derive(Debug, Serialize)]
pub struct Peers {
    /// Events of the backlog.
    pub events: u64,
    /// Each relay, Rollcall first.
    pub rows: Vec<PeerRow>,
}

/// One relay.
#[derive(Debug, Serialize)]
pub struct PeerRow {
    /// Its name.
    pub name: String,
    /// Entries a second while it drained the backlog.
    pub drain_rate: f64,
    /// Its processor time for one of them, in microseconds.
    pub cpu_us: f64,
    /// Its memory at the end of that, in MiB.
    pub memory_mib: f64,
    /// From the start of its process to its first entry, in seconds.
    pub first_after_s: f64,
    /// From commit record to consumer at [`RATE`] writes a second.
    pub after_commit: Percentiles,
}

/// Measures Rollcall's relay and then each peer.
pub(super) fn measure(
    runtime: &Runtime,
    stage: &Stage,
    tools: &Path,
    events: u32,
    duration: Duration,
) -> Result<Peers, BenchError> {
    let url = stage.database(DATABASE)?;
    backlog::fill(stage.postgres(), DATABASE, Spread::One, events)?;
    let count = backlog::event_count(stage.postgres(), DATABASE)?;
    let mut rows = vec![rollcall(runtime, stage, &url, count, duration)?];
    // What Rollcall wrote since is part of the log that the peers copy.
    let count = backlog::event_count(stage.postgres(), DATABASE)?;
    for (name, title) in PEERS {
        println!("installing {name}");
        let peer = Peer::install(name, tools)?;
        rows.push(peer.measure(stage, title, count, duration)?);
    }
    Ok(Peers { events: count, rows })
}

fn rollcall(
    runtime: &Runtime,
    stage: &Stage,
    url: &str,
    events: u64,
    duration: Duration,
) -> Result<PeerRow, BenchError> {
    let redis = broker::start(stage.base())?;
    let relay = RelayProcess::start(stage.binary(), url, &redis.url(), stage.base())?;
    let progress = broker::watch(&redis.url(), relay.id(), events).map_err(|error| relay.explain(error))?;
    let usage = of_family(relay.id());
    relay.stop()?;
    let pace = Pace::Rate(RATE);
    stage.database("peers_latency")?;
    let latency = latency::at_pace(runtime, stage, "peers_latency", Carrier::Relay, pace, duration)?;
    Ok(shown(PeerRow {
        name: format!("Rollcall, `rollcall relay`, partition {BACKLOG_PARTITION} alone"),
        drain_rate: progress.rate,
        cpu_us: progress.cpu_us,
        memory_mib: mebibytes(usage.resident_bytes),
        first_after_s: progress.before_first.as_secs_f64(),
        after_commit: latency.after_commit,
    }))
}

/// A relay whose packages are installed.
struct Peer {
    name: &'static str,
    source: PathBuf,
    packages: PathBuf,
}

impl Peer {
    fn install(name: &'static str, tools: &Path) -> Result<Self, BenchError> {
        let source = repository().join("xtask/peers").join(name);
        let packages = tools.join(format!("peer-{name}"));
        std::fs::create_dir_all(tools).map_err(BenchError::io(tools.display().to_string()))?;
        output(Command::new(source.join("install")).arg(&packages))?;
        Ok(Self {
            name,
            source,
            packages,
        })
    }

    fn measure(
        &self,
        stage: &Stage,
        title: &str,
        events: u64,
        duration: Duration,
    ) -> Result<PeerRow, BenchError> {
        let postgres = stage.postgres();
        let redis = broker::start(stage.base())?;
        self.create_tables(postgres)?;
        self.run_sql(postgres, "schema.sql")?;
        self.run_sql(postgres, "backlog.sql")?;
        postgres.checkpoint()?;
        let folder = folder(self.name, stage.base())?;
        let mut process = self.start(postgres, &redis, &folder)?;
        let progress = broker::watch(&redis.url(), process.id(), events)
            .map_err(|error| process.failure(&format!("was at work: {error}")))?;
        let usage = of_family(process.id());
        let consumer = Consumer::start(&redis.url(), vec![(STREAM.to_owned(), "$".to_owned())])?;
        self.write(postgres, duration)?;
        let select = self.text("commits.sql")?;
        // The events of the backlog were committed together, before those that count; so was the first second.
        let commits = commits::of_table(postgres, DATABASE, &select)?;
        let last = commits.last().map(|commit| commit.since_1970).unwrap_or_default();
        let counted_from = last.saturating_sub(duration);
        let commits: Vec<_> = commits
            .into_iter()
            .filter(|commit| commit.since_1970 >= counted_from)
            .collect();
        let sightings = consumer.take(&commits.iter().map(|commit| &commit.event_id), EVENTS_PATIENCE);
        consumer.stop()?;
        let publishing = publishing(commits.iter(), &sightings, &std::collections::HashMap::new());
        require_all(&publishing)?;
        process.stop(Signal::TERM)?;
        Ok(shown(PeerRow {
            name: title.to_owned(),
            drain_rate: progress.rate,
            cpu_us: progress.cpu_us,
            memory_mib: mebibytes(usage.resident_bytes),
            first_after_s: progress.before_first.as_secs_f64(),
            after_commit: (&publishing.after_commit).into(),
        }))
    }

    /// With a program of its own, where the library makes its tables itself.
    fn create_tables(&self, postgres: &Postgres) -> Result<(), BenchError> {
        let program = self.source.join("table.py");
        if program.is_file() {
            let mut python = Command::new(self.packages.join("bin/python"));
            let client = postgres.client("psql", DATABASE);
            python.arg(program).envs(variables(&client));
            output(&mut python)?;
        }
        Ok(())
    }

    fn start(
        &self,
        postgres: &Postgres,
        redis: &RedisServer,
        folder: &TempDir,
    ) -> Result<Process, BenchError> {
        let client = postgres.client("psql", DATABASE);
        let mut command = Command::new(self.source.join("start"));
        command
            .arg(&self.packages)
            .current_dir(folder.path())
            .envs(variables(&client))
            .envs([("REDIS_URL", redis.url()), ("STREAM", STREAM.to_owned())]);
        Process::spawn(self.name, &mut command, folder.path())
    }

    /// Commits events one by one, a second longer than counts.
    fn write(&self, postgres: &Postgres, duration: Duration) -> Result<(), BenchError> {
        let seconds = duration.as_secs() + 1;
        let logs = folder("pgbench", Some(postgres.folder()))?;
        let script = logs.path().join("write.sql");
        std::fs::write(&script, self.text("write.sql")?).map_err(BenchError::io("a script"))?;
        let mut command = postgres.client("pgbench", DATABASE);
        command
            .args(["--no-vacuum", "--protocol=prepared", "--client=8"])
            .arg(format!("--rate={RATE}"))
            .arg(format!("--time={seconds}"))
            .arg("--file")
            .arg(&script);
        let mut process = Process::spawn("pgbench", &mut command, logs.path())?;
        let status = process.wait(Duration::from_secs(seconds) + PATIENCE)?;
        if status.success() {
            return Ok(());
        }
        Err(process.failure(&format!("ended with {status}")))
    }

    fn run_sql(&self, postgres: &Postgres, file: &str) -> Result<(), BenchError> {
        // As a file, each statement is a transaction of its own: a replication slot wants to be the first thing in one.
        let mut client = postgres.client("psql", DATABASE);
        client.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f"]);
        output(client.arg(self.source.join(file))).map(|_| ())
    }

    fn text(&self, file: &str) -> Result<String, BenchError> {
        let path = self.source.join(file);
        std::fs::read_to_string(&path).map_err(BenchError::io(path.display().to_string()))
    }
}

/// Where the database is, as a client of PostgreSQL is told.
fn variables(client: &Command) -> impl Iterator<Item = (std::ffi::OsString, std::ffi::OsString)> {
    client
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
}

fn shown(row: PeerRow) -> PeerRow {
    println!(
        "peers, {}: {:.0}/s, {:.1} µs of a processor for one, {:.0} MiB, first after {:.1} s; {:.2} ms p50, {:.2} ms p99",
        row.name,
        row.drain_rate,
        row.cpu_us,
        row.memory_mib,
        row.first_after_s,
        row.after_commit.p50_ms,
        row.after_commit.p99_ms,
    );
    row
}
