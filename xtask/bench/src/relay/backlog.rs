//! A backlog: events in the log that no stream has yet.
//!
//! A service makes the database and writes one event itself; SQL copies it, with ids of its own, as often as is wanted. So
//! each row is as long as a real one and nothing about it is made up, and a million of them are there within half a minute.

use std::path::Path;

use crate::error::BenchError;
use crate::postgres::Postgres;
use crate::seed::{create_school, create_tenant, tenant_id};
use crate::service::{Service, ServiceSetting};

/// How many partitions a log has that was made with defaults.
pub(super) const PARTITION_COUNT: u32 = 64;

/// The partition of a backlog that lies in one.
pub(super) const BACKLOG_PARTITION: u32 = 1;

/// How many tenants there are, numbered from 1: so many that 200 lie in other partitions than [`BACKLOG_PARTITION`].
pub(super) const TENANT_COUNT: u32 = 260;

/// Where the events of a backlog lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spread {
    /// Evenly in all partitions.
    All,
    /// All in [`BACKLOG_PARTITION`].
    One,
}

/// The numbers of the tenants in this partition.
pub(super) fn tenants_of(partition: u32) -> impl Iterator<Item = u32> {
    (1..=TENANT_COUNT).filter(move |number| number % PARTITION_COUNT == partition)
}

/// Makes the database with its tables and tenants, and no events but the few of a tenant of its own.
pub(super) fn create(
    postgres: &Postgres,
    database: &str,
    binary: &Path,
    base: Option<&Path>,
) -> Result<String, BenchError> {
    let url = postgres.create_database(database)?;
    let service = Service::start(ServiceSetting {
        database_url: Some(url.clone()),
        base: base.map(Path::to_owned),
        ..ServiceSetting::new(binary)
    })?;
    let template = create_tenant(service.address(), 0)?;
    create_school(service.address(), &template, 0)?;
    service.stop()?;
    let id = crate::seed::uuid_expression(0, "t");
    postgres.query(
        database,
        &format!(
            "INSERT INTO tenants (tenant_id, name, region, status, version, created_at, updated_at)
             SELECT {id}, name, region, status, version, created_at, updated_at
             FROM tenants, generate_series(1, {TENANT_COUNT}) AS t WHERE tenant_id = '{template}';
             CREATE TABLE bench_template AS SELECT * FROM event_log WHERE event_type LIKE '%SchoolCreated' LIMIT 1"
        ),
    )?;
    Ok(url)
}

/// Adds `count` events behind those that are there.
pub(super) fn fill(
    postgres: &Postgres,
    database: &str,
    spread: Spread,
    count: u32,
) -> Result<(), BenchError> {
    let partition = match spread {
        Spread::All => format!("n % {PARTITION_COUNT}"),
        Spread::One => BACKLOG_PARTITION.to_string(),
    };
    // Tenant 64 is the first of partition 0.
    let tenant = crate::seed::uuid_expression(0, "CASE p WHEN 0 THEN 64 ELSE p END");
    postgres.query(
        database,
        &format!(
            "WITH numbered AS (
               SELECT p, h.seq + row_number() OVER (PARTITION BY p ORDER BY n) AS s, {tenant} AS tenant,
                 (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0') || '7000' ||
                  to_hex(32768 + p) || lpad(to_hex(h.seq + n), 12, '0'))::uuid AS id
               FROM (SELECT n, ({partition})::int AS p FROM generate_series(1, {count}) AS n) AS spread
               JOIN event_partition_heads AS h ON h.partition = p)
             INSERT INTO event_log
               (partition, seq, tenant_id, event_id, event_type, envelope, traceparent, committed_at)
             SELECT p, s, tenant, id, event_type,
               replace(replace(replace(envelope, t.event_id::text, id::text), t.tenant_id::text, tenant::text),
                       '\"sequence\":\"' || t.seq || '\"', '\"sequence\":\"' || s || '\"'),
               t.traceparent, now()
             FROM numbered, bench_template AS t ORDER BY p, s;
             UPDATE event_partition_heads AS h SET seq = l.seq
             FROM (SELECT partition, max(seq) AS seq FROM event_log GROUP BY partition) AS l
             WHERE l.partition = h.partition"
        ),
    )?;
    postgres.query(database, "VACUUM (ANALYZE, FREEZE) event_log")?;
    postgres.checkpoint()
}

/// How many events the log holds.
pub(super) fn event_count(postgres: &Postgres, database: &str) -> Result<u64, BenchError> {
    let count = postgres.query(database, "SELECT count(*) FROM event_log")?;
    let count = count.trim().parse();
    count.map_err(|_| BenchError::invalid("the log", "its rows cannot be counted"))
}

/// The tenants in all partitions but that of the backlog, `count` of them.
pub(super) fn other_tenants(count: usize) -> Vec<String> {
    let others = (1..=TENANT_COUNT).filter(|number| number % PARTITION_COUNT != BACKLOG_PARTITION);
    others.take(count).map(tenant_id).collect()
}

/// The tenants in the partition of the backlog that have no part in it.
pub(super) fn neighbours() -> Vec<String> {
    tenants_of(BACKLOG_PARTITION).skip(1).map(tenant_id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_hundred_tenants_are_not_in_the_way_of_the_backlog() {
        let (others, neighbours) = (other_tenants(200), neighbours());
        assert_eq!(others.len(), 200);
        assert_eq!(neighbours.len(), 4);
        assert!(neighbours.iter().all(|neighbour| !others.contains(neighbour)));
        assert_eq!(tenants_of(0).next(), Some(64));
    }
}
