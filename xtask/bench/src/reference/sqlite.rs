//! SQLite with one commit for each request, on the same disk.
//!
//! A small program inserts what `createSchool` inserts, over the schema that `rollcall migrate` has made, with the service's
//! own settings (write-ahead log, `synchronous=FULL`), and commits each time. SQLite has one writer, so more connections would
//! only wait for each other. It is in Python, whose module calls SQLite directly: next to a write to the disk its own
//! cost is small, and no driver hands statements from one thread to another.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::error::BenchError;
use crate::process::{PATIENCE, Process, folder};
use crate::service::{ServiceSetting, command};

const PROGRAM: &str = include_str!("sqlite_commits.py");

/// The reference over a database file of its own.
#[derive(Debug)]
pub struct SqliteCommits {
    folder: tempfile::TempDir,
}

impl SqliteCommits {
    /// Lets the service make an empty database, in a folder of its own next to where services keep theirs.
    pub fn new(setting: &ServiceSetting) -> Result<Self, BenchError> {
        let folder = folder("sqlite", setting.base.as_deref())?;
        let mut command = command(&setting.binary);
        command
            .arg("migrate")
            .current_dir(folder.path())
            .env("ROLLCALL_DATA_DIR", folder.path());
        let mut process = Process::spawn("migrate", &mut command, folder.path())?;
        let status = process.wait(PATIENCE)?;
        if !status.success() {
            return Err(process.failure(&format!("ended with {status}")));
        }
        let program = folder.path().join("sqlite_commits.py");
        std::fs::write(&program, PROGRAM).map_err(BenchError::io(program.display().to_string()))?;
        Ok(Self { folder })
    }

    /// Commits for this long; how many commits there were in a second.
    pub fn run(&self, duration: Duration) -> Result<f64, BenchError> {
        let database = database(self.folder.path())?;
        let mut command = Command::new("python3");
        command
            .arg(self.folder.path().join("sqlite_commits.py"))
            .arg(database)
            .arg(duration.as_secs_f64().to_string());
        let mut process = Process::spawn("python3", &mut command, self.folder.path())?;
        let status = process.wait(duration + PATIENCE)?;
        let commits = process.stdout().trim().parse::<f64>();
        match commits {
            Ok(commits) if status.success() => Ok(commits),
            _ => Err(process.failure(&format!("ended with {status}"))),
        }
    }

    /// The version of SQLite that it uses; the service brings its own.
    pub fn version() -> Result<String, BenchError> {
        let mut command = Command::new("python3");
        command.args(["-c", "import sqlite3; print(sqlite3.sqlite_version)"]);
        Ok(crate::process::output(&mut command)?.trim().to_owned())
    }
}

/// The database file that the service has made in its data folder.
fn database(folder: &Path) -> Result<std::path::PathBuf, BenchError> {
    let entries = std::fs::read_dir(folder).map_err(BenchError::io(folder.display().to_string()))?;
    let mut paths = entries.flatten().map(|entry| entry.path());
    paths
        .find(|path| path.extension().is_some_and(|extension| extension == "db"))
        .ok_or_else(|| BenchError::invalid("SQLite", "`rollcall migrate` has made no database file"))
}
