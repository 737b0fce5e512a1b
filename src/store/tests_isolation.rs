//! Tenants apart, and records that nobody changes.

use sea_orm::ConnectionTrait as _;

use super::test_postgres::TestPostgres;
use super::tests::on_both_databases;
use super::tests_fixture::{Fixture, audit, environment, new_database, new_id, settings};
use super::{MigrationPolicy, Store, StoreError};
use crate::roster::SchoolId;
use crate::tenancy::{TenantContext, TenantId};

on_both_databases! {
    another_tenants_rows_are_invisible,
    a_refused_attempt_is_recorded_for_a_tenant_that_does_not_exist,
    an_intact_database_has_no_findings,
}

async fn another_tenants_rows_are_invisible(fixture: Fixture) {
    let (context, other) = (fixture.tenant().await, fixture.tenant().await);
    let school = fixture.school(context, "Ashby").await;
    fixture.school(other, "Elsewhere").await;

    let read = fixture.store.begin_read(other).await.unwrap();
    assert_eq!(read.school(school.school_id).await.unwrap(), None);
    assert_eq!(read.school(SchoolId(new_id())).await.unwrap(), None);
    let names: Vec<String> = read
        .schools_after(None, 10)
        .await
        .unwrap()
        .iter()
        .map(|school| school.details.name.as_str().to_owned())
        .collect();
    assert_eq!(names, ["Elsewhere"]);
    assert_eq!(read.events_after(0, 10).await.unwrap().len(), 1);
    read.finish().await.unwrap();

    let nobody = TenantContext::checked(TenantId(new_id()));
    let read = fixture.store.begin_read(nobody).await.unwrap();
    assert_eq!(read.tenant().await.unwrap(), None);
    assert!(read.events_after(0, 10).await.unwrap().is_empty());
}

async fn a_refused_attempt_is_recorded_for_a_tenant_that_does_not_exist(fixture: Fixture) {
    let tenant_id = TenantId(new_id());
    let record = audit("school.create");
    fixture
        .store
        .record_audit(TenantContext::checked(tenant_id), record.clone())
        .await
        .unwrap();
    let sql = format!(
        "SELECT count(*) FROM audit_records WHERE tenant_id = '{tenant_id}' AND audit_id = '{}' AND trace_id = '{}'",
        record.audit_id, record.trace_id
    );
    assert_eq!(fixture.count(&sql).await, 1);
}

async fn an_intact_database_has_no_findings(fixture: Fixture) {
    fixture.store.verify_isolation().await.unwrap();
}

