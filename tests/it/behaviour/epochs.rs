//! Streams that the log cannot continue, and the operator who begins them anew.

use std::collections::BTreeMap;

use redis::aio::MultiplexedConnection;
use rollcall_servers::{Process, RedisServer};
use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

use super::delivery::{check, health};
use super::world::Site;
use super::{Backend, World};
use crate::support::{Client, Service, wait};

const KEY: &str = "lms.roster.v1:{0}";

/// An entry as a consumer sees it: its id, its epoch where it tells one, and the event's id.
type Entry = (String, Option<String>, String);

/// A service that relays one partition.
async fn start(backend: Backend, redis: &RedisServer) -> Site {
    Site::start(backend, |builder| {
        builder
            .variable("ROLLCALL_PARTITION_COUNT", "1")
            .variable("ROLLCALL_DEMO_TENANT", "off")
            .redis(redis)
    })
    .await
}

async fn begin(backend: Backend, redis: &RedisServer) -> (Site, World, Uuid) {
    let site = start(backend, redis).await;
    let world = site.world().await;
    let tenant = world.client.new_tenant("Renewed").await;
    (site, world, tenant)
}

async fn schools(client: &Client, tenant: Uuid, names: std::ops::Range<u32>) {
    for number in names {
        client.new_school(tenant, &format!("School {number}")).await;
    }
}

/// Runs `rollcall relay` with these arguments to its end; whether it succeeded, and what it said.
fn order(site: &Site, redis: &RedisServer, arguments: &[&str]) -> (bool, String) {
    let folder = TempDir::new().expect("make a folder");
    let command = Service::builder().database(&site.database_url).redis(redis);
    let command = arguments
        .iter()
        .fold(command.argument("relay"), |command, argument| {
            command.argument(*argument)
        });
    let mut process: Process = command.spawn(folder.path());
    let status = process.wait();
    (status.success(), process.stdout())
}

fn verified(site: &Site, redis: &RedisServer) -> String {
    let folder = TempDir::new().expect("make a folder");
    let verify = Service::builder()
        .argument("verify")
        .database(&site.database_url)
        .redis(redis);
    let mut process: Process = verify.spawn(folder.path());
    let status = process.wait();
    assert_eq!(status.code(), Some(0), "{}", process.tail());
    process.stdout()
}

fn entry((id, fields): (String, BTreeMap<String, String>)) -> Entry {
    let event: Value = serde_json::from_str(&fields["ce"]).expect("JSON");
    assert_eq!(event["id"], *fields["id"]);
    (id, fields.get("epoch").cloned(), fields["id"].clone())
}

async fn entries(broker: &mut MultiplexedConnection, key: &str) -> Vec<Entry> {
    let found: Vec<(String, BTreeMap<String, String>)> = redis::cmd("XRANGE")
        .arg(&[key, "-", "+"])
        .query_async(broker)
        .await
        .expect("XRANGE");
    found.into_iter().map(entry).collect()
}

/// Waits until the stream has so many entries.
async fn until_streamed(broker: &MultiplexedConnection, count: usize) -> Vec<Entry> {
    wait::until("the events are in the stream", async || {
        let found = entries(&mut broker.clone(), KEY).await;
        (found.len() == count).then_some(found)
    })
    .await
}

async fn until_diverged(client: &Client, wanted: &str) {
    wait::until("the health says how it stands with the streams", async || {
        (check(&health(client).await, "divergence") == wanted).then_some(())
    })
    .await;
}

