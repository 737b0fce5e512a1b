//! A private Redis server, which keeps its data as a careful operator's does.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::error::BenchError;
use crate::process::{Process, folder, free_address, output};

/// What differs from the defaults of Redis.
pub const SETTINGS: [&str; 6] = ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""];

/// A Redis server, on its own port and in its own folder; it ends with this value.
#[derive(Debug)]
pub struct RedisServer {
    address: SocketAddr,
    // The process before the folder that it writes into: fields are dropped in this order.
    process: Process,
    _folder: TempDir,
}

impl RedisServer {
    /// Starts one below `base` (or where the system keeps temporary files) and waits until it answers.
    pub fn start(base: Option<&Path>) -> Result<Self, BenchError> {
        Self::start_with(base, &[])
    }

    /// The same with settings that differ from these too, as arguments of the program.
    pub fn start_with(base: Option<&Path>, settings: &[&str]) -> Result<Self, BenchError> {
        version()?;
        let folder = folder("redis", base)?;
        let address = free_address()?;
        let mut command = Command::new("redis-server");
        command
            .current_dir(folder.path())
            .args([
                "--port",
                &address.port().to_string(),
                "--bind",
                "127.0.0.1",
                "--dir",
                ".",
            ])
            .args(SETTINGS)
            .args(settings);
        let mut process = Process::spawn("redis", &mut command, folder.path())?;
        let client = redis::Client::open(url(address))
            .map_err(|error| BenchError::invalid("Redis", error.to_string()))?;
        // While it still reads its append-only file it answers PING with an error.
        process.wait_ready(|| {
            let answer = client
                .get_connection()
                .and_then(|mut connection| redis::cmd("PING").query::<String>(&mut connection));
            answer.is_ok()
        })?;
        Ok(Self {
            address,
            process,
            _folder: folder,
        })
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        url(self.address)
    }

    /// Its process.
    #[must_use]
    pub fn process(&self) -> &Process {
        &self.process
    }
}

/// The version of the program.
pub fn version() -> Result<String, BenchError> {
    let text = output(Command::new("redis-server").arg("--version")).map_err(|_| BenchError::Missing {
        what: "redis-server".to_owned(),
        remedy: "install Redis 7 or newer (Debian/Ubuntu: apt-get install redis-server)".to_owned(),
    })?;
    let version = text.split_whitespace().find_map(|word| word.strip_prefix("v="));
    Ok(version.unwrap_or("unknown").to_owned())
}

fn url(address: SocketAddr) -> String {
    format!("redis://{address}")
}
