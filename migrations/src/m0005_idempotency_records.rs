//! Idempotency records. They refer to no tenant: the keys of tenant creation live under the nil UUID.
//!
//! The purge works across tenants, which forced row-level security denies to the app role. It runs as a role of its own that
//! may delete any record and read when each expires, but neither a fingerprint nor an answer.

use sea_orm_migration::prelude::*;

use crate::tenant_table::{partition_and_isolate, run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &[POSTGRES], &[SQLITE]).await?;
        partition_and_isolate(manager, "idempotency_records").await?;
        run(
            manager,
            &[
                "CREATE INDEX idempotency_records_expires_at ON idempotency_records (expires_at)",
                POLICY,
                GRANT,
            ],
            &["CREATE INDEX idempotency_records_expires_at ON idempotency_records (expires_at)"],
        )
        .await
    }
}

const POLICY: &str = "CREATE POLICY purge ON idempotency_records FOR ALL TO rollcall_housekeeper USING (true) WITH CHECK (false)";

const GRANT: &str = "
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_records TO rollcall_app;
GRANT SELECT (tenant_id, idempotency_key, expires_at), DELETE ON idempotency_records TO rollcall_housekeeper";

const POSTGRES: &str = "
CREATE TABLE idempotency_records (
    tenant_id uuid NOT NULL,
    idempotency_key text NOT NULL,
    operation text NOT NULL,
    fingerprint bytea NOT NULL,
    response_status integer,
    response_headers jsonb,
    response_body bytea,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, idempotency_key)
) PARTITION BY HASH (tenant_id)";

const SQLITE: &str = "
CREATE TABLE idempotency_records (
    tenant_id TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    operation TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    response_status INTEGER,
    response_headers TEXT CHECK (json_valid(response_headers)),
    response_body BLOB,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, idempotency_key)
) STRICT";
