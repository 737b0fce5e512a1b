//! The schema of Rollcall's database, step by step.
//!
//! Every step runs on SQLite and on PostgreSQL; where the two differ, the step holds both texts side by side. What the
//! design asks of PostgreSQL is done here, once, in [`tenant_table`]: tables of tenants are HASH-partitioned, and
//! each of them *and each partition* has forced row-level security, because a query that names a partition does not pass
//! its parent's policy.
//!
//! A migration is one transaction from the first step to the last, facts of the instance included: a process killed
//! in its middle leaves nothing behind, and a database is either empty, older, current or newer, never half of
//! something. Steps that were released are never edited; a change is a new step.

use sea_orm_migration::prelude::*;

mod instance;
mod m0001_roles;
mod m0002_service_metadata;
mod m0003_tenants;
mod m0004_schools;
mod m0005_idempotency_records;
mod m0006_audit_records;
mod m0007_event_log;
mod m0008_audit_record_indexes;
mod m0009_write_units;
mod m0010_read_school;
mod m0011_event_log_floors;
mod m0012_event_streams;
mod m0013_withheld_events;
mod run;
mod state;
mod tenant_table;

pub use instance::InstanceFacts;
pub use run::migrate;
pub use state::{SchemaState, schema_state};
pub use tenant_table::HASH_PARTITION_COUNT;

/// The list of steps, oldest first.
#[derive(Debug, Clone, Copy)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_roles::Migration),
            Box::new(m0002_service_metadata::Migration),
            Box::new(m0003_tenants::Migration),
            Box::new(m0004_schools::Migration),
            Box::new(m0005_idempotency_records::Migration),
            Box::new(m0006_audit_records::Migration),
            Box::new(m0007_event_log::Migration),
            Box::new(m0008_audit_record_indexes::Migration),
            Box::new(m0009_write_units::Migration),
            Box::new(m0010_read_school::Migration),
            Box::new(m0011_event_log_floors::Migration),
            Box::new(m0012_event_streams::Migration),
            Box::new(m0013_withheld_events::Migration),
        ]
    }
}
