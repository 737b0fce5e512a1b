//! Units on SQLite: one transaction that looks for what does not hold, leaves those units out, and writes the others.
//!
//! The transaction holds the only write lock, so that what it has seen stays so until it commits. A statement writes the rows of all
//! units, whatever their tenants.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::Value;
use serde_json::json;

use super::dialect::{Dialect, corrupt};
use super::idempotency::known;
use super::pools::Pools;
use super::transaction::{Access, ScopedTransaction};
use super::unit::{Unit, UnitEnding};
use super::unit_rows::{self, Numbered};
use super::{Position, StoreError, unit_alone};
use crate::tenancy::{Partition, TenantContext};

const SERVED_TENANTS: &str = "
SELECT tenant_id FROM tenants WHERE status = 'active' AND tenant_id IN (SELECT value FROM json_each($1))";

const KNOWN_KEYS: &str = "
SELECT claim.value ->> 'unit' AS unit, operation, fingerprint, response_status, response_headers, response_body, expires_at
FROM jsonb_each($1) AS claim CROSS JOIN idempotency_records
WHERE tenant_id = claim.value ->> 'tenant_id' AND idempotency_key = claim.value ->> 'idempotency_key'";

const TAKEN_NAMES: &str = "
SELECT school.value ->> 'unit' AS unit FROM jsonb_each($1) AS school
WHERE EXISTS (SELECT 1 FROM schools WHERE tenant_id = school.value ->> 'tenant_id'
              AND name_folded = school.value ->> 'name_folded')
   OR EXISTS (SELECT 1 FROM schools WHERE tenant_id = school.value ->> 'tenant_id'
              AND identifier = school.value ->> 'identifier')";

const CLAIM: &str = "
INSERT INTO idempotency_records (tenant_id, idempotency_key, operation, fingerprint, response_status, response_headers,
                                 response_body, created_at, expires_at)
SELECT value ->> 'tenant_id', value ->> 'idempotency_key', value ->> 'operation', unhex(value ->> 'fingerprint'),
       value ->> 'response_status', value -> 'response_headers', unhex(value ->> 'response_body'),
       value ->> 'created_at', value ->> 'expires_at'
FROM jsonb_each($1)";

const INSERT_SCHOOLS: &str = "
INSERT INTO schools (tenant_id, school_id, name, name_folded, identifier, grade_levels, time_zone, external_refs, status,
                     version, created_at, updated_at)
SELECT value ->> 'tenant_id', value ->> 'school_id', value ->> 'name', value ->> 'name_folded', value ->> 'identifier',
       value -> 'grade_levels', value ->> 'time_zone', value -> 'external_refs', value ->> 'status',
       value ->> 'version', value ->> 'created_at', value ->> 'updated_at'
FROM jsonb_each($1)";

const INSERT_AUDITS: &str = "
INSERT INTO audit_records (tenant_id, audit_id, occurred_at, actor_subject, actor_client, action, entity_type, entity_id,
                           outcome, reason, correlation_id, causation_id, trace_id, payload_fingerprint)
SELECT value ->> 'tenant_id', value ->> 'audit_id', value ->> 'occurred_at', value ->> 'actor_subject',
       value ->> 'actor_client', value ->> 'action', value ->> 'entity_type', value ->> 'entity_id',
       value ->> 'outcome', value ->> 'reason', value ->> 'correlation_id', value ->> 'causation_id',
       value ->> 'trace_id', value ->> 'payload_fingerprint'
FROM jsonb_each($1)";

const MOVE_HEADS: &str = "
UPDATE event_partition_heads SET seq = seq + moved.value ->> 'count'
FROM jsonb_each($1) AS moved WHERE partition = moved.value ->> 'partition'
RETURNING partition, seq";

const INSERT_EVENTS: &str = "
INSERT INTO event_log (partition, seq, tenant_id, event_id, event_type, envelope, traceparent, committed_at)
SELECT value ->> 'partition', value ->> 'seq', value ->> 'tenant_id', value ->> 'event_id', value ->> 'event_type',
       (value ->> 'head') || (value ->> 'seq') || (value ->> 'tail'), value ->> 'traceparent', value ->> 'committed_at'
FROM jsonb_each($1)";

/// Writes the units; what became of each, in their order. No two of them may claim the same key or name.
pub(super) async fn write(
    pools: &Pools,
    partition_count: u16,
    units: &[&Unit],
) -> Result<Vec<UnitEnding>, StoreError> {
    if let [unit] = units {
        return Ok(vec![unit_alone::write(pools, partition_count, unit).await?]);
    }
    let mut batch = Batch {
        transaction: ScopedTransaction::begin(pools, TenantContext::platform(), Access::Write).await?,
        units: units.iter().copied().enumerate().collect(),
        endings: vec![UnitEnding::Broken; units.len()],
    };
    match batch.run(partition_count).await {
        Ok(()) => {
            let Batch {
                transaction, endings, ..
            } = batch;
            transaction.commit().await?;
            Ok(endings)
        }
        // One of them breaks a rule of a table. Each is to find out by itself whether it was that one.
        Err(error @ StoreError::Internal { .. }) => {
            tracing::debug!(
                ?error,
                units = units.len(),
                "a batch of writes was refused; each goes by itself"
            );
            batch.transaction.rollback().await?;
            Ok(vec![UnitEnding::Broken; units.len()])
        }
        Err(error) => Err(error),
    }
}

