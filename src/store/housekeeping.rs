//! What the service does beside requests: audit of refusals, purging.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait as _, TransactionOptions};

use super::complete::Completion;
use super::dialect::Dialect;
use super::transaction::begin_surely;
use super::{Store, StoreError, UnitEnding};
use crate::audit::AuditRecord;
use crate::tenancy::TenantContext;

/// Records that one purging transaction deletes; more would keep SQLite's writer to itself.
const PURGE_BATCH: u64 = 1_000;

impl Store {
    /// Records a refused attempt. The tenant need not exist.
    pub async fn record_audit(&self, context: TenantContext, record: AuditRecord) -> Result<(), StoreError> {
        let now = record.occurred_at;
        let completion = Completion {
            idempotency: None,
            audit: vec![record],
            events: Vec::new(),
            now,
        };
        let plan = self.plan_write(context);
        if let UnitEnding::Committed(_) = plan.complete(completion.clone()).await? {
            return Ok(());
        }
        let transaction = self.begin_write(context).await?;
        transaction.complete(completion).await.map(|_| ())
    }

    /// Deletes the idempotency records of all tenants that expired at `now`; how many there were.
    ///
    /// Forced row-level security hides other tenants' records from the app role, and there is no list of tenants to
    /// go through, for the same reason. So on PostgreSQL a batch runs as `rollcall_housekeeper`, which may delete records and see
    /// when they expire, but not what is in them. A function with its owner's rights would do more than that, and a policy
    /// for expired records would show them to every tenant.
    pub async fn purge_idempotency(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let mut purged = 0;
        loop {
            let batch = self.purge_batch(now).await?;
            purged += batch;
            if batch < PURGE_BATCH {
                return Ok(purged);
            }
        }
    }

    async fn purge_batch(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let pools = self.pools();
        let transaction = begin_surely(&pools.writer, TransactionOptions::default()).await?;
        if pools.dialect == Dialect::Postgres {
            transaction
                .execute_unprepared("SET LOCAL ROLE rollcall_housekeeper")
                .await?;
        }
        // The last condition is for a record that is replaced between being chosen and being deleted.
        let sql = "DELETE FROM idempotency_records
                   WHERE (tenant_id, idempotency_key) IN (
                       SELECT tenant_id, idempotency_key FROM idempotency_records
                       WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2
                   ) AND expires_at <= $1";
        let limit = i64::try_from(PURGE_BATCH).unwrap_or(i64::MAX);
        let statement = pools
            .dialect
            .statement(sql, vec![pools.dialect.timestamp(now), limit.into()]);
        let deleted = transaction.execute_raw(statement).await?.rows_affected();
        transaction.commit().await?;
        Ok(deleted)
    }
}
