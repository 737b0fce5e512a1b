//! A primary, a replica and three sentinels that watch them.

use std::fs;
use std::process::Command;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::{Process, RedisServer, free_port, wait};

/// What the sentinels call the two servers.
pub const SENTINEL_SERVICE: &str = "roster";

/// The password of the sentinels, which is not that of the servers, and how a URL spells it.
const PASSWORD: (&str, &str) = ("watch&word", "watch%26word");

/// Two servers of which one is the primary, and three sentinels; they end with this value.
pub struct RedisSentinel {
    servers: [RedisServer; 2],
    folder: TempDir,
    sentinels: Vec<(u16, Process)>,
}

impl RedisSentinel {
    /// Starts all five and waits until each sentinel knows the replica and the other sentinels.
    pub async fn start() -> Self {
        let primary = RedisServer::start();
        let replica = RedisServer::start_with(&["--replicaof", "127.0.0.1", &primary.port().to_string()]);
        let folder = tempfile::Builder::new()
            .prefix("rollcall-sentinel-")
            .tempdir()
            .expect("make a folder");
        let mut this = Self {
            servers: [primary, replica],
            folder,
            sentinels: Vec::new(),
        };
        wait::until("the replica has caught up", async || {
            let info: String = this.servers[1].command("INFO replication").await;
            info.contains("master_link_status:up").then_some(())
        })
        .await;
        for number in 0..3 {
            let started = this.start_sentinel(number);
            this.sentinels.push(started);
        }
        for (port, _) in &this.sentinels {
            wait::until("a sentinel knows the others", async || {
                let info = sentinel_info(*port).await?;
                (info.contains("slaves=1") && info.contains("sentinels=3")).then_some(())
            })
            .await;
        }
        this
    }

    /// How a client names it.
    pub fn url(&self) -> String {
        let hosts: Vec<String> = self
            .sentinels
            .iter()
            .map(|(port, _)| format!("127.0.0.1:{port}"))
            .collect();
        let (hosts, password) = (hosts.join(","), PASSWORD.1);
        format!("redis+sentinel://{hosts}/{SENTINEL_SERVICE}?sentinel_password={password}")
    }

    /// The server that began as the primary (0) and the other (1).
    pub fn server(&mut self, at: usize) -> &mut RedisServer {
        &mut self.servers[at]
    }

    /// Stops a sentinel where it is (SIGSTOP), or lets it go on.
    pub fn pause_sentinel(&mut self, at: usize, is_paused: bool) {
        let signal = if is_paused { Signal::STOP } else { Signal::CONT };
        self.sentinels[at].1.signal(signal);
    }

    /// Which of the two servers most sentinels call the primary now.
    pub async fn primary(&self) -> Option<usize> {
        let mut votes = [0, 0];
        for (port, _) in &self.sentinels {
            let named = format!(":{}", self.servers[1].port());
            match sentinel_info(*port).await {
                Some(info) if info.contains(&format!("{named},")) => votes[1] += 1,
                Some(_) => votes[0] += 1,
                None => {}
            }
        }
        votes.iter().position(|votes| *votes >= 2)
    }

    fn start_sentinel(&self, number: usize) -> (u16, Process) {
        let port = free_port();
        let file = self.folder.path().join(format!("sentinel-{number}.conf"));
        let primary = self.servers[0].port();
        let settings = format!(
            "port {port}\nbind 127.0.0.1\ndir {folder}\n\
             requirepass {password}\nsentinel sentinel-pass {password}\n\
             sentinel monitor {SENTINEL_SERVICE} 127.0.0.1 {primary} 2\n\
             sentinel down-after-milliseconds {SENTINEL_SERVICE} 500\n\
             sentinel failover-timeout {SENTINEL_SERVICE} 2000\n",
            folder = self.folder.path().display(),
            password = PASSWORD.0,
        );
        fs::write(&file, settings).expect("write a sentinel's settings");
        let mut command = Command::new("redis-sentinel");
        command.arg(&file);
        let process = Process::spawn(&format!("sentinel-{number}"), command, self.folder.path());
        (port, process)
    }
}

async fn sentinel_info(port: u16) -> Option<String> {
    let client =
        redis::Client::open(format!("redis://:{}@127.0.0.1:{port}", PASSWORD.1)).expect("a Redis URL");
    let mut connection = client.get_multiplexed_async_connection().await.ok()?;
    let mut command = redis::cmd("INFO");
    command.arg("sentinel").query_async(&mut connection).await.ok()
}
