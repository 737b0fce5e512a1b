//! Indexes for reading audit records.
//!
//! There is one for each filter that finds few among many. Each ends with the id of the record, in whose order records are
//! listed, so that a page is one stretch of one index. There is none by time: a record is as old as its id. There is none by
//! the kind of an entity, which is asked for together with an id, or says little more than the action. The index of the refused
//! costs those writes nothing that are not.

use sea_orm_migration::prelude::*;

use crate::tenant_table::run;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &INDEXES, &INDEXES).await
    }
}

const INDEXES: [&str; 5] = [
    "CREATE INDEX audit_records_of_entity ON audit_records (tenant_id, entity_id, audit_id)",
    "CREATE INDEX audit_records_of_actor ON audit_records (tenant_id, actor_subject, audit_id)",
    "CREATE INDEX audit_records_of_correlation ON audit_records (tenant_id, correlation_id, audit_id)",
    "CREATE INDEX audit_records_of_action ON audit_records (tenant_id, action, audit_id)",
    "CREATE INDEX audit_records_refused ON audit_records (tenant_id, audit_id) WHERE outcome = 'refused'",
];
