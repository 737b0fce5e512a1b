//! A private Redis server.

use std::process::Command;

use redis::aio::MultiplexedConnection;
use rustix::process::Signal;
use tempfile::TempDir;

use crate::{Process, SmallDisk, free_port, wait, with_small_disk};

const MISSING: &str = "redis-server 7 or newer is missing: install it (Debian/Ubuntu: apt-get install redis-server) or run `cargo xtask test`";

/// A Redis server of one test, on its own port and in its own folder; it ends with this value.
///
/// It keeps its data as a careful operator's does: append-only file, written through once a second. So `kill` may lose
/// what came last, which is what the relay must cope with.
pub struct RedisServer {
    folder: TempDir,
    port: u16,
    process: Option<Process>,
    has_small_disk: bool,
    settings: Vec<String>,
}

impl RedisServer {
    /// Starts one and waits until it answers.
    pub fn start() -> Self {
        let mut server = Self::reserve();
        server.restart();
        server
    }

    /// Has everything ready but starts nothing: its address refuses connections until [`RedisServer::restart`].
    pub fn reserve() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("rollcall-redis-")
            .tempdir()
            .expect("make a folder");
        Self {
            folder,
            port: free_port(),
            process: None,
            has_small_disk: false,
            settings: Vec::new(),
        }
    }

    /// The same with settings as on the command line, such as `--maxmemory 1mb`; paths are below [`RedisServer::folder`].
    pub fn reserve_with(settings: &[&str]) -> Self {
        let mut server = Self::reserve();
        server.settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        server
    }

    /// Starts one with such settings and waits until it answers.
    pub fn start_with(settings: &[&str]) -> Self {
        let mut server = Self::reserve_with(settings);
        server.restart();
        server
    }

    /// Starts one whose data are on a disk of two mebibytes.
    pub fn start_on_small_disk() -> (Self, SmallDisk) {
        let mut server = Self::reserve();
        server.has_small_disk = true;
        server.restart();
        let id = server.process.as_ref().expect("the server runs").id();
        let disk = SmallDisk::of(id, &server.folder.path().join("disk"));
        (server, disk)
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Its port, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Connects to it.
    pub async fn connect(&self) -> MultiplexedConnection {
        let client = redis::Client::open(self.url()).expect("a Redis URL");
        client
            .get_multiplexed_async_connection()
            .await
            .expect("connect to Redis")
    }

    /// Sends one command, its words separated by blanks.
    pub async fn command<T: redis::FromRedisValue>(&self, words: &str) -> T {
        let answer = self.try_command(words).await;
        answer.unwrap_or_else(|error| panic!("{words}: {error}"))
    }

    /// The same to one that may be away, or may just then be told to close all connections.
    pub async fn try_command<T: redis::FromRedisValue>(&self, words: &str) -> redis::RedisResult<T> {
        let client = redis::Client::open(self.url())?;
        let mut connection = client.get_multiplexed_async_connection().await?;
        let mut command = redis::Cmd::new();
        for word in words.split(' ') {
            command.arg(word);
        }
        command.query_async(&mut connection).await
    }

    /// Stops it in an orderly way (SIGTERM): nothing is lost.
    pub fn stop(&mut self) {
        let mut process = self.process.take().expect("the server runs");
        process.signal(Signal::TERM);
        let status = process.wait();
        assert!(
            status.success(),
            "Redis stopped with {status}\n{}",
            process.tail()
        );
    }

    /// Kills it at once.
    pub fn kill(&mut self) {
        self.process.take().expect("the server runs").kill();
    }

    /// Starts it (again) on the same port with the same data; one that runs is stopped before.
    pub fn restart(&mut self) {
        if self.process.is_some() {
            self.stop();
        }
        let mut command = Command::new("redis-server");
        command.current_dir(self.folder.path()).args([
            "--port",
            &self.port.to_string(),
            "--bind",
            "127.0.0.1",
        ]);
        command.args([
            "--dir",
            if self.has_small_disk { "disk" } else { "." },
            "--appendonly",
            "yes",
            "--appendfsync",
            "everysec",
            "--save",
            "",
        ]);
        command.args(&self.settings);
        assert!(on_path("redis-server"), "{MISSING}");
        if self.has_small_disk {
            command = with_small_disk(&command, "disk", "2m");
        }
        let mut process = Process::spawn("redis", command, self.folder.path());
        let client = redis::Client::open(self.url()).expect("a Redis URL");
        wait::until_blocking("Redis answers", || {
            assert!(
                process.exit_status().is_none(),
                "Redis does not start\n{}",
                process.tail()
            );
            // While it still reads its append-only file it answers PING with an error.
            redis::cmd("PING")
                .query::<String>(&mut client.get_connection().ok()?)
                .ok()
        });
        self.process = Some(process);
    }

    /// Stops it where it is (SIGSTOP): connections stay open and nothing answers.
    pub fn pause(&mut self) {
        self.process
            .as_mut()
            .expect("the server runs")
            .signal(Signal::STOP);
    }

    /// Lets it go on.
    pub fn resume(&mut self) {
        self.process
            .as_mut()
            .expect("the server runs")
            .signal(Signal::CONT);
    }

    /// The folder with its data, for a test that damages them.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // The process first: it writes into the folder.
        self.process = None;
    }
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
