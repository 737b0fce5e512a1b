//! Whether this process may use, and may migrate, the database that it finds.

use rollcall_migrations::{InstanceFacts, SchemaState, migrate, schema_state};
use sea_orm::DatabaseConnection;
use uuid::Uuid;

use super::StoreError;
use super::pools::owner_connection;
use super::probe::{SERVICE_ROLES, probe};
use super::settings::DatabaseSettings;
use crate::environment::Environment;

/// What a process may do to a schema that is not its own version's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationPolicy {
    /// Nothing: refuse all but the current one. For `rollcall relay` and `rollcall verify`.
    Refuse,
    /// Initialise an empty database and migrate an embedded one; refuse an older one on a server, whose other processes may
    /// still run the older program. For `rollcall serve`.
    Serve,
    /// Migrate whatever is older. For `rollcall migrate`.
    Migrate,
}

impl MigrationPolicy {
    fn allows(self, state: &SchemaState, embedded: bool) -> bool {
        match (self, state) {
            (Self::Refuse, _) | (_, SchemaState::Current | SchemaState::Newer { .. }) => false,
            (Self::Migrate, _) | (Self::Serve, SchemaState::Empty) => true,
            (Self::Serve, SchemaState::Older { .. }) => embedded,
        }
    }
}

/// Brings the schema to this program's version where `policy` allows it, and refuses what is left.
pub(super) async fn prepare_schema(
    settings: &DatabaseSettings,
    environment: &dyn Environment,
    policy: MigrationPolicy,
) -> Result<(), StoreError> {
    probe(settings, &[]).await?;
    let connection = owner_connection(settings, settings.location()?);
    let result = prepare(&connection, settings, environment, policy).await;
    if let Err(error) = connection.close().await {
        tracing::debug!(%error, "the migration connection did not close cleanly");
    }
    result?;
    if settings.is_embedded() {
        return Ok(());
    }
    probe(settings, &SERVICE_ROLES).await
}

async fn prepare(
    connection: &DatabaseConnection,
    settings: &DatabaseSettings,
    environment: &dyn Environment,
    policy: MigrationPolicy,
) -> Result<(), StoreError> {
    let mut state = schema_state(connection).await?;
    if policy.allows(&state, settings.is_embedded()) {
        let facts = new_instance(settings.partition_count, environment);
        migrate(connection, &facts)
            .await
            .map_err(|error| match StoreError::from(error) {
                StoreError::Internal { detail } => StoreError::MigrationFailed {
                    reason: detail.for_log().to_owned(),
                },
                passing => passing,
            })?;
        state = schema_state(connection).await?;
    }
    StoreError::of_schema(state).map_or(Ok(()), Err)
}

fn new_instance(partition_count: u16, environment: &dyn Environment) -> InstanceFacts {
    let instance_id: Uuid = environment.new_id();
    InstanceFacts {
        partition_count,
        instance_id: instance_id.hyphenated().to_string(),
        cursor_key: hexadecimal(&environment.random_bytes(32)),
        source: format!("urn:uuid:{}", instance_id.hyphenated()),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a string does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_migrate_command_touches_an_older_server_database() {
        let older = SchemaState::Older {
            pending: vec!["step".to_owned()],
        };
        let newer = SchemaState::Newer {
            unknown: vec!["step".to_owned()],
        };
        let cases = [
            (MigrationPolicy::Serve, &older, false, false),
            (MigrationPolicy::Serve, &older, true, true),
            (MigrationPolicy::Serve, &SchemaState::Empty, false, true),
            (MigrationPolicy::Migrate, &older, false, true),
            (MigrationPolicy::Migrate, &newer, true, false),
            (MigrationPolicy::Refuse, &SchemaState::Empty, true, false),
        ];
        for (policy, state, embedded, expected) in cases {
            assert_eq!(
                policy.allows(state, embedded),
                expected,
                "{policy:?} {state:?} {embedded}"
            );
        }
    }
}