/// What a group reads that is new to it.
async fn read_group(broker: &mut MultiplexedConnection) -> Vec<Entry> {
    type Streams = Vec<(String, Vec<(String, BTreeMap<String, String>)>)>;
    let arguments = ["GROUP", "readers", "one", "COUNT", "100", "STREAMS", KEY, ">"];
    let streams: Streams = redis::cmd("XREADGROUP")
        .arg(&arguments)
        .query_async(broker)
        .await
        .expect("XREADGROUP");
    streams
        .into_iter()
        .flat_map(|(_, read)| read)
        .map(entry)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purged_log_and_an_emptied_broker_need_a_new_epoch() {
    let redis = RedisServer::start();
    let (site, world, tenant) = begin(Backend::Postgres, &redis).await;
    schools(&world.client, tenant, 0..5).await;
    let mut broker = redis.connect().await;
    let before = until_streamed(&broker, 6).await;
    assert!(
        before.iter().all(|(_, epoch, _)| epoch.is_none()),
        "the first epoch is not told"
    );

    let new_epoch = ["--new-epoch", "--reason", "Redis lost its disk"];
    let (succeeded, said) = order(&site, &redis, &new_epoch);
    assert!(!succeeded && said.contains("nothing was done"), "{said}");
    let named = ["--new-epoch", "--reason", "curious", "--partition", "0"];
    let (succeeded, said) = order(&site, &redis, &named);
    assert!(!succeeded && said.contains("the log can continue it"), "{said}");

    for sql in [
        "INSERT INTO event_log_floors (partition, first_seq) VALUES (0, 4)",
        "DELETE FROM event_log WHERE seq < 4",
    ] {
        world.sql.execute(sql).await;
    }
    let () = redis::cmd("FLUSHALL")
        .query_async(&mut broker)
        .await
        .expect("FLUSHALL");
    schools(&world.client, tenant, 5..6).await;
    until_diverged(&world.client, "unavailable").await;
    assert_eq!(entries(&mut broker, KEY).await, [], "nothing is guessed");

    let (succeeded, said) = order(&site, &redis, &new_epoch);
    assert!(succeeded, "{said}");
    assert!(
        said.contains("Epoch 2 begins with event 4 of the log, which ends at 7."),
        "{said}"
    );
    assert!(said.contains("the rest was purged"), "{said}");
    let after = until_streamed(&broker, 4).await;
    for ((id, epoch, _), seq) in after.iter().zip(4..) {
        assert_eq!(
            (id.as_str(), epoch.as_deref()),
            (format!("{seq}-0").as_str(), Some("2"))
        );
    }
    let known: Vec<&String> = before[3..].iter().map(|(_, _, event)| event).collect();
    let again: Vec<&String> = after[..3].iter().map(|(_, _, event)| event).collect();
    assert_eq!(again, known, "what comes again has the same ids");
    until_diverged(&world.client, "ok").await;
    let report = verified(&site, &redis);
    assert!(report.contains("purged"), "{report}");

    let (succeeded, said) = order(&site, &redis, &new_epoch);
    assert!(!succeeded && said.contains("nothing was done"), "{said}");
    let kept = world
        .sql
        .rows(
            "SELECT CAST(epoch AS text), CAST(first_seq AS text), reason, actor
             FROM event_partition_epochs",
        )
        .await;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0][..3], ["2", "4", "Redis lost its disk"]);
    assert!(kept[0][3].contains("(user "), "{kept:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_restored_from_an_older_copy_needs_a_new_epoch() {
    let redis = RedisServer::start();
    // Nobody but the service has the file open: whoever closes it last writes it.
    let mut site = start(Backend::Sqlite, &redis).await;
    let tenant = site.service.client().new_tenant("Restored").await;
    schools(&site.service.client(), tenant, 0..3).await;
    let mut broker = redis.connect().await;
    until_streamed(&broker, 4).await;
    let data = site.service.folder().join("data/rollcall.db");
    let copy = site.service.folder().join("copy.db");
    assert!(site.service.stop().success());
    std::fs::copy(&data, &copy).expect("a copy");
    site.service.restart().await;
    schools(&site.service.client(), tenant, 3..6).await;
    let before = until_streamed(&broker, 7).await;
    let () = redis::cmd("XGROUP")
        .arg(&["CREATE", KEY, "readers", "0"])
        .query_async(&mut broker)
        .await
        .expect("XGROUP");
    assert_eq!(read_group(&mut broker).await, before);

    assert!(site.service.stop().success());
    std::fs::copy(&copy, &data).expect("the copy back");
    site.service.restart().await;
    let client = site.service.client();
    schools(&client, tenant, 10..11).await;
    until_diverged(&client, "unavailable").await;

    let (succeeded, said) = order(
        &site,
        &redis,
        &["--new-epoch", "--reason", "restored from the copy"],
    );
    assert!(succeeded, "{said}");
    assert!(
        said.contains("Epoch 2 begins with event 1 of the log, which ends at 5."),
        "{said}"
    );
    let after = until_streamed(&broker, 5).await;
    assert_eq!(
        entries(&mut broker, &format!("{KEY}:epoch-1")).await,
        before,
        "the old stream is kept"
    );
    // The group came along: what it reads next is the new life, in which it knows four events by their ids.
    let read = read_group(&mut broker).await;
    assert_eq!(read, after);
    assert!(read.iter().all(|(_, epoch, _)| epoch.as_deref() == Some("2")));
    let is_known = |(_, _, event): &&Entry| before.iter().any(|(_, _, known)| known == event);
    assert_eq!(read.iter().filter(is_known).count(), 4);
    until_diverged(&client, "ok").await;
    verified(&site, &redis);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withheld_event_is_told_again_by_the_command() {
    let redis = RedisServer::start();
    let (site, world, tenant) = begin(Backend::Postgres, &redis).await;
    schools(&world.client, tenant, 0..2).await;
    let broker = redis.connect().await;
    until_streamed(&broker, 3).await;
    let (succeeded, said) = order(&site, &redis, &["--unpark", "--all"]);
    assert!(!succeeded && said.contains("no such withheld event"), "{said}");

    world
        .sql
        .execute(
            "INSERT INTO withheld_events (partition, seq, tenant_id, event_id, event_type, envelope, reason, withheld_at)
             SELECT partition, seq, tenant_id, event_id, 'lms.roster.v1.EventWithheld', '{}', 'it was refused', committed_at
             FROM event_log WHERE seq = 2",
        )
        .await;
    let place = ["--unpark", "--partition", "0", "--sequence", "3"];
    let (succeeded, said) = order(&site, &redis, &place);
    assert!(!succeeded && said.contains("no such withheld event"), "{said}");
    let place = ["--unpark", "--partition", "0", "--sequence", "2"];
    let (succeeded, said) = order(&site, &redis, &place);
    assert!(succeeded, "{said}");
    assert!(
        said.contains("withheld at 2 because it was refused, is event") && said.contains("at 4 now"),
        "{said}"
    );

    let streamed = until_streamed(&broker, 4).await;
    assert_ne!(streamed[3].2, streamed[1].2, "as a new event");
    let audited = world
        .client
        .list_audit_records(tenant, "action=event.republish")
        .await;
    let records = audited.json["items"].as_array().expect("items");
    assert_eq!(records.len(), 1, "{}", audited.text());
    assert_eq!(records[0]["entityId"], streamed[1].2.as_str());
}
