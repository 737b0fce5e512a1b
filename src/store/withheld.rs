//! Events that were withheld from their stream, and telling them again.

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait as _;
use uuid::Uuid;

use super::complete::{Completion, write_completion};
use super::dialect::Dialect;
use super::transaction::{Access, ScopedTransaction};
use super::{Position, Store, StoreError};
use crate::audit::AuditRecord;
use crate::outbox::EventDraft;
use crate::outbox::withheld::reissued;
use crate::tenancy::{Partition, TenantContext, TenantId};

/// An event that was withheld and not told again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithheldEvent {
    /// Its place, at which its tombstone stands.
    pub position: Position,
    /// The tenant whose it is.
    pub tenant_id: TenantId,
    /// Its id.
    pub event_id: Uuid,
    /// Its own type.
    pub event_type: String,
    /// Why the broker would not take it.
    pub reason: String,
    /// When it was withheld.
    pub withheld_at: DateTime<Utc>,
    envelope: String,
    traceparent: Option<String>,
}

/// How an event is told again.
#[derive(Debug, Clone)]
pub struct Republication {
    /// The new event's id.
    pub event_id: Uuid,
    /// Who did it.
    pub audit: AuditRecord,
    /// The time now.
    pub now: DateTime<Utc>,
}

impl Store {
    /// The events that wait to be told again, in the order of their partitions and places.
    pub async fn withheld_events(&self) -> Result<Vec<WithheldEvent>, StoreError> {
        let pools = self.pools();
        let sql = "SELECT event.partition, event.seq, event.tenant_id, event.event_id, event.event_type, event.envelope,
                          event.traceparent, tombstone.reason, tombstone.withheld_at
                   FROM withheld_events AS tombstone
                   JOIN event_log AS event ON event.partition = tombstone.partition AND event.seq = tombstone.seq
                   WHERE tombstone.republished_at IS NULL
                   ORDER BY event.partition, event.seq";
        let rows = pools
            .event_log
            .query_all_raw(pools.dialect.statement(sql, Vec::new()))
            .await?;
        rows.iter()
            .map(|row| {
                let row = pools.dialect.row(row);
                let partition: i32 = row.get("partition")?;
                Ok(WithheldEvent {
                    position: Position {
                        partition: Partition(u16::try_from(partition).unwrap_or(u16::MAX)),
                        seq: row.get("seq")?,
                    },
                    tenant_id: TenantId(row.uuid("tenant_id")?),
                    event_id: row.uuid("event_id")?,
                    event_type: row.get("event_type")?,
                    reason: row.get("reason")?,
                    withheld_at: row.timestamp("withheld_at")?,
                    envelope: row.get("envelope")?,
                    traceparent: row.get("traceparent")?,
                })
            })
            .collect()
    }

    /// Tells a withheld event again, as a new event of the same type and content with the next number of its partition. Gives its
    /// place; none where somebody else has told it meanwhile.
    pub async fn republish(
        &self,
        event: &WithheldEvent,
        republication: Republication,
    ) -> Result<Option<Position>, StoreError> {
        let pools = self.pools();
        let (head, tail) = reissued(&event.envelope, republication.event_id)
            .map_err(|error| StoreError::internal(error.to_string()))?;
        let draft = EventDraft {
            event_id: republication.event_id,
            event_type: event.event_type.clone(),
            traceparent: event.traceparent.clone(),
            head,
            tail,
        };
        let completion = Completion {
            idempotency: None,
            audit: vec![republication.audit],
            events: vec![draft],
            now: republication.now,
        };
        let context = TenantContext::checked(event.tenant_id);
        let transaction = ScopedTransaction::begin(pools, context, Access::Write).await?;
        let placed = write_completion(&transaction, event.position.partition, &completion, false).await?;
        let Some(placed) = placed.first().copied() else {
            return Err(StoreError::internal("an event was written to no place"));
        };
        // The service may not change what was withheld; the relay may say that it was told again. Of two that do so at once the second
        // waited for the head, finds the note, and gives its number back.
        if pools.dialect == Dialect::Postgres {
            transaction
                .execute("SET LOCAL ROLE rollcall_relay", Vec::new())
                .await?;
        }
        let noted = transaction
            .execute(
                "UPDATE withheld_events SET republished_at = $3, republished_seq = $4
                 WHERE partition = $1 AND seq = $2 AND republished_at IS NULL",
                vec![
                    i32::from(event.position.partition.0).into(),
                    event.position.seq.into(),
                    pools.dialect.timestamp(republication.now),
                    placed.seq.into(),
                ],
            )
            .await?;
        if noted == 0 {
            transaction.rollback().await?;
            return Ok(None);
        }
        transaction.commit().await?;
        self.announce(&[placed]);
        Ok(Some(placed))
    }
}
