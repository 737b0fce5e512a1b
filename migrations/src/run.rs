//! Running the steps: one transaction, any number of processes at once.

use std::time::Duration;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::sqlx::Error as SqlxError;
use sea_orm_migration::sea_orm::{
    DatabaseConnection, DbBackend, RuntimeErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait as _,
};

use crate::instance::{InstanceFacts, initialise};
use crate::{Migrator, SchemaState, schema_state};

/// The id of the advisory lock: "rollcall" in ASCII.
const ADVISORY_LOCK_ID: i64 = 0x726f_6c6c_6361_6c6c;

/// How often a migration that lost against another process is tried again.
const ATTEMPTS_MAX: u32 = 5;

/// SQLSTATEs and SQLite codes that mean: somebody else did the same at the same time.
const RACE_CODES: &[&str] = &[
    "23505", // unique violation, in a catalog
    "42710", // duplicate object
    "42P06", // duplicate schema
    "42P07", // duplicate table
    "40001", // serialization failure
    "40P01", // deadlock
    "55P03", // the advisory lock was not to be had
    "XX000", // "tuple concurrently updated": roles are shared by all databases of a cluster
    "5",     // SQLITE_BUSY
    "261",   // SQLITE_BUSY_RECOVERY
    "517",   // SQLITE_BUSY_SNAPSHOT
];

/// Applies the missing steps and stores `facts` where the database has none; does nothing on a current schema, and
/// leaves a newer one alone.
///
/// Processes may do this at the same time. On PostgreSQL an advisory lock lets the second wait for the first, as a
/// courtesy that spares a noisy failure; what makes it safe is that the transaction which loses is rolled back
/// whole and tried again.
pub async fn migrate(connection: &DatabaseConnection, facts: &InstanceFacts) -> Result<(), DbErr> {
    let mut attempt = 1;
    loop {
        match migrate_once(connection, facts).await {
            Err(error) if attempt < ATTEMPTS_MAX && lost_a_race(&error) => {
                // The other process cannot be awaited; it is gone in the time that its transaction takes.
                tokio::time::sleep(Duration::from_millis(50) * attempt).await;
                attempt += 1;
            }
            result => return result,
        }
    }
}

async fn migrate_once(connection: &DatabaseConnection, facts: &InstanceFacts) -> Result<(), DbErr> {
    let transaction = connection
        .begin_with_options(TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        })
        .await?;
    if transaction.get_database_backend() == DbBackend::Postgres {
        transaction
            .execute_unprepared("SET LOCAL lock_timeout = '30s'")
            .await?;
        transaction
            .execute_unprepared(&format!("SELECT pg_advisory_xact_lock({ADVISORY_LOCK_ID})"))
            .await?;
    }
    if !matches!(schema_state(&transaction).await?, SchemaState::Newer { .. }) {
        Migrator::up(&transaction, None).await?;
        initialise(&transaction, facts).await?;
    }
    transaction.commit().await
}

fn lost_a_race(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(source))
    | DbErr::Query(RuntimeErr::SqlxError(source))
    | DbErr::Conn(RuntimeErr::SqlxError(source))) = error
    else {
        return false;
    };
    matches!(source.as_ref(), SqlxError::Database(database) if database.code().is_some_and(|code| RACE_CODES.contains(&code.as_ref())))
}
