//! An event log in a SQLite file or in PostgreSQL, with a writer as the service has it.

use std::sync::Arc;

use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, Statement, TransactionTrait as _,
    Value,
};
use tempfile::TempDir;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::PostgresServer;
use crate::environment::{Environment as _, SystemEnvironment};
use crate::outbox::log::{LogReader, RelayRecords};
use crate::outbox::wakeup::{CommitSource, Wakeup};

/// The log; clones share it.
#[derive(Clone)]
pub(crate) struct TestLog {
    url: String,
    /// The type of ids in this database.
    id_type: &'static str,
    /// One writer at a time, as SQLite has it.
    writer: Arc<Mutex<DatabaseConnection>>,
    partitions: u16,
    /// Where the SQLite file is, while it is needed.
    _folder: Option<Arc<TempDir>>,
}

impl TestLog {
    /// An empty log of so many partitions, in SQLite.
    pub(crate) async fn new(partitions: u16) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("log.sqlite").display());
        let log = Self::create(url, "text", partitions, Some(folder)).await;
        log.execute("pragma journal_mode = wal; pragma synchronous = off")
            .await;
        log
    }

    /// The same, in PostgreSQL.
    pub(crate) async fn in_postgres(postgres: &PostgresServer, partitions: u16) -> Self {
        Self::create(postgres.url(), "uuid", partitions, None).await
    }

    async fn create(
        url: String,
        id_type: &'static str,
        partitions: u16,
        folder: Option<Arc<TempDir>>,
    ) -> Self {
        let writer = Arc::new(Mutex::new(connect(&url, 1).await));
        let time_type = if id_type == "uuid" { "timestamptz" } else { "text" };
        let log = Self {
            url,
            id_type,
            writer,
            partitions,
            _folder: folder,
        };
        log.execute(&format!(
            r#"create table event_partition_heads ("partition" integer primary key, seq bigint not null);
            create table event_log ("partition" integer not null, seq bigint not null, tenant_id {id_type} not null,
              event_id {id_type} not null, event_type text not null, envelope text not null, traceparent text null,
              committed_at text not null, primary key ("partition", seq));
            create table event_log_floors ("partition" integer primary key, first_seq bigint not null);
            create table event_stream_trims ("partition" integer not null, epoch bigint not null, before_seq bigint not null,
              primary key ("partition", epoch));
            create table event_partition_epochs ("partition" integer not null, epoch bigint not null,
              first_seq bigint not null, started_at {time_type} not null, reason text not null, actor text not null,
              primary key ("partition", epoch));
            create table withheld_events ("partition" integer not null, seq bigint not null, tenant_id {id_type} not null,
              event_id {id_type} not null, event_type text not null, envelope text not null, reason text not null,
              withheld_at {time_type} not null, republished_at {time_type} null, republished_seq bigint null,
              primary key ("partition", seq))"#
        ))
        .await;
        for partition in 0..partitions {
            log.execute(&format!(
                "insert into event_partition_heads values ({partition}, 0)"
            ))
            .await;
        }
        log
    }

    /// Where other processes hear of what is committed here.
    pub(crate) fn commits(&self) -> CommitSource {
        if self.url.starts_with("sqlite:") {
            CommitSource::Sqlite(Box::new(self.url.parse().unwrap()))
        } else {
            CommitSource::Postgres(Box::new(self.url.parse().unwrap()))
        }
    }

    pub(crate) fn wakeup(&self) -> Wakeup {
        Wakeup::new(self.partitions)
    }

    /// A reader with a connection pool of its own.
    pub(crate) async fn reader(&self) -> LogReader {
        LogReader::new(connect(&self.url, 4).await)
    }

    /// Commits `count` events to `partition`, in one transaction. Gives the last number.
    pub(crate) async fn write(&self, partition: u16, count: usize) -> i64 {
        self.write_sized(partition, count, 200).await
    }

    /// The same, with envelopes of `size` bytes and a little more.
    pub(crate) async fn write_sized(&self, partition: u16, count: usize, size: usize) -> i64 {
        let writer = self.writer.lock().await;
        let backend = writer.get_database_backend();
        let transaction = writer.begin().await.unwrap();
        let mut seq = 0;
        for _ in 0..count {
            let sql =
                r#"update event_partition_heads set seq = seq + 1 where "partition" = $1 returning seq"#;
            let values = [Value::from(i32::from(partition))];
            let taking = Statement::from_sql_and_values(backend, sql, values);
            let row = transaction.query_one_raw(taking).await.unwrap().unwrap();
            seq = row.try_get("", "seq").unwrap();
            let sql = format!(
                "insert into event_log values ($1, $2, cast($3 as {0}), cast($4 as {0}), 'lms.roster.v1.SchoolCreated', $5, $6, $7)",
                self.id_type
            );
            let inserting = Statement::from_sql_and_values(backend, sql, values_of(partition, seq, size));
            transaction.execute_raw(inserting).await.unwrap();
        }
        transaction.commit().await.unwrap();
        seq
    }

    /// What relays write down beside it.
    pub(crate) async fn records(&self) -> RelayRecords {
        RelayRecords::new(connect(&self.url, 1).await)
    }

    /// Deletes the rows of a partition below `first_seq`, as a purge does.
    pub(crate) async fn purge(&self, partition: u16, first_seq: i64) {
        self.execute(&format!(
            r#"insert into event_log_floors values ({partition}, {first_seq})
              on conflict ("partition") do update set first_seq = excluded.first_seq;
            delete from event_log where "partition" = {partition} and seq < {first_seq}"#
        ))
        .await;
    }

    /// Runs any statements on the log.
    pub(crate) async fn execute(&self, sql: &str) {
        self.writer.lock().await.execute_unprepared(sql).await.unwrap();
    }
}

fn values_of(partition: u16, seq: i64, size: usize) -> [Value; 7] {
    let (tenant_id, event_id) = (Uuid::from_u128(7), SystemEnvironment.new_id());
    let padding = "x".repeat(size);
    let attributes = r#""type":"lms.roster.v1.SchoolCreated","dataschema":"/schemas/x/1.0.0.json""#;
    let envelope = format!(r#"{{"id":"{event_id}","sequence":"{seq}",{attributes},"data":"{padding}"}}"#);
    // Some events have a traceparent and some have none.
    let traceparent = (seq % 2 == 0).then(|| format!("00-{:032x}-00000000000000a1-01", event_id.as_u128()));
    [
        i32::from(partition).into(),
        seq.into(),
        tenant_id.to_string().into(),
        event_id.to_string().into(),
        envelope.into(),
        traceparent.into(),
        "2026-01-01T00:00:00.000000Z".into(),
    ]
}

async fn connect(url: &str, connections: u32) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url.to_owned());
    options.max_connections(connections).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}
