//! A private PostgreSQL for the tests of the store: own folder, own port, gone when the last test lets go of it.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use sea_orm::sqlx::{self, Connection as _, PgConnection};

/// Where Debian and Ubuntu put the server's programs; elsewhere they are looked for on the path.
const BINARIES: [&str; 3] = [
    "/usr/lib/postgresql/17/bin",
    "/usr/lib/postgresql/16/bin",
    "/usr/lib/postgresql/15/bin",
];

static SHARED: Mutex<Weak<TestPostgres>> = Mutex::new(Weak::new());

/// A running server.
pub(super) struct TestPostgres {
    folder: PathBuf,
    port: u16,
}

impl TestPostgres {
    /// The server that the tests of this process share; each takes a database of its own in it.
    pub(super) fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = shared.upgrade() {
            return running;
        }
        let started = Arc::new(Self::start_private());
        *shared = Arc::downgrade(&started);
        started
    }

    /// A server that nobody else uses, for tests that stop it or change what belongs to a whole cluster.
    pub(super) fn start_private() -> Self {
        let folder = run(&mut as_postgres(
            "mktemp",
            &["--directory", "/tmp/rollcall-store-test.XXXXXX"],
        ));
        let folder = PathBuf::from(folder.trim());
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let data = folder.join("data");
        let data = data.to_str().unwrap();
        let options = [
            "-D",
            data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ];
        run(&mut as_postgres(&binary("initdb"), &options));
        let server = Self { folder, port };
        server.start();
        server
    }

    /// Starts the server and waits until it answers.
    pub(super) fn start(&self) {
        let options = format!(
            "-p {} -k {} -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off -c max_connections=300 \
             -c max_locks_per_transaction=256",
            self.port,
            self.folder.display(),
        );
        let log = self.folder.join("log");
        let arguments = [
            "-D",
            &self.data(),
            "-l",
            log.to_str().unwrap(),
            "-w",
            "-o",
            &options,
            "start",
        ];
        run(&mut as_postgres(&binary("pg_ctl"), &arguments));
    }

    /// Stops the server as a crash would, and waits until it is gone.
    pub(super) fn stop(&self) {
        run(&mut as_postgres(
            &binary("pg_ctl"),
            &["-D", &self.data(), "-m", "immediate", "-w", "stop"],
        ));
    }

    /// The URL of a database, as a user of the server.
    pub(super) fn url(&self, user: &str, database: &str) -> String {
        format!("postgres://{user}@127.0.0.1:{}/{database}", self.port)
    }

    /// Runs statements as the superuser.
    pub(super) async fn run(&self, database: &str, sql: &str) {
        let mut connection = PgConnection::connect(&self.url("postgres", database))
            .await
            .unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
    }

    fn data(&self) -> String {
        self.folder.join("data").to_str().unwrap().to_owned()
    }
}

impl Drop for TestPostgres {
    fn drop(&mut self) {
        let data = self.data();
        let _ = as_postgres(&binary("pg_ctl"), &["-D", &data, "-m", "immediate", "-w", "stop"]).output();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn binary(name: &str) -> String {
    let candidates = BINARIES.iter().map(|folder| Path::new(folder).join(name));
    let found = candidates.into_iter().find(|candidate| candidate.exists());
    found.map_or_else(|| name.to_owned(), |path| path.to_str().unwrap().to_owned())
}

/// PostgreSQL refuses to run as root: there it runs as the user that its package made.
fn as_postgres(program: &str, arguments: &[&str]) -> Command {
    let is_root = run(Command::new("id").arg("-u")).trim() == "0";
    let mut command = if is_root {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--", program]);
        command
    } else {
        Command::new(program)
    };
    command.args(arguments).current_dir("/tmp");
    command
}

/// Output is taken from a file descriptor that a started server does not keep: it logs to a file.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| {
        panic!("cannot run {command:?}: {error}; these tests need PostgreSQL 15 or newer installed")
    });
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
