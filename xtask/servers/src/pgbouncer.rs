//! A private `PgBouncer`, the pooler that many put before PostgreSQL.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::postgres::Owner;
use crate::{PostgresServer, Process, SUPERUSER, free_port, wait};

const MISSING: &str =
    "PgBouncer is missing: install it (Debian/Ubuntu: apt-get install pgbouncer) or run `cargo xtask test`";

/// What each client has a server connection for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolMode {
    /// For a transaction: what a session remembers, such as LISTEN, is lost.
    Transaction,
    /// For as long as it is connected.
    Session,
}

/// A pooler before a server, on its own port; it ends with this value.
pub struct PgBouncer {
    folder: TempDir,
    owner: Option<Owner>,
    port: u16,
    server_port: u16,
    process: Option<Process>,
}

impl PgBouncer {
    /// Starts one before `server`.
    pub fn start(server: &PostgresServer, mode: PoolMode) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("rollcall-pgbouncer-")
            .tempdir()
            .expect("make a folder");
        let owner = Owner::to_run_as();
        if let Some(owner) = owner {
            chown(folder.path(), Some(owner.user), Some(owner.group)).expect("give the folder away");
        }
        let mut pooler = Self {
            folder,
            owner,
            port: free_port(),
            server_port: server.port(),
            process: None,
        };
        pooler.restart(mode);
        pooler
    }

    /// Starts it (again) on the same port with this mode; one that runs is stopped before, and its clients are cut.
    pub fn restart(&mut self, mode: PoolMode) {
        if let Some(mut process) = self.process.take() {
            process.signal(Signal::TERM); // "immediate shutdown" in PgBouncer's documentation
            process.wait();
        }
        let settings = self.write_settings(mode);
        let mut command = Command::new(find_binary().expect(MISSING));
        command.current_dir(self.folder.path()).arg(settings);
        if let Some(owner) = self.owner {
            command.uid(owner.user).gid(owner.group);
        }
        let mut process = Process::spawn("pgbouncer", command, self.folder.path());
        let port = self.port;
        wait::until_blocking("PgBouncer accepts connections", || {
            assert!(
                process.exit_status().is_none(),
                "PgBouncer does not start\n{}",
                process.tail()
            );
            std::net::TcpStream::connect(("127.0.0.1", port)).ok()
        });
        self.process = Some(process);
    }

    /// The URL of a database of the server behind it.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{SUPERUSER}@127.0.0.1:{}/{database}", self.port)
    }

    fn write_settings(&self, mode: PoolMode) -> PathBuf {
        let mode = match mode {
            PoolMode::Transaction => "transaction",
            PoolMode::Session => "session",
        };
        let (port, server_port) = (self.port, self.server_port);
        let mut text = format!("[databases]\n* = host=127.0.0.1 port={server_port} user={SUPERUSER}\n");
        let _ = write!(
            text,
            "[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = {mode}\n\
             ignore_startup_parameters = extra_float_digits,options\nmax_client_conn = 400\ndefault_pool_size = 40\n"
        );
        let path = self.folder.path().join("pgbouncer.ini");
        fs::write(&path, text).expect("write the settings");
        if let Some(owner) = self.owner {
            chown(&path, Some(owner.user), Some(owner.group)).expect("give the settings away");
        }
        path
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        // The process first: it writes into the folder.
        self.process = None;
    }
}

fn find_binary() -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&on_path)
        .chain([Path::new("/usr/sbin").to_path_buf()])
        .map(|folder| folder.join("pgbouncer"))
        .find(|program| program.is_file())
}
