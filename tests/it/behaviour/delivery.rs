//! From the log to the streams, while the broker comes and goes: nothing lost, nothing twice, nothing out of order.

use std::collections::BTreeMap;
use std::path::Path;

use redis::aio::MultiplexedConnection;
use reqwest::StatusCode;
use rollcall::contract::events;
use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

use super::crash::Load;
use super::world::Site;
use super::{Backend, World};
use crate::support::{Client, Process, RedisServer, Service, wait};

const PARTITIONS: u16 = 64;

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_killed_cut_and_emptied_ends_up_with_the_log() {
    let mut redis = RedisServer::start();
    let (site, world, tenants) = begin(Some(&redis)).await;
    let load = Load::start(&world.client, &tenants);
    let more = async |count: u64| {
        let goal = load.created() + count;
        wait::until("the load goes on", async || load.has_created(goal).then_some(())).await;
    };
    for round in 0..3 {
        more(60).await;
        redis.kill();
        if round == 1 {
            cut_the_tail(redis.folder());
        }
        // What is committed now waits in the log.
        more(20).await;
        redis.restart();
        more(20).await;
    }
    flush(&mut redis.connect().await).await;
    more(60).await;
    let created = load.stop().await.len();
    assert_delivered(&site, &world, &redis, created + tenants.len()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_number_of_relays_deliver_each_event_once() {
    let redis = RedisServer::start();
    let (site, world, tenants) = begin(Some(&redis)).await;
    let folders = [(); 2].map(|()| TempDir::new().expect("make a folder"));
    let relay = Service::builder()
        .argument("relay")
        .database(&site.database_url)
        .redis(&redis);
    let [mut one, mut other] = folders.each_ref().map(|folder| relay.spawn(folder.path()));
    for process in [&mut one, &mut other] {
        wait::until_blocking("the relay runs", || {
            assert_eq!(process.exit_status(), None, "{}", process.tail());
            process.stdout().contains("Relaying").then_some(())
        });
    }
    let load = Load::start(&world.client, &tenants);
    wait::until("the load goes on", async || load.has_created(150).then_some(())).await;
    one.kill();
    wait::until("the load goes on", async || load.has_created(300).then_some(())).await;
    let created = load.stop().await.len();
    assert_delivered(&site, &world, &redis, created + tenants.len()).await;
    other.signal(rustix::process::Signal::TERM);
    assert!(other.wait().success(), "{}", other.tail());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_comes_late_gets_everything() {
    let mut redis = RedisServer::reserve();
    let (site, world, tenants) = begin(Some(&redis)).await;
    let load = Load::start(&world.client, &tenants);
    wait::until("the load goes on", async || load.has_created(50).then_some(())).await;
    let created = load.stop().await.len();
    wait::until("the service says that its broker is away", async || {
        let report = health(&world.client).await;
        (report["status"] == "degraded" && check(&report, "broker") == "unavailable").then_some(())
    })
    .await;
    assert!(world.client.is_ready().await, "requests are served all the same");
    redis.restart();
    wait::until("the service says that all is well", async || {
        (health(&world.client).await["status"] == "ok").then_some(())
    })
    .await;
    assert_delivered(&site, &world, &redis, created + tenants.len()).await;
}

/// A service that relays to `redis`, and tenants in some of its partitions.
async fn begin(redis: Option<&RedisServer>) -> (Site, World, Vec<Uuid>) {
    let site = Site::start(Backend::Postgres, |builder| match redis {
        Some(redis) => builder.redis(redis),
        None => builder,
    })
    .await;
    let world = site.world().await;
    let mut tenants = Vec::new();
    for number in 0..6 {
        tenants.push(world.client.new_tenant(&format!("Delivered {number}")).await);
    }
    (site, world, tenants)
}

/// `rollcall verify` says that streams and log are the same; so does a look at the streams.
async fn assert_delivered(site: &Site, world: &World, redis: &RedisServer, expected: usize) {
    assert_eq!(world.sql.count("event_log").await, expected as u64);
    assert_verified(site, &redis.url(), expected).await;
    let streams = read_streams(&mut redis.connect().await).await;
    let logged = world
        .sql
        .rows(
            "SELECT CAST(partition AS text), CAST(seq AS text), envelope
             FROM event_log ORDER BY event_log.partition, event_log.seq",
        )
        .await;
    assert_eq!(streams, logged, "entry by entry");
    let schemas = Schemas::fetch(&world.client).await;
    for row in &streams {
        schemas.check(&serde_json::from_str(&row[2]).expect("an envelope is JSON"));
    }
}

/// `rollcall verify` says that the streams at `url` hold what the log holds, which is `expected` events.
pub(super) async fn assert_verified(site: &Site, url: &str, expected: usize) {
    let folder = TempDir::new().expect("make a folder");
    let verify = Service::builder()
        .argument("verify")
        .database(&site.database_url)
        .variable("ROLLCALL_REDIS_URL", url);
    let total = wait::until("everything is delivered", async || {
        let folder = TempDir::new_in(folder.path()).expect("make a folder");
        let mut process: Process = verify.spawn(folder.path());
        let status = process.wait();
        assert_eq!(status.code(), Some(0), "{}", process.tail());
        let total = totals(&process.stdout());
        (total["pending"] == 0).then_some(total)
    })
    .await;
    for count in ["lost", "duplicate", "out of order", "mismatched"] {
        assert_eq!(total[count], 0, "{count}: {total:?}");
    }
    assert_eq!(
        (total["log"], total["stream"]),
        (expected as u64, expected as u64)
    );
}

/// The last line of the report, by its headings.
fn totals(report: &str) -> BTreeMap<&'static str, u64> {
    const HEADINGS: [&str; 7] = [
        "log",
        "stream",
        "lost",
        "duplicate",
        "out of order",
        "mismatched",
        "pending",
    ];
    let line = report
        .lines()
        .find(|line| line.trim_start().starts_with("total"))
        .unwrap_or_else(|| panic!("no totals in:\n{report}"));
    let counts = line
        .split_whitespace()
        .skip(1)
        .map(|count| count.parse().expect("a count"));
    HEADINGS.into_iter().zip(counts).collect()
}

/// Partition, number and event of each entry, in order.
async fn read_streams(broker: &mut MultiplexedConnection) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for partition in 0..PARTITIONS {
        let entries: Vec<(String, BTreeMap<String, String>)> = redis::cmd("XRANGE")
            .arg(format!("lms.roster.v1:{{{partition}}}"))
            .arg("-")
            .arg("+")
            .query_async(broker)
            .await
            .expect("XRANGE");
        for (id, fields) in entries {
            let sequence = id.strip_suffix("-0").expect("an id such as 7-0");
            let event: Value = serde_json::from_str(&fields["ce"]).expect("JSON");
            assert_eq!(event["sequence"], sequence);
            assert_eq!(event["id"], *fields["id"]);
            assert_eq!(event["type"], *fields["type"]);
            assert_eq!(event["tenantid"], *fields["tenantid"]);
            all.push(vec![
                partition.to_string(),
                sequence.to_owned(),
                fields["ce"].clone(),
            ]);
        }
    }
    all
}

/// The schemas that the service publishes, by their URL's path, and those of whole messages, by their type.
struct Schemas {
    data: BTreeMap<String, jsonschema::Validator>,
    messages: BTreeMap<&'static str, jsonschema::Validator>,
}

impl Schemas {
    async fn fetch(client: &Client) -> Self {
        let compile = |schema: &Value| {
            let options = jsonschema::options().should_validate_formats(true);
            options.build(schema).expect("a JSON schema")
        };
        let (mut data, mut messages) = (BTreeMap::new(), BTreeMap::new());
        for message in events::ALL {
            let path = message.data_schema_path;
            let answer = client.send(client.get(path)).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            data.insert(path.to_owned(), compile(&answer.json));
            messages.insert(message.event_type, compile(&(message.payload_schema)()));
        }
        Self { data, messages }
    }

    fn check(&self, event: &Value) {
        let url = event["dataschema"].as_str().expect("a URL");
        let path = &url[url.find("/schemas/").expect("a URL of a schema")..];
        let kind = event["type"].as_str().expect("a type");
        for (validator, value) in [(&self.data[path], &event["data"]), (&self.messages[kind], event)] {
            let faults: Vec<String> = validator
                .iter_errors(value)
                .map(|fault| fault.to_string())
                .collect();
            assert!(faults.is_empty(), "{event}: {faults:#?}");
        }
    }
}

/// A machine that lost its power has not written everything that Redis believed to be written.
fn cut_the_tail(folder: &Path) {
    let listing = std::fs::read_dir(folder.join("appendonlydir")).expect("the append-only files");
    let increments = listing
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(".incr.aof"));
    let last = increments.max().expect("an increment");
    let file = std::fs::File::options().write(true).open(last).expect("open it");
    let length = file.metadata().expect("its length").len();
    file.set_len(length - length / 10).expect("cut it");
}

async fn flush(broker: &mut MultiplexedConnection) {
    let () = redis::cmd("FLUSHALL")
        .query_async(broker)
        .await
        .expect("FLUSHALL");
}

pub(super) async fn health(client: &Client) -> Value {
    client.send(client.get("/health/degraded")).await.json
}

pub(super) fn check<'a>(report: &'a Value, name: &str) -> &'a str {
    let checks = report["checks"].as_array().expect("checks");
    let found = checks.iter().find(|check| check["name"] == name);
    found
        .and_then(|check| check["status"].as_str())
        .unwrap_or_default()
}
