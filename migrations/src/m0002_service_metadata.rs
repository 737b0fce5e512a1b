//! Facts of the instance.

use sea_orm_migration::prelude::*;

use crate::tenant_table::run;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "CREATE TABLE service_metadata (key text PRIMARY KEY, value text NOT NULL)",
                "GRANT SELECT ON service_metadata TO rollcall_app, rollcall_relay",
            ],
            &["CREATE TABLE service_metadata (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT"],
        )
        .await
    }
}
