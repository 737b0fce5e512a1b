//! A database with nothing in it, and short ways to put something in.

use std::sync::{Arc, Mutex, atomic::AtomicU32, atomic::Ordering};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr, Value};
use tempfile::TempDir;
use uuid::Uuid;

use super::dialect::Dialect;
use super::pools::owner_connection;
use super::test_postgres::TestPostgres;
use super::{
    CommitHook, Completion, DatabaseSettings, MigrationPolicy, Position, SchoolInsertion, Store, StoreError,
};
use crate::audit::{AuditOutcome, AuditRecord};
use crate::environment::{Environment as _, SharedEnvironment, SystemEnvironment};
use crate::idempotency::{IdempotencyKey, StoredResponse};
use crate::outbox::EventDraft;
use crate::roster::{Name, NewSchool, School, SchoolId, Tenant};
use crate::tenancy::{TenantContext, TenantId};

static DATABASES: AtomicU32 = AtomicU32::new(0);

pub(super) struct Fixture {
    pub(super) store: Store,
    pub(super) settings: DatabaseSettings,
    /// The URL's own role: a superuser on PostgreSQL.
    pub(super) owner: DatabaseConnection,
    /// Every position that the commit hook was told.
    pub(super) announced: Arc<Mutex<Vec<Position>>>,
    _place: Place,
}

/// What goes away with the fixture.
pub(super) enum Place {
    Folder { _folder: TempDir },
    Server { _server: Arc<TestPostgres> },
}

impl Fixture {
    pub(super) async fn sqlite() -> Self {
        let (settings, place) = empty_sqlite();
        Self::open(settings, place).await
    }

    pub(super) async fn postgres() -> Self {
        let (settings, place) = empty_postgres().await;
        Self::open(settings, place).await
    }

    async fn open(settings: DatabaseSettings, place: Place) -> Self {
        let announced = Arc::new(Mutex::new(Vec::new()));
        let hook: CommitHook = {
            let announced = Arc::clone(&announced);
            Arc::new(move |positions| announced.lock().unwrap().extend_from_slice(positions))
        };
        let store = Store::open(&settings, environment(), MigrationPolicy::Serve, Some(hook))
            .await
            .unwrap();
        let owner = owner_connection(&settings, settings.location().unwrap());
        Self {
            store,
            settings,
            owner,
            announced,
            _place: place,
        }
    }

    pub(super) async fn reopen(&self, policy: MigrationPolicy) -> Result<Store, StoreError> {
        Store::open(&self.settings, environment(), policy, None).await
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.store.pools().dialect
    }

    /// Runs a statement past every protection but the database's own.
    pub(super) async fn as_owner(&self, sql: &str) -> Result<(), DbErr> {
        self.owner.execute_unprepared(sql).await.map(|_| ())
    }

    /// The single number that a query gives the owner.
    pub(super) async fn count(&self, sql: &str) -> i64 {
        let row = self
            .owner
            .query_one_raw(self.dialect().statement(sql, Vec::new()))
            .await
            .unwrap()
            .unwrap();
        row.try_get_by_index(0).unwrap()
    }

    /// A new tenant, made the way the service makes one.
    pub(super) async fn tenant(&self) -> TenantContext {
        let now = now();
        let tenant = Tenant::create(TenantId(new_id()), Name::parse("Ashby").unwrap(), None, now);
        let context = TenantContext::checked(tenant.tenant_id);
        let transaction = self.store.begin_write(context).await.unwrap();
        transaction.insert_tenant(&tenant).await.unwrap();
        transaction.complete(completion(Vec::new())).await.unwrap();
        context
    }

    /// A new school with its event and its audit record.
    pub(super) async fn school(&self, context: TenantContext, name: &str) -> School {
        let school = new_school(context, name);
        let transaction = self.store.begin_write(context).await.unwrap();
        assert_eq!(
            transaction.insert_school(&school).await.unwrap(),
            SchoolInsertion::Inserted
        );
        transaction
            .complete(completion(vec![draft("SchoolCreated")]))
            .await
            .unwrap();
        school
    }

    /// A transaction on a connection of the service's own role, inside `context` on PostgreSQL.
    pub(super) async fn raw(&self, context: TenantContext) -> super::transaction::ScopedTransaction {
        use super::transaction::{Access, ScopedTransaction};
        ScopedTransaction::begin(self.store.pools(), context, Access::Write)
            .await
            .unwrap()
    }

    pub(super) fn uuid(&self, id: Uuid) -> Value {
        self.dialect().uuid(id)
    }
}

pub(super) fn empty_sqlite() -> (DatabaseSettings, Place) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!(
        "sqlite://{}?mode=rwc",
        folder.path().join("rollcall.db").display()
    );
    (settings(url), Place::Folder { _folder: folder })
}

pub(super) async fn empty_postgres() -> (DatabaseSettings, Place) {
    let server = TestPostgres::shared();
    let database = new_database(&server).await;
    (
        settings(server.url("postgres", &database)),
        Place::Server { _server: server },
    )
}

pub(super) async fn new_database(server: &TestPostgres) -> String {
    let database = format!("test_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    server
        .run("postgres", &format!("CREATE DATABASE {database}"))
        .await;
    database
}

/// Waiting long costs nothing where nothing is waited for, and machines that run tests are slow.
pub(super) fn settings(url: String) -> DatabaseSettings {
    DatabaseSettings {
        acquire_timeout: Duration::from_secs(60),
        partition_count: 2,
        ..DatabaseSettings::new(url)
    }
}

pub(super) fn environment() -> SharedEnvironment {
    Arc::new(SystemEnvironment)
}

pub(super) fn new_id() -> Uuid {
    SystemEnvironment.new_id()
}

pub(super) fn now() -> DateTime<Utc> {
    SystemEnvironment.now()
}

pub(super) fn new_school(context: TenantContext, name: &str) -> School {
    let details = NewSchool {
        name: Name::parse(name).unwrap(),
        identifier: None,
        grade_levels: None,
        time_zone: None,
        external_refs: None,
    };
    School::create(context.tenant_id(), SchoolId(new_id()), details, now())
}

/// An envelope that holds nothing but its place.
pub(super) fn draft(event_type: &str) -> EventDraft {
    EventDraft {
        event_id: new_id(),
        event_type: event_type.to_owned(),
        traceparent: None,
        head: r#"{"sequence":""#.to_owned(),
        tail: r#""}"#.to_owned(),
    }
}

pub(super) fn audit(action: &str) -> AuditRecord {
    AuditRecord {
        audit_id: new_id(),
        occurred_at: now(),
        actor_subject: "anonymous".to_owned(),
        actor_client: None,
        action: action.to_owned(),
        entity_type: "school".to_owned(),
        entity_id: Some(new_id()),
        outcome: AuditOutcome::Succeeded,
        reason: None,
        correlation_id: new_id(),
        causation_id: None,
        trace_id: "0af7651916cd43dd8448eb211c80319c".to_owned(),
        payload_fingerprint: None,
    }
}

/// One audit record and `events`.
pub(super) fn completion(events: Vec<EventDraft>) -> Completion {
    Completion {
        idempotency: None,
        audit: vec![audit("school.create")],
        events,
        now: now(),
    }
}

pub(super) fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey {
        key: text.to_owned(),
        fingerprint: [7; 32],
        operation: "createSchool",
    }
}

pub(super) fn response(body: &'static [u8]) -> StoredResponse {
    StoredResponse {
        status: 201,
        headers: vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("etag".to_owned(), "\"1\"".to_owned()),
        ],
        body: Bytes::from_static(body),
    }
}
