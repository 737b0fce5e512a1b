//! Commits of other processes are heard of at once, and where they are not, that is noticed and said.

use std::sync::Arc;
use std::time::Duration;

use rollcall::environment::SystemEnvironment;
use rollcall::outbox::{
    CommitSource, Moved, Wakeup, WakeupListener, WakeupPath, WakeupSettings, hear_other_processes,
};
use rollcall::tenancy::Partition;
use rollcall_servers::SUPERUSER;
use sea_orm::ConnectionTrait as _;
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::{self, Connection as _, Executor as _, PgConnection, Row as _};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::support::{
    Database, PgBouncer, PoolMode, PostgresServer, Process, RedisServer, Service, free_port, wait,
};

/// Short times, so that a test need not wait for what it waits for.
fn settings() -> WakeupSettings {
    WakeupSettings {
        answer_timeout: Duration::from_millis(300),
        retry: Duration::from_millis(100),
        reconnect: Duration::from_millis(10),
        ..WakeupSettings::default()
    }
}

/// What a process has of it.
struct Hearing {
    wakeup: Wakeup,
    listener: WakeupListener,
    _running: DropGuard,
}

impl Hearing {
    fn start(url: &str, settings: WakeupSettings) -> Self {
        let wakeup = Wakeup::new(64);
        let options: PgConnectOptions = url.parse().expect("a URL");
        let shutdown = CancellationToken::new();
        tokio::spawn(hear_other_processes(
            CommitSource::Postgres(Box::new(options)),
            wakeup.clone(),
            settings,
            Arc::new(SystemEnvironment),
            shutdown.clone(),
        ));
        Self {
            listener: wakeup.listen(),
            wakeup,
            _running: shutdown.drop_guard(),
        }
    }

    async fn until(&self, path: WakeupPath) {
        wait::until(&format!("the way is {path:?}"), async || {
            (self.wakeup.path() == path).then_some(())
        })
        .await;
    }

    /// What is heard next, in time.
    async fn hears(&mut self) -> Moved {
        tokio::time::timeout(wait::PATIENCE, self.listener.moved())
            .await
            .expect("something is heard")
    }

    /// Waits until exactly these partitions are heard of, whatever else may have been missed before.
    async fn hears_of(&mut self, partitions: &[u16]) {
        let expected: Vec<Partition> = partitions.iter().copied().map(Partition).collect();
        loop {
            let moved = self.hears().await;
            if !moved.partitions.is_empty() {
                assert_eq!(moved.partitions, expected);
                return;
            }
        }
    }
}

async fn database(server: &PostgresServer) -> Database {
    let database = server.create_database().await;
    let connection = server.connect(&database.name).await;
    connection
        .execute_unprepared(
            "DO $$ BEGIN CREATE ROLE rollcall_relay; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$",
        )
        .await
        .expect("make the role");
    database
}

#[tokio::test]
async fn processes_hear_of_each_others_commits_and_not_of_their_own_twice() {
    let database = database(PostgresServer::shared()).await;
    let [mut one, mut other] = [(); 2].map(|()| Hearing::start(&database.url, settings()));
    for hearing in [&mut one, &mut other] {
        // Whatever was committed before it listened may have been missed.
        assert!(hearing.hears().await.any);
        hearing.until(WakeupPath::Signal).await;
    }
    one.wakeup.moved(Partition(7));
    one.hears_of(&[7]).await;
    other.hears_of(&[7]).await;
    // Were the first told of its own commit from outside, that would come before this.
    other.wakeup.moved(Partition(9));
    one.hears_of(&[9]).await;
}

