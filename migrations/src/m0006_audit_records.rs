//! Audit records: append-only.
//!
//! They refer to no tenant: a refused attempt on a tenant that does not exist is recorded too. On PostgreSQL no role of the
//! service has a right to update or delete; SQLite has no rights, so triggers refuse. A later retention job has to
//! drop the trigger and create it again inside its own transaction, which SQLite allows and which leaves a trace in the
//! code; it must not be made easier than that.

use sea_orm_migration::prelude::*;

use crate::tenant_table::{partition_and_isolate, run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[POSTGRES],
            &[SQLITE, SQLITE_NO_UPDATE, SQLITE_NO_DELETE],
        )
        .await?;
        partition_and_isolate(manager, "audit_records").await?;
        run(manager, &[POLICY, GRANT], &[]).await
    }
}

const POLICY: &str =
    "CREATE POLICY audit_reading ON audit_records FOR SELECT TO rollcall_auditor USING (true)";

const GRANT: &str = "
GRANT SELECT, INSERT ON audit_records TO rollcall_app;
GRANT SELECT ON audit_records TO rollcall_auditor";

const POSTGRES: &str = "
CREATE TABLE audit_records (
    tenant_id uuid NOT NULL,
    audit_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    actor_subject text NOT NULL,
    actor_client text,
    action text NOT NULL,
    entity_type text NOT NULL,
    entity_id uuid,
    outcome text NOT NULL CHECK (outcome IN ('succeeded', 'refused')),
    reason text,
    correlation_id uuid NOT NULL,
    causation_id uuid,
    trace_id text NOT NULL,
    payload_fingerprint text,
    PRIMARY KEY (tenant_id, audit_id)
) PARTITION BY HASH (tenant_id)";

const SQLITE: &str = "
CREATE TABLE audit_records (
    tenant_id TEXT NOT NULL,
    audit_id TEXT NOT NULL,
    occurred_at TEXT NOT NULL,
    actor_subject TEXT NOT NULL,
    actor_client TEXT,
    action TEXT NOT NULL,
    entity_type TEXT NOT NULL,
    entity_id TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('succeeded', 'refused')),
    reason TEXT,
    correlation_id TEXT NOT NULL,
    causation_id TEXT,
    trace_id TEXT NOT NULL,
    payload_fingerprint TEXT,
    PRIMARY KEY (tenant_id, audit_id)
) STRICT";

const SQLITE_NO_UPDATE: &str = "
CREATE TRIGGER audit_records_no_update BEFORE UPDATE ON audit_records
BEGIN SELECT RAISE(ABORT, 'audit_records is append-only'); END";

const SQLITE_NO_DELETE: &str = "
CREATE TRIGGER audit_records_no_delete BEFORE DELETE ON audit_records
BEGIN SELECT RAISE(ABORT, 'audit_records is append-only'); END";
