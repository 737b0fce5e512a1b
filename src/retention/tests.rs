//! What goes and what stays, with a real broker.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use rollcall_servers::RedisServer;
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::environment::{Environment, SystemEnvironment};
use crate::outbox::log::BatchLimit;
use crate::outbox::sink::{AppendOutcome, FencedAppend, StreamId, StreamPosition, TrimStep};
use crate::outbox::{EventDraft, RedisSinkSettings};
use crate::store::{Completion, DatabaseSettings, MigrationPolicy};
use crate::tenancy::{TenantContext, TenantId};

mod again;

const PARTITION: Partition = Partition(0);
const DAY: Duration = Duration::from_secs(86_400);

/// A clock that is set by hand.
struct SetClock(Mutex<DateTime<Utc>>);

impl Environment for SetClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    fn new_id(&self) -> Uuid {
        let now = self.now();
        let seconds = u64::try_from(now.timestamp()).unwrap();
        Uuid::new_v7(uuid::Timestamp::from_unix(
            uuid::NoContext,
            seconds,
            now.timestamp_subsec_nanos(),
        ))
    }

    fn random_bytes(&self, length: usize) -> Vec<u8> {
        SystemEnvironment.random_bytes(length)
    }
}

/// A log of one partition and a broker.
struct Scene {
    store: Store,
    sink: RedisSink,
    redis: RedisServer,
    clock: Arc<SetClock>,
    context: TenantContext,
    _folder: TempDir,
}

impl Scene {
    async fn new() -> Self {
        Self::with_partitions(1).await
    }

    async fn with_partitions(partition_count: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/log.db?mode=rwc", folder.path().display());
        let settings = DatabaseSettings {
            partition_count,
            ..DatabaseSettings::new(url)
        };
        let clock = Arc::new(SetClock(Mutex::new(SystemEnvironment.now())));
        let store = Store::open(&settings, clock.clone(), MigrationPolicy::Serve, None)
            .await
            .unwrap();
        let redis = RedisServer::start();
        let sink = RedisSink::new(&redis.url(), &RedisSinkSettings::default()).unwrap();
        Self {
            store,
            sink,
            redis,
            clock,
            context: TenantContext::checked(TenantId(SystemEnvironment.new_id())),
            _folder: folder,
        }
    }

    /// Commits so many events now.
    async fn commit(&self, count: usize) {
        self.commit_what_happened(self.clock.now(), count).await;
    }

