//! What the database holds, read and changed behind the service's back.
//!
//! The statements run as the owner of the tables, whom row-level security does not bind. They are written so that both
//! databases take them: ids are literals, columns are cast to text.

use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbBackend,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait as _,
};
use serde_json::Value;
use uuid::Uuid;

/// A connection to a service's database.
pub(super) struct Sql {
    connection: DatabaseConnection,
}

/// An audit record; what it lacks is the empty text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Audited {
    pub(super) tenant_id: String,
    pub(super) audit_id: String,
    pub(super) actor_subject: String,
    pub(super) actor_client: String,
    pub(super) action: String,
    pub(super) entity_type: String,
    pub(super) entity_id: String,
    pub(super) outcome: String,
    pub(super) reason: String,
    pub(super) correlation_id: String,
    pub(super) causation_id: String,
    pub(super) trace_id: String,
    pub(super) payload_fingerprint: String,
}

impl Sql {
    pub(super) async fn open(url: &str) -> Self {
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(3)
            .acquire_timeout(Duration::from_secs(10))
            .sqlx_logging(false);
        let connection = sea_orm::Database::connect(options)
            .await
            .expect("connect to the service's database");
        Self { connection }
    }

    /// Whether it is PostgreSQL.
    pub(super) fn is_postgres(&self) -> bool {
        self.connection.get_database_backend() == DbBackend::Postgres
    }

    pub(super) async fn execute(&self, sql: &str) {
        self.connection
            .execute_unprepared(sql)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// The rows of a statement whose columns are all text; null is the empty text.
    pub(super) async fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        let statement = Statement::from_string(self.connection.get_database_backend(), sql);
        let rows = self
            .connection
            .query_all_raw(statement)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
        let text = |row: &sea_orm::QueryResult, column| {
            let value: Option<String> = row.try_get_by_index(column).expect("a text column");
            value.unwrap_or_default()
        };
        rows.iter()
            .map(|row| {
                (0..row.column_names().len())
                    .map(|column| text(row, column))
                    .collect()
            })
            .collect()
    }

    /// How many rows a table has, with a condition if it likes: `schools WHERE …`.
    pub(super) async fn count(&self, from: &str) -> u64 {
        let rows = self
            .rows(&format!("SELECT CAST(count(*) AS text) FROM {from}"))
            .await;
        rows[0][0].parse().expect("a number")
    }

    /// The audit records of a tenant, oldest first.
    pub(super) async fn audited(&self, tenant: Uuid) -> Vec<Audited> {
        self.audited_where(&format!("tenant_id = '{tenant}'")).await
    }

    /// The audit records of one request, whatever the tenant.
    pub(super) async fn audited_as(&self, correlation_id: &str) -> Vec<Audited> {
        self.audited_where(&format!("correlation_id = '{correlation_id}'"))
            .await
    }

    async fn audited_where(&self, condition: &str) -> Vec<Audited> {
        let rows = self
            .rows(&format!(
                "SELECT CAST(tenant_id AS text), CAST(audit_id AS text), actor_subject, actor_client, action, entity_type,
                        CAST(entity_id AS text), outcome, reason, CAST(correlation_id AS text),
                        CAST(causation_id AS text), trace_id, payload_fingerprint
                 FROM audit_records WHERE {condition} ORDER BY audit_id"
            ))
            .await;
        let audited = |row: Vec<String>| {
            let [
                tenant_id,
                audit_id,
                actor_subject,
                actor_client,
                action,
                entity_type,
                entity_id,
                outcome,
                reason,
                correlation_id,
                causation_id,
                trace_id,
                payload_fingerprint,
            ] = row.try_into().expect("all columns");
            Audited {
                tenant_id,
                audit_id,
                actor_subject,
                actor_client,
                action,
                entity_type,
                entity_id,
                outcome,
                reason,
                correlation_id,
                causation_id,
                trace_id,
                payload_fingerprint,
            }
        };
        rows.into_iter().map(audited).collect()
    }

    /// The events of a tenant in the log, in order.
    pub(super) async fn logged(&self, tenant: Uuid) -> Vec<Value> {
        let rows = self
            .rows(&format!(
                "SELECT envelope FROM event_log WHERE tenant_id = '{tenant}' ORDER BY seq"
            ))
            .await;
        rows.iter()
            .map(|row| serde_json::from_str(&row[0]).expect("an envelope is JSON"))
            .collect()
    }

    /// Holds up the next write of `tenant` (on SQLite: of everybody) until what is returned is rolled back.
    pub(super) async fn hold_up_writes(&self, tenant: Uuid) -> DatabaseTransaction {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let transaction = self.connection.begin_with_options(options).await.expect("begin");
        if self.is_postgres() {
            let statement = format!(
                "SELECT seq FROM event_partition_heads
                 WHERE partition = (SELECT partition FROM event_log WHERE tenant_id = '{tenant}' LIMIT 1) FOR UPDATE"
            );
            let locked = transaction
                .execute_unprepared(&statement)
                .await
                .expect("hold the head");
            assert_eq!(locked.rows_affected(), 1, "the tenant has a partition");
        }
        transaction
    }

    /// Begins a transaction of the test's own.
    pub(super) async fn begin(&self) -> DatabaseTransaction {
        self.connection.begin().await.expect("begin")
    }
}
