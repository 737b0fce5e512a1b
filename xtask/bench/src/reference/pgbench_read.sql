\set t random(1, :tenants)
\set s random(1, :schools)
SELECT tenant_id, school_id, name, identifier, grade_levels, time_zone, external_refs, status, version, created_at, updated_at
FROM schools WHERE tenant_id = {tenant} AND school_id = {school};
