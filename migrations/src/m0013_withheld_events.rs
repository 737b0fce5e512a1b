//! Events that the broker refused, each by itself, again and again, and what stands in their place.
//!
//! A row is written before its tombstone is appended, and whoever reads the log for a stream reads the tombstone instead of the event
//! from then on: every relay appends the same. The event itself stays in the log, so a row here is about a row there and is removed
//! only with it, and not before the event was told again as a new one. Nothing of a row changes but that.

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
            &[POSTGRES],
            &[SQLITE, SQLITE_NO_UPDATE, SQLITE_NO_DELETE],
        )
        .await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            isolate(manager.get_connection(), "withheld_events", "rollcall_app").await?;
        }
        run(manager, &[POLICIES, GRANT], &[]).await
    }
}

const POLICIES: &str = "
CREATE POLICY relaying ON withheld_events FOR ALL TO rollcall_relay USING (true) WITH CHECK (true);
CREATE POLICY purge_reading ON withheld_events FOR SELECT TO rollcall_housekeeper USING (true);
CREATE POLICY purging ON withheld_events FOR DELETE TO rollcall_housekeeper
    USING (republished_at IS NOT NULL AND seq < (
        SELECT floor.first_seq FROM event_log_floors AS floor WHERE floor.partition = withheld_events.partition))";

const GRANT: &str = "
GRANT SELECT ON withheld_events TO rollcall_app;
GRANT SELECT, INSERT, UPDATE (republished_at, republished_seq) ON withheld_events TO rollcall_relay;
GRANT SELECT (partition, seq, republished_at), DELETE ON withheld_events TO rollcall_housekeeper";

const POSTGRES: &str = "
CREATE TABLE withheld_events (
    partition integer NOT NULL CHECK (partition >= 0),
    seq bigint NOT NULL CHECK (seq >= 1),
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    event_type text NOT NULL,
    envelope text NOT NULL,
    reason text NOT NULL,
    withheld_at timestamptz NOT NULL,
    republished_at timestamptz,
    republished_seq bigint,
    PRIMARY KEY (partition, seq),
    CHECK ((republished_at IS NULL) = (republished_seq IS NULL))
)";

const SQLITE: &str = "
CREATE TABLE withheld_events (
    partition INTEGER NOT NULL CHECK (partition >= 0),
    seq INTEGER NOT NULL CHECK (seq >= 1),
    tenant_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    envelope TEXT NOT NULL,
    reason TEXT NOT NULL,
    withheld_at TEXT NOT NULL,
    republished_at TEXT,
    republished_seq INTEGER,
    PRIMARY KEY (partition, seq),
    CHECK ((republished_at IS NULL) = (republished_seq IS NULL))
) STRICT";

const SQLITE_NO_UPDATE: &str = "
CREATE TRIGGER withheld_events_no_update
BEFORE UPDATE OF partition, seq, tenant_id, event_id, event_type, envelope, reason, withheld_at ON withheld_events
BEGIN SELECT RAISE(ABORT, 'withheld_events keeps what was withheld'); END";

const SQLITE_NO_DELETE: &str = "
CREATE TRIGGER withheld_events_no_delete BEFORE DELETE ON withheld_events
WHEN old.republished_at IS NULL
  OR old.seq >= coalesce((SELECT first_seq FROM event_log_floors WHERE partition = old.partition), 1)
BEGIN SELECT RAISE(ABORT, 'withheld_events keeps what was withheld'); END";
