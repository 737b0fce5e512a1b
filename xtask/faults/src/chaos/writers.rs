//! Whoever writes: creates schools at a steady rate, tries again with the same key until it is answered, and remembers.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

use rollcall_servers::wait;

/// Over so many tenants, and so many partitions, writes are spread.
const TENANT_COUNT: usize = 48;
/// To so many of them go half of the writes.
const BUSY_COUNT: usize = 2;
const WRITER_COUNT: u32 = 20;
/// An answer that takes longer is given up; the request is sent again with its key.
const TIMEOUT: Duration = Duration::from_secs(8);
const PAUSE: Duration = Duration::from_millis(100);
/// Of a thousand writes that are not answered at once, so many are given up: they may be there or not, but never twice.
const GIVEN_UP: u32 = 100;
/// So many keys are used again after the run.
const REPEATED: usize = 100;

/// One school that was to be created.
#[derive(Debug, Clone)]
pub(super) struct Creation {
    pub(super) tenant: Uuid,
    pub(super) key: Uuid,
    /// Stands in the event too, so that it can be told whose it is.
    pub(super) correlation: Uuid,
    /// What the service answered; none where the writer gave up.
    pub(super) school: Option<Uuid>,
}

/// What all writers know.
#[derive(Default)]
struct Memory {
    creations: Vec<Creation>,
    /// Answers that no fault explains, and how often each came.
    surprises: BTreeMap<String, u64>,
    retries: u64,
}

/// The writers; they write until they are [stopped](Self::stop).
pub(super) struct Writers {
    shared: Arc<Shared>,
    tasks: JoinSet<()>,
}

struct Shared {
    http: Client,
    base_urls: Vec<String>,
    tenants: Vec<Uuid>,
    memory: Mutex<Memory>,
    is_over: AtomicBool,
}

/// What the writers saw.
pub(super) struct Written {
    pub(super) creations: Vec<Creation>,
    pub(super) surprises: BTreeMap<String, u64>,
    pub(super) retries: u64,
}

impl Writers {
    /// Makes the tenants, then begins to write.
    pub(super) async fn start(base_urls: Vec<String>, rate: u32, seed: u64) -> Self {
        let http = Client::builder()
            .no_proxy()
            .timeout(TIMEOUT)
            .build()
            .expect("an HTTP client");
        let mut random = fastrand::Rng::with_seed(seed);
        let mut tenants = Vec::new();
        for number in 0..TENANT_COUNT {
            tenants.push(create_tenant(&http, &base_urls[0], number, &mut random).await);
        }
        let shared = Arc::new(Shared {
            http,
            base_urls,
            tenants,
            memory: Mutex::default(),
            is_over: AtomicBool::new(false),
        });
        let mut tasks = JoinSet::new();
        let period = Duration::from_secs(1) * WRITER_COUNT / rate.max(1);
        for _ in 0..WRITER_COUNT {
            tasks.spawn(write(Arc::clone(&shared), period, random.fork()));
        }
        Self { shared, tasks }
    }

    /// How many were answered so far.
    pub(super) fn answered(&self) -> usize {
        let memory = self.shared.memory();
        memory
            .creations
            .iter()
            .filter(|creation| creation.school.is_some())
            .count()
    }

    /// Lets each writer end what it is at, then uses some keys once more.
    pub(super) async fn stop(mut self) -> Written {
        self.shared.is_over.store(true, Ordering::Release);
        while let Some(ended) = self.tasks.join_next().await {
            ended.expect("a writer");
        }
        let memory = std::mem::take(&mut *self.shared.memory());
        let mut surprises = memory.surprises;
        let acknowledged: Vec<&Creation> = memory
            .creations
            .iter()
            .filter(|creation| creation.school.is_some())
            .collect();
        let step = (acknowledged.len() / REPEATED).max(1);
        for (number, creation) in acknowledged.iter().step_by(step).enumerate() {
            let url = &self.shared.base_urls[number % self.shared.base_urls.len()];
            // A server may still be rid of connections that were half open.
            let answer = wait::until("a key that is used again is answered", async || {
                match attempt(&self.shared.http, url, creation).await {
                    Attempt::Away => None,
                    answer => Some(answer),
                }
            });
            match answer.await {
                Attempt::Created(school) if Some(school) == creation.school => {}
                other => {
                    let text = format!("a key that is used again: {other:?}");
                    *surprises.entry(text).or_default() += 1;
                }
            }
        }
        Written {
            creations: memory.creations,
            surprises,
            retries: memory.retries,
        }
    }
}