/// What raw SQL without a tenant predicate sees, as the service's role, inside `context`.
async fn seen(fixture: &Fixture, context: TenantContext, table: &str) -> i64 {
    let transaction = fixture.raw(context).await;
    let row = transaction
        .one(format!("SELECT count(*) FROM {table}"), Vec::new())
        .await
        .unwrap()
        .unwrap();
    row.try_get_by_index(0).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_hides_other_tenants_from_raw_sql() {
    let fixture = Fixture::postgres().await;
    let (context, other) = (fixture.tenant().await, fixture.tenant().await);
    let school = fixture.school(context, "Ashby").await;
    for table in ["tenants", "schools", "audit_records", "event_log"] {
        assert!(seen(&fixture, context, table).await > 0, "{table}");
    }
    for table in ["schools", "event_log", "idempotency_records"] {
        assert_eq!(seen(&fixture, other, table).await, 0, "{table}");
    }
    // A setting that ended with its transaction is the empty string: no tenant, no rows, no error.
    let transaction = fixture.raw(context).await;
    transaction
        .execute("SELECT set_config('app.tenant_id', '', true)", Vec::new())
        .await
        .unwrap();
    let row = transaction
        .one("SELECT count(*) FROM schools", Vec::new())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 0);
    transaction.rollback().await.unwrap();

    let insert = "INSERT INTO schools (tenant_id, school_id, name, name_folded, status, version, created_at, updated_at)
                  VALUES ($1, $2, 'x', 'x', 'active', 1, now(), now())";
    let transaction = fixture.raw(other).await;
    let values = vec![fixture.uuid(context.tenant_id().0), fixture.uuid(new_id())];
    let error = transaction
        .try_execute(insert, values)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("row-level security"), "{error}");
    drop(transaction);

    let transaction = fixture.raw(other).await;
    let moved = transaction
        .try_execute(
            "UPDATE schools SET name = 'x' WHERE school_id = $1",
            vec![fixture.uuid(school.school_id.0)],
        )
        .await;
    assert_eq!(moved.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_hides_other_tenants_on_a_partition_too() {
    let fixture = Fixture::postgres().await;
    let (context, other) = (fixture.tenant().await, fixture.tenant().await);
    fixture.school(context, "Ashby").await;
    let partition: String = fixture
        .owner
        .query_one_raw(
            fixture
                .dialect()
                .statement("SELECT tableoid::regclass::text FROM schools", Vec::new()),
        )
        .await
        .unwrap()
        .unwrap()
        .try_get_by_index(0)
        .unwrap();
    let transaction = fixture.raw(context).await;
    let sql = format!("SELECT count(*) FROM {partition}");
    assert!(
        transaction.one(sql, Vec::new()).await.is_err(),
        "the service has no right on a partition"
    );
    drop(transaction);

    // With the right, the partition's own policy is what is left.
    fixture
        .as_owner(&format!("GRANT SELECT ON {partition} TO rollcall_app"))
        .await
        .unwrap();
    assert_eq!(seen(&fixture, context, &partition).await, 1);
    assert_eq!(seen(&fixture, other, &partition).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_relay_reads_the_log_and_nothing_else_on_postgres() {
    let fixture = Fixture::postgres().await;
    let context = fixture.tenant().await;
    fixture.school(context, "Ashby").await;
    let ask = async |sql: &str| {
        let statement = fixture.dialect().statement(sql, Vec::new());
        fixture.store.event_log().query_all_raw(statement).await
    };
    assert_eq!(ask("SELECT seq FROM event_log").await.unwrap().len(), 1);
    assert_eq!(
        ask("SELECT seq FROM event_partition_heads").await.unwrap().len(),
        2
    );
    assert_eq!(ask("SELECT key FROM service_metadata").await.unwrap().len(), 4);
    for sql in [
        "SELECT 1 FROM schools",
        "DELETE FROM event_log",
        "SELECT 1 FROM audit_records",
    ] {
        let error = ask(sql).await.expect_err(sql).to_string();
        assert!(error.contains("permission denied"), "{sql}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_hole_on_postgres_is_found_and_keeps_the_service_from_starting() {
    let fixture = Fixture::postgres().await;
    let condition = "(tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)";
    let whole = format!("CREATE POLICY tenant_isolation ON schools USING {condition} WITH CHECK {condition}");
    let on_partition = whole.replace("schools", "schools_p03");
    let cases = [
        ("DROP POLICY tenant_isolation ON schools", whole.as_str(), "schools has no policy"),
        ("DROP POLICY tenant_isolation ON schools_p03", on_partition.as_str(), "schools_p03 has no policy"),
        (
            "ALTER POLICY tenant_isolation ON schools WITH CHECK (true)",
            "ALTER POLICY tenant_isolation ON schools WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)",
            "the policy tenant_isolation on schools is not",
        ),
        (
            "CREATE POLICY leak ON tenants FOR SELECT TO rollcall_app USING (true)",
            "DROP POLICY leak ON tenants",
            "the policy leak on tenants",
        ),
        (
            "ALTER TABLE audit_records_p15 DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE audit_records_p15 ENABLE ROW LEVEL SECURITY",
            "row-level security is not enabled on audit_records_p15",
        ),
        (
            "ALTER TABLE event_log NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE event_log FORCE ROW LEVEL SECURITY",
            "row-level security is not forced on event_log",
        ),
        (
            "CREATE UNIQUE INDEX leak ON schools_p00 (school_id)",
            "DROP INDEX leak",
            "the key leak of schools_p00 does not lead with tenant_id",
        ),
        (
            "ALTER TABLE idempotency_records ADD COLUMN extra uuid UNIQUE",
            "",
            "", // PostgreSQL itself refuses a unique key without the partition key
        ),
        (
            "GRANT UPDATE (action) ON audit_records TO rollcall_app",
            "REVOKE UPDATE (action) ON audit_records FROM rollcall_app",
            "may change rows of audit_records",
        ),
        (
            "CREATE TABLE pupils (tenant_id uuid, pupil_id uuid PRIMARY KEY); GRANT SELECT ON pupils TO rollcall_app",
            "DROP TABLE pupils",
            "row-level security is not enabled on pupils",
        ),
        (
            "CREATE TABLE pupils (tenant_id uuid REFERENCES tenants, school_id uuid, PRIMARY KEY (school_id));
             GRANT INSERT ON pupils TO rollcall_app",
            "DROP TABLE pupils",
            "the key pupils_pkey of pupils does not lead with tenant_id",
        ),
        (
            "REVOKE ALL ON tenants FROM rollcall_app",
            "GRANT SELECT, INSERT ON tenants TO rollcall_app",
            "the table tenants is missing or out of reach",
        ),
    ];
    for (sabotage, repair, expected) in cases {
        if expected.is_empty() {
            fixture.as_owner(sabotage).await.expect_err(sabotage);
            continue;
        }
        fixture.as_owner(sabotage).await.unwrap();
        let Err(StoreError::IsolationBroken { findings }) = fixture.reopen(MigrationPolicy::Serve).await
        else {
            panic!("not found: {sabotage}")
        };
        assert!(
            findings.iter().any(|finding| finding.contains(expected)),
            "{sabotage}: {findings:?}"
        );
        fixture.as_owner(repair).await.unwrap();
        fixture.store.verify_isolation().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_trigger_on_sqlite_is_found() {
    let fixture = Fixture::sqlite().await;
    fixture
        .as_owner("DROP TRIGGER event_log_no_delete")
        .await
        .unwrap();
    let error = fixture.store.verify_isolation().await.unwrap_err();
    assert_eq!(
        error,
        StoreError::IsolationBroken {
            findings: vec!["the trigger event_log_no_delete is missing".to_owned()]
        }
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_bypasses_row_level_security_is_found() {
    let server = TestPostgres::start_private();
    let settings = settings(server.url("postgres", &new_database(&server).await));
    let store = Store::open(&settings, environment(), MigrationPolicy::Serve, None)
        .await
        .unwrap();
    let cases = [
        ("BYPASSRLS", "the role rollcall_app bypasses row-level security"),
        ("NOBYPASSRLS SUPERUSER", "the role rollcall_app is a superuser"),
    ];
    for (attribute, expected) in cases {
        server
            .run("postgres", &format!("ALTER ROLE rollcall_app {attribute}"))
            .await;
        let Err(StoreError::IsolationBroken { findings }) = store.verify_isolation().await else {
            panic!("not found: {attribute}")
        };
        assert!(findings.iter().any(|finding| finding == expected), "{findings:?}");
    }
    store.close().await;
}
