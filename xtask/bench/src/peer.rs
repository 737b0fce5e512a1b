//! Another service that does the same as Rollcall, started as `xtask/peers/README.md` says.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::arguments::repository;
use crate::error::BenchError;
use crate::load::Target;
use crate::process::{Process, folder, free_address, output};
use crate::simple_http::answers_ok;

/// The services that there are.
pub const NAMES: [&str; 2] = ["fastapi", "fastify"];

/// A service whose packages are installed.
#[derive(Debug, Clone)]
pub struct InstalledPeer {
    name: &'static str,
    source: PathBuf,
    packages: PathBuf,
}

/// A running one; it ends with this value.
#[derive(Debug)]
pub struct Peer {
    name: &'static str,
    address: SocketAddr,
    // The process before the folder that it writes into: fields are dropped in this order.
    process: Process,
    _folder: TempDir,
}

impl InstalledPeer {
    /// Installs the packages of `name` below `tools`, where they are not there already.
    pub fn install(name: &'static str, tools: &Path) -> Result<Self, BenchError> {
        let source = repository().join("xtask/peers").join(name);
        let packages = tools.join(format!("peer-{name}"));
        std::fs::create_dir_all(tools).map_err(BenchError::io(tools.display().to_string()))?;
        output(Command::new(source.join("install")).arg(&packages))?;
        Ok(Self {
            name,
            source,
            packages,
        })
    }

    /// Starts it over the database at `database_url` with so many processes, and waits until it is ready.
    pub fn start(&self, database_url: &str, workers: usize) -> Result<Peer, BenchError> {
        let folder = folder(self.name, None)?;
        let address = free_address()?;
        let mut command = Command::new(self.source.join("start"));
        command.current_dir(folder.path()).arg(&self.packages).envs([
            ("DATABASE_URL", database_url.to_owned()),
            ("PORT", address.port().to_string()),
            ("WORKERS", workers.to_string()),
        ]);
        let mut process = Process::spawn(self.name, &mut command, folder.path())?;
        process.wait_ready(|| answers_ok(address, "/health"))?;
        Ok(Peer {
            name: self.name,
            address,
            process,
            _folder: folder,
        })
    }
}

impl Peer {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Where it listens.
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

    /// The head of its processes.
    #[must_use]
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Ends it with all of its processes.
    pub fn stop(mut self) -> Result<(), BenchError> {
        self.process.stop(Signal::TERM).map(|_| ())
    }
}
