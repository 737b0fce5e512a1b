//! A private Redis in a temporary folder, which tests may kill, damage and start again.

use std::fs::{self, OpenOptions};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use redis::aio::MultiplexedConnection;
use redis::{Client, FromRedisValue};
use tempfile::TempDir;

use super::until;

/// The server; killed when dropped.
pub(crate) struct RedisServer {
    folder: TempDir,
    port: u16,
    process: Option<Child>,
}

impl RedisServer {
    /// Starts one on a free port, with an append-only file that is synced every second.
    pub(crate) async fn start() -> Self {
        // Another process may take the port between this and the start; then the server ends and another is tried.
        loop {
            let port = TcpListener::bind("127.0.0.1:0")
                .unwrap()
                .local_addr()
                .unwrap()
                .port();
            let folder = tempfile::tempdir().unwrap();
            let mut server = Self {
                folder,
                port,
                process: None,
            };
            if server.start_again().await {
                return server;
            }
        }
    }

    /// Starts it again in the same folder on the same port. Gives whether it came up.
    pub(crate) async fn start_again(&mut self) -> bool {
        let mut process = Command::new("redis-server")
            .args([
                "--port",
                &self.port.to_string(),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "yes",
            ])
            .args([
                "--appendfsync",
                "everysec",
                "--aof-load-truncated",
                "yes",
                "--dir",
            ])
            .arg(self.folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is needed for this test: install the package `redis-server`");
        let ready = async || match self.connection().await {
            Ok(mut connection) => {
                let answer: Result<String, _> = redis::cmd("PING").query_async(&mut connection).await;
                answer.is_ok()
            }
            Err(_) => false,
        };
        let mut ended = false;
        until("redis answers", async || {
            ended = process.try_wait().unwrap().is_some();
            ended || ready().await
        })
        .await;
        self.process = Some(process);
        !ended
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// SIGKILL: no chance to write anything any more.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// SIGSTOP or SIGCONT: it hangs, and does so no longer.
    pub(crate) fn signal(&self, signal: &str) {
        let process = self.process.as_ref().unwrap().id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &process])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Cuts `bytes` off the end of the append-only file of a server that was killed: what a machine that lost its power
    /// had not written yet. Gives how many bytes were there.
    pub(crate) fn cut_append_only_file(&self, bytes: u64) -> u64 {
        assert!(self.process.is_none(), "only of a killed server");
        let file = OpenOptions::new()
            .write(true)
            .open(self.append_only_file())
            .unwrap();
        let length = file.metadata().unwrap().len();
        file.set_len(length.saturating_sub(bytes)).unwrap();
        length
    }

    /// Whether the log on disk holds an entry with this id, as RESP writes it.
    pub(crate) fn has_logged(&self, id: &str) -> bool {
        let log = fs::read(self.append_only_file()).unwrap();
        let needle = format!("\r\n{id}\r\n");
        log.windows(needle.len())
            .any(|window| window == needle.as_bytes())
    }

    /// The file that commands are appended to.
    fn append_only_file(&self) -> PathBuf {
        let mut incremental: Vec<PathBuf> = fs::read_dir(self.folder.path().join("appendonlydir"))
            .unwrap()
            .map(|file| file.unwrap().path())
            .filter(|path| path.to_string_lossy().ends_with(".incr.aof"))
            .collect();
        incremental.sort();
        incremental.pop().unwrap()
    }

    /// Sends one command, its words separated by blanks.
    pub(crate) async fn command<T: FromRedisValue>(&self, words: &str) -> T {
        let mut command = redis::Cmd::new();
        for word in words.split(' ') {
            command.arg(word);
        }
        command
            .query_async(&mut self.connection().await.unwrap())
            .await
            .unwrap()
    }

    pub(crate) async fn connection(&self) -> redis::RedisResult<MultiplexedConnection> {
        Client::open(self.url())?.get_multiplexed_async_connection().await
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}
