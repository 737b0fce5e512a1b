//! A Redis server of a pair, made to be damaged.

use std::fs::File;
use std::path::PathBuf;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, RedisResult};
use rustix::process::Signal;

use crate::{HeldDisk, Process, free_port, wait};

/// A Redis server, primary or replica, on a disk of its own that can be full; it ends with this value.
///
/// It keeps its data as [`RedisServer`](crate::RedisServer) does: append-only file, written through once a second.
pub struct RedisNode {
    // The process first: it writes to the disk.
    process: Option<Process>,
    disk: HeldDisk,
    port: u16,
    primary: Option<u16>,
}

/// How much of the end of an append-only file is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// A tenth of the file.
    Tenth,
    /// So many bytes.
    Bytes(u64),
}

impl RedisNode {
    /// Starts one on a disk of so many mebibytes, as a replica of the server at port `primary` where that is given.
    pub fn start(mebibytes: u32, primary: Option<u16>) -> Self {
        let mut node = Self {
            process: None,
            disk: HeldDisk::start(mebibytes),
            port: free_port(),
            primary,
        };
        node.restart();
        node
    }

    /// Its port, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its disk.
    pub fn disk(&self) -> &HeldDisk {
        &self.disk
    }

    /// From its next start on it is a replica of the server at that port, or a primary.
    pub fn follow(&mut self, primary: Option<u16>) {
        self.primary = primary;
    }

