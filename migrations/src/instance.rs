//! What is decided once, when a database is initialised.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr, Statement};

/// The facts of one instance: one database and everything that serves it.
///
/// They are made by the caller, who owns the source of randomness; the first migration stores them and every later one
/// leaves them alone.
#[derive(Clone)]
pub struct InstanceFacts {
    /// How many partitions the event log has, 1 to 4096. Never changes: a tenant's partition is computed from it.
    pub partition_count: u16,
    /// The id of the instance, a hyphenated lower-case UUID.
    pub instance_id: String,
    /// The key that signs cursors, hexadecimal. All processes of an instance share it.
    pub cursor_key: String,
    /// The `source` attribute of the instance's CloudEvents, a URI reference.
    pub source: String,
}

/// Stores `facts` unless the database has its own already, and opens the partitions of the event log.
pub(crate) async fn initialise<C: ConnectionTrait>(
    connection: &C,
    facts: &InstanceFacts,
) -> Result<(), DbErr> {
    let backend = connection.get_database_backend();
    let pairs = [
        ("partition_count", facts.partition_count.to_string()),
        ("instance_id", facts.instance_id.clone()),
        ("cursor_key", facts.cursor_key.clone()),
        ("source", facts.source.clone()),
    ];
    for (key, value) in pairs {
        connection
            .execute_raw(Statement::from_sql_and_values(
                backend,
                "INSERT INTO service_metadata (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
                [key.into(), value.into()],
            ))
            .await?;
    }
    // The stored count rules, not the one that was asked for: the heads must match it.
    connection
        .execute_unprepared(
            "WITH RECURSIVE numbers(n) AS (
                SELECT 0 UNION ALL SELECT n + 1 FROM numbers
                WHERE n + 1 < (SELECT CAST(value AS integer) FROM service_metadata WHERE key = 'partition_count')
            )
            INSERT INTO event_partition_heads (partition, seq) SELECT n, 0 FROM numbers WHERE true
            ON CONFLICT (partition) DO NOTHING",
        )
        .await?;
    Ok(())
}
