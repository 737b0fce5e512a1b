//! The roles that the service drops to, so that even a superuser's URL does not bypass row-level security.
//!
//! Roles belong to the whole PostgreSQL cluster, not to one database: those that are there are used. Where the migrating
//! role may create or grant none, the message names what somebody who may has to run.

use sea_orm_migration::prelude::*;

use crate::tenant_table::run;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &[CREATE_ROLES, GRANT_SCHEMA], &[]).await
    }
}

// `SET LOCAL ROLE` is tried rather than membership asked for: PostgreSQL 16 has memberships that do not allow it.
// `SET ROLE` looks at the session's user, so that is whom the roles are granted to.
const CREATE_ROLES: &str = r"
DO $roles$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['rollcall_app', 'rollcall_relay', 'rollcall_housekeeper', 'rollcall_auditor'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN NOBYPASSRLS', wanted);
            EXCEPTION
                WHEN duplicate_object OR unique_violation THEN
                    NULL; -- another database of this cluster was migrated at the same time
                WHEN insufficient_privilege THEN
                    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format(
                        'the role %I is missing and %I may not create it; let an administrator run: '
                        'CREATE ROLE rollcall_app NOLOGIN; CREATE ROLE rollcall_relay NOLOGIN; '
                        'CREATE ROLE rollcall_housekeeper NOLOGIN; CREATE ROLE rollcall_auditor NOLOGIN; '
                        'GRANT rollcall_app, rollcall_relay, rollcall_housekeeper TO %I;',
                        wanted, session_user, session_user);
            END;
        END IF;
        IF wanted <> 'rollcall_auditor' THEN
            BEGIN
                EXECUTE format('SET LOCAL ROLE %I', wanted);
                RESET ROLE;
            EXCEPTION WHEN insufficient_privilege THEN
                BEGIN
                    EXECUTE format('GRANT %I TO %I', wanted, session_user);
                EXCEPTION WHEN insufficient_privilege THEN
                    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format(
                        '%I may not act as the role %I; let an administrator run: '
                        'GRANT rollcall_app, rollcall_relay, rollcall_housekeeper TO %I;',
                        session_user, wanted, session_user);
                END;
            END;
        END IF;
    END LOOP;
END
$roles$";

// The list of applied steps is readable so that a process whose own role is not the owner can compare schemas.
const GRANT_SCHEMA: &str = r"
DO $schema$
BEGIN
    EXECUTE format(
        'GRANT USAGE ON SCHEMA %I TO rollcall_app, rollcall_relay, rollcall_housekeeper, rollcall_auditor',
        current_schema());
    GRANT SELECT ON seaql_migrations TO rollcall_app, rollcall_relay;
END
$schema$";
