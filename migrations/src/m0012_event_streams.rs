//! What is known of the streams: their lives, and how far they were trimmed.
//!
//! A partition's stream has one life for ever, epoch 1, which has no row. Where the log can no longer continue the stream, an operator
//! begins the next with a row that says from which number on, why, and who; nobody changes or removes it. A stream is trimmed only
//! after it was written down here up to where, so that what is gone from it can be told from what was lost. What was trimmed from one
//! life says nothing of the next. A row of whatever kind tells that streams are carried, so that nothing is purged without asking them.

use sea_orm_migration::prelude::*;

use crate::tenant_table::run;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[POSTGRES_EPOCHS, POSTGRES_TRIMS, GRANT],
            &[
                SQLITE_EPOCHS,
                SQLITE_TRIMS,
                SQLITE_EPOCHS_NO_UPDATE,
                SQLITE_EPOCHS_NO_DELETE,
            ],
        )
        .await
    }
}

const GRANT: &str = "
GRANT SELECT, INSERT ON event_partition_epochs TO rollcall_relay;
GRANT SELECT, INSERT, UPDATE (before_seq) ON event_stream_trims TO rollcall_relay;
GRANT SELECT (partition, epoch) ON event_partition_epochs TO rollcall_housekeeper;
GRANT SELECT ON event_stream_trims TO rollcall_housekeeper";

const POSTGRES_EPOCHS: &str = "
CREATE TABLE event_partition_epochs (
    partition integer NOT NULL CHECK (partition >= 0),
    epoch bigint NOT NULL CHECK (epoch >= 2),
    first_seq bigint NOT NULL CHECK (first_seq >= 1),
    started_at timestamptz NOT NULL,
    reason text NOT NULL,
    actor text NOT NULL,
    PRIMARY KEY (partition, epoch)
)";

const SQLITE_EPOCHS: &str = "
CREATE TABLE event_partition_epochs (
    partition INTEGER NOT NULL CHECK (partition >= 0),
    epoch INTEGER NOT NULL CHECK (epoch >= 2),
    first_seq INTEGER NOT NULL CHECK (first_seq >= 1),
    started_at TEXT NOT NULL,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    PRIMARY KEY (partition, epoch)
) STRICT";

const POSTGRES_TRIMS: &str = "
CREATE TABLE event_stream_trims (
    partition integer NOT NULL CHECK (partition >= 0),
    epoch bigint NOT NULL CHECK (epoch >= 1),
    before_seq bigint NOT NULL CHECK (before_seq >= 1),
    PRIMARY KEY (partition, epoch)
)";

const SQLITE_TRIMS: &str = "
CREATE TABLE event_stream_trims (
    partition INTEGER NOT NULL CHECK (partition >= 0),
    epoch INTEGER NOT NULL CHECK (epoch >= 1),
    before_seq INTEGER NOT NULL CHECK (before_seq >= 1),
    PRIMARY KEY (partition, epoch)
) STRICT";

const SQLITE_EPOCHS_NO_UPDATE: &str = "
CREATE TRIGGER event_partition_epochs_no_update BEFORE UPDATE ON event_partition_epochs
BEGIN SELECT RAISE(ABORT, 'event_partition_epochs is append-only'); END";

const SQLITE_EPOCHS_NO_DELETE: &str = "
CREATE TRIGGER event_partition_epochs_no_delete BEFORE DELETE ON event_partition_epochs
BEGIN SELECT RAISE(ABORT, 'event_partition_epochs is append-only'); END";
