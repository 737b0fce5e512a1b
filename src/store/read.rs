//! Reads inside one tenant, from one snapshot where the database gives one.

use uuid::Uuid;

use super::audit_records::select_audit_records_before;
use super::schools::{school_of, select_school, select_schools_after, select_served_school};
use super::tenants::{select_tenant, status_of};
use super::transaction::{Access, ScopedTransaction, run_alone};
use super::{Store, StoreError};
use crate::audit::{AuditFilter, AuditRecord};
use crate::roster::{School, SchoolId, Tenant, TenantStatus};
use crate::tenancy::TenantContext;

/// An event of the log, as its tenant reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedEvent {
    /// Its place in the tenant's partition. Other tenants' events take places too: a reader sees gaps that are none.
    pub seq: i64,
    /// Its type, such as `lms.roster.v1.SchoolCreated`.
    pub event_type: String,
    /// Its envelope, structured JSON as CloudEvents 1.0 has it.
    pub envelope: String,
}

/// A read in progress. It cannot write.
pub struct ReadTransaction {
    transaction: ScopedTransaction,
}

impl Store {
    /// Begins a read inside a tenant.
    pub async fn begin_read(&self, context: TenantContext) -> Result<ReadTransaction, StoreError> {
        let transaction = ScopedTransaction::begin(self.pools(), context, Access::Read).await?;
        Ok(ReadTransaction { transaction })
    }

    /// The status of the tenant, where there is one, and a school of it, in one round trip.
    pub async fn school(
        &self,
        context: TenantContext,
        school_id: SchoolId,
    ) -> Result<(Option<TenantStatus>, Option<School>), StoreError> {
        let pools = self.pools();
        let dialect = pools.dialect;
        let values = vec![dialect.uuid(context.tenant_id().0), dialect.uuid(school_id.0)];
        let rows = run_alone(pools, Access::Read, select_served_school(dialect), values).await?;
        let Some(row) = rows.first() else {
            return Ok((None, None));
        };
        let row = dialect.row(row);
        let tenant = status_of(&row.get::<String>("tenant_status")?)?;
        let is_there = row.get::<Option<String>>("name")?.is_some();
        let school = is_there.then(|| school_of(row)).transpose()?;
        Ok((Some(tenant), school))
    }
}

impl ReadTransaction {
    /// The tenant.
    pub async fn tenant(&self) -> Result<Option<Tenant>, StoreError> {
        select_tenant(&self.transaction).await
    }

    /// A school of the tenant.
    pub async fn school(&self, school_id: SchoolId) -> Result<Option<School>, StoreError> {
        select_school(&self.transaction, school_id).await
    }

    /// At most `limit` of the tenant's schools whose ids come after `after`, in the order of their ids.
    pub async fn schools_after(
        &self,
        after: Option<SchoolId>,
        limit: u64,
    ) -> Result<Vec<School>, StoreError> {
        select_schools_after(&self.transaction, after, limit).await
    }

    /// At most `limit` of the tenant's events after `seq`, in their order. In the place of one that was withheld stands its tombstone,
    /// as in the stream.
    pub async fn events_after(&self, seq: i64, limit: u64) -> Result<Vec<LoggedEvent>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self
            .transaction
            .all(
                "SELECT event.seq, coalesce(tombstone.event_type, event.event_type) AS event_type,
                        coalesce(tombstone.envelope, event.envelope) AS envelope
                 FROM (SELECT partition, seq, event_type, envelope FROM event_log
                       WHERE tenant_id = $1 AND seq > $2 ORDER BY seq LIMIT $3) AS event
                 LEFT JOIN withheld_events AS tombstone ON tombstone.tenant_id = $1
                        AND tombstone.partition = event.partition AND tombstone.seq = event.seq
                 ORDER BY event.seq",
                vec![self.transaction.tenant(), seq.into(), limit.into()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                let row = self.transaction.dialect().row(row);
                Ok(LoggedEvent {
                    seq: row.get("seq")?,
                    event_type: row.get("event_type")?,
                    envelope: row.get("envelope")?,
                })
            })
            .collect()
    }

    /// The last number of the tenant's events that was deleted from the log, where any was: whoever wants to go on from below it
    /// has missed something.
    pub async fn purged_through(&self) -> Result<Option<i64>, StoreError> {
        let row = self
            .transaction
            .one(
                "SELECT purged_through FROM event_log_tenant_floors WHERE tenant_id = $1",
                vec![self.transaction.tenant()],
            )
            .await?;
        row.map(|row| self.transaction.dialect().row(&row).get("purged_through"))
            .transpose()
    }

    /// At most `limit` of the tenant's audit records that `filter` lets through, the newest first, of those older than `before`.
    pub async fn audit_records_before(
        &self,
        before: Option<Uuid>,
        filter: &AuditFilter,
        limit: u64,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        select_audit_records_before(&self.transaction, before, filter, limit).await
    }

    /// Ends the read; dropping it does the same, later.
    pub async fn finish(self) -> Result<(), StoreError> {
        self.transaction.commit().await
    }
}