struct Batch<'a> {
    transaction: ScopedTransaction,
    /// Those of which nothing is known that would keep them from being written.
    units: Vec<Numbered<'a>>,
    endings: Vec<UnitEnding>,
}

impl Batch<'_> {
    async fn run(&mut self, partition_count: u16) -> Result<(), StoreError> {
        self.leave_out_those_without_a_tenant().await?;
        self.leave_out_those_with_a_known_key().await?;
        self.leave_out_those_with_a_taken_name().await?;
        if self.units.is_empty() {
            return Ok(());
        }
        self.write(CLAIM, unit_rows::claims(&self.units)?).await?;
        self.write(INSERT_SCHOOLS, unit_rows::schools(&self.units)?)
            .await?;
        self.write(INSERT_AUDITS, unit_rows::audits(&self.units)?).await?;
        self.log_events(partition_count).await
    }

    async fn leave_out_those_without_a_tenant(&mut self) -> Result<(), StoreError> {
        let tenants: BTreeSet<String> = self
            .units
            .iter()
            .filter(|(_, unit)| unit.needs_served_tenant)
            .map(|(_, unit)| unit.context.tenant_id().to_string())
            .collect();
        let rows = self
            .transaction
            .all(SERVED_TENANTS, vec![json!(tenants).to_string().into()])
            .await?;
        let served = rows
            .iter()
            .map(|row| Dialect::Sqlite.row(row).get("tenant_id"))
            .collect::<Result<BTreeSet<String>, _>>()?;
        self.units.retain(|(_, unit)| {
            !unit.needs_served_tenant || served.contains(&unit.context.tenant_id().to_string())
        });
        Ok(())
    }

    async fn leave_out_those_with_a_known_key(&mut self) -> Result<(), StoreError> {
        let claims = unit_rows::claims(&self.units)?;
        for row in &self.transaction.all(KNOWN_KEYS, vec![claims.into()]).await? {
            let row = Dialect::Sqlite.row(row);
            let number = number(row.get("unit")?)?;
            let unit = self.units.iter().find(|(candidate, _)| *candidate == number);
            if let (Some((_, unit)), Some(ending)) = (unit, self.endings.get_mut(number)) {
                *ending = known(row, unit)?;
                self.units.retain(|(candidate, _)| *candidate != number);
            }
        }
        Ok(())
    }

    async fn leave_out_those_with_a_taken_name(&mut self) -> Result<(), StoreError> {
        let schools = unit_rows::schools(&self.units)?;
        for row in &self.transaction.all(TAKEN_NAMES, vec![schools.into()]).await? {
            let number = number(Dialect::Sqlite.row(row).get("unit")?)?;
            self.units.retain(|(candidate, _)| *candidate != number);
        }
        Ok(())
    }

    async fn write(&self, sql: &str, rows: String) -> Result<(), StoreError> {
        self.transaction.execute(sql, vec![rows.into()]).await.map(|_| ())
    }

    /// Gives the events their places, unit after unit, and logs them.
    async fn log_events(&mut self, partition_count: u16) -> Result<(), StoreError> {
        let mut next = self.move_heads(partition_count).await?;
        let mut placed = Vec::with_capacity(self.units.len());
        for &(number, unit) in &self.units {
            let partition = unit.partition(partition_count);
            let count = i64::try_from(unit.completion.events.len()).unwrap_or(i64::MAX);
            let first = next.get(&partition).copied().unwrap_or_default();
            if count > 0 {
                next.insert(partition, first + count);
            }
            let positions: Vec<Position> = (first..first + count)
                .map(|seq| Position { partition, seq })
                .collect();
            if let Some(ending) = self.endings.get_mut(number) {
                *ending = UnitEnding::Committed(positions.clone());
            }
            placed.push(((number, unit), positions));
        }
        self.write(INSERT_EVENTS, unit_rows::placed_events(&placed)?)
            .await
    }

    /// Moves the heads of the partitions; the first new place in each.
    async fn move_heads(&self, partition_count: u16) -> Result<BTreeMap<Partition, i64>, StoreError> {
        let mut counts: BTreeMap<Partition, i64> = BTreeMap::new();
        for (_, unit) in &self.units {
            let count = i64::try_from(unit.completion.events.len()).unwrap_or(i64::MAX);
            if count > 0 {
                *counts.entry(unit.partition(partition_count)).or_default() += count;
            }
        }
        let moved: Vec<_> = counts
            .iter()
            .map(|(partition, count)| json!({ "partition": partition.0, "count": count }))
            .collect();
        let moved: Value = json!(moved).to_string().into();
        let mut first = BTreeMap::new();
        for row in &self.transaction.all(MOVE_HEADS, vec![moved]).await? {
            let row = Dialect::Sqlite.row(row);
            let partition: i64 = row.get("partition")?;
            let partition =
                Partition(u16::try_from(partition).map_err(|error| corrupt("partition", &error))?);
            let head: i64 = row.get("seq")?;
            first.insert(
                partition,
                head - counts.get(&partition).copied().unwrap_or_default() + 1,
            );
        }
        if first.len() == counts.len() {
            Ok(first)
        } else {
            Err(StoreError::internal("a partition of the event log has no head"))
        }
    }
}

fn number(unit: i64) -> Result<usize, StoreError> {
    usize::try_from(unit).map_err(|error| corrupt("unit", &error))
}
