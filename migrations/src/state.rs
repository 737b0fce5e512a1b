//! How the schema of a database relates to this program.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DbBackend, Statement};

use crate::Migrator;

/// How the schema of a database relates to the steps that this program knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaState {
    /// No step was ever applied.
    Empty,
    /// Some steps are missing.
    Older {
        /// The steps that are missing, oldest first.
        pending: Vec<String>,
    },
    /// Every step is there and no other.
    Current,
    /// Steps were applied that this program does not know.
    Newer {
        /// The steps that are unknown, oldest first.
        unknown: Vec<String>,
    },
}

/// Compares the steps applied in the database with those of [`Migrator`]. Reads only.
pub async fn schema_state<C: ConnectionTrait>(connection: &C) -> Result<SchemaState, DbErr> {
    let backend = connection.get_database_backend();
    let probe = match backend {
        DbBackend::Postgres => "SELECT 1 WHERE to_regclass('seaql_migrations') IS NOT NULL",
        _ => "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'seaql_migrations'",
    };
    if connection
        .query_one_raw(Statement::from_string(backend, probe))
        .await?
        .is_none()
    {
        return Ok(SchemaState::Empty);
    }
    let rows = connection
        .query_all_raw(Statement::from_string(
            backend,
            "SELECT version FROM seaql_migrations ORDER BY version",
        ))
        .await?;
    let applied = rows
        .iter()
        .map(|row| row.try_get("", "version"))
        .collect::<Result<Vec<String>, _>>()?;
    let known: Vec<String> = Migrator::migrations()
        .iter()
        .map(|step| step.name().to_owned())
        .collect();

    let unknown: Vec<String> = applied
        .iter()
        .filter(|name| !known.contains(name))
        .cloned()
        .collect();
    let pending: Vec<String> = known.into_iter().filter(|name| !applied.contains(name)).collect();
    Ok(match () {
        () if !unknown.is_empty() => SchemaState::Newer { unknown },
        () if applied.is_empty() => SchemaState::Empty,
        () if !pending.is_empty() => SchemaState::Older { pending },
        () => SchemaState::Current,
    })
}
