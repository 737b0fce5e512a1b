//! Which database, and how much of it.

use std::str::FromStr as _;
use std::time::Duration;

use sea_orm::sqlx::ConnectOptions as _;
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use super::StoreError;
use crate::telemetry::metrics::DatabaseMetrics;
use crate::tenancy::PARTITION_COUNT_DEFAULT;

/// The most partitions that an event log may have.
pub const PARTITION_COUNT_MAX: u16 = 4096;

/// How long a statement on SQLite waits for another process's write lock.
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Which database the store opens, and how. It has no `Debug`: a URL holds a password.
#[derive(Clone)]
pub struct DatabaseSettings {
    /// `sqlite://path?mode=rwc` or `postgres://user@host/database`.
    pub url: String,
    /// The most connections to PostgreSQL, and readers of SQLite, that one process opens.
    pub pool_max: u32,
    /// How long a request waits for a connection before it is answered with 503.
    pub acquire_timeout: Duration,
    /// How many partitions the event log of a *new* database gets; one that exists keeps its own number.
    pub partition_count: u16,
    /// Measures the calls.
    pub metrics: DatabaseMetrics,
}

impl DatabaseSettings {
    /// The defaults for the database at `url`.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            pool_max: 16,
            acquire_timeout: Duration::from_secs(3),
            partition_count: PARTITION_COUNT_DEFAULT,
            metrics: DatabaseMetrics::default(),
        }
    }

    /// Whether the database is a file of this process's own, which it then migrates itself.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.url.starts_with("sqlite:")
    }

    pub(super) fn location(&self) -> Result<Location, StoreError> {
        let refuse = |reason: String| Err(StoreError::InvalidSettings { reason });
        if self.partition_count == 0 || self.partition_count > PARTITION_COUNT_MAX {
            return refuse(format!("the partition count must be 1 to {PARTITION_COUNT_MAX}"));
        }
        if self.pool_max == 0 {
            return refuse("the pool needs at least one connection".to_owned());
        }
        if self.is_embedded() {
            if self.url.contains(":memory:") || self.url.contains("mode=memory") {
                return refuse("a database in memory cannot be shared by a writer and readers".to_owned());
            }
            return match SqliteConnectOptions::from_str(&self.url) {
                Ok(options) => Ok(Location::Sqlite(sqlite_options(options))),
                Err(error) => refuse(format!("not a SQLite URL: {error}")),
            };
        }
        if self.url.starts_with("postgres://") || self.url.starts_with("postgresql://") {
            return match PgConnectOptions::from_str(&self.url) {
                Ok(options) => Ok(Location::Postgres(
                    options.application_name("rollcall").disable_statement_logging(),
                )),
                Err(error) => refuse(format!("not a PostgreSQL URL: {error}")),
            };
        }
        refuse("the database URL must start with sqlite: or postgres:".to_owned())
    }
}

/// A parsed URL.
pub(super) enum Location {
    Postgres(PgConnectOptions),
    Sqlite(SqliteConnectOptions),
}

fn sqlite_options(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(SQLITE_BUSY_TIMEOUT)
        // With it, `INSERT OR REPLACE` fires the triggers that keep the audit records and the event log append-only.
        .pragma("recursive_triggers", "ON")
        .disable_statement_logging()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_two_databases_are_accepted() {
        let accepted = [
            "sqlite://data/rollcall.db?mode=rwc",
            "postgres://user@localhost/db",
            "postgresql:///db",
        ];
        let refused = [
            "mysql://localhost/db",
            "",
            "sqlite::memory:",
            "sqlite://x?mode=memory",
            "sqlite://x?nonsense=1",
        ];
        assert!(
            accepted
                .iter()
                .all(|url| DatabaseSettings::new(*url).location().is_ok())
        );
        assert!(
            refused
                .iter()
                .all(|url| DatabaseSettings::new(*url).location().is_err())
        );
    }

    #[test]
    fn counts_out_of_range_are_refused() {
        for partition_count in [0, PARTITION_COUNT_MAX + 1] {
            let settings = DatabaseSettings {
                partition_count,
                ..DatabaseSettings::new("sqlite://x")
            };
            assert!(settings.location().is_err());
        }
    }
}
