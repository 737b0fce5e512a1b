//! Audit records and events are never changed: not by any role of the service, not by any statement, not through a partition.

use sea_orm::{ConnectionTrait as _, DbErr, TransactionTrait as _};

use super::tests_fixture::{Fixture, new_id};
use crate::roster::School;
use crate::tenancy::TenantContext;

const ROLES: [&str; 4] = [
    "rollcall_app",
    "rollcall_relay",
    "rollcall_housekeeper",
    "rollcall_auditor",
];

/// A tenant with a school, hence with audit records and an event.
async fn something_to_change(fixture: &Fixture) -> (TenantContext, School) {
    let context = fixture.tenant().await;
    let school = fixture.school(context, "Ashby").await;
    (context, school)
}

/// What is in both tables.
async fn contents(fixture: &Fixture) -> Vec<String> {
    let columns = [
        "audit_records ORDER BY audit_id",
        "event_log ORDER BY partition, seq",
    ];
    let mut found = Vec::new();
    for from in columns {
        let sql = match fixture.dialect() {
            super::dialect::Dialect::Postgres => {
                let (table, order) = from.split_once(' ').unwrap();
                format!("SELECT CAST(({table}.*) AS text) AS line FROM {table} {order}")
            }
            super::dialect::Dialect::Sqlite => {
                let kept = match from.split_once(' ').unwrap().0 {
                    "audit_records" => {
                        "tenant_id || audit_id || occurred_at || actor_subject || action || trace_id"
                    }
                    _ => "partition || ' ' || seq || tenant_id || event_id || envelope",
                };
                format!("SELECT {kept} AS line FROM {from}")
            }
        };
        let rows = fixture
            .owner
            .query_all_raw(fixture.dialect().statement(sql, Vec::new()))
            .await
            .unwrap();
        found.extend(rows.iter().map(|row| row.try_get("", "line").unwrap()));
    }
    assert!(found.len() >= 3, "{found:?}");
    found
}

