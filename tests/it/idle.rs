//! What a relay costs while nothing is committed: counted by the database and the broker themselves.

use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use tempfile::TempDir;
use uuid::Uuid;

use crate::support::{PostgresServer, Process, RedisServer, Service, wait};

const PARTITIONS: usize = 64;
const POLLS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_at_rest_asks_for_the_heads_and_for_nothing_else() {
    let (server, redis) = (PostgresServer::start(), RedisServer::start());
    let database = server.create_database().await;
    let connection = server.connect(&database.name).await;
    seed(&database.url, &connection).await;
    let folder = TempDir::new().expect("make a folder");
    let relay = Service::builder()
        .argument("relay")
        .database(&database.url)
        .redis(&redis);
    let mut process: Process = relay.spawn(folder.path());
    let mut streams = redis.connect().await;
    wait::until("everything is in the streams", async || {
        assert_eq!(process.exit_status(), None, "{}", process.tail());
        let keys: usize = redis::cmd("DBSIZE").query_async(&mut streams).await.ok()?;
        (keys >= PARTITIONS).then_some(())
    })
    .await;

    connection
        .execute_unprepared("ALTER SYSTEM SET log_line_prefix = '%a| '")
        .await
        .expect("configure");
    connection
        .execute_unprepared("ALTER SYSTEM SET log_statement = 'all'")
        .await
        .expect("configure");
    connection
        .execute_unprepared("SELECT pg_reload_conf()")
        .await
        .expect("configure");
    let polls = || {
        let statements = statements(&server.log());
        let polls = statements.iter().enumerate().filter(|(_, text)| is_poll(text));
        (polls.map(|(at, _)| at).collect::<Vec<_>>(), statements.clone())
    };
    wait::until("statements are counted", async || polls().0.first().copied()).await;
    let asked_before = questions(&mut streams).await;
    let (places, statements) = wait::until("it polled", async || {
        let (places, statements) = polls();
        (places.len() > POLLS).then_some((places, statements))
    })
    .await;
    let asked = questions(&mut streams).await - asked_before;

    let between = &statements[places[0]..places[POLLS]];
    // Whether the database answers is asked by the clock, and whether notifications come through once a minute.
    let others: Vec<&String> = between
        .iter()
        .filter(|text| !is_poll(text) && *text != "SELECT 1" && !text.starts_with("NOTIFY"))
        .collect();
    assert!(others.is_empty(), "in {POLLS} polls: {others:#?}");
    assert!(
        asked <= PARTITIONS * POLLS / 2,
        "the broker was asked {asked} times in {POLLS} polls"
    );
    process.signal(rustix::process::Signal::TERM);
    assert!(process.wait().success(), "{}", process.tail());
}

/// An event in each partition.
async fn seed(url: &str, connection: &DatabaseConnection) {
    let folder = TempDir::new().expect("make a folder");
    let migrate = Service::builder().argument("migrate").database(url);
    let mut process: Process = migrate.spawn(folder.path());
    assert!(process.wait().success(), "{}", process.tail());
    for partition in 0..PARTITIONS {
        let (tenant, event) = (
            Uuid::from_u128(partition as u128),
            Uuid::from_u128(1 + partition as u128),
        );
        let sql = format!(
            "WITH head AS (UPDATE event_partition_heads SET seq = 1 WHERE partition = {partition})
             INSERT INTO event_log (partition, seq, tenant_id, event_id, event_type, envelope, committed_at)
             VALUES ({partition}, 1, '{tenant}', '{event}', 'lms.roster.v1.SchoolCreated', '{{}}', now())"
        );
        connection.execute_unprepared(&sql).await.expect("seed");
    }
}

/// What sessions of a relay were asked to run, in order.
fn statements(log: &str) -> Vec<String> {
    // A statement of several lines goes on with a tab.
    let log = log.replace("\n\t", " ");
    let lines = log.lines().filter(|line| line.starts_with("rollcall"));
    let texts = lines.filter_map(|line| {
        let (_, text) = line.split_once("LOG:  ")?;
        let (how, text) = text.split_once(": ")?;
        (how == "statement" || how.starts_with("execute ")).then(|| text.to_owned())
    });
    texts.collect()
}

fn is_poll(statement: &str) -> bool {
    statement.contains("event_partition_heads")
}

/// How often a script was run, which is how the ends of streams are asked for.
async fn questions(streams: &mut redis::aio::MultiplexedConnection) -> usize {
    let text: String = redis::cmd("INFO")
        .arg("commandstats")
        .query_async(streams)
        .await
        .expect("ask");
    let line = text.lines().find(|line| line.starts_with("cmdstat_evalsha:"));
    let calls = line.and_then(|line| line.split_once("calls=")?.1.split(',').next()?.parse().ok());
    calls.unwrap_or_default()
}
