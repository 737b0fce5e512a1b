//! Units on PostgreSQL: one statement, which is one transaction and one round trip. See the migration that makes `write_units`.

use std::collections::BTreeMap;

use sea_orm::DbErr;

use super::dialect::{Dialect, Row, corrupt};
use super::error::blames_the_statement;
use super::idempotency::known;
use super::pools::Pools;
use super::transaction::{Access, run_alone};
use super::unit::{Unit, UnitEnding};
use super::unit_rows::{self, Numbered};
use super::{Position, StoreError};
use crate::tenancy::{Partition, TenantContext};

/// What is asked for. A broken unit is named last, after what else is said of it.
const WRITE_UNITS: &str = "SELECT * FROM write_units($1::jsonb)";

/// The units of one tenant.
struct Group<'a> {
    context: TenantContext,
    partition: Partition,
    needs_served_tenant: bool,
    units: Vec<Numbered<'a>>,
}

/// Writes the units; what became of each, in their order.
pub(super) async fn write(
    pools: &Pools,
    partition_count: u16,
    units: &[&Unit],
) -> Result<Vec<UnitEnding>, StoreError> {
    let parts = groups(units, partition_count)
        .iter()
        .map(part)
        .collect::<Result<Vec<_>, _>>()?;
    let values = vec![format!("[{}]", parts.join(",")).into()];
    let rows = match run_alone(pools, Access::Write, WRITE_UNITS, values).await {
        Ok(rows) => rows,
        Err(error) => return of_failure(error, units.len()),
    };
    let mut endings = vec![UnitEnding::Committed(Vec::new()); units.len()];
    for row in &rows {
        let row = Dialect::Postgres.row(row);
        let number: i32 = row.get("unit")?;
        let number = usize::try_from(number).map_err(|error| corrupt("unit", &error))?;
        let (Some(unit), Some(ending)) = (units.get(number), endings.get_mut(number)) else {
            return Err(corrupt("unit", &number));
        };
        note(ending, row, unit, partition_count)?;
    }
    for ending in &mut endings {
        if let UnitEnding::Committed(positions) = ending {
            positions.sort_unstable();
        }
    }
    Ok(endings)
}

/// In the order of partitions: two processes then take the heads in the same order.
fn groups<'a>(units: &[&'a Unit], partition_count: u16) -> Vec<Group<'a>> {
    let mut groups = BTreeMap::new();
    for (number, unit) in units.iter().enumerate() {
        let partition = unit.partition(partition_count);
        let key = (partition, unit.context.tenant_id(), unit.needs_served_tenant);
        let group = groups.entry(key).or_insert_with(|| Group {
            context: unit.context,
            partition,
            needs_served_tenant: unit.needs_served_tenant,
            units: Vec::new(),
        });
        group.units.push((number, *unit));
    }
    groups.into_values().collect()
}

/// The units of one tenant as the function reads them.
fn part(group: &Group<'_>) -> Result<String, StoreError> {
    let units = group.units.as_slice();
    let numbers: Vec<String> = units.iter().map(|(number, _)| number.to_string()).collect();
    Ok(format!(
        r#"{{"scope":"{}","partition":{},"needs_served_tenant":{},"units":[{}],"claims":{},"schools":{},"audits":{},"events":{}}}"#,
        group.context.tenant_id(),
        group.partition,
        group.needs_served_tenant,
        numbers.join(","),
        unit_rows::claims(units)?,
        unit_rows::schools(units)?,
        unit_rows::audits(units)?,
        unit_rows::events(units)?,
    ))
}

/// Where the statement was refused for what it holds, or for a lock, each unit is to find out by itself whether that was for it: one
/// must not fail the others. Any other failure is everybody's.
fn of_failure(error: DbErr, count: usize) -> Result<Vec<UnitEnding>, StoreError> {
    if blames_the_statement(&error) {
        tracing::debug!(%error, units = count, "a batch of writes was refused; each goes by itself");
        Ok(vec![UnitEnding::Broken; count])
    } else {
        Err(error.into())
    }
}

/// Adds what a row says of a unit: the place of one of its events, what its key stands for, or that it was not written.
fn note(ending: &mut UnitEnding, row: Row<'_>, unit: &Unit, partition_count: u16) -> Result<(), StoreError> {
    match (row.get::<String>("outcome")?.as_str(), &mut *ending) {
        ("written", UnitEnding::Committed(positions)) => positions.push(Position {
            partition: unit.partition(partition_count),
            seq: row.get("seq")?,
        }),
        ("known", _) => *ending = known(row, unit)?,
        ("broken", UnitEnding::Committed(_)) => *ending = UnitEnding::Broken,
        _ => {}
    }
    Ok(())
}
