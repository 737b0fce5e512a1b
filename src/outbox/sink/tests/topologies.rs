//! Clusters that are not whole, nodes that are away, and sentinels that are few: against real servers.

use rollcall_servers::{Network, Proxy, RedisSentinel, RedisServer, free_port};

use super::*;
use crate::outbox::test_support::until;

/// A node of a cluster of its own, as yet without slots.
fn node() -> RedisServer {
    let bus = free_port().to_string();
    RedisServer::start_with(&["--cluster-enabled", "yes", "--cluster-port", &bus])
}

/// A cluster of one node that has all slots.
async fn cluster() -> RedisServer {
    let node = node();
    node.command::<()>("CLUSTER ADDSLOTSRANGE 0 16383").await;
    until("the cluster is whole", async || {
        let info: String = node.command("CLUSTER INFO").await;
        info.contains("cluster_state:ok")
    })
    .await;
    node
}

fn sink_at(url: &str) -> RedisSink {
    RedisSink::new(url, &RedisSinkSettings::default()).unwrap()
}

#[tokio::test]
async fn a_cluster_whose_slots_came_late_is_found_without_a_restart() {
    let node = node();
    let sink = sink_at(&format!("redis+cluster://127.0.0.1:{}", node.port()));
    sink.position(PARTITION).await.unwrap_err();
    // Some slots, and not the one that is asked for.
    node.command::<()>("CLUSTER ADDSLOTSRANGE 0 10").await;
    for _ in 0..3 {
        let error = sink.position(PARTITION).await.unwrap_err();
        assert_eq!(error.kind(), "unreachable", "{error}");
    }
    node.command::<()>("CLUSTER ADDSLOTSRANGE 11 16383").await;
    until("the sink finds the slot", async || {
        sink.position(PARTITION).await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn a_node_that_knows_nothing_of_a_slot_does_not_speak_for_the_others() {
    let (empty, partial, whole) = (node(), node(), cluster().await);
    partial.command::<()>("CLUSTER ADDSLOTSRANGE 0 10").await;
    // The one that knows is the last to answer.
    let proxy = Proxy::start(whole.port()).await;
    proxy.set(Network::Slow(std::time::Duration::from_millis(50)));
    let (empty, partial, slow) = (empty.port(), partial.port(), proxy.port());
    let url = format!("redis+cluster://127.0.0.1:{empty},127.0.0.1:{partial},127.0.0.1:{slow}");
    sink_at(&url).position(PARTITION).await.unwrap();
}

#[tokio::test]
async fn a_minority_of_the_sentinels_is_not_believed() {
    let redis = RedisSentinel::start().await;
    let url = redis.url();
    let (start, rest) = url.split_once("://").unwrap();
    let (hosts, end) = rest.split_once('/').unwrap();
    let first = hosts.split(',').next().unwrap();
    let sink = |hosts: &str| sink_at(&format!("{start}://{hosts}/{end}"));
    let (away, too) = (free_port(), free_port());
    let error = sink(&format!("{first},127.0.0.1:{away},127.0.0.1:{too}"))
        .position(PARTITION)
        .await
        .unwrap_err();
    assert!(
        error.is_unreachable() && error.to_string().contains("1 of 3"),
        "{error}"
    );
    // Two of three are enough, and where the URL names one, that is all.
    let two = hosts.rsplit_once(',').unwrap().0;
    for hosts in [format!("{two},127.0.0.1:{away}"), first.to_owned()] {
        sink(&hosts).position(PARTITION).await.unwrap();
    }
}

#[tokio::test]
async fn a_broker_that_speaks_of_itself_is_not_a_connection_that_broke() {
    let redis = RedisServer::start();
    let sink = sink_at(&redis.url());
    let mut entries = [entry(1)];
    let blame = async |entries: &[LogEntry], told: &str| {
        let append = FencedAppend::plain(&StreamPosition::START, entries);
        let error = sink.append(PARTITION, &append).await.unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
        error.blame()
    };
    let follow = format!("REPLICAOF 127.0.0.1 {}", free_port());
    redis.command::<()>(&follow).await;
    assert_eq!(blame(&entries, "ReadOnly").await, Blame::Broker);
    redis
        .command::<()>("CONFIG SET replica-serve-stale-data no")
        .await;
    assert_eq!(blame(&entries, "MasterDown").await, Blame::Broker);
    redis.command::<()>("REPLICAOF NO ONE").await;
    sink.probe(PARTITION).await.unwrap();
    // The least that it can be set to: whoever sends more is cut off.
    redis
        .command::<()>("CONFIG SET client-query-buffer-limit 1048576")
        .await;
    entries[0].envelope = "x".repeat(8 << 20);
    assert_eq!(blame(&entries, "").await, Blame::Connection);
}

#[tokio::test]
async fn after_an_entry_broke_the_connection_a_probe_still_reaches_the_node() {
    let node = cluster().await;
    // The least that it can be set to: whoever sends more is cut off.
    node.command::<()>("CONFIG SET client-query-buffer-limit 1048576")
        .await;
    let sink = sink_at(&format!("redis+cluster://127.0.0.1:{}", node.port()));
    sink.probe(PARTITION).await.unwrap();
    let mut entries = [entry(1)];
    entries[0].envelope = "x".repeat(2 << 20);
    for _ in 0..30 {
        let append = FencedAppend::plain(&StreamPosition::START, &entries);
        let error = sink.append(PARTITION, &append).await.unwrap_err();
        assert_eq!(error.blame(), Blame::Connection, "{error}");
        sink.probe(PARTITION).await.unwrap();
    }
}

#[tokio::test]
async fn many_partitions_do_not_connect_more_often_than_one() {
    // A server that ends every connection at once.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let counted = std::sync::Arc::clone(&connections);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
    });
    let sink = sink_at(&format!("redis://127.0.0.1:{port}"));
    let started = std::time::Instant::now();
    for number in 0..200 {
        let error = sink.position(Partition(number)).await.unwrap_err();
        assert!(error.is_unreachable(), "{error}");
    }
    // After each attempt nobody connects for at least 50 ms.
    let bound = 2 + started.elapsed().as_millis() / 50;
    let connections = connections.load(std::sync::atomic::Ordering::SeqCst);
    assert!(
        u128::from(connections) <= bound,
        "{connections} connections, at most {bound}"
    );
}
