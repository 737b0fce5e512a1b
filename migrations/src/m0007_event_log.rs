//! The event log, and the head of each of its partitions.
//!
//! Its order is the order of truth, so a row leads with its partition, not its tenant, and nothing updates it. The service
//! sees its tenant's rows only; the relay reads all of them. A later retention job meets the same obstacles as with audit
//! records, on purpose.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::tenant_table::{isolate, run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[POSTGRES_HEADS, POSTGRES, TENANT_INDEX],
            &[
                SQLITE_HEADS,
                SQLITE,
                TENANT_INDEX,
                SQLITE_NO_UPDATE,
                SQLITE_NO_DELETE,
            ],
        )
        .await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            isolate(manager.get_connection(), "event_log", "rollcall_app").await?;
        }
        run(manager, &[POLICY, GRANT], &[]).await
    }
}

const POLICY: &str = "CREATE POLICY relaying ON event_log FOR SELECT TO rollcall_relay USING (true)";

const GRANT: &str = "
GRANT SELECT, UPDATE (seq) ON event_partition_heads TO rollcall_app;
GRANT SELECT, INSERT ON event_log TO rollcall_app;
GRANT SELECT ON event_log, event_partition_heads TO rollcall_relay";

// One row per partition, updated by every write: room on the page keeps those updates heap-only.
const POSTGRES_HEADS: &str = "
CREATE TABLE event_partition_heads (
    partition integer PRIMARY KEY CHECK (partition >= 0),
    seq bigint NOT NULL CHECK (seq >= 0)
) WITH (fillfactor = 10)";

const SQLITE_HEADS: &str = "
CREATE TABLE event_partition_heads (
    partition INTEGER PRIMARY KEY NOT NULL CHECK (partition >= 0),
    seq INTEGER NOT NULL CHECK (seq >= 0)
) STRICT";

const POSTGRES: &str = "
CREATE TABLE event_log (
    partition integer NOT NULL CHECK (partition >= 0),
    seq bigint NOT NULL CHECK (seq >= 1),
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    event_type text NOT NULL,
    envelope text NOT NULL,
    traceparent text,
    committed_at timestamptz NOT NULL,
    PRIMARY KEY (partition, seq)
)";

const SQLITE: &str = "
CREATE TABLE event_log (
    partition INTEGER NOT NULL CHECK (partition >= 0),
    seq INTEGER NOT NULL CHECK (seq >= 1),
    tenant_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    envelope TEXT NOT NULL,
    traceparent TEXT,
    committed_at TEXT NOT NULL,
    PRIMARY KEY (partition, seq)
) STRICT";

const TENANT_INDEX: &str = "CREATE INDEX event_log_tenant ON event_log (tenant_id, seq)";

const SQLITE_NO_UPDATE: &str = "
CREATE TRIGGER event_log_no_update BEFORE UPDATE ON event_log
BEGIN SELECT RAISE(ABORT, 'event_log is append-only'); END";

const SQLITE_NO_DELETE: &str = "
CREATE TRIGGER event_log_no_delete BEFORE DELETE ON event_log
BEGIN SELECT RAISE(ABORT, 'event_log is append-only'); END";
