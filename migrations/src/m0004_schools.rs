//! Schools. Every key leads with the tenant: a single-column foreign key was seen to accept another tenant's row even under
//! row-level security.

use sea_orm_migration::prelude::*;

use crate::tenant_table::{partition_and_isolate, run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &[POSTGRES], &[SQLITE]).await?;
        partition_and_isolate(manager, "schools").await?;
        run(manager, &[GRANT], &[]).await
    }
}

// Not `tenant_id`: a row never changes its tenant.
const GRANT: &str = "
GRANT SELECT, INSERT, UPDATE (name, name_folded, identifier, grade_levels, time_zone, external_refs, status, version, updated_at)
ON schools TO rollcall_app";

const POSTGRES: &str = "
CREATE TABLE schools (
    tenant_id uuid NOT NULL REFERENCES tenants (tenant_id),
    school_id uuid NOT NULL,
    name text NOT NULL,
    name_folded text NOT NULL,
    identifier text,
    grade_levels jsonb,
    time_zone text,
    external_refs jsonb,
    status text NOT NULL CHECK (status IN ('active', 'closed')),
    version bigint NOT NULL CHECK (version >= 1),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, school_id),
    UNIQUE (tenant_id, name_folded),
    UNIQUE (tenant_id, identifier)
) PARTITION BY HASH (tenant_id)";

const SQLITE: &str = "
CREATE TABLE schools (
    tenant_id TEXT NOT NULL REFERENCES tenants (tenant_id),
    school_id TEXT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    identifier TEXT,
    grade_levels TEXT CHECK (json_valid(grade_levels)),
    time_zone TEXT,
    external_refs TEXT CHECK (json_valid(external_refs)),
    status TEXT NOT NULL CHECK (status IN ('active', 'closed')),
    version INTEGER NOT NULL CHECK (version >= 1),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, school_id),
    UNIQUE (tenant_id, name_folded),
    UNIQUE (tenant_id, identifier)
) STRICT";
