//! A Redis Cluster of three primaries, each with a replica.

use crate::{RedisServer, free_port, wait};

const SLOT_COUNT: usize = 16_384;
const PRIMARIES: usize = 3;

/// Six servers; they end with this value.
pub struct RedisCluster {
    nodes: Vec<RedisServer>,
    ids: Vec<String>,
}

impl RedisCluster {
    /// Starts them, makes a cluster of them and waits until all agree on it. Nodes 0, 1 and 2 are primaries with a third of
    /// the slots each, nodes 3, 4 and 5 their replicas. A part of it that is down leaves the others at work.
    pub async fn start() -> Self {
        let nodes: Vec<RedisServer> = (0..2 * PRIMARIES).map(|_| start_node()).collect();
        let mut ids = Vec::new();
        for node in &nodes {
            ids.push(node.command::<String>("CLUSTER MYID").await);
        }
        let this = Self { nodes, ids };
        this.meet().await;
        for (at, node) in this.nodes.iter().take(PRIMARIES).enumerate() {
            let first = at * SLOT_COUNT / PRIMARIES;
            let last = (at + 1) * SLOT_COUNT / PRIMARIES - 1;
            node.command::<()>(&format!("CLUSTER ADDSLOTSRANGE {first} {last}"))
                .await;
        }
        for (at, node) in this.nodes.iter().enumerate().skip(PRIMARIES) {
            let primary = &this.ids[at - PRIMARIES];
            node.command::<()>(&format!("CLUSTER REPLICATE {primary}")).await;
        }
        for (at, node) in this.nodes.iter().enumerate() {
            wait::until("the node is part of a whole cluster", async || {
                let info: String = node.command("CLUSTER INFO").await;
                let nodes: String = node.command("CLUSTER NODES").await;
                let replicas = nodes.lines().filter(|line| line.contains("slave")).count();
                (info.contains("cluster_state:ok")
                    && info.contains("slots_ok:16384")
                    && replicas == PRIMARIES)
                    .then_some(())
            })
            .await;
            if at >= PRIMARIES {
                wait::until("the replica has caught up", async || {
                    let info: String = node.command("INFO replication").await;
                    info.contains("master_link_status:up").then_some(())
                })
                .await;
            }
        }
        this
    }

    /// How a client names it: by two of its nodes.
    pub fn url(&self) -> String {
        format!(
            "redis+cluster://127.0.0.1:{},127.0.0.1:{}",
            self.nodes[0].port(),
            self.nodes[4].port()
        )
    }

    /// One of the nodes, 0 to 5.
    pub fn node(&mut self, at: usize) -> &mut RedisServer {
        &mut self.nodes[at]
    }

    /// The slot of a key, as a node computes it.
    pub async fn slot(&self, key: &str) -> usize {
        self.nodes[0].command(&format!("CLUSTER KEYSLOT {key}")).await
    }

    /// The primary that a slot began with.
    pub fn first_owner(slot: usize) -> usize {
        (0..PRIMARIES)
            .find(|at| slot < (at + 1) * SLOT_COUNT / PRIMARIES)
            .unwrap_or(PRIMARIES - 1)
    }

    /// Begins to move a slot: from now on its keys are asked for at `from`, then at `to`.
    pub async fn begin_move(&self, slot: usize, from: usize, to: usize) {
        let [source, target] = [&self.ids[from], &self.ids[to]];
        self.nodes[to]
            .command::<()>(&format!("CLUSTER SETSLOT {slot} IMPORTING {source}"))
            .await;
        self.nodes[from]
            .command::<()>(&format!("CLUSTER SETSLOT {slot} MIGRATING {target}"))
            .await;
    }

    /// Moves the keys that the slot has now.
    pub async fn move_keys(&self, slot: usize, from: usize, to: usize) -> usize {
        let keys: Vec<String> = self.nodes[from]
            .command(&format!("CLUSTER GETKEYSINSLOT {slot} 100"))
            .await;
        let port = self.nodes[to].port();
        for key in &keys {
            self.nodes[from]
                .command::<()>(&format!("MIGRATE 127.0.0.1 {port} {key} 0 5000"))
                .await;
        }
        keys.len()
    }

    /// Ends the move: the slot belongs to `to`.
    pub async fn end_move(&self, slot: usize, from: usize, to: usize) {
        let target = &self.ids[to];
        for at in [to, from] {
            self.nodes[at]
                .command::<()>(&format!("CLUSTER SETSLOT {slot} NODE {target}"))
                .await;
        }
    }

    /// Whether the node is a primary with slots, as the node `asked` sees it.
    pub async fn is_primary(&self, at: usize, asked: usize) -> bool {
        let nodes: String = self.nodes[asked].command("CLUSTER NODES").await;
        nodes.lines().any(|line| {
            let is_it =
                line.starts_with(self.ids[at].as_str()) && line.contains("master") && !line.contains("fail");
            is_it && line.split_whitespace().count() > 8
        })
    }

    async fn meet(&self) {
        for node in self.nodes.iter().skip(1) {
            let bus: String = node
                .command::<Vec<String>>("CONFIG GET cluster-port")
                .await
                .pop()
                .expect("a port");
            let words = format!("CLUSTER MEET 127.0.0.1 {} {bus}", node.port());
            self.nodes[0].command::<()>(&words).await;
        }
        for node in &self.nodes {
            wait::until("the node knows the others", async || {
                let info: String = node.command("CLUSTER INFO").await;
                info.contains("cluster_known_nodes:6").then_some(())
            })
            .await;
        }
    }
}

fn start_node() -> RedisServer {
    RedisServer::start_with(&[
        "--cluster-enabled",
        "yes",
        "--cluster-port",
        &free_port().to_string(),
        "--cluster-node-timeout",
        "1000",
        "--cluster-require-full-coverage",
        "no",
        "--cluster-announce-ip",
        "127.0.0.1",
    ])
}
