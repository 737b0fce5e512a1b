//! Where the event log begins, once its oldest rows were deleted, and how a row may be.
//!
//! A row of the log may be deleted only below the floor of its partition, and the floor rises first, in the same transaction: what is
//! gone is always told. The floor never falls and never passes the partition's last row, because the relay compares that one with the
//! end of the stream. On PostgreSQL `rollcall_housekeeper` may do both and sees neither events nor their tenants' data; the other roles
//! may do neither. SQLite has no rights, so triggers hold the same rules against everybody.
//!
//! A tenant's own floor is the last number that was deleted of its events. It tells a reader of the feed whether anything of its own
//! is missing, which the floor of the partition cannot: a tenant that is older than the floor may have had no event below it.

use sea_orm_migration::prelude::*;

use crate::tenant_table::{partition_and_isolate, run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[POSTGRES_FLOORS, POSTGRES_TENANT_FLOORS],
            &[
                SQLITE_FLOORS,
                SQLITE_TENANT_FLOORS,
                SQLITE_FLOOR_IS_NOT_SET_ABOVE_THE_HEAD,
                SQLITE_FLOOR_ONLY_RISES,
                SQLITE_FLOOR_STAYS,
                SQLITE_TENANT_FLOOR_ONLY_RISES,
                SQLITE_TENANT_FLOOR_STAYS,
                "DROP TRIGGER event_log_no_delete",
                SQLITE_NO_DELETE,
            ],
        )
        .await?;
        partition_and_isolate(manager, "event_log_tenant_floors").await?;
        run(manager, &[POSTGRES_FLOOR_ONLY_RISES, POLICIES, GRANT], &[]).await
    }
}

const POSTGRES_FLOORS: &str = "
CREATE TABLE event_log_floors (
    partition integer PRIMARY KEY CHECK (partition >= 0),
    first_seq bigint NOT NULL CHECK (first_seq >= 1)
)";

const SQLITE_FLOORS: &str = "
CREATE TABLE event_log_floors (
    partition INTEGER PRIMARY KEY NOT NULL CHECK (partition >= 0),
    first_seq INTEGER NOT NULL CHECK (first_seq >= 1)
) STRICT";

const POSTGRES_TENANT_FLOORS: &str = "
CREATE TABLE event_log_tenant_floors (
    tenant_id uuid NOT NULL,
    purged_through bigint NOT NULL CHECK (purged_through >= 1),
    PRIMARY KEY (tenant_id)
) PARTITION BY HASH (tenant_id)";

const SQLITE_TENANT_FLOORS: &str = "
CREATE TABLE event_log_tenant_floors (
    tenant_id TEXT NOT NULL,
    purged_through INTEGER NOT NULL CHECK (purged_through >= 1),
    PRIMARY KEY (tenant_id)
) STRICT";

// The function runs with its caller's rights: it looks at the two rows that the statement is about.
const POSTGRES_FLOOR_ONLY_RISES: &str = r"
CREATE FUNCTION event_log_floor_only_rises() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    IF (to_jsonb(new) ->> tg_argv[0])::bigint < (to_jsonb(old) ->> tg_argv[0])::bigint THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = format('%s only rises', tg_table_name);
    END IF;
    RETURN new;
END
$function$;
REVOKE ALL ON FUNCTION event_log_floor_only_rises FROM PUBLIC;
CREATE TRIGGER event_log_floors_only_rise BEFORE UPDATE ON event_log_floors
    FOR EACH ROW EXECUTE FUNCTION event_log_floor_only_rises('first_seq');
CREATE TRIGGER event_log_tenant_floors_only_rise BEFORE UPDATE ON event_log_tenant_floors
    FOR EACH ROW EXECUTE FUNCTION event_log_floor_only_rises('purged_through')";

// Whoever may raise a floor may not raise it above the head.
const POLICIES: &str = "
ALTER TABLE event_log_floors ENABLE ROW LEVEL SECURITY;
ALTER TABLE event_log_floors FORCE ROW LEVEL SECURITY;
CREATE POLICY reading ON event_log_floors FOR SELECT USING (true);
CREATE POLICY founding ON event_log_floors FOR INSERT TO rollcall_housekeeper WITH CHECK (first_seq <= (
    SELECT head.seq FROM event_partition_heads AS head WHERE head.partition = event_log_floors.partition));
CREATE POLICY raising ON event_log_floors FOR UPDATE TO rollcall_housekeeper USING (true) WITH CHECK (first_seq <= (
    SELECT head.seq FROM event_partition_heads AS head WHERE head.partition = event_log_floors.partition));
CREATE POLICY purging ON event_log_tenant_floors FOR ALL TO rollcall_housekeeper USING (true) WITH CHECK (true);
CREATE POLICY purge_reading ON event_log FOR SELECT TO rollcall_housekeeper USING (true);
CREATE POLICY purging ON event_log FOR DELETE TO rollcall_housekeeper USING (seq < (
    SELECT floor.first_seq FROM event_log_floors AS floor WHERE floor.partition = event_log.partition))";

const GRANT: &str = "
GRANT SELECT ON event_log_floors TO rollcall_relay;
GRANT SELECT ON event_log_tenant_floors TO rollcall_app;
GRANT SELECT, INSERT, UPDATE ON event_log_floors, event_log_tenant_floors TO rollcall_housekeeper;
GRANT SELECT ON event_partition_heads TO rollcall_housekeeper;
GRANT SELECT (partition, seq, tenant_id, committed_at), DELETE ON event_log TO rollcall_housekeeper";

const SQLITE_FLOOR_IS_NOT_SET_ABOVE_THE_HEAD: &str = "
CREATE TRIGGER event_log_floors_below_head BEFORE INSERT ON event_log_floors
WHEN new.first_seq > coalesce((SELECT seq FROM event_partition_heads WHERE partition = new.partition), 0)
BEGIN SELECT RAISE(ABORT, 'event_log_floors stays at or below the head'); END";

const SQLITE_FLOOR_ONLY_RISES: &str = "
CREATE TRIGGER event_log_floors_only_rise BEFORE UPDATE ON event_log_floors
WHEN new.partition <> old.partition OR new.first_seq < old.first_seq
  OR new.first_seq > coalesce((SELECT seq FROM event_partition_heads WHERE partition = new.partition), 0)
BEGIN SELECT RAISE(ABORT, 'event_log_floors only rises, and stays at or below the head'); END";

const SQLITE_FLOOR_STAYS: &str = "
CREATE TRIGGER event_log_floors_no_delete BEFORE DELETE ON event_log_floors
BEGIN SELECT RAISE(ABORT, 'event_log_floors only rises'); END";

const SQLITE_TENANT_FLOOR_ONLY_RISES: &str = "
CREATE TRIGGER event_log_tenant_floors_only_rise BEFORE UPDATE ON event_log_tenant_floors
WHEN new.tenant_id <> old.tenant_id OR new.purged_through < old.purged_through
BEGIN SELECT RAISE(ABORT, 'event_log_tenant_floors only rises'); END";

const SQLITE_TENANT_FLOOR_STAYS: &str = "
CREATE TRIGGER event_log_tenant_floors_no_delete BEFORE DELETE ON event_log_tenant_floors
BEGIN SELECT RAISE(ABORT, 'event_log_tenant_floors only rises'); END";

const SQLITE_NO_DELETE: &str = "
CREATE TRIGGER event_log_no_delete BEFORE DELETE ON event_log
WHEN old.seq >= coalesce((SELECT first_seq FROM event_log_floors WHERE partition = old.partition), 1)
BEGIN SELECT RAISE(ABORT, 'event_log is append-only'); END";
