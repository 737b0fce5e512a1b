//! An event log in a SQLite file, with a writer as the service has it.

use std::sync::Arc;

use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, TransactionTrait as _, Value,
};
use tempfile::TempDir;
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::environment::{Environment as _, SystemEnvironment};
use crate::outbox::log::LogReader;
use crate::outbox::wakeup::Wakeup;

const TABLES: &str = r#"
create table event_partition_heads ("partition" integer primary key, seq bigint not null);
create table event_log ("partition" integer not null, seq bigint not null, tenant_id text not null, event_id text not null,
  event_type text not null, envelope text not null, traceparent text null, committed_at text not null,
  primary key ("partition", seq));"#;

/// The log; clones share it.
#[derive(Clone)]
pub(crate) struct TestLog {
    folder: Arc<TempDir>,
    /// One writer at a time, as SQLite has it.
    writer: Arc<Mutex<DatabaseConnection>>,
    partitions: u16,
}

impl TestLog {
    /// An empty log of so many partitions.
    pub(crate) async fn new(partitions: u16) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let writer = connect(&folder, 1).await;
        writer
            .execute_unprepared("pragma journal_mode = wal; pragma synchronous = off")
            .await
            .unwrap();
        writer.execute_unprepared(TABLES).await.unwrap();
        for partition in 0..partitions {
            let sql = format!("insert into event_partition_heads values ({partition}, 0)");
            writer.execute_unprepared(&sql).await.unwrap();
        }
        Self {
            folder,
            writer: Arc::new(Mutex::new(writer)),
            partitions,
        }
    }

    pub(crate) fn wakeup(&self) -> Wakeup {
        Wakeup::new(self.partitions)
    }

    /// A reader with a connection pool of its own.
    pub(crate) async fn reader(&self) -> LogReader {
        LogReader::new(connect(&self.folder, 4).await)
    }

    /// Commits `count` events to `partition`, in one transaction. Gives the last number.
    pub(crate) async fn write(&self, partition: u16, count: usize) -> i64 {
        self.write_sized(partition, count, 200).await
    }

    /// The same, with envelopes of about `size` bytes.
    pub(crate) async fn write_sized(&self, partition: u16, count: usize, size: usize) -> i64 {
        let writer = self.writer.lock().await;
        let transaction = writer.begin().await.unwrap();
        let mut seq = 0;
        for _ in 0..count {
            let sql = format!(
                r#"update event_partition_heads set seq = seq + 1 where "partition" = {partition} returning seq"#
            );
            let row = transaction
                .query_one_raw(statement(&sql, []))
                .await
                .unwrap()
                .unwrap();
            seq = row.try_get("", "seq").unwrap();
            transaction
                .execute_raw(insert(partition, seq, size))
                .await
                .unwrap();
        }
        transaction.commit().await.unwrap();
        seq
    }

    /// Runs any statement on the log.
    pub(crate) async fn execute(&self, sql: &str) {
        self.writer.lock().await.execute_unprepared(sql).await.unwrap();
    }
}

fn insert(partition: u16, seq: i64, size: usize) -> sea_orm::Statement {
    let (tenant_id, event_id) = (Uuid::from_u128(7), SystemEnvironment.new_id());
    let padding = "x".repeat(size);
    let envelope = format!(r#"{{"id":"{event_id}","sequence":"{seq}","data":"{padding}"}}"#);
    // Some events have a traceparent and some have none.
    let traceparent = (seq % 2 == 0).then(|| format!("00-{:032x}-00000000000000a1-01", event_id.as_u128()));
    statement(
        "insert into event_log values ($1, $2, $3, $4, 'lms.roster.v1.SchoolCreated', $5, $6, $7)",
        [
            i32::from(partition).into(),
            seq.into(),
            tenant_id.to_string().into(),
            event_id.to_string().into(),
            envelope.into(),
            traceparent.into(),
            "2026-01-01T00:00:00.000000Z".into(),
        ],
    )
}

fn statement(sql: &str, values: impl IntoIterator<Item = Value>) -> sea_orm::Statement {
    sea_orm::Statement::from_sql_and_values(sea_orm::DbBackend::Sqlite, sql, values)
}

async fn connect(folder: &TempDir, connections: u32) -> DatabaseConnection {
    let path = folder.path().join("log.sqlite");
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", path.display()));
    options.max_connections(connections).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}
