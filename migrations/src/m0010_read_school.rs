//! The function that reads a school and whether its tenant is served, in one call.
//!
//! Row-level security shows nothing before a tenant was entered, which by itself would be a round trip. Like `write_units` it has the
//! rights and the policies of its caller. It is `STABLE`: what it reads is one state, and it cannot write.

use sea_orm_migration::prelude::*;

use crate::tenant_table::run;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &[FUNCTION, GRANT], &[]).await
    }
}

const GRANT: &str = "
REVOKE ALL ON FUNCTION read_school FROM PUBLIC;
GRANT EXECUTE ON FUNCTION read_school TO rollcall_app";

const FUNCTION: &str = r"
CREATE FUNCTION read_school(scope uuid, wanted uuid) RETURNS TABLE (
    tenant_status text, tenant_id uuid, school_id uuid, name text, identifier text, grade_levels jsonb, time_zone text,
    external_refs jsonb, status text, version bigint, created_at timestamptz, updated_at timestamptz
)
LANGUAGE plpgsql STABLE SECURITY INVOKER
AS $function$
#variable_conflict use_column
BEGIN
    PERFORM set_config('app.tenant_id', scope::text, true);
    RETURN QUERY
    SELECT tenant.status, school.tenant_id, school.school_id, school.name, school.identifier, school.grade_levels,
           school.time_zone, school.external_refs, school.status, school.version, school.created_at, school.updated_at
    FROM tenants AS tenant
    LEFT JOIN schools AS school ON school.tenant_id = scope AND school.school_id = wanted
    WHERE tenant.tenant_id = scope;
END
$function$";