    /// Commits so many events now, of what happened at another time.
    async fn commit_what_happened(&self, time: DateTime<Utc>, count: usize) {
        let now = self.clock.now();
        let draft = || {
            let event_id = self.clock.new_id();
            let time = time.to_rfc3339();
            EventDraft {
                event_id,
                event_type: "lms.roster.v1.SchoolCreated".to_owned(),
                traceparent: None,
                head: format!(r#"{{"id":"{event_id}","time":"{time}","sequence":""#),
                tail: r#"","data":{}}"#.to_owned(),
            }
        };
        let completion = Completion {
            idempotency: None,
            audit: Vec::new(),
            events: (0..count).map(|_| draft()).collect(),
            now,
        };
        let transaction = self.store.begin_write(self.context).await.unwrap();
        transaction.complete(completion).await.unwrap();
    }

    /// The partition that its tenant's events are in.
    fn partition(&self) -> Partition {
        let count = self.store.metadata().partition_count;
        self.context.tenant_id().partition(count)
    }

    /// Carries everything to the stream, as a relay does.
    async fn carry(&self) {
        self.carry_up_to(i64::MAX).await;
    }

    async fn carry_up_to(&self, last: i64) {
        let partition = self.partition();
        let reader = LogReader::new(self.store.event_log().clone());
        let limit = BatchLimit {
            entries: 10_000,
            bytes: u32::MAX,
        };
        let fence = self.sink.position(partition).await.unwrap();
        let after = fence.last_id.seq().unwrap();
        let mut entries = reader.read_after(partition, after, limit).await.unwrap();
        entries.retain(|entry| entry.seq <= last);
        let append = FencedAppend {
            fence: &fence,
            entries: &entries,
            epoch: 1,
            begins: false,
            claim: None,
        };
        let outcome = self.sink.append(partition, &append).await.unwrap();
        assert_eq!(outcome, AppendOutcome::Appended);
    }

    fn a_day_passes(&self) {
        *self.clock.0.lock().unwrap() += TimeDelta::days(1);
    }

    fn retention(&self, sink: Option<&RedisSink>) -> Retention {
        let settings = RetentionSettings {
            pause: Duration::ZERO,
            ..RetentionSettings::new(Some(DAY / 2), Some(DAY / 2))
        };
        Retention::new(self.store.clone(), sink.cloned(), self.clock.clone(), settings)
    }

    async fn redis(&self, command: &[&str]) -> redis::Value {
        let mut connection = self.redis.connect().await;
        let (name, arguments) = command.split_first().unwrap();
        redis::cmd(name)
            .arg(arguments)
            .query_async(&mut connection)
            .await
            .unwrap()
    }

    /// The numbers that the log has, and those that the stream has.
    async fn left(&self) -> (Vec<i64>, Vec<i64>) {
        let reader = LogReader::new(self.store.event_log().clone());
        let limit = BatchLimit {
            entries: 10_000,
            bytes: u32::MAX,
        };
        let rows = reader.read_after(PARTITION, 0, limit).await.unwrap();
        let entries = self
            .sink
            .read_after(PARTITION, StreamId::ZERO, 10_000)
            .await
            .unwrap();
        (
            rows.iter().map(|row| row.seq).collect(),
            entries.iter().filter_map(|entry| entry.id.seq()).collect(),
        )
    }
}

const KEY: &str = "lms.roster.v1:{0}";

fn report(purged: u64, trimmed: u64) -> PassReport {
    PassReport {
        purged,
        trimmed,
        ..PassReport::default()
    }
}

/// How many entries a pass over the streams alone removes.
async fn trimmed(retention: &Retention, sink: &RedisSink) -> u64 {
    let mut report = PassReport::default();
    retention.trim_all(sink, &mut report).await.unwrap();
    assert_eq!(report.failed, 0);
    report.trimmed
}

#[tokio::test]
async fn a_row_goes_a_pass_after_the_stream_was_seen_to_have_it() {
    let scene = Scene::new().await;
    scene.commit(5).await;
    let mut retention = scene.retention(Some(&scene.sink));
    scene.a_day_passes();
    assert_eq!(
        retention.pass().await.unwrap(),
        report(0, 0),
        "the stream is empty"
    );
    scene.carry().await;
    scene.commit(2).await;
    assert_eq!(
        retention.pass().await.unwrap(),
        report(0, 0),
        "seen for the first time"
    );
    assert_eq!(retention.pass().await.unwrap(), report(4, 0));
    let (rows, entries) = scene.left().await;
    assert_eq!((rows, entries), (vec![5, 6, 7], vec![1, 2, 3, 4, 5]));
}

#[tokio::test]
async fn a_stream_that_the_log_contradicts_keeps_the_rows() {
    let scene = Scene::new().await;
    scene.commit(5).await;
    scene.redis(&["XADD", KEY, "4-0", "id", "another"]).await;
    let mut retention = scene.retention(Some(&scene.sink));
    scene.a_day_passes();
    for _ in 0..3 {
        assert_eq!(retention.pass().await.unwrap(), report(0, 0));
    }
}

#[tokio::test]
async fn without_a_broker_age_alone_counts_unless_somebody_carries() {
    let scene = Scene::new().await;
    scene.commit(5).await;
    scene.a_day_passes();
    let mut without = scene.retention(None);
    let reader = LogReader::new(scene.store.event_log().clone());
    assert_eq!(without.pass().await.unwrap(), report(4, 0));

    scene.commit(5).await;
    scene.a_day_passes();
    let mut with = scene.retention(Some(&scene.sink));
    with.pass().await.unwrap();
    assert_eq!(reader.trims().await.unwrap().len(), 1);
    let held_back = PassReport {
        is_held_back: true,
        ..report(0, 0)
    };
    assert_eq!(without.pass().await.unwrap(), held_back);
}

#[tokio::test]
async fn a_stream_is_trimmed_to_what_the_slowest_group_needs() {
    let scene = Scene::new().await;
    scene.commit(2_500).await;
    scene.carry().await;
    scene.a_day_passes();
    let retention = scene.retention(Some(&scene.sink));
    let pass = async || trimmed(&retention, &scene.sink).await;
    assert_eq!(pass().await, 0, "nobody is known to read");

    scene.redis(&["XGROUP", "CREATE", KEY, "slow", "0"]).await;
    scene.redis(&["XGROUP", "CREATE", KEY, "fast", "$"]).await;
    assert_eq!(pass().await, 0, "one group has read nothing");

    scene
        .redis(&[
            "XREADGROUP",
            "GROUP",
            "slow",
            "a",
            "COUNT",
            "1800",
            "STREAMS",
            KEY,
            ">",
        ])
        .await;
    assert_eq!(pass().await, 0, "what was given is not acknowledged");
    let read: Vec<String> = (1..=1_500)
        .filter(|seq| *seq != 1_200)
        .map(|seq| format!("{seq}-0"))
        .collect();
    let mut acknowledge = vec!["XACK", KEY, "slow"];
    acknowledge.extend(read.iter().map(String::as_str));
    scene.redis(&acknowledge).await;
    assert_eq!(pass().await, 1_199, "one entry is pending");
    let reader = LogReader::new(scene.store.event_log().clone());
    assert_eq!(reader.trims().await.unwrap()[&(PARTITION, 1)], 1_200);

    scene.redis(&["XACK", KEY, "slow", "1200-0"]).await;
    assert_eq!(pass().await, 301);
    // A group that is made later begins with what is there, and holds that from then on.
    scene.redis(&["XGROUP", "CREATE", KEY, "late", "0"]).await;
    scene.redis(&["XGROUP", "DESTROY", KEY, "slow"]).await;
    assert_eq!(pass().await, 0);
    scene.redis(&["XGROUP", "DESTROY", KEY, "late"]).await;
    assert_eq!(pass().await, 999, "the last entry stays");
    assert_eq!(scene.left().await.1, [2_500]);
}

#[tokio::test]
async fn what_is_young_stays_in_a_stream() {
    let scene = Scene::new().await;
    scene.commit(700).await;
    scene.a_day_passes();
    scene.commit(700).await;
    scene.carry().await;
    scene.redis(&["XGROUP", "CREATE", KEY, "fast", "$"]).await;
    let retention = scene.retention(Some(&scene.sink));
    assert_eq!(trimmed(&retention, &scene.sink).await, 700);
    assert_eq!(scene.left().await.1.first(), Some(&701));
    assert_eq!(trimmed(&retention, &scene.sink).await, 0);
    assert_ne!(
        scene.sink.position(PARTITION).await.unwrap(),
        StreamPosition::START
    );
}

#[tokio::test]
async fn nothing_goes_where_retention_is_off() {
    let scene = Scene::new().await;
    scene.commit(5).await;
    scene.carry().await;
    scene.redis(&["XGROUP", "CREATE", KEY, "fast", "$"]).await;
    scene.a_day_passes();
    let mut retention = scene.retention(Some(&scene.sink));
    retention.settings = RetentionSettings::new(None, None);
    for _ in 0..3 {
        assert_eq!(retention.pass().await.unwrap(), report(0, 0));
    }
}
