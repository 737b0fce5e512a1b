//! What the pools and the calls on them look like from outside.

use sea_orm::metric::Info;
use sea_orm::{DatabaseConnection, DbBackend};

use super::Store;
use super::dialect::Dialect;
use super::pools::Pools;
use crate::telemetry::metrics::{DatabaseMetrics, PoolReading, operation_name};

/// What the database, of whose errors nothing more is known here, is said to have done.
pub(super) const FAILED: &str = "_OTHER";

impl Dialect {
    /// The name that OpenTelemetry has for the database.
    pub(super) fn system_name(self) -> &'static str {
        system_name(self.backend())
    }
}

fn system_name(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Sqlite => "sqlite",
        _ => "postgresql",
    }
}

/// Has every statement on `connection` measured, whoever sends it.
pub(super) fn measure(connection: &mut DatabaseConnection, metrics: &DatabaseMetrics) {
    let metrics = metrics.clone();
    connection.set_metric_callback(move |info: &Info<'_>| {
        metrics.called(
            system_name(info.statement.db_backend),
            operation_name(&info.statement.sql),
            info.failed.then_some(FAILED),
            info.elapsed,
        );
    });
}

impl Store {
    /// The pools now, each once: on PostgreSQL reads use the writers' connections, on SQLite the log is read on the readers'.
    #[must_use]
    pub fn pool_readings(&self) -> Vec<PoolReading> {
        let pools = self.pools();
        let other = match pools.dialect {
            Dialect::Postgres => ("event_log", &pools.event_log),
            Dialect::Sqlite => ("reader", &pools.reader),
        };
        [("writer", &pools.writer), other]
            .into_iter()
            .map(|(name, pool)| reading(pools, name, pool))
            .collect()
    }
}

fn reading(pools: &Pools, name: &'static str, pool: &DatabaseConnection) -> PoolReading {
    let (size, idle, max) = match pools.dialect {
        Dialect::Postgres => {
            let pool = pool.get_postgres_connection_pool();
            (pool.size(), pool.num_idle(), pool.options().get_max_connections())
        }
        Dialect::Sqlite => {
            let pool = pool.get_sqlite_connection_pool();
            (pool.size(), pool.num_idle(), pool.options().get_max_connections())
        }
    };
    // The two are not read in one moment.
    let idle = u32::try_from(idle).unwrap_or(u32::MAX).min(size);
    PoolReading {
        name,
        idle,
        used: size.saturating_sub(idle),
        max,
    }
}
