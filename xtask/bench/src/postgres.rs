//! A private PostgreSQL server with default settings, which keep a commit until it is on the disk.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::error::BenchError;
use crate::process::{Process, folder, free_address, output};

/// The superuser; every local connection is trusted.
pub const SUPERUSER: &str = "rollcall_bench";

const REMEDY: &str = "install PostgreSQL 15 or newer (Debian/Ubuntu: apt-get install postgresql)";

/// The settings that decide what a commit means; they are read back from the server, not assumed.
const SETTINGS: [&str; 7] = [
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "wal_sync_method",
    "commit_delay",
    "shared_buffers",
    "max_connections",
];

/// A PostgreSQL server, on its own port and in its own folder; it ends with this value.
#[derive(Debug)]
pub struct Postgres {
    binaries: PathBuf,
    address: SocketAddr,
    owner: Option<Owner>,
    // The process before the folder that it writes into: fields are dropped in this order.
    process: Process,
    folder: TempDir,
}

impl Postgres {
    /// Makes a new cluster below `base` (or where the system keeps temporary files), starts it and waits until it accepts
    /// connections.
    pub fn start(base: Option<&Path>) -> Result<Self, BenchError> {
        Self::start_with(base, &[])
    }

    /// The same with settings that differ from the defaults, each as `name=value`.
    pub fn start_with(base: Option<&Path>, settings: &[&str]) -> Result<Self, BenchError> {
        let binaries = find_binaries().ok_or_else(|| BenchError::Missing {
            what: "PostgreSQL".to_owned(),
            remedy: REMEDY.to_owned(),
        })?;
        let folder = folder("postgres", base)?;
        let owner = Owner::to_run_as()?;
        if let Some(owner) = owner {
            chown(folder.path(), Some(owner.user), Some(owner.group))
                .map_err(BenchError::io(folder.path().display().to_string()))?;
        }
        let address = free_address()?;
        let data = folder.path().join("data");
        let command = |program: &str| command(&binaries, program, folder.path(), owner);
        output(
            command("initdb")
                .arg("-D")
                .arg(&data)
                .args(["--username", SUPERUSER, "--auth=trust", "--encoding=UTF8"])
                .args(["--locale=C", "--no-instructions"]),
        )?;
        let mut server = command("postgres");
        server
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(folder.path())
            .args(["-p", &address.port().to_string()])
            .args(["-c", "listen_addresses=127.0.0.1"])
            .args(settings.iter().flat_map(|setting| ["-c", setting]));
        let mut process = Process::spawn("postgres", &mut server, folder.path())?;
        process.wait_ready(|| {
            let mut ready = command("pg_isready");
            ready.args(["--quiet", "--host=127.0.0.1", "--dbname=postgres", "--port"]);
            ready.arg(address.port().to_string());
            ready.status().is_ok_and(|status| status.success())
        })?;
        Ok(Self {
            binaries,
            address,
            owner,
            process,
            folder,
        })
    }

    /// The URL of a database of this server.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{SUPERUSER}@{}/{database}", self.address)
    }

    /// Makes a new, empty database; its URL.
    pub fn create_database(&self, name: &str) -> Result<String, BenchError> {
        self.query("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(self.url(name))
    }

    /// Runs SQL as superuser; what it prints, one row a line, columns apart by `|`.
    pub fn query(&self, database: &str, sql: &str) -> Result<String, BenchError> {
        output(self.client("psql", database).args([
            "-X",
            "-A",
            "-t",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-c",
            sql,
        ]))
    }

    /// A client program of PostgreSQL, told where the database is.
    #[must_use]
    pub fn client(&self, program: &str, database: &str) -> Command {
        let mut command = Command::new(self.binaries.join(program));
        command.env_clear().envs([
            ("PGHOST", self.address.ip().to_string()),
            ("PGPORT", self.address.port().to_string()),
            ("PGUSER", SUPERUSER.to_owned()),
            ("PGDATABASE", database.to_owned()),
        ]);
        command
    }

    /// Writes what is dirty to the disk now, so that it is not written while something is measured.
    pub fn checkpoint(&self) -> Result<(), BenchError> {
        self.query("postgres", "CHECKPOINT").map(|_| ())
    }

    /// Its version.
    pub fn version(&self) -> Result<String, BenchError> {
        Ok(self.query("postgres", "SHOW server_version")?.trim().to_owned())
    }

    /// The settings that decide what a commit means, as `name=value`.
    pub fn settings(&self) -> Result<Vec<String>, BenchError> {
        SETTINGS
            .iter()
            .map(|name| {
                Ok(format!(
                    "{name}={}",
                    self.query("postgres", &format!("SHOW {name}"))?.trim()
                ))
            })
            .collect()
    }

    /// Its process.
    #[must_use]
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// A folder that it may read and write.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends it in an orderly way.
    pub fn stop(mut self) -> Result<(), BenchError> {
        // "Fast shutdown", server-shutdown in PostgreSQL's documentation.
        let status = self.process.stop(Signal::INT)?;
        if status.success() {
            return Ok(());
        }
        Err(self.process.failure(&format!("ended with {status}")))
    }

    /// Whether its programs run as another user than this process.
    #[must_use]
    pub fn runs_as_another_user(&self) -> bool {
        self.owner.is_some()
    }
}

fn command(binaries: &Path, program: &str, folder: &Path, owner: Option<Owner>) -> Command {
    let mut command = Command::new(binaries.join(program));
    command.current_dir(folder);
    if let Some(owner) = owner {
        command.uid(owner.user).gid(owner.group);
    }
    command
}

/// An unprivileged user: PostgreSQL refuses to run as root.
#[derive(Debug, Clone, Copy)]
struct Owner {
    user: u32,
    group: u32,
}

impl Owner {
    fn to_run_as() -> Result<Option<Self>, BenchError> {
        let own = fs::metadata("/proc/self").map_err(BenchError::io("/proc/self"))?;
        if own.uid() != 0 {
            return Ok(None);
        }
        let users = fs::read_to_string("/etc/passwd").map_err(BenchError::io("/etc/passwd"))?;
        let find = |name| Self::of(&users, name);
        find("postgres")
            .or_else(|| find("nobody"))
            .map(Some)
            .ok_or_else(|| BenchError::Missing {
                what: "a user postgres or nobody".to_owned(),
                remedy: "PostgreSQL does not run as root; run the benchmark as another user".to_owned(),
            })
    }

    /// A line of passwd(5): name, password, user id, group id, and more.
    fn of(users: &str, name: &str) -> Option<Self> {
        users.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next()? == name).then_some(())?;
            Some(Self {
                user: fields.nth(1)?.parse().ok()?,
                group: fields.next()?.parse().ok()?,
            })
        })
    }
}

/// The newest of Debian's side-by-side versions, or what is on the path.
fn find_binaries() -> Option<PathBuf> {
    let version = |folder: &Path| folder.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    let installed = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"));
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    installed
        .filter(|folder| folder.join("initdb").is_file() && version(folder) >= Some(15))
        .max_by_key(|folder| version(folder))
        .or_else(|| std::env::split_paths(&on_path).find(|folder| folder.join("initdb").is_file()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let users =
            "root:x:0:0:root:/root:/bin/sh\npostgres2:x:9:9::/:/bin/sh\npostgres:x:108:117::/:/bin/sh\n";
        let owner = Owner::of(users, "postgres").unwrap();
        assert_eq!((owner.user, owner.group), (108, 117));
        assert!(Owner::of(users, "nobody").is_none());
    }
}
