//! Redis with a replica that can take its place.

use redis::RedisResult;
use rollcall_servers::{Cut, Network, Proxy, RedisNode, wait};
use rustix::process::Signal;

use super::sentinels::Sentinels;

/// Room for the append-only file, its rewriting included.
const DISK_MEBIBYTES: u32 = 2048;

/// Two servers, one of which is the primary; the other one follows it over a network of its own.
pub(super) struct Broker {
    nodes: [RedisNode; 2],
    primary: usize,
    /// Sentinels name the servers to each other, so with them there is no network to be made bad.
    replication: Option<Proxy>,
    sentinels: Option<Sentinels>,
}

impl Broker {
    /// Two servers, with sentinels or with whoever moves the address to another one.
    pub(super) async fn start(has_sentinels: bool) -> Self {
        let first = RedisNode::start(DISK_MEBIBYTES, None);
        if has_sentinels {
            let second = RedisNode::start(DISK_MEBIBYTES, Some(first.port()));
            let sentinels = Sentinels::start(first.port()).await;
            return Self {
                nodes: [first, second],
                primary: 0,
                replication: None,
                sentinels: Some(sentinels),
            };
        }
        let replication = Proxy::start(first.port()).await;
        let second = RedisNode::start(DISK_MEBIBYTES, Some(replication.port()));
        Self {
            nodes: [first, second],
            primary: 0,
            replication: Some(replication),
            sentinels: None,
        }
    }

    /// How the service is told of the sentinels, where there are any.
    pub(super) fn sentinel_url(&self) -> Option<String> {
        self.sentinels.as_ref().map(Sentinels::url)
    }

    /// Where the sentinels are reached; none where there are none.
    pub(super) fn sentinel_ports(&self) -> Vec<u16> {
        self.sentinels.as_ref().map(Sentinels::ports).unwrap_or_default()
    }

    /// The port of the primary.
    pub(super) fn port(&self) -> u16 {
        self.nodes[self.primary].port()
    }

    /// The port of the replica.
    pub(super) fn replica_port(&self) -> u16 {
        self.nodes[1 - self.primary].port()
    }

    pub(super) fn kill(&mut self) {
        self.nodes[self.primary].kill();
    }

    /// Kills it; gives how much of its append-only file is cut off.
    pub(super) fn kill_and_cut(&mut self, cut: Cut) -> u64 {
        self.kill();
        self.nodes[self.primary].cut_tail(cut)
    }

    pub(super) fn restart(&mut self) {
        self.nodes[self.primary].restart();
    }

    pub(super) fn signal(&mut self, signal: Signal) {
        self.nodes[self.primary].signal(signal);
    }

    /// Makes the primary's disk full but for `room` bytes.
    pub(super) fn fill_disk(&self, room: u64) {
        self.nodes[self.primary].disk().fill(room);
    }

    pub(super) fn free_disk(&self) {
        self.nodes[self.primary].disk().free();
    }

    /// From now on the replica hears nothing. Not with sentinels: there the replica itself has to be told.
    pub(super) fn lag(&self) {
        if let Some(replication) = &self.replication {
            replication.set(Network::HalfOpen);
        }
    }

    /// The primary dies; from now on the replica is called the primary, though it does not know yet.
    pub(super) fn lose_primary(&mut self) {
        self.kill();
        self.primary = 1 - self.primary;
        self.nodes[self.primary].follow(None);
    }

    /// What was the primary comes back, and follows.
    pub(super) fn bring_back(&mut self) {
        let mut follows = self.port();
        if let Some(replication) = &self.replication {
            replication.aim(follows);
            replication.set(Network::Sound);
            follows = replication.port();
        }
        let old = &mut self.nodes[1 - self.primary];
        old.follow(Some(follows));
        old.restart();
    }

    /// The end of what both said.
    pub(super) fn tail(&self) -> String {
        self.nodes.each_ref().map(RedisNode::tail).join("\n")
    }
}

/// A connection of the harness itself, past every bad network.
pub(super) async fn connect(port: u16) -> RedisResult<redis::aio::MultiplexedConnection> {
    let limit = std::time::Duration::from_secs(2);
    let config = redis::AsyncConnectionConfig::new()
        .set_connection_timeout(Some(limit))
        .set_response_timeout(Some(limit));
    let client = redis::Client::open(format!("redis://127.0.0.1:{port}"))?;
    client.get_multiplexed_async_connection_with_config(&config).await
}

/// Has Redis do one thing, its words separated by blanks; tries until it does.
pub(super) async fn surely(port: u16, words: &str) {
    wait::until(words, async || {
        let mut command = redis::Cmd::new();
        for word in words.split(' ') {
            command.arg(word);
        }
        let mut connection = connect(port).await.ok()?;
        command.query_async::<()>(&mut connection).await.ok()
    })
    .await;
}

/// One number of `INFO`, such as `used_memory`.
pub(super) async fn info(port: u16, name: &str) -> Option<String> {
    let mut connection = connect(port).await.ok()?;
    let text: String = redis::cmd("INFO").query_async(&mut connection).await.ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    Some(line.trim().to_owned())
}
