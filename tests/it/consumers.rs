//! The consumers of `docs/EVENTS.md`, run as they stand there against the real stream.
//!
//! Each must handle every event, in order, valid against the schema that the service publishes; killed midway and
//! started again, it must lose nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use redis::AsyncCommands as _;
use redis::aio::MultiplexedConnection;
use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

use crate::support::{Client, RedisServer, Service, repository, tools, wait};

const TENANTS: usize = 20;
const SCHOOLS_PER_TENANT: usize = 10;
const PARTITIONS: u16 = 64;

#[tokio::test(flavor = "multi_thread")]
async fn the_python_consumer_handles_every_event_and_survives_a_kill() {
    let program = tools::python("python");
    let script = repository().join("tests/consumers/python/consumer.py");
    let command = move || {
        let mut command = Command::new(&program);
        command.arg(&script).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    };
    check("example-python", command).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_node_consumer_handles_every_event_and_survives_a_kill() {
    // Node looks for packages next to the script, and the source tree holds none: run a copy where they are.
    let packages = tools::node_consumer();
    let folder = TempDir::new_in(&packages).expect("make a folder");
    let script = folder.path().join("consumer.mjs");
    std::fs::copy(repository().join("tests/consumers/node/consumer.mjs"), &script)
        .expect("copy the consumer");
    let command = move || {
        let mut command = Command::new("node");
        command.arg(&script);
        command
    };
    check("example-node", command).await;
    drop(folder);
}

async fn check(group: &str, command: impl Fn() -> Command) {
    let redis = RedisServer::start();
    let folder = TempDir::new().expect("make a folder");
    let state = folder.path().join("state");
    let service = Service::postgres(Some(&redis)).await;
    let expected = populate(&service.client()).await;
    let mut broker = redis.connect().await;
    let total = stream_length(&mut broker, expected.len()).await;

    let mut first = Consumer::start(command(), &redis, &state, "first");
    let mut handled = first.read(total / 3);
    handled.extend(first.kill());
    let mut second = Consumer::start(command(), &redis, &state, "second");
    while distinct(&handled).len() < total {
        handled.push(second.next());
    }
    let status = second.stop();
    assert!(status.success(), "the consumer ended with {status}");

    let subjects: BTreeSet<String> = handled.iter().map(|event| text(event, "subject")).collect();
    let missed: Vec<&String> = expected.difference(&subjects).collect();
    assert!(missed.is_empty(), "events never handled: {missed:?}");
    // The event that was at work when the consumer was killed may be handled again; none else.
    assert!(
        handled.len() <= total + 1,
        "{} events were handled for {total}",
        handled.len()
    );
    assert_in_order(&handled);
    assert_eq!(
        pending(&mut broker, group).await,
        0,
        "every entry is acknowledged"
    );
}

/// Creates tenants and schools; gives the subjects of the events that must follow.
async fn populate(client: &Client) -> BTreeSet<String> {
    let mut subjects = BTreeSet::new();
    for number in 0..TENANTS {
        let tenant = client.new_tenant(&format!("District {number}")).await;
        subjects.insert(format!("tenants/{tenant}"));
        for number in 0..SCHOOLS_PER_TENANT {
            let school: Uuid = client.new_school(tenant, &format!("School {number}")).await;
            subjects.insert(format!("schools/{school}"));
        }
    }
    subjects
}

/// How many entries all streams hold, once the relay has delivered at least `minimum`.
async fn stream_length(broker: &mut MultiplexedConnection, minimum: usize) -> usize {
    wait::until("the relay has delivered everything", async || {
        let mut total = 0;
        for partition in 0..PARTITIONS {
            total += broker.xlen::<_, usize>(stream(partition)).await.expect("XLEN");
        }
        (total >= minimum).then_some(total)
    })
    .await
}

async fn pending(broker: &mut MultiplexedConnection, group: &str) -> u64 {
    let mut total = 0;
    for partition in 0..PARTITIONS {
        let summary: Vec<redis::Value> = redis::cmd("XPENDING")
            .arg(stream(partition))
            .arg(group)
            .query_async(broker)
            .await
            .expect("XPENDING");
        total += redis::from_redis_value_ref::<u64>(&summary[0]).expect("a count");
    }
    total
}

fn stream(partition: u16) -> String {
    format!("lms.roster.v1:{{{partition}}}")
}

fn distinct(handled: &[Value]) -> BTreeSet<String> {
    handled.iter().map(|event| text(event, "id")).collect()
}

/// Within a partition, no event may come before one that stands earlier in the stream.
fn assert_in_order(handled: &[Value]) {
    let mut last: BTreeMap<u64, u64> = BTreeMap::new();
    for event in handled {
        let entry = text(event, "entry");
        let sequence: u64 = entry
            .split('-')
            .next()
            .and_then(|number| number.parse().ok())
            .expect("an entry id");
        let partition = event["partition"].as_u64().expect("a partition");
        let before = last.insert(partition, sequence).unwrap_or_default();
        let follows = sequence == before + 1 || sequence == before;
        assert!(
            follows,
            "partition {partition}: {sequence} was handled after {before}"
        );
    }
}

fn text(event: &Value, name: &str) -> String {
    event[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name} in {event}"))
        .to_owned()
}

/// A running consumer and the lines that it prints.
struct Consumer {
    process: Child,
    lines: BufReader<ChildStdout>,
}

impl Consumer {
    fn start(mut command: Command, redis: &RedisServer, state: &Path, name: &str) -> Self {
        command
            .env("REDIS_URL", redis.url())
            .env("CONSUMER_NAME", name)
            .env("STATE_FILE", state);
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("start the consumer");
        let lines = BufReader::new(process.stdout.take().expect("its output"));
        Self { process, lines }
    }

    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("read from the consumer");
        assert!(!line.is_empty(), "the consumer ended: {:?}", self.process.wait());
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    fn read(&mut self, count: usize) -> Vec<Value> {
        (0..count).map(|_| self.next()).collect()
    }

    /// Kills it and gives what it had printed until then.
    fn kill(mut self) -> Vec<Value> {
        self.process.kill().expect("kill the consumer");
        self.process.wait().expect("wait for the consumer");
        let lines = self.lines.by_ref().lines().map_while(Result::ok);
        lines
            .filter_map(|line| serde_json::from_str(&line).ok())
            .collect()
    }

    /// Asks it to stop (SIGTERM) and waits.
    fn stop(mut self) -> std::process::ExitStatus {
        let pid = i32::try_from(self.process.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        rustix::process::kill_process(pid.expect("a process id"), rustix::process::Signal::TERM)
            .expect("SIGTERM");
        self.process.wait().expect("wait for the consumer")
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        // It has ended unless the test failed in between.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The document shows the consumers; it must show those that were run.
#[test]
fn the_document_shows_the_consumers_that_are_run() {
    let document = std::fs::read_to_string(repository().join("docs/EVENTS.md")).expect("docs/EVENTS.md");
    for (language, path) in [
        ("python", "tests/consumers/python/consumer.py"),
        ("js", "tests/consumers/node/consumer.mjs"),
    ] {
        let source = std::fs::read_to_string(repository().join(Path::new(path))).expect(path);
        let fence = format!("```{language}\n{source}```\n");
        assert!(
            document.contains(&fence),
            "docs/EVENTS.md must contain {path} word for word"
        );
    }
}
