//! A unit that waits with no other, on SQLite, in plain statements: one row each costs less so than as JSON, and a service with few
//! callers has little else to write.

use super::complete::write_completion;
use super::idempotency::claim;
use super::pools::Pools;
use super::schools::{SchoolInsertion, insert_school};
use super::tenants::select_tenant;
use super::transaction::{Access, ScopedTransaction};
use super::unit::{Unit, UnitEnding};
use super::{Position, StoreError};
use crate::idempotency::Claim;
use crate::roster::TenantStatus;

/// Writes the unit; what became of it.
pub(super) async fn write(
    pools: &Pools,
    partition_count: u16,
    unit: &Unit,
) -> Result<UnitEnding, StoreError> {
    let transaction = ScopedTransaction::begin(pools, unit.context, Access::Write).await?;
    match run(&transaction, partition_count, unit).await {
        Ok(Ok(positions)) => {
            transaction.commit().await?;
            Ok(UnitEnding::Committed(positions))
        }
        Ok(Err(ending)) => {
            transaction.rollback().await?;
            Ok(ending)
        }
        // It breaks a rule of a table; step by step it gets its own error.
        Err(error @ StoreError::Internal { .. }) => {
            tracing::debug!(?error, "a write was refused; it goes step by step");
            transaction.rollback().await?;
            Ok(UnitEnding::Broken)
        }
        Err(error) => Err(error),
    }
}

/// Where its events are, or how it ended otherwise.
async fn run(
    transaction: &ScopedTransaction,
    partition_count: u16,
    unit: &Unit,
) -> Result<Result<Vec<Position>, UnitEnding>, StoreError> {
    if unit.needs_served_tenant {
        let tenant = select_tenant(transaction).await?;
        if tenant.is_none_or(|tenant| tenant.status != TenantStatus::Active) {
            return Ok(Err(UnitEnding::Broken));
        }
    }
    if let Some((key, expires_at)) = &unit.claim {
        match claim(transaction, key, *expires_at, unit.completion.now).await? {
            Claim::Claimed => {}
            Claim::InFlight => return Ok(Err(UnitEnding::Broken)),
            known => return Ok(Err(UnitEnding::Known(known))),
        }
    }
    for school in &unit.schools {
        if insert_school(transaction, school).await? != SchoolInsertion::Inserted {
            return Ok(Err(UnitEnding::Broken));
        }
    }
    let partition = unit.partition(partition_count);
    write_completion(transaction, partition, &unit.completion, unit.claim.is_some())
        .await
        .map(Ok)
}