/// Runs `sql` as `role` inside `context`, in a transaction that would be committed.
async fn as_role(fixture: &Fixture, role: &str, context: TenantContext, sql: &str) -> Result<(), DbErr> {
    let transaction = fixture.owner.begin().await?;
    let tenant = context.tenant_id();
    let setting = format!("SET LOCAL ROLE {role}; SET LOCAL app.tenant_id = '{tenant}'");
    transaction.execute_unprepared(&setting).await?;
    transaction.execute_unprepared(sql).await?;
    transaction.commit().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_role_of_the_service_changes_them_on_postgres() {
    let fixture = Fixture::postgres().await;
    let (context, _) = something_to_change(&fixture).await;
    let before = contents(&fixture).await;
    let tables = fixture
        .owner
        .query_all_raw(fixture.dialect().statement(
            "SELECT relname::text AS name FROM pg_class
             WHERE relkind IN ('r', 'p') AND (relname ~ '^audit_records(_p[0-9]+)?$' OR relname = 'event_log')
             ORDER BY relname",
            Vec::new(),
        ))
        .await
        .unwrap();
    assert_eq!(
        tables.len(),
        1 + 16 + 1,
        "the audit records, their partitions, the log"
    );
    for role in ROLES {
        for row in &tables {
            let table: String = row.try_get("", "name").unwrap();
            let key = if table == "event_log" {
                "partition, seq"
            } else {
                "tenant_id, audit_id"
            };
            for sql in [
                format!("UPDATE {table} SET tenant_id = tenant_id"),
                format!("DELETE FROM {table}"),
                format!("TRUNCATE {table} CASCADE"),
                format!("SELECT 1 FROM {table} FOR UPDATE"),
                format!(
                    "INSERT INTO {table} SELECT * FROM {table} ON CONFLICT ({key}) DO UPDATE SET tenant_id = EXCLUDED.tenant_id"
                ),
                format!("MERGE INTO {table} target USING {table} source ON false WHEN MATCHED THEN DELETE"),
                format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"),
                format!("DROP TABLE {table}"),
            ] {
                let outcome = as_role(&fixture, role, context, &sql).await;
                // The housekeeper may delete what is below the floor of the log, which here is nothing.
                if outcome.is_ok() && role == "rollcall_housekeeper" && table == "event_log" {
                    assert!(sql.starts_with("DELETE") || sql.starts_with("MERGE"), "{sql}");
                    continue;
                }
                let error = outcome.expect_err(&sql).to_string();
                let is_refused = error.contains("permission denied") || error.contains("must be owner");
                assert!(is_refused, "{role}: {sql}: {error}");
            }
        }
    }
    assert_eq!(contents(&fixture).await, before);
}

/// The auditor reads the audit records of all tenants, the service those of the tenant that it is in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_read_audit_records_on_postgres() {
    let fixture = Fixture::postgres().await;
    let (context, _) = something_to_change(&fixture).await;
    something_to_change(&fixture).await;
    let count = async |role: &str, wanted: u32| {
        let sql = format!("DO $$ BEGIN ASSERT (SELECT count(*) FROM audit_records) = {wanted}; END $$");
        as_role(&fixture, role, context, &sql).await
    };
    count("rollcall_app", 2).await.unwrap();
    count("rollcall_auditor", 4).await.unwrap();
    for role in ["rollcall_relay", "rollcall_housekeeper"] {
        let error = count(role, 0).await.unwrap_err().to_string();
        assert!(error.contains("permission denied"), "{role}: {error}");
    }
    let error = as_role(
        &fixture,
        "rollcall_auditor",
        context,
        "INSERT INTO audit_records DEFAULT VALUES",
    )
    .await
    .unwrap_err();
    assert!(error.to_string().contains("permission denied"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_statement_of_the_service_changes_them_on_sqlite() {
    let fixture = Fixture::sqlite().await;
    let (context, _) = something_to_change(&fixture).await;
    let before = contents(&fixture).await;
    for table in ["audit_records", "event_log"] {
        let (key, other) = if table == "event_log" {
            ("partition, seq", "event_id")
        } else {
            ("tenant_id, audit_id", "action")
        };
        for sql in [
            format!("UPDATE {table} SET {other} = 'changed'"),
            format!("UPDATE OR REPLACE {table} SET rowid = rowid + 1"),
            format!("DELETE FROM {table}"),
            format!("REPLACE INTO {table} SELECT * FROM {table}"),
            format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table}"),
            format!(
                "INSERT INTO {table} SELECT * FROM {table} WHERE true ON CONFLICT ({key}) DO UPDATE SET {other} = 'changed'"
            ),
            over_the_row(table),
        ] {
            let transaction = fixture.raw(context).await;
            let error = transaction
                .try_execute(&sql, Vec::new())
                .await
                .expect_err(&sql)
                .to_string();
            assert!(error.contains("append-only"), "{sql}: {error}");
            transaction.commit().await.unwrap();
        }
    }
    assert_eq!(contents(&fixture).await, before);
}

/// Another row in the place of the first: no key is in the way, only the row id.
fn over_the_row(table: &str) -> String {
    let id = new_id();
    match table {
        "audit_records" => format!(
            "INSERT OR REPLACE INTO audit_records (rowid, tenant_id, audit_id, occurred_at, actor_subject, action,
                 entity_type, outcome, correlation_id, trace_id)
             SELECT rowid, tenant_id, '{id}', occurred_at, actor_subject, action, entity_type, outcome, correlation_id,
                 trace_id FROM audit_records LIMIT 1"
        ),
        _ => format!(
            "INSERT OR REPLACE INTO event_log (rowid, partition, seq, tenant_id, event_id, event_type, envelope, committed_at)
             SELECT rowid, partition, seq + 1000, tenant_id, '{id}', event_type, envelope, committed_at FROM event_log LIMIT 1"
        ),
    }
}
