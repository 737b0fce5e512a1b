//! The service dies in the middle of its work: what was committed is whole.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use reqwest::StatusCode;
use serde_json::json;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::Backend;
use super::idempotency::assert_replay;
use super::sql::Sql;
use super::world::Site;
use crate::support::{Answer, Client, unique_key, wait};

/// So many that the service always has several of their writes in one commit.
const WRITERS: usize = 24;
const ROUNDS: u64 = 3;

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_service_leaves_nothing_half_done_on_sqlite() {
    check(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_service_leaves_nothing_half_done_on_postgres() {
    check(Backend::Postgres).await;
}

async fn check(backend: Backend) {
    let mut site = Site::start(backend, |builder| builder).await;
    let client = site.service.client();
    let mut tenants = Vec::new();
    for number in 0..3 {
        tenants.push(client.new_tenant(&format!("Crash {number}")).await);
    }
    let mut known = BTreeMap::new();
    for round in 0..ROUNDS {
        let load = Load::start(&site.service.client(), &tenants);
        wait::until("the load has begun", async || load.has_created(40).then_some(())).await;
        site.service.kill();
        let answered = load.stop().await;
        assert!(answered.len() >= 40, "round {round}");
        known.extend(answered);
        site.service.restart().await;
    }
    let sql = Sql::open(&site.database_url).await;
    assert_whole(&sql).await;

    // What a client was told is there, and told again.
    let client = site.service.client();
    for (key, (tenant, answer)) in known.iter().take(50) {
        let body = json!({ "name": answer.json["name"] });
        assert_replay(answer, &client.create_school(*tenant, key, &body).await);
    }
    for (tenant, answer) in known.values() {
        let school = answer.json["schoolId"].as_str().and_then(|id| id.parse().ok());
        let read = client.get_school(*tenant, school.expect("an id")).await;
        assert_eq!(read.body, answer.body, "an answered school is there");
    }
    assert_whole(&sql).await;
}

/// Each school has its event, its audit record and its idempotency record, and each of them its school.
async fn assert_whole(sql: &Sql) {
    let schools = sql.count("schools").await;
    for of_schools in [
        "event_log WHERE event_type = 'lms.roster.v1.SchoolCreated'",
        "audit_records WHERE action = 'school.create' AND outcome = 'succeeded'",
        "idempotency_records WHERE operation = 'createSchool' AND response_status = 201",
    ] {
        assert_eq!(sql.count(of_schools).await, schools, "{of_schools}");
    }
    let without_event =
        "schools WHERE NOT EXISTS (SELECT 1 FROM event_log WHERE event_log.tenant_id = schools.tenant_id
        AND event_log.envelope LIKE '%\"subject\":\"schools/' || CAST(school_id AS text) || '\"%')";
    assert_eq!(sql.count(without_event).await, 0);
    let without_audit = "schools WHERE NOT EXISTS (SELECT 1 FROM audit_records
        WHERE audit_records.tenant_id = schools.tenant_id AND entity_id = school_id)";
    assert_eq!(sql.count(without_audit).await, 0);
    let unanswered = "idempotency_records WHERE response_status IS NULL OR response_body IS NULL";
    assert_eq!(sql.count(unanswered).await, 0);
    assert_eq!(gaps(sql).await, Vec::<Vec<String>>::new());
}

/// The partitions whose numbers do not run from 1 to their head.
pub(super) async fn gaps(sql: &Sql) -> Vec<Vec<String>> {
    sql.rows(
        "SELECT CAST(heads.partition AS text), CAST(heads.seq AS text), CAST(count(log.seq) AS text)
         FROM event_partition_heads AS heads LEFT JOIN event_log AS log ON log.partition = heads.partition
         GROUP BY heads.partition, heads.seq
         HAVING count(log.seq) <> heads.seq OR coalesce(min(log.seq), 1) <> 1
             OR coalesce(max(log.seq), 0) <> heads.seq",
    )
    .await
}

/// Keys, each with its tenant and the answer to it.
type Answered = Vec<(String, (Uuid, Answer))>;

/// Writers that create schools until they are told to stop.
pub(super) struct Load {
    is_over: Arc<AtomicBool>,
    created: Arc<AtomicU64>,
    writers: Vec<JoinHandle<Answered>>,
}

impl Load {
    pub(super) fn start(client: &Client, tenants: &[Uuid]) -> Self {
        let (is_over, created) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let writers = (0..WRITERS)
            .map(|writer| {
                let (client, tenant) = (client.clone(), tenants[writer % tenants.len()]);
                tokio::spawn(write(client, tenant, Arc::clone(&is_over), Arc::clone(&created)))
            })
            .collect();
        Self {
            is_over,
            created,
            writers,
        }
    }

    pub(super) fn has_created(&self, count: u64) -> bool {
        self.created.load(Ordering::Relaxed) >= count
    }

    pub(super) fn created(&self) -> u64 {
        self.created.load(Ordering::Relaxed)
    }

    /// The keys that were answered with 201, and how.
    pub(super) async fn stop(self) -> Answered {
        self.is_over.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        for writer in self.writers {
            all.extend(writer.await.expect("no panic"));
        }
        all
    }
}

async fn write(client: Client, tenant: Uuid, is_over: Arc<AtomicBool>, created: Arc<AtomicU64>) -> Answered {
    let mut answered = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let key = unique_key();
        let request = client
            .in_tenant(reqwest::Method::POST, tenant, "/schools")
            .header("Idempotency-Key", &key)
            .json(&json!({ "name": key }));
        match client.try_send(request).await {
            Ok(answer) => {
                assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
                created.fetch_add(1, Ordering::Relaxed);
                answered.push((key, (tenant, answer)));
            }
            // The service is gone.
            Err(_) => break,
        }
    }
    answered
}
