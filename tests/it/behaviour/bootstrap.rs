//! A consumer that begins from nothing, step by step as `docs/EVENTS.md` has it, while others write.

use std::collections::BTreeMap;

use reqwest::StatusCode;
use serde_json::Value;
use uuid::Uuid;

use super::feed::purge;
use super::world::{Backend, Site, World};
use crate::support::{Answer, Client};

/// Schools by id, each with its version: what a consumer has made of what it read.
#[derive(Debug, Default, PartialEq)]
struct Replica(BTreeMap<String, u64>);

impl Replica {
    /// The school as it is here, unless it is known in this version or a later one.
    fn apply(&mut self, school: &Value) {
        let id = school["schoolId"].as_str().expect("an id").to_owned();
        let version = school["version"].as_u64().expect("a version");
        let known = self.0.entry(id).or_default();
        *known = version.max(*known);
    }
}

/// The body of an answer that must be 200.
fn body(answer: &Answer) -> &Value {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    &answer.json
}

/// Follows the feed from `position` to its end and gives where that is.
async fn follow(client: &Client, tenant: Uuid, mut position: i64, mut apply: impl FnMut(&Value)) -> i64 {
    loop {
        let answer = client
            .list_events(tenant, &format!("after={position}&limit=3"))
            .await;
        let page = body(&answer);
        let events = page["items"].as_array().expect("items");
        for event in events
            .iter()
            .filter(|event| event["type"] == "lms.roster.v1.SchoolCreated")
        {
            apply(&event["data"]);
        }
        if events.is_empty() {
            return position;
        }
        position = page["nextAfter"].as_i64().expect("a position");
    }
}

/// Reads the schools page by page; `meanwhile` happens before each page is asked for.
async fn snapshot(client: &Client, tenant: Uuid, mut meanwhile: impl AsyncFnMut()) -> Replica {
    let mut replica = Replica::default();
    let mut query = "limit=2".to_owned();
    loop {
        meanwhile().await;
        let answer = client.list_schools(tenant, &query).await;
        let page = body(&answer);
        for school in page["items"].as_array().expect("items") {
            replica.apply(school);
        }
        match page["nextCursor"].as_str() {
            Some(cursor) => query = format!("limit=2&cursor={cursor}"),
            None => return replica,
        }
    }
}

/// At most this many schools are created while the snapshot is read, so that it comes to an end.
const WRITES_MEANWHILE: usize = 6;

/// Writes a few schools, one at a time.
struct Writer<'a> {
    client: &'a Client,
    tenant: Uuid,
    written: usize,
}

impl Writer<'_> {
    async fn write(&mut self) {
        let name = format!("Meanwhile {}", self.written);
        self.written += 1;
        let _: Uuid = self.client.new_school(self.tenant, &name).await;
    }

    async fn write_a_few(&mut self) {
        if self.written < WRITES_MEANWHILE {
            self.write().await;
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum First {
    /// As the document says.
    Position,
    /// As it says not to.
    Snapshot,
}

/// From where the feed is followed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum From {
    /// From the start of the log, which still holds everything.
    Start,
    /// From where the feed ended when it was asked for the position.
    End,
    /// From what the answer names that is given where the log holds only the newest events.
    Purged,
}

async fn position(world: &World, tenant: Uuid, from: From) -> i64 {
    let answer = world.client.list_events(tenant, "after=0&limit=1").await;
    match from {
        From::Purged => {
            assert_eq!(answer.status, StatusCode::GONE);
            answer.json["resumeAfter"].as_i64().expect("a position")
        }
        From::Start => {
            body(&answer);
            0
        }
        From::End => follow(&world.client, tenant, 0, |_| {}).await,
    }
}

/// What a consumer has in the end, and what there is.
async fn bootstrap(backend: Backend, first: First, from: From) -> (Replica, Replica) {
    let site = Site::start(backend, |builder| builder.variable("ROLLCALL_DEMO_TENANT", "off")).await;
    let world = site.world().await;
    let client = &world.client;
    let tenant = client.new_tenant("Followed").await;
    let mut writer = Writer {
        client,
        tenant,
        written: 0,
    };
    for number in 0..5 {
        let _: Uuid = client.new_school(tenant, &format!("Before {number}")).await;
    }
    if from == From::Purged {
        purge(&world, 4).await;
    }
    let (after, mut replica) = match first {
        First::Position => {
            let after = position(&world, tenant, from).await;
            writer.write().await;
            let meanwhile = async || writer.write_a_few().await;
            (after, snapshot(client, tenant, meanwhile).await)
        }
        First::Snapshot => {
            let replica = snapshot(client, tenant, async || writer.write_a_few().await).await;
            writer.write().await;
            (position(&world, tenant, from).await, replica)
        }
    };
    writer.write().await;
    follow(client, tenant, after, |school| replica.apply(school)).await;
    (replica, snapshot(client, tenant, async || {}).await)
}

#[tokio::test]
async fn position_then_snapshot_then_feed_leaves_no_gap() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        for from in [From::Start, From::End, From::Purged] {
            let (replica, truth) = bootstrap(backend, First::Position, from).await;
            assert_eq!(replica, truth, "{backend:?} {from:?}");
            assert_eq!(replica.0.len(), 5 + WRITES_MEANWHILE + 1);
        }
    }
}

#[tokio::test]
async fn the_other_order_loses_what_falls_between() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let (replica, truth) = bootstrap(backend, First::Snapshot, From::End).await;
        assert_eq!(truth.0.len(), replica.0.len() + 1, "{replica:?} {truth:?}");
    }
}
