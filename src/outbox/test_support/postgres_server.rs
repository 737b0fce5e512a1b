//! A private PostgreSQL in a temporary folder.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::until;

/// The server; stopped when dropped.
pub(crate) struct PostgresServer {
    folder: TempDir,
    process: Child,
}

impl PostgresServer {
    /// Starts one that listens on a socket in its folder only.
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let user = unprivileged_user();
        if let Some(id) = user {
            chown(folder.path(), Some(id), Some(id)).unwrap();
        }
        let data = folder.path().join("data");
        let made = command("initdb", user)
            .args([
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--no-sync",
                "--pgdata",
            ])
            .arg(&data)
            .stdout(Stdio::null())
            .status();
        assert!(made.unwrap().success(), "initdb failed");
        let process = command("postgres", user)
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-k"])
            .arg(folder.path())
            .arg("-D")
            .arg(&data)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { folder, process };
        until("postgres answers", async || {
            sea_orm::Database::connect(server.url()).await.is_ok()
        })
        .await;
        server
    }

    pub(crate) fn url(&self) -> String {
        let folder = self.folder.path().to_string_lossy().replace('/', "%2F");
        format!("postgres://postgres@{folder}/postgres")
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        // SIGQUIT stops its children at once as well; SIGKILL would leave them behind.
        let _ = Command::new("kill")
            .args(["-QUIT", &self.process.id().to_string()])
            .status();
        let _ = self.process.wait();
    }
}

/// PostgreSQL refuses to run as root: then the user and group `nobody`, whatever their number is here.
fn unprivileged_user() -> Option<u32> {
    let root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let nobody = users.lines().find(|line| line.starts_with("nobody:")).unwrap();
    root.then(|| nobody.split(':').nth(2).unwrap().parse().unwrap())
}

fn command(program: &str, user: Option<u32>) -> Command {
    let mut command = Command::new(installed(program));
    if let Some(id) = user {
        command.uid(id).gid(id).current_dir("/");
    }
    command
}

fn installed(program: &str) -> PathBuf {
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .map(|version| version.unwrap().path().join("bin").join(program))
        .filter(|path| Path::new(path).exists())
        .collect();
    found.sort();
    found
        .pop()
        .expect("PostgreSQL is needed for this test: install the package `postgresql`")
}
