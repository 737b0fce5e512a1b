//! The questions that [`super::isolation`] asks PostgreSQL's catalog.

/// The role that the connection runs as.
pub(super) const ROLE: &str = "
SELECT rolname::text AS name, rolsuper AS superuser, rolbypassrls AS bypasses FROM pg_roles WHERE rolname = current_user";

/// Every table of the schema with a `tenant_id` that the role can reach, and the partitions below it, wherever they are.
pub(super) const TABLES: &str = "
WITH reachable AS (
    SELECT class.oid FROM pg_class class JOIN pg_namespace schema ON schema.oid = class.relnamespace
    WHERE schema.nspname = current_schema() AND class.relkind IN ('r', 'p')
      AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = class.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)
      AND (has_any_column_privilege(class.oid, 'SELECT, INSERT, UPDATE') OR has_table_privilege(class.oid, 'DELETE, TRUNCATE'))
), whole AS (
    SELECT oid FROM reachable
    UNION SELECT tree.relid::oid FROM reachable, LATERAL pg_partition_tree(reachable.oid::regclass) tree
)
SELECT class.oid::bigint AS id, class.relname::text AS name, class.relrowsecurity AS enabled,
    class.relforcerowsecurity AS forced, pg_has_role(class.relowner, 'MEMBER') AS owned,
    (has_any_column_privilege(class.oid, 'UPDATE') OR has_table_privilege(class.oid, 'DELETE, TRUNCATE')) AS changeable
FROM whole JOIN pg_class class ON class.oid = whole.oid ORDER BY class.relname";

/// Every policy that applies to the role; zero stands for PUBLIC. Restrictive ones only take away.
pub(super) const POLICIES: &str = "
SELECT polrelid::bigint AS table_id, polname::text AS name, polcmd::text AS command,
    pg_get_expr(polqual, polrelid) AS using_condition, pg_get_expr(polwithcheck, polrelid) AS check_condition
FROM pg_policy
WHERE polpermissive AND EXISTS (
    SELECT FROM unnest(polroles) AS role (id)
    WHERE CASE WHEN role.id = 0 THEN true ELSE pg_has_role(role.id, 'MEMBER') END)
ORDER BY polname";

/// Every unique index, primary keys among them, and every foreign key, with its first column.
pub(super) const KEYS: &str = "
SELECT index.indrelid::bigint AS table_id, class.relname::text AS name, index.indisprimary AS is_primary,
    false AS is_foreign, first.attname::text AS first_column, NULL::text AS first_referenced_column
FROM pg_index index JOIN pg_class class ON class.oid = index.indexrelid
LEFT JOIN pg_attribute first ON first.attrelid = index.indrelid AND first.attnum = index.indkey[0]
WHERE index.indisunique
UNION ALL
SELECT con.conrelid::bigint, con.conname::text, false, true, first.attname::text, referenced.attname::text
FROM pg_constraint con
LEFT JOIN pg_attribute first ON first.attrelid = con.conrelid AND first.attnum = con.conkey[1]
LEFT JOIN pg_attribute referenced ON referenced.attrelid = con.confrelid AND referenced.attnum = con.confkey[1]
WHERE con.contype = 'f'
ORDER BY 2";
