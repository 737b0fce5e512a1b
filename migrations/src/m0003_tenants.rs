//! Tenants.

use sea_orm_migration::prelude::*;

use crate::tenant_table::{partition_and_isolate, run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &[POSTGRES], &[SQLITE]).await?;
        partition_and_isolate(manager, "tenants").await?;
        run(
            manager,
            &[
                "GRANT SELECT, INSERT, UPDATE (name, region, status, version, updated_at) ON tenants TO rollcall_app",
            ],
            &[],
        )
        .await
    }
}

// The nil UUID is the scope of what belongs to no tenant; it must never become one.
const POSTGRES: &str = "
CREATE TABLE tenants (
    tenant_id uuid NOT NULL CHECK (tenant_id <> '00000000-0000-0000-0000-000000000000'),
    name text NOT NULL,
    region text,
    status text NOT NULL CHECK (status IN ('active', 'suspended')),
    version bigint NOT NULL CHECK (version >= 1),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id)
) PARTITION BY HASH (tenant_id)";

const SQLITE: &str = "
CREATE TABLE tenants (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> '00000000-0000-0000-0000-000000000000'),
    name TEXT NOT NULL,
    region TEXT,
    status TEXT NOT NULL CHECK (status IN ('active', 'suspended')),
    version INTEGER NOT NULL CHECK (version >= 1),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id)
) STRICT";
