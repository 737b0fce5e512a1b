//! What PostgreSQL asks of every table of tenants.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// HASH partitions per tenant table. Never LIST per tenant: 2,000 LIST partitions took 192 ms to plan.
pub const HASH_PARTITION_COUNT: u16 = 16;

/// The condition of every policy. `nullif` because a setting that was local to an ended transaction reads as the empty
/// string afterwards, which is no UUID: without a tenant nothing is visible, and nothing fails in strange ways.
pub(crate) const TENANT_CONDITION: &str =
    "tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid";

/// Runs the texts of the backend at hand, one after the other.
pub(crate) async fn run(
    manager: &SchemaManager<'_>,
    postgres: &[&str],
    sqlite: &[&str],
) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let statements = match connection.get_database_backend() {
        DbBackend::Postgres => postgres,
        _ => sqlite,
    };
    for statement in statements {
        connection.execute_unprepared(statement).await?;
    }
    Ok(())
}

/// On PostgreSQL: gives a partitioned `table` its partitions, and forces row-level security on it and on each of them.
pub(crate) async fn partition_and_isolate(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    if connection.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    for remainder in 0..HASH_PARTITION_COUNT {
        connection
            .execute_unprepared(&format!(
                "CREATE TABLE {table}_p{remainder:02} PARTITION OF {table}
                 FOR VALUES WITH (MODULUS {HASH_PARTITION_COUNT}, REMAINDER {remainder})"
            ))
            .await?;
        isolate(connection, &format!("{table}_p{remainder:02}"), "PUBLIC").await?;
    }
    isolate(connection, table, "PUBLIC").await
}

/// Forces row-level security on `table`, whose rows `roles` then see only inside their tenant.
pub(crate) async fn isolate(
    connection: &SchemaManagerConnection<'_>,
    table: &str,
    roles: &str,
) -> Result<(), DbErr> {
    connection
        .execute_unprepared(&format!(
            "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
             ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
             CREATE POLICY tenant_isolation ON {table} FOR ALL TO {roles}
             USING ({TENANT_CONDITION}) WITH CHECK ({TENANT_CONDITION})"
        ))
        .await?;
    Ok(())
}