#[tokio::test]
async fn nobody_is_told_more_often_than_the_gap_allows() {
    let database = database(PostgresServer::shared()).await;
    let settings = WakeupSettings {
        notify_gap: Duration::from_secs(3600),
        ..settings()
    };
    let one = Hearing::start(&database.url, settings);
    let mut other = Hearing::start(&database.url, self::settings());
    other.until(WakeupPath::Signal).await;
    // The trial was the first notification; all of these would go out together with the second, which is an hour away.
    one.until(WakeupPath::Signal).await;
    for number in 0..1000_u16 {
        one.wakeup.moved(Partition(number % 64));
    }
    let third = Hearing::start(&database.url, self::settings());
    third.until(WakeupPath::Signal).await;
    for partition in [5, 6] {
        third.wakeup.moved(Partition(partition));
        other.hears_of(&[partition]).await;
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_comes_back_and_everything_counts_as_moved() {
    let database = database(PostgresServer::shared()).await;
    let connection = PostgresServer::shared().connect(&database.name).await;
    let writer = Hearing::start(&database.url, settings());
    let mut hearing = Hearing::start(&database.url, settings());
    hearing.until(WakeupPath::Signal).await;
    writer.until(WakeupPath::Signal).await;
    while futures_util::FutureExt::now_or_never(hearing.listener.moved()).is_some() {}
    for partition in [3, 4] {
        let cut = connection
            .query_all_raw(sea_orm::Statement::from_string(
                connection.get_database_backend(),
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE application_name = 'rollcall wake-up' AND datname = current_database()",
            ))
            .await
            .expect("cut the connections");
        assert!(cut.len() >= 3, "tellers and hearers: {}", cut.len());
        wait::until("it listens again", async || {
            hearing.listener.moved().await.any.then_some(())
        })
        .await;
        hearing.until(WakeupPath::Signal).await;
        writer.wakeup.moved(Partition(partition));
        hearing.hears_of(&[partition]).await;
    }
}

#[tokio::test]
async fn a_transaction_pooler_is_noticed_and_so_is_its_end() {
    let server = PostgresServer::start();
    let database = database(&server).await;
    let mut pooler = PgBouncer::start(&server, PoolMode::Transaction);
    // It is not believed until it is proven: nothing but the first trial can tell within the hour.
    let once = WakeupSettings {
        retry: Duration::from_secs(3600),
        ..settings()
    };
    let once = Hearing::start(&pooler.url(&database.name), once);
    once.until(WakeupPath::Poll).await;
    let mut hearing = Hearing::start(&pooler.url(&database.name), settings());
    hearing.until(WakeupPath::Poll).await;
    pooler.restart(PoolMode::Session);
    hearing.until(WakeupPath::Signal).await;
    let direct = Hearing::start(&database.url, settings());
    direct.until(WakeupPath::Signal).await;
    direct.wakeup.moved(Partition(11));
    hearing.hears_of(&[11]).await;
    // And back: what worked once is not believed for ever.
    pooler.restart(PoolMode::Transaction);
    hearing.until(WakeupPath::Poll).await;
}

#[tokio::test]
async fn telling_changes_no_session_that_a_pooler_lends_to_others() {
    let server = PostgresServer::start();
    let database = database(&server).await;
    let pooler = PgBouncer::start(&server, PoolMode::Transaction);
    let one = Hearing::start(&pooler.url(&database.name), settings());
    let direct = Hearing::start(&database.url, settings());
    direct.until(WakeupPath::Signal).await;
    let mut listener = direct.wakeup.listen();
    one.wakeup.moved(Partition(31));
    while !listener.moved().await.partitions.contains(&Partition(31)) {}
    // What the pooler lends is what was given back last, or one of the few others.
    let mut writers = Vec::new();
    for _ in 0..4 {
        let mut writer = PgConnection::connect(&pooler.url(&database.name))
            .await
            .expect("connect through the pooler");
        writer.execute("BEGIN").await.expect("take a session");
        let row = sqlx::raw_sql("SELECT current_setting('synchronous_commit'), current_user::text")
            .fetch_one(&mut writer)
            .await
            .expect("ask the session");
        let session: (String, String) = (row.get(0), row.get(1));
        assert_eq!(session, ("on".to_owned(), SUPERUSER.to_owned()));
        writers.push(writer);
    }
}

#[tokio::test]
async fn what_is_committed_while_the_database_is_away_is_told_afterwards() {
    let mut server = PostgresServer::start();
    let database = database(&server).await;
    let one = Hearing::start(&database.url, settings());
    one.until(WakeupPath::Signal).await;
    server.kill();
    one.until(WakeupPath::Poll).await;
    one.wakeup.moved(Partition(21));
    server.restart();
    let mut other = Hearing::start(&database.url, settings());
    other.until(WakeupPath::Signal).await;
    one.until(WakeupPath::Signal).await;
    one.wakeup.moved(Partition(22));
    let mut heard = Vec::new();
    while !heard.contains(&Partition(22)) {
        heard.extend(other.hears().await.partitions);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_of_its_own_carries_what_a_service_writes_to_the_same_file() {
    let redis = RedisServer::start();
    let service = Service::builder()
        .redis(&redis)
        .variable("ROLLCALL_RELAY", "off")
        .start()
        .await;
    let (folder, port) = (tempfile::TempDir::new().expect("make a folder"), free_port());
    let relay = Service::builder()
        .argument("relay")
        .redis(&redis)
        .variable("ROLLCALL_DATA_DIR", service.folder().join("data"))
        .variable("ROLLCALL_METRICS_LISTEN", format!("127.0.0.1:{port}"));
    let mut process: Process = relay.spawn(folder.path());
    wait::until("the file is looked at", async || {
        assert_eq!(process.exit_status(), None, "{}", process.tail());
        let page = reqwest::get(format!("http://127.0.0.1:{port}/metrics"))
            .await
            .ok()?;
        let page = page.text().await.ok()?;
        let mut lines = page.lines();
        lines
            .any(|line| line.starts_with("rollcall_wakeup_up") && line.ends_with(" 1"))
            .then_some(())
    })
    .await;
    let client = service.client();
    let tenant = client.new_tenant("One file").await;
    let stream = format!("lms.roster.v1:{{{}}}", (tenant.as_u128() & ((1 << 62) - 1)) % 64);
    let mut streams = redis.connect().await;
    let mut entries_before = 0;
    for number in 0..10 {
        client.new_school(tenant, &format!("School {number}")).await;
        entries_before = wait::until("it is in its stream", async || {
            let entries: usize = redis::cmd("XLEN")
                .arg(&stream)
                .query_async(&mut streams)
                .await
                .ok()?;
            (entries > entries_before).then_some(entries)
        })
        .await;
    }
    process.signal(rustix::process::Signal::TERM);
    assert!(process.wait().success(), "{}", process.tail());
}
