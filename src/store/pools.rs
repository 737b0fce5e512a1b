//! Connections, and what each is allowed before anybody uses it.
//!
//! A connection to PostgreSQL drops to a role of the service as soon as it is made, so that whatever the URL's own role may do,
//! nothing that runs here bypasses row-level security. SQLite has one writer connection, because it has one write lock: waiting in
//! the pool is fair, waiting in the lock is not.

use std::time::Duration;

use sea_orm::sqlx::{
    self, postgres::PgConnectOptions, postgres::PgPoolOptions, sqlite::SqliteConnectOptions,
};
use sea_orm::sqlx::{Connection as _, sqlite::SqlitePoolOptions};
use sea_orm::{DatabaseConnection, SqlxPostgresConnector, SqlxSqliteConnector};

use super::dialect::Dialect;
use super::measure::measure;
use super::settings::{DatabaseSettings, Location};
use crate::telemetry::metrics::DatabaseMetrics;

/// How long a pool may take to close. A connection to a database that stands still never would, and the process must end.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(3);

/// Settings of every session on PostgreSQL.
///
/// `plan_cache_mode`: every statement is a short one by key, for which planning takes several times as long as locking the partitions that
/// a generic plan leaves to be pruned when it runs. `default_transaction_isolation`: the
/// head of a partition is taken by an update that waits for the one before it, which a stricter level refuses. `lock_timeout`
/// bounds the wait for another request's idempotency key or name.
const POSTGRES_SESSION: &str = "
SET plan_cache_mode = force_generic_plan;
SET synchronous_commit = on;
SET default_transaction_isolation = 'read committed';
SET row_security = on;
SET statement_timeout = '10s';
SET lock_timeout = '2s';
SET idle_in_transaction_session_timeout = '15s'";

/// Connections of the relay: it reads a few partitions at a time.
pub(super) const RELAY_POOL_MAX: u32 = 4;

/// How long a connection that is given back may take to answer. One that was left in the middle of a statement may lead to a
/// host that is gone without a word; the pool itself would wait for it until TCP gives up, a quarter of an hour later, and
/// have one connection less until then.
const PING_ON_RELEASE: Duration = Duration::from_secs(1);

/// A connection idle for this long is asked whether it still lives before it is used.
const PING_AFTER_IDLE: Duration = Duration::from_secs(1);

/// The same for the relay, which goes round its connections once a second while it has nothing to do, and tries again whatever
/// fails.
const RELAY_PING_AFTER_IDLE: Duration = Duration::from_secs(5);

/// The pools of one database; on each database some of them are the same.
#[derive(Clone)]
pub(super) struct Pools {
    pub(super) dialect: Dialect,
    pub(super) metrics: DatabaseMetrics,
    pub(super) writer: DatabaseConnection,
    pub(super) reader: DatabaseConnection,
    pub(super) event_log: DatabaseConnection,
}

impl Pools {
    /// Pools that connect when they are first used.
    pub(super) fn open(settings: &DatabaseSettings, location: Location) -> Self {
        match location {
            Location::Postgres(options) => {
                let app = postgres_pool(settings, "rollcall_app", (settings.pool_max, PING_AFTER_IDLE));
                let app = connected(settings, app, options.clone());
                let relay = (RELAY_POOL_MAX.min(settings.pool_max), RELAY_PING_AFTER_IDLE);
                let relay = postgres_pool(settings, "rollcall_relay", relay);
                let relay = connected(settings, answering(relay), options);
                Self {
                    dialect: Dialect::Postgres,
                    metrics: settings.metrics.clone(),
                    writer: app.clone(),
                    reader: app,
                    event_log: relay,
                }
            }
            Location::Sqlite(options) => {
                let writer = sqlite_pool(settings, options.clone(), 1);
                let reader = sqlite_pool(settings, options.pragma("query_only", "ON"), settings.pool_max);
                Self {
                    dialect: Dialect::Sqlite,
                    metrics: settings.metrics.clone(),
                    writer,
                    reader: reader.clone(),
                    event_log: reader,
                }
            }
        }
    }

    pub(super) async fn close(&self) {
        // Readers first: the last connection to close, the writer, then moves SQLite's log back into its file.
        for pool in [&self.event_log, &self.reader, &self.writer] {
            match tokio::time::timeout(CLOSE_TIMEOUT, pool.close_by_ref()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "a database pool did not close cleanly"),
                Err(_) => tracing::warn!("the database does not answer; leaving its connections to it"),
            }
        }
    }
}

/// One connection under the URL's own role, for migrations.
pub(super) fn owner_connection(settings: &DatabaseSettings, location: Location) -> DatabaseConnection {
    match location {
        Location::Postgres(options) => SqlxPostgresConnector::from_sqlx_postgres_pool(
            PgPoolOptions::new()
                .max_connections(1)
                .acquire_timeout(settings.acquire_timeout)
                .connect_lazy_with(options),
        ),
        Location::Sqlite(options) => sqlite_pool(settings, options, 1),
    }
}

fn postgres_pool(
    settings: &DatabaseSettings,
    role: &'static str,
    (connections_max, ping_after): (u32, Duration),
) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(settings.acquire_timeout)
        .test_before_acquire(false)
        .before_acquire(move |connection, usage| {
            Box::pin(async move {
                // Asking on every use costs a round trip; a busy connection that died is noticed by its next statement.
                Ok(usage.idle_for < ping_after || connection.ping().await.is_ok())
            })
        })
        .after_connect(move |connection, _| {
            Box::pin(async move {
                let session = format!("SET ROLE {role};{POSTGRES_SESSION}");
                sqlx::raw_sql(sqlx::AssertSqlSafe(session))
                    .execute(connection)
                    .await
                    .map(|_| ())
            })
        })
}

/// The same, which keeps only connections that [answer](PING_ON_RELEASE) when they are given back. The relay gives up readings that
/// take too long, and must not run out of connections by that.
fn answering(pool: PgPoolOptions) -> PgPoolOptions {
    pool.after_release(|connection, _| {
        Box::pin(async move {
            match tokio::time::timeout(PING_ON_RELEASE, connection.ping()).await {
                Ok(answer) => answer.map(|()| true),
                // An error, so that nobody says goodbye to a host that would not hear it.
                Err(_) => Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())),
            }
        })
    })
}

fn connected(
    settings: &DatabaseSettings,
    pool: PgPoolOptions,
    options: PgConnectOptions,
) -> DatabaseConnection {
    let pool = pool.connect_lazy_with(options);
    measured(SqlxPostgresConnector::from_sqlx_postgres_pool(pool), settings)
}

fn sqlite_pool(
    settings: &DatabaseSettings,
    options: SqliteConnectOptions,
    connections_max: u32,
) -> DatabaseConnection {
    let pool = SqlitePoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(settings.acquire_timeout)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(options);
    measured(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool), settings)
}

/// Whatever is sent over a pool is measured there, so that no statement can be forgotten.
fn measured(mut pool: DatabaseConnection, settings: &DatabaseSettings) -> DatabaseConnection {
    measure(&mut pool, &settings.metrics);
    pool
}
