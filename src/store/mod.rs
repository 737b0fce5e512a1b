//! The store: everything that Rollcall keeps, on SQLite or PostgreSQL.
//!
//! One write is one transaction: the entity, its audit record, the idempotency record and the event commit together.
//! [`Store::plan_write`] collects what one is to write and sends it at once, together with other requests' (see `committer`);
//! [`Store::begin_write`] goes step by step: it opens one inside a tenant, [`WriteTransaction::complete`] ends it; in between are the repository functions
//! of the entities, none of which takes a bare tenant id, because the transaction knows its own. Three things keep tenants
//! apart, each enough by itself: the [`TenantContext`](crate::tenancy::TenantContext) that only the guard makes, the
//! tenant predicate that every statement carries, and on PostgreSQL forced row-level security, under which the service's
//! connections run even when their URL is a superuser's.
//!
//! Statements are written out (see `dialect`): there are two databases and few statements, and the hot path counts
//! round trips.

use std::sync::Arc;

use sea_orm::DatabaseConnection;

use crate::environment::SharedEnvironment;
use crate::tenancy::Partition;

mod audit_records;
mod committer;
mod complete;
mod dialect;
mod error;
mod housekeeping;
mod idempotency;
mod isolation;
mod isolation_catalog;
mod measure;
mod metadata;
mod plan;
mod pools;
mod probe;
mod pulse;
mod purge;
mod read;
mod schema;
mod schools;
mod settings;
mod tenants;
mod transaction;
mod unit;
mod unit_alone;
mod unit_postgres;
mod unit_rows;
mod unit_sqlite;
mod withheld;
mod write;

#[cfg(test)]
mod test_postgres;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_append_only;
#[cfg(test)]
mod tests_audit;
#[cfg(test)]
mod tests_committer;
#[cfg(test)]
mod tests_fixture;
#[cfg(test)]
mod tests_floors;
#[cfg(test)]
mod tests_idempotency;
#[cfg(test)]
mod tests_isolation;
#[cfg(test)]
mod tests_pools;
#[cfg(test)]
mod tests_purge;
#[cfg(test)]
mod tests_schema;
#[cfg(test)]
mod tests_units;
#[cfg(test)]
mod tests_withheld;
#[cfg(test)]
mod tests_write;

pub use complete::Completion;
pub use error::{InternalDetail, StoreError};
pub use metadata::ServiceMetadata;
pub use plan::{Write, WritePlan};
pub use purge::{EVENT_PURGE_BATCH, EventPurge, OldestEvent, PurgedEvents, StreamPassed};
pub use read::{LoggedEvent, ReadTransaction};
pub use schema::MigrationPolicy;
pub use schools::SchoolInsertion;
pub use settings::{DatabaseSettings, PARTITION_COUNT_MAX};
pub use unit::UnitEnding;
pub use withheld::{Republication, WithheldEvent};
pub use write::WriteTransaction;

use committer::{Committer, Workplace};
use dialect::Dialect;
use metadata::read_metadata;
use pools::Pools;
use pulse::Pulse;

/// The place of an event in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// The partition.
    pub partition: Partition,
    /// The place in it, from 1, without gaps.
    pub seq: i64,
}

/// Called after every commit that added events, on the task that committed: it must be quick and must not block.
///
/// It makes the relay faster and nothing depends on it: a process may die between the commit and the call.
pub type CommitHook = Arc<dyn Fn(&[Position]) + Send + Sync>;

/// A database that was opened, and found to be one that this program may serve. Clones share it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
    plans_writes: bool,
}

struct Inner {
    pools: Pools,
    pulse: Pulse,
    metadata: ServiceMetadata,
    on_commit: Option<CommitHook>,
    committer: Committer,
}

impl Store {
    /// Opens a database: migrates it where `policy` allows that, refuses a schema that is not this program's and a database that does
    /// not isolate tenants.
    pub async fn open(
        settings: &DatabaseSettings,
        environment: SharedEnvironment,
        policy: MigrationPolicy,
        on_commit: Option<CommitHook>,
    ) -> Result<Self, StoreError> {
        schema::prepare_schema(settings, environment.as_ref(), policy).await?;
        let pools = Pools::open(settings, settings.location()?);
        let metadata = read_metadata(&pools.reader, pools.dialect).await?;
        let committer = Committer::start(&Workplace {
            pools: pools.clone(),
            partition_count: metadata.partition_count,
            on_commit: on_commit.clone(),
            patience: settings.acquire_timeout,
            pool_max: settings.pool_max,
        });
        let store = Self {
            inner: Arc::new(Inner {
                committer,
                pools,
                pulse: Pulse::new(settings.location()?),
                metadata,
                on_commit,
            }),
            plans_writes: true,
        };
        store.verify_isolation().await?;
        Ok(store)
    }

    /// The same store for a service that lets nobody decide on assumptions: every write goes step by step. It is there for a test, which holds
    /// the two ways against each other.
    #[doc(hidden)]
    #[must_use]
    pub fn without_plans(mut self) -> Self {
        self.plans_writes = false;
        self
    }

    /// Whether writes inside a tenant are planned.
    #[must_use]
    pub fn plans_writes(&self) -> bool {
        self.plans_writes
    }

    /// Facts of the instance.
    #[must_use]
    pub fn metadata(&self) -> &ServiceMetadata {
        &self.inner.metadata
    }

    /// Connections that may read the event log of all tenants, and nothing of theirs beside it. For the relay.
    #[must_use]
    pub fn event_log(&self) -> &DatabaseConnection {
        &self.inner.pools.event_log
    }

    /// Connections that may also write what the relay has to write down: withheld events, trims of streams, and epochs. For the relay
    /// and its commands; on `SQLite` it is the one writer, so what is sent here must be short.
    #[must_use]
    pub fn relay_records(&self) -> &DatabaseConnection {
        match self.pools().dialect {
            Dialect::Postgres => &self.inner.pools.event_log,
            Dialect::Sqlite => &self.inner.pools.writer,
        }
    }

    /// Commits what waits, and closes the connections after those in use were given back. Whoever uses the store afterwards finds it unavailable.
    pub async fn close(&self) {
        self.inner.committer.close().await;
        self.inner.pulse.close().await;
        self.inner.pools.close().await;
    }

    fn pools(&self) -> &Pools {
        &self.inner.pools
    }

    fn committer(&self) -> &Committer {
        &self.inner.committer
    }

    fn announce(&self, positions: &[Position]) {
        if let Some(on_commit) = &self.inner.on_commit {
            on_commit(positions);
        }
    }
}
