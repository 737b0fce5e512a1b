//! A private PostgreSQL server.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rustix::process::Signal;
use sea_orm::{ConnectOptions, ConnectionTrait as _, DatabaseConnection};
use tempfile::TempDir;

use crate::{Process, free_port, wait};

/// The name of the superuser; every local connection is trusted.
pub const SUPERUSER: &str = "rollcall_test";

const MISSING: &str = "PostgreSQL 15 or newer is missing: install it (Debian/Ubuntu: apt-get install postgresql) or run `cargo xtask test`";

/// A PostgreSQL server of one test, on its own port and in its own folder; it ends with this value.
pub struct PostgresServer {
    binaries: PathBuf,
    folder: TempDir,
    owner: Option<Owner>,
    port: u16,
    process: Option<Process>,
}

/// A database of one test.
#[derive(Debug, Clone)]
pub struct Database {
    /// Its name.
    pub name: String,
    /// Its URL with the superuser's name.
    pub url: String,
}

impl PostgresServer {
    /// The server that the tests of this process share, each in a database of its own. It cannot be stopped; a test
    /// that wants to stop, pause or kill one starts its own.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<PostgresServer> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Makes a new cluster, starts it and waits until it accepts connections.
    pub fn start() -> Self {
        let binaries = find_binaries().expect(MISSING);
        let folder = tempfile::Builder::new()
            .prefix("rollcall-postgres-")
            .tempdir()
            .expect("make a folder");
        let owner = Owner::to_run_as();
        if let Some(owner) = owner {
            chown(folder.path(), Some(owner.user), Some(owner.group)).expect("give the folder away");
        }
        let mut server = Self {
            binaries,
            folder,
            owner,
            port: free_port(),
            process: None,
        };
        server.initialise();
        server.restart();
        server
    }

    /// The URL of a database of this server.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{SUPERUSER}@127.0.0.1:{}/{database}", self.port)
    }

    /// The port, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Makes a new, empty database.
    pub async fn create_database(&self) -> Database {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let connection = self.connect("postgres").await;
        connection
            .execute_unprepared(&format!("CREATE DATABASE {name}"))
            .await
            .expect("create a database");
        connection.close().await.expect("close a connection");
        Database {
            url: self.url(&name),
            name,
        }
    }

    /// Connects to a database as superuser.
    pub async fn connect(&self, database: &str) -> DatabaseConnection {
        let mut options = ConnectOptions::new(self.url(database));
        // A test that kills the server wants to hear of it soon, not after the pool's default of 30 s.
        options
            .max_connections(4)
            .acquire_timeout(Duration::from_secs(2))
            .sqlx_logging(false);
        sea_orm::Database::connect(options)
            .await
            .expect("connect to PostgreSQL")
    }

    /// Stops it in an orderly way: open transactions are rolled back, everything committed is kept.
    pub fn stop(&mut self) {
        let mut process = self.process.take().expect("the server runs");
        process.signal(Signal::INT); // "fast shutdown", server-shutdown in PostgreSQL's documentation
        let status = process.wait();
        assert!(
            status.success(),
            "PostgreSQL stopped with {status}\n{}",
            process.tail()
        );
    }

    /// Makes it drop everything at once ("immediate shutdown"): as after a crash, it recovers from its log when it starts.
    pub fn stop_immediately(&mut self) {
        let mut process = self.process.take().expect("the server runs");
        process.signal(Signal::QUIT);
        process.wait();
    }

    /// Kills all of its processes at once.
    pub fn kill(&mut self) {
        self.process.take().expect("the server runs").kill();
    }

    /// Starts it (again) on the same port with the same data; one that runs is stopped before.
    pub fn restart(&mut self) {
        if self.process.is_some() {
            self.stop();
        }
        let mut command = self.command("postgres");
        command
            .arg("-D")
            .arg(self.data())
            .arg("-k")
            .arg(self.folder.path())
            .args(["-p", &self.port.to_string()]);
        // The data need not survive a power cut, so nothing waits for the disk. `synchronous_commit` stays on: without
        // fsync it costs next to nothing, and what was committed then survives `kill`.
        for setting in [
            "listen_addresses=127.0.0.1",
            "max_connections=400",
            "fsync=off",
            "full_page_writes=off",
        ] {
            command.args(["-c", setting]);
        }
        let mut process = Process::spawn("postgres", command, self.folder.path());
        wait::until_blocking("PostgreSQL accepts connections", || {
            assert!(
                process.exit_status().is_none(),
                "PostgreSQL does not start\n{}",
                process.tail()
            );
            let mut ready = self.command("pg_isready");
            ready.args([
                "--quiet",
                "--host=127.0.0.1",
                "--dbname=postgres",
                &format!("--port={}", self.port),
            ]);
            ready.status().expect("run pg_isready").success().then_some(())
        });
        self.process = Some(process);
    }

    /// What it wrote to its log, of the run that is under way.
    pub fn log(&self) -> String {
        self.process.as_ref().expect("the server runs").stderr()
    }

    /// Stops all of its processes where they are (SIGSTOP): connections stay open and nothing answers.
    pub fn pause(&mut self) {
        self.process
            .as_mut()
            .expect("the server runs")
            .signal_family(Signal::STOP);
    }

    /// Lets them go on.
    pub fn resume(&mut self) {
        self.process
            .as_mut()
            .expect("the server runs")
            .signal_family(Signal::CONT);
    }

    fn initialise(&self) {
        let mut command = self.command("initdb");
        command
            .arg("-D")
            .arg(self.data())
            .args(["--username", SUPERUSER, "--auth=trust", "--encoding=UTF8"]);
        command.args(["--locale=C", "--no-sync", "--no-instructions"]);
        let output = command.output().expect("run initdb");
        assert!(
            output.status.success(),
            "initdb failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.binaries.join(program));
        command.current_dir(self.folder.path());
        if let Some(owner) = self.owner {
            command.uid(owner.user).gid(owner.group);
        }
        command
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        // The process first: it writes into the folder.
        self.process = None;
    }
}

/// An unprivileged user: PostgreSQL refuses to run as root.
#[derive(Clone, Copy)]
pub(crate) struct Owner {
    pub(crate) user: u32,
    pub(crate) group: u32,
}

impl Owner {
    pub(crate) fn to_run_as() -> Option<Self> {
        let is_root = fs::metadata("/proc/self").expect("read /proc/self").uid() == 0;
        if !is_root {
            return None;
        }
        let users = fs::read_to_string("/etc/passwd").expect("read /etc/passwd");
        let find = |name: &str| {
            let fields: Vec<&str> = users
                .lines()
                .find(|line| line.starts_with(&format!("{name}:")))?
                .split(':')
                .collect();
            Some(Self {
                user: fields[2].parse().ok()?,
                group: fields[3].parse().ok()?,
            })
        };
        Some(
            find("postgres")
                .or_else(|| find("nobody"))
                .expect("a user postgres or nobody, as PostgreSQL refuses root"),
        )
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