    /// Connects to it, and waits at most two seconds for each answer.
    pub async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        let limit = std::time::Duration::from_secs(2);
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(limit))
            .set_response_timeout(Some(limit));
        let client = redis::Client::open(format!("redis://127.0.0.1:{}", self.port))?;
        client.get_multiplexed_async_connection_with_config(&config).await
    }

    /// Starts it again with the same data; it must not run.
    ///
    /// Redis may refuse its own append-only file: version 7.0.15 was seen to leave a torn command within it where the disk
    /// was full for a while. Then it is repaired as Redis tells its operator to, which loses whatever comes after the tear.
    pub fn restart(&mut self) {
        assert!(self.process.is_none(), "the server runs already");
        let process = self.start_up().or_else(|refused| {
            assert!(
                refused.contains("redis-check-aof --fix"),
                "Redis does not start\n{refused}"
            );
            self.repair();
            self.start_up()
        });
        self.process = Some(process.unwrap_or_else(|refused| panic!("Redis does not start\n{refused}")));
    }

    /// Starts it and waits until it answers; gives its last words where it ends.
    fn start_up(&self) -> Result<Process, String> {
        let mut command = self.disk.command("redis-server");
        command
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1"])
            .args(["--dir", "disk", "--save", "", "--appendonly", "yes"])
            .args(["--appendfsync", "everysec", "--aof-load-truncated", "yes"])
            .args([
                "--repl-diskless-sync-delay",
                "0",
                "--maxmemory-policy",
                "noeviction",
            ]);
        if let Some(primary) = self.primary {
            command.args(["--replicaof", &format!("127.0.0.1 {primary}")]);
        }
        let mut process = Process::spawn("redis", command, self.disk.folder());
        let client = redis::Client::open(format!("redis://127.0.0.1:{}", self.port)).expect("a Redis URL");
        wait::until_blocking("Redis answers or ends", || {
            if process.exit_status().is_some() {
                return Some(Err(process.tail()));
            }
            let mut connection = client.get_connection().ok()?;
            redis::cmd("PING").query::<String>(&mut connection).ok().map(Ok)
        })?;
        Ok(process)
    }

    /// Cuts the append-only file off where it cannot be read.
    fn repair(&self) {
        let mut command = self.disk.command("sh");
        command.args([
            "-c",
            "yes | redis-check-aof --fix disk/appendonlydir/appendonly.aof.manifest",
        ]);
        let output = command.output().expect("run redis-check-aof");
        println!(
            "  redis-check-aof: {}",
            String::from_utf8_lossy(&output.stdout).trim()
        );
    }

    /// Kills it at once.
    pub fn kill(&mut self) {
        self.process.take().expect("the server runs").kill();
    }

    /// Stops it where it is (SIGSTOP), or lets it go on (SIGCONT).
    pub fn signal(&mut self, signal: Signal) {
        self.process.as_mut().expect("the server runs").signal(signal);
    }

    /// Cuts off what a machine that lost its power had not written yet. Only of a server that does not run.
    ///
    /// Gives how many bytes that were.
    pub fn cut_tail(&self, cut: Cut) -> u64 {
        assert!(self.process.is_none(), "only of a server that was killed");
        let file = File::options()
            .write(true)
            .open(self.append_only_file())
            .expect("open the append-only file");
        let length = file.metadata().expect("its length").len();
        let lost = match cut {
            Cut::Tenth => length / 10,
            Cut::Bytes(bytes) => bytes.min(length),
        };
        file.set_len(length - lost).expect("cut it");
        lost
    }

    /// The file that commands are appended to.
    fn append_only_file(&self) -> PathBuf {
        let folder =
            std::fs::read_dir(self.disk.path().join("appendonlydir")).expect("the append-only files");
        let increments = folder
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.to_string_lossy().ends_with(".incr.aof"));
        // Their names end with a number that counts up: `appendonly.aof.12.incr.aof`.
        let number = |path: &PathBuf| {
            let name = path.to_string_lossy().into_owned();
            let digits = name.rsplit('.').nth(2).unwrap_or_default().to_owned();
            digits.parse::<u64>().unwrap_or_default()
        };
        increments.max_by_key(number).expect("an increment")
    }

    /// The end of what it said, for a message.
    pub fn tail(&self) -> String {
        self.process.as_ref().map(Process::tail).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn command<T: redis::FromRedisValue>(node: &RedisNode, words: &str) -> RedisResult<T> {
        let mut command = redis::Cmd::new();
        for word in words.split(' ') {
            command.arg(word);
        }
        command.query_async(&mut node.connect().await?).await
    }

    #[tokio::test]
    async fn what_is_cut_off_is_gone_and_the_rest_is_there() {
        let mut node = RedisNode::start(64, None);
        for number in 1..=100 {
            let () = command(&node, &format!("SET {number} {number}")).await.unwrap();
        }
        node.kill();
        assert!(node.cut_tail(Cut::Tenth) > 0);
        node.restart();
        let kept: usize = command(&node, "DBSIZE").await.unwrap();
        assert!((80..100).contains(&kept), "{kept}");
        assert_eq!(command::<Option<String>>(&node, "GET 100").await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_torn_append_only_file_is_repaired() {
        let mut node = RedisNode::start(64, None);
        for number in 1..=100 {
            let () = command(&node, &format!("SET {number} {number}")).await.unwrap();
        }
        node.kill();
        let path = node.append_only_file();
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes.drain(middle..middle + 7);
        std::fs::write(&path, bytes).unwrap();
        node.restart();
        let kept: usize = command(&node, "DBSIZE").await.unwrap();
        assert!((40..60).contains(&kept), "{kept}");
    }

    #[tokio::test]
    async fn a_full_disk_refuses_writes_until_there_is_room() {
        let node = RedisNode::start(64, None);
        let () = command(&node, "SET a 1").await.unwrap();
        node.disk().fill(0);
        let value = "x".repeat(8192);
        wait::until("a write is refused", async || {
            command::<()>(&node, &format!("SET b {value}")).await.err()
        })
        .await;
        node.disk().free();
        wait::until("a write is taken", async || {
            command::<()>(&node, &format!("SET b {value}")).await.ok()
        })
        .await;
    }

    #[tokio::test]
    async fn a_replica_follows_its_primary() {
        let primary = RedisNode::start(64, None);
        let replica = RedisNode::start(64, Some(primary.port()));
        let () = command(&primary, "SET a 1").await.unwrap();
        wait::until("the replica has it", async || {
            command::<Option<String>>(&replica, "GET a").await.ok().flatten()
        })
        .await;
    }
}