impl Shared {
    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn write(shared: Arc<Shared>, period: Duration, mut random: fastrand::Rng) {
    // Not all at the same moment.
    tokio::time::sleep(period.mul_f64(random.f64())).await;
    let mut pace = tokio::time::interval(period);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !shared.is_over.load(Ordering::Acquire) {
        pace.tick().await;
        let mut creation = Creation {
            tenant: shared.tenants[tenant(&mut random)],
            key: new_id(&mut random),
            correlation: new_id(&mut random),
            school: None,
        };
        let gives_up = random.u32(0..1000) < GIVEN_UP;
        let mut retries = 0;
        loop {
            let url = &shared.base_urls[random.usize(0..shared.base_urls.len())];
            match attempt(&shared.http, url, &creation).await {
                Attempt::Created(school) => {
                    creation.school = Some(school);
                    break;
                }
                Attempt::Away => {}
                Attempt::Surprise(text) => *shared.memory().surprises.entry(text).or_default() += 1,
            }
            if gives_up {
                break;
            }
            retries += 1;
            tokio::time::sleep(PAUSE).await;
        }
        let mut memory = shared.memory();
        memory.creations.push(creation);
        memory.retries += retries;
    }
}

/// Half of the writes are of a few tenants, whose relay has no pause between two appends.
fn tenant(random: &mut fastrand::Rng) -> usize {
    let count = if random.bool() { BUSY_COUNT } else { TENANT_COUNT };
    random.usize(0..count)
}

#[derive(Debug)]
enum Attempt {
    Created(Uuid),
    /// What a fault may lead to: no answer, or one that asks to come again.
    Away,
    Surprise(String),
}

async fn attempt(http: &Client, url: &str, creation: &Creation) -> Attempt {
    let Creation { tenant, key, .. } = creation;
    let request = http
        .post(format!("{url}/api/v1/tenants/{tenant}/schools"))
        .header("X-Tenant-Id", tenant.to_string())
        .header("X-Correlation-Id", creation.correlation.to_string());
    let name = format!("Lincoln Elementary School {}", key.simple());
    let Some((status, body)) = send(request, *key, &name).await else {
        return Attempt::Away;
    };
    let kind = body["type"].as_str().unwrap_or_default();
    match status {
        StatusCode::CREATED => match body["schoolId"].as_str().and_then(|id| id.parse().ok()) {
            Some(school) => Attempt::Created(school),
            None => Attempt::Surprise(format!("201 without an id: {body}")),
        },
        StatusCode::SERVICE_UNAVAILABLE => Attempt::Away,
        StatusCode::CONFLICT if kind.ends_with("/idempotency-in-flight") => Attempt::Away,
        _ => Attempt::Surprise(format!("{status} {kind}")),
    }
}

/// The status and the body of the answer, where one comes.
async fn send(request: RequestBuilder, key: Uuid, name: &str) -> Option<(StatusCode, Value)> {
    let answer = request
        .header("Idempotency-Key", key.to_string())
        .json(&json!({ "name": name }))
        .send()
        .await
        .ok()?;
    let status = answer.status();
    Some((status, answer.json().await.ok()?))
}

async fn create_tenant(http: &Client, url: &str, number: usize, random: &mut fastrand::Rng) -> Uuid {
    let key = new_id(random);
    wait::until("a tenant is created", async || {
        let request = http.post(format!("{url}/api/v1/tenants"));
        let (_, body) = send(request, key, &format!("District {number}")).await?;
        body["tenantId"].as_str()?.parse().ok()
    })
    .await
}

/// An id that is drawn, so that a seed gives the same requests.
fn new_id(random: &mut fastrand::Rng) -> Uuid {
    uuid::Builder::from_random_bytes(random.u128(..).to_be_bytes()).into_uuid()
}
