//! Opening databases that are empty, older, newer, contested, away or run by somebody with few rights.

use std::time::Duration;

use super::test_postgres::TestPostgres;
use super::tests::on_both_databases;
use super::tests_fixture::{
    Fixture, Place, empty_postgres, empty_sqlite, environment, new_database, new_id, settings,
};
use super::{DatabaseSettings, MigrationPolicy, Store, StoreError};
use crate::tenancy::{TenantContext, TenantId};

on_both_databases! {
    a_newer_schema_is_refused_whatever_the_policy,
    the_facts_of_an_instance_never_change,
    the_database_answers,
}

async fn a_newer_schema_is_refused_whatever_the_policy(fixture: Fixture) {
    fixture
        .as_owner("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_future', 0)")
        .await
        .unwrap();
    for policy in [
        MigrationPolicy::Refuse,
        MigrationPolicy::Serve,
        MigrationPolicy::Migrate,
    ] {
        let error = fixture.reopen(policy).await.err();
        assert_eq!(
            error,
            Some(StoreError::NewerSchema {
                unknown: vec!["m9999_future".to_owned()]
            })
        );
    }
}

async fn the_facts_of_an_instance_never_change(fixture: Fixture) {
    let settings = DatabaseSettings {
        partition_count: 64,
        ..fixture.settings.clone()
    };
    let again = Store::open(&settings, environment(), MigrationPolicy::Migrate, None)
        .await
        .unwrap();
    let (first, second) = (fixture.store.metadata(), again.metadata());
    assert_eq!(second.partition_count, 2);
    assert_eq!(
        fixture.count("SELECT count(*) FROM event_partition_heads").await,
        2
    );
    assert_eq!(first.cursor_key.len(), 32);
    assert_eq!(first.cursor_key, second.cursor_key);
    assert_eq!(first.instance_id, second.instance_id);
    assert_eq!(first.source, second.source);
}

async fn the_database_answers(fixture: Fixture) {
    fixture.store.ping(Duration::from_secs(60)).await.unwrap();
    fixture.store.close().await;
    let error = fixture.store.ping(Duration::from_secs(60)).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
}

