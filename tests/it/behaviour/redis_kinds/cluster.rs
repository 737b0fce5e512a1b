//! A cluster whose slots move and whose nodes hang and die.

use tempfile::TempDir;

use super::super::delivery::{check, health};
use super::Roster;
use crate::support::{RedisCluster, Service, wait};

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_moves_a_slot_and_loses_a_primary() {
    let mut redis = RedisCluster::start().await;
    let roster = Roster::start_with(redis.url(), 12, &[]).await;
    let load = roster.load();
    Roster::more(&load, 60).await;
    let stream = roster.stream(roster.tenants[0]).await;
    let slot = redis.slot(&stream).await;
    let from = RedisCluster::first_owner(slot);
    let to = (from + 1) % 3;
    redis.begin_move(slot, from, to).await;
    Roster::more(&load, 40).await;
    assert!(redis.move_keys(slot, from, to).await > 0, "the stream is there");
    // Now the one node has the slot and the other its stream, without the relay's lease. It grows all the same.
    let mut target = redis.node(to).connect().await;
    let mut length = async || {
        let mut pipeline = redis::pipe();
        pipeline.cmd("ASKING").ignore().cmd("XLEN").arg(&stream);
        let (length,): (u64,) = pipeline.query_async(&mut target).await.expect("XLEN");
        length
    };
    let before = length().await;
    wait::until("events arrive where the stream went", async || {
        (length().await > before + 20).then_some(())
    })
    .await;
    let folder = TempDir::new().expect("make a folder");
    let verify = Service::builder()
        .argument("verify")
        .database(&roster.site.database_url);
    let mut verify = verify
        .variable("ROLLCALL_REDIS_URL", &roster.url)
        .spawn(folder.path());
    assert_eq!(verify.wait().code(), Some(0), "{}", verify.tail());
    redis.end_move(slot, from, to).await;
    Roster::more(&load, 40).await;
    redis.node(to).kill();
    let (replica, witness) = (to + 3, from);
    wait::until("its replica is a primary", async || {
        redis.is_primary(replica, witness).await.then_some(())
    })
    .await;
    Roster::more(&load, 60).await;
    roster.becomes("ok").await;
    redis.node(to).restart();
    Roster::more(&load, 60).await;
    roster.assert_delivered(load).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_hangs_stops_its_own_partitions_alone() {
    let mut redis = RedisCluster::start().await;
    let roster = Roster::start_with(redis.url(), 12, &[]).await;
    let load = roster.load();
    Roster::more(&load, 60).await;
    // Without its replica, nobody takes its place.
    redis.node(3).kill();
    redis.node(0).pause();
    let mut streams = Vec::new();
    for tenant in &roster.tenants {
        let stream = roster.stream(*tenant).await;
        let slot = redis_slot(&mut redis, &stream).await;
        streams.push((stream, RedisCluster::first_owner(slot)));
    }
    assert!(
        streams.iter().any(|(_, owner)| *owner == 0),
        "some are on the node that hangs"
    );
    let well: Vec<_> = streams.iter().filter(|(_, owner)| *owner != 0).collect();
    assert!(!well.is_empty(), "some are not");
    // Not only what was under way when it began to hang.
    for _ in 0..3 {
        let mut before = Vec::new();
        for (stream, owner) in &well {
            before.push(redis.node(*owner).command::<u64>(&format!("XLEN {stream}")).await);
        }
        for ((stream, owner), before) in well.iter().zip(before) {
            wait::until("the others go on", async || {
                let length: u64 = redis.node(*owner).command(&format!("XLEN {stream}")).await;
                (length > before + 20).then_some(())
            })
            .await;
        }
    }
    let report = wait::until("the node is missed", async || {
        let report = health(&roster.world.client).await;
        (check(&report, "broker") == "unavailable").then_some(report)
    })
    .await;
    assert!(
        report.to_string().contains("the broker's node at"),
        "not the whole: {report}"
    );
    redis.node(0).resume();
    roster.becomes("ok").await;
    roster.assert_delivered(load).await;
}

async fn redis_slot(redis: &mut RedisCluster, key: &str) -> usize {
    redis.node(1).command(&format!("CLUSTER KEYSLOT {key}")).await
}
