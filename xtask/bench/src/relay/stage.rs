//! The database server of a run, and the backlogs in it, each made when it is first wanted.

use std::path::{Path, PathBuf};

use super::backlog::{self, Spread};
use crate::error::BenchError;
use crate::postgres::Postgres;

/// Debezium reads the write-ahead log, which must hold enough for it; and the moment of each commit is asked for later.
pub(super) const SETTINGS: [&str; 2] = ["wal_level=logical", "track_commit_timestamp=on"];

/// See the module's text.
#[derive(Debug)]
pub(super) struct Stage {
    postgres: Postgres,
    binary: PathBuf,
    base: Option<PathBuf>,
    events: u32,
    filled: Vec<Spread>,
}

impl Stage {
    /// Starts the server; a backlog shall have so many events.
    pub(super) fn start(binary: &Path, base: Option<&Path>, events: u32) -> Result<Self, BenchError> {
        Ok(Self {
            postgres: Postgres::start_with(base, &SETTINGS)?,
            binary: binary.to_owned(),
            base: base.map(Path::to_owned),
            events,
            filled: Vec::new(),
        })
    }

    pub(super) fn postgres(&self) -> &Postgres {
        &self.postgres
    }

    pub(super) fn binary(&self) -> &Path {
        &self.binary
    }

    pub(super) fn base(&self) -> Option<&Path> {
        self.base.as_deref()
    }

    /// The name of the database with such a backlog.
    pub(super) fn backlog(&mut self, spread: Spread) -> Result<&'static str, BenchError> {
        let name = match spread {
            Spread::All => "backlog_in_all",
            Spread::One => "backlog_in_one",
        };
        if !self.filled.contains(&spread) {
            println!("writing {} events", self.events);
            backlog::create(&self.postgres, name, &self.binary, self.base())?;
            backlog::fill(&self.postgres, name, spread, self.events)?;
            self.filled.push(spread);
        }
        Ok(name)
    }

    /// A database with the tables and tenants, without a backlog; its URL.
    pub(super) fn database(&self, name: &str) -> Result<String, BenchError> {
        backlog::create(&self.postgres, name, &self.binary, self.base())
    }

    /// Ends the server in an orderly way.
    pub(super) fn stop(self) -> Result<(), BenchError> {
        self.postgres.stop()
    }
}
