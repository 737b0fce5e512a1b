//! The real `rollcall` binary, started as an operator starts it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::error::BenchError;
use crate::load::Target;
use crate::process::{Process, folder, free_address};
use crate::simple_http::answers_ok;

/// What a service is started with.
#[derive(Debug, Clone)]
pub struct ServiceSetting {
    /// The program.
    pub binary: PathBuf,
    /// The database; without one, SQLite in the service's own folder.
    pub database_url: Option<String>,
    /// The broker, if it shall publish.
    pub redis_url: Option<String>,
    /// Variables beside these.
    pub variables: Vec<(String, String)>,
    /// Where its folder is made; where the system keeps temporary files by default.
    pub base: Option<PathBuf>,
}

impl ServiceSetting {
    /// The defaults: SQLite, no broker.
    #[must_use]
    pub fn new(binary: &Path) -> Self {
        Self {
            binary: binary.to_owned(),
            database_url: None,
            redis_url: None,
            variables: Vec::new(),
            base: None,
        }
    }
}

/// A running service, on its own port and in its own folder; it ends with this value.
#[derive(Debug)]
pub struct Service {
    setting: ServiceSetting,
    address: SocketAddr,
    ready_after: Duration,
    // The process before the folder that it writes into: fields are dropped in this order.
    process: Process,
    folder: TempDir,
}

impl Service {
    /// Starts it and waits until it is ready.
    pub fn start(setting: ServiceSetting) -> Result<Self, BenchError> {
        let folder = folder("rollcall", setting.base.as_deref())?;
        let address = free_address()?;
        let (process, ready_after) = spawn(&setting, address, folder.path())?;
        Ok(Self {
            setting,
            address,
            ready_after,
            process,
            folder,
        })
    }

    /// Ends it and starts it again over the same data.
    pub fn restart(&mut self) -> Result<(), BenchError> {
        self.end()?;
        (self.process, self.ready_after) = spawn(&self.setting, self.address, self.folder.path())?;
        Ok(())
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where load goes.
    #[must_use]
    pub fn target(&self) -> Target {
        Target {
            address: self.address,
        }
    }

    /// How long after its start it was ready.
    #[must_use]
    pub fn ready_after(&self) -> Duration {
        self.ready_after
    }

    /// Its process.
    #[must_use]
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Its working folder, with `data/rollcall.db` when it runs on SQLite.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Drains it and waits for its end, which must be clean.
    pub fn stop(mut self) -> Result<(), BenchError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), BenchError> {
        let status = self.process.stop(Signal::TERM)?;
        if status.success() {
            return Ok(());
        }
        Err(self.process.failure(&format!("ended with {status}")))
    }
}

/// The program without any setting: what whoever runs the benchmark has set must neither change its outcome nor be touched
/// by it.
pub(crate) fn command(binary: &Path) -> Command {
    let mut command = Command::new(binary);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("ROLLCALL_") || text.starts_with("OTEL_") {
            command.env_remove(&name);
        }
    }
    command
}

fn spawn(
    setting: &ServiceSetting,
    address: SocketAddr,
    folder: &Path,
) -> Result<(Process, Duration), BenchError> {
    let mut command = command(&setting.binary);
    command
        .current_dir(folder)
        .env("ROLLCALL_LISTEN", address.to_string())
        .envs(
            setting
                .database_url
                .iter()
                .map(|url| ("ROLLCALL_DATABASE_URL", url)),
        )
        .envs(setting.redis_url.iter().map(|url| ("ROLLCALL_REDIS_URL", url)))
        .envs(setting.variables.iter().map(|(name, value)| (name, value)));
    let start = Instant::now();
    let mut process = Process::spawn("rollcall", &mut command, folder)?;
    process.wait_ready(|| answers_ok(address, "/health/ready"))?;
    Ok((process, start.elapsed()))
}