/// Many processes find the same empty database.
async fn open_at_once((settings, _place): (DatabaseSettings, Place)) {
    let openings: Vec<_> = (0..6)
        .map(|_| {
            let settings = settings.clone();
            tokio::spawn(async move {
                let store = Store::open(&settings, environment(), MigrationPolicy::Serve, None)
                    .await
                    .unwrap();
                store.metadata().instance_id
            })
        })
        .collect();
    let mut instances = Vec::new();
    for opening in openings {
        instances.push(opening.await.unwrap());
    }
    instances.dedup();
    assert_eq!(instances.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_sqlite_database_is_initialised_by_one_of_many() {
    open_at_once(empty_sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_postgres_database_is_initialised_by_one_of_many() {
    open_at_once(empty_postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_database_is_refused_where_nothing_may_be_migrated() {
    let (settings, _place) = empty_postgres().await;
    let error = Store::open(&settings, environment(), MigrationPolicy::Refuse, None)
        .await
        .err();
    assert_eq!(error, Some(StoreError::EmptySchema));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_schema_on_a_server_asks_for_the_command() {
    let fixture = Fixture::postgres().await;
    fixture
        .as_owner("DELETE FROM seaql_migrations WHERE version = 'm0007_event_log'")
        .await
        .unwrap();
    let error = fixture.reopen(MigrationPolicy::Serve).await.err().unwrap();
    assert_eq!(
        error,
        StoreError::OlderSchema {
            pending: vec!["m0007_event_log".to_owned()]
        }
    );
    assert!(error.to_string().contains("rollcall migrate"));
    // The missing step finds its table there: it fails, and says why.
    let error = fixture.reopen(MigrationPolicy::Migrate).await.err().unwrap();
    assert!(
        matches!(&error, StoreError::MigrationFailed { reason } if reason.contains("already exists")),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migrating_role_with_few_rights_is_told_what_to_run() {
    let server = TestPostgres::start_private();
    let database = new_database(&server).await;
    server
        .run(
            &database,
            &format!("CREATE ROLE plain LOGIN; ALTER DATABASE {database} OWNER TO plain"),
        )
        .await;
    let settings = settings(server.url("plain", &database));
    let open = async || Store::open(&settings, environment(), MigrationPolicy::Serve, None).await;

    let error = open().await.err().unwrap().to_string();
    assert!(
        error.contains("CREATE ROLE rollcall_app NOLOGIN") && error.contains("TO plain"),
        "{error}"
    );

    server.run(&database, "CREATE ROLE rollcall_app; CREATE ROLE rollcall_relay; CREATE ROLE rollcall_auditor; CREATE ROLE rollcall_housekeeper").await;
    let error = open().await.err().unwrap().to_string();
    assert!(
        error.contains("GRANT rollcall_app, rollcall_relay, rollcall_housekeeper TO plain"),
        "{error}"
    );

    server
        .run(
            &database,
            "GRANT rollcall_app, rollcall_relay, rollcall_housekeeper TO plain",
        )
        .await;
    let store = open().await.unwrap();
    use_it(&store).await;

    // A process with a role of its own, that owns nothing, serves the same database.
    server
        .run(
            &database,
            "CREATE ROLE server LOGIN; GRANT rollcall_app, rollcall_relay, rollcall_housekeeper TO server",
        )
        .await;
    let settings = super::tests_fixture::settings(server.url("server", &database));
    let other = Store::open(&settings, environment(), MigrationPolicy::Serve, None)
        .await
        .unwrap();
    use_it(&other).await;
    assert_eq!(
        other
            .purge_idempotency(super::tests_fixture::now())
            .await
            .unwrap(),
        0
    );

    // Without its grants it is told so, at start.
    server.run(&database, "REVOKE rollcall_app FROM server").await;
    let error = Store::open(&settings, environment(), MigrationPolicy::Serve, None)
        .await
        .err()
        .unwrap();
    assert!(
        matches!(
            error,
            StoreError::RoleOutOfReach {
                role: "rollcall_app",
                ..
            }
        ),
        "{error:?}"
    );
    assert!(error.to_string().contains("TO server"), "{error}");
    for store in [store, other] {
        store.close().await;
    }
}

async fn use_it(store: &Store) {
    let context = TenantContext::checked(TenantId(new_id()));
    store
        .record_audit(context, super::tests_fixture::audit("school.create"))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_may_create_roles_migrates_without_being_superuser() {
    let server = TestPostgres::start_private();
    let database = new_database(&server).await;
    server
        .run(
            &database,
            &format!("CREATE ROLE owner LOGIN CREATEROLE; ALTER DATABASE {database} OWNER TO owner"),
        )
        .await;
    let settings = settings(server.url("owner", &database));
    let store = Store::open(&settings, environment(), MigrationPolicy::Serve, None)
        .await
        .unwrap();
    use_it(&store).await;
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_away_is_unavailable_until_it_is_back() {
    let server = TestPostgres::start_private();
    let mut settings = settings(server.url("postgres", &new_database(&server).await));
    let store = Store::open(&settings, environment(), MigrationPolicy::Serve, None)
        .await
        .unwrap();
    let context = TenantContext::checked(TenantId(new_id()));
    let open = store.begin_write(context).await.unwrap();

    server.stop();
    let lost = open
        .complete(super::tests_fixture::completion(Vec::new()))
        .await
        .unwrap_err();
    assert!(matches!(lost, StoreError::Unavailable { .. }), "{lost:?}");
    let away = store.ping(Duration::from_millis(500)).await.unwrap_err();
    assert!(matches!(away, StoreError::Unavailable { .. }), "{away:?}");
    settings.acquire_timeout = Duration::from_millis(500);
    let refused = Store::open(&settings, environment(), MigrationPolicy::Serve, None)
        .await
        .err()
        .unwrap();
    let StoreError::Unavailable { detail } = refused else {
        panic!("{refused:?}")
    };
    assert!(detail.for_log().contains("refused"), "{detail:?}");

    server.start();
    let mut attempts = 0;
    store.ping(Duration::from_secs(60)).await.unwrap();
    // A connection that died unnoticed fails once; there are no more of them than the pool holds.
    while store.begin_read(context).await.is_err() {
        attempts += 1;
        assert!(attempts <= settings.pool_max);
    }
    use_it(&store).await;
    store.close().await;
}

#[tokio::test]
async fn an_unwritable_place_is_unavailable_with_a_reason() {
    let settings = settings("sqlite:///nonexistent/folder/rollcall.db?mode=rwc".to_owned());
    let error = Store::open(&settings, environment(), MigrationPolicy::Serve, None)
        .await
        .err()
        .unwrap();
    let StoreError::Unavailable { detail } = error else {
        panic!("{error}")
    };
    assert!(
        detail.for_log().contains("unable to open database file"),
        "{detail:?}"
    );
}
