//! What relays and their commands write down beside the log: withheld events, trims of streams, and epochs.
//!
//! Each is one statement, so that nothing is half done and no lock outlives it.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement, Value};

use super::{LogEntry, LogError};
use crate::tenancy::Partition;

/// Writes them down. Cheap to clone.
#[derive(Clone)]
pub struct RelayRecords {
    connection: DatabaseConnection,
}

impl fmt::Debug for RelayRecords {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RelayRecords").finish_non_exhaustive()
    }
}

/// A new life of a partition's stream, as an operator orders it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochOrder<'a> {
    /// The partition.
    pub partition: Partition,
    /// The log's newest epoch when the stream was judged: where another was ordered since, nobody has judged that.
    pub judged: u64,
    /// The epoch that the stream is in, which the new one must pass: a restored database may not know it.
    pub above: u64,
    /// Why.
    pub reason: &'a str,
    /// Who.
    pub actor: &'a str,
    /// The time now.
    pub now: DateTime<Utc>,
}

/// The life that was ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderedEpoch {
    /// Its number.
    pub number: u64,
    /// The log's number with which its stream begins.
    pub first_seq: i64,
}

impl RelayRecords {
    /// Records on `connection`, whose role may write them.
    #[must_use]
    pub fn new(connection: DatabaseConnection) -> Self {
        Self { connection }
    }

    /// Puts `tombstone` in the place of `entry` for every reader of the log, from now on and for ever. Where another relay did so first,
    /// its row stays.
    pub async fn withhold(
        &self,
        entry: &LogEntry,
        tombstone: &str,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<(), LogError> {
        let (uuid, time) = self.types();
        let sql = format!(
            r#"insert into withheld_events
  ("partition", seq, tenant_id, event_id, event_type, envelope, reason, withheld_at)
values ($1, $2, cast($3 as {uuid}), cast($4 as {uuid}), $5, $6, $7, cast($8 as {time}))
on conflict ("partition", seq) do nothing"#
        );
        let values = [
            i32::from(entry.partition.0).into(),
            entry.seq.into(),
            entry.tenant_id.to_string().into(),
            entry.event_id.to_string().into(),
            crate::outbox::withheld::EVENT_WITHHELD.into(),
            tombstone.into(),
            reason.into(),
            written(now).into(),
        ];
        self.execute(sql, values).await
    }

    /// Notes that the partition's stream may be trimmed below `before_seq` in its life `epoch`; 1 says no more than that there is a
    /// stream. What was noted never falls.
    pub async fn note_trim(&self, partition: Partition, epoch: u64, before_seq: i64) -> Result<(), LogError> {
        let sql = r#"insert into event_stream_trims ("partition", epoch, before_seq) values ($1, $2, $3)
on conflict ("partition", epoch) do update set before_seq = excluded.before_seq
where excluded.before_seq > event_stream_trims.before_seq"#;
        let values = [
            i32::from(partition.0).into(),
            i64::try_from(epoch).unwrap_or(i64::MAX).into(),
            before_seq.max(1).into(),
        ];
        self.execute(sql.to_owned(), values).await
    }

    /// Orders a new life of a partition's stream, which begins with the first row that the log still has.
    ///
    /// The running relays notice it and begin the stream. None where there is no such partition, or where another order came first.
    pub async fn order_epoch(&self, order: &EpochOrder<'_>) -> Result<Option<OrderedEpoch>, LogError> {
        let (_, time) = self.types();
        let sql = format!(
            r#"insert into event_partition_epochs ("partition", epoch, first_seq, started_at, reason, actor)
select head."partition",
  (select max(epoch) from (
    select 1 as epoch
    union all select cast($5 as bigint)
    union all select epoch from event_partition_epochs where "partition" = $1
  ) as known) + 1,
  coalesce((select min(seq) from event_log where "partition" = head."partition"), head.seq + 1),
  cast($2 as {time}), $3, $4
from event_partition_heads as head where head."partition" = $1
  and coalesce((select max(epoch) from event_partition_epochs where "partition" = $1), 1) = $6
on conflict do nothing
returning cast(epoch as bigint) as epoch, cast(first_seq as bigint) as first_seq"#
        );
        let values: [Value; 6] = [
            i32::from(order.partition.0).into(),
            written(order.now).into(),
            order.reason.into(),
            order.actor.into(),
            i64::try_from(order.above).unwrap_or(i64::MAX - 1).into(),
            i64::try_from(order.judged).unwrap_or(i64::MAX).into(),
        ];
        let Some(row) = self.connection.query_one_raw(self.statement(sql, values)).await? else {
            return Ok(None);
        };
        let number: i64 = row.try_get("", "epoch")?;
        Ok(Some(OrderedEpoch {
            number: u64::try_from(number)
                .map_err(|_| LogError::Row(format!("epoch {number} is out of range")))?,
            first_seq: row.try_get("", "first_seq")?,
        }))
    }

    async fn execute(&self, sql: String, values: impl IntoIterator<Item = Value>) -> Result<(), LogError> {
        self.connection.execute_raw(self.statement(sql, values)).await?;
        Ok(())
    }

    fn statement(&self, sql: String, values: impl IntoIterator<Item = Value>) -> Statement {
        Statement::from_sql_and_values(self.connection.get_database_backend(), sql, values)
    }

    /// What ids and times are called here; on `SQLite` both are texts.
    fn types(&self) -> (&'static str, &'static str) {
        match self.connection.get_database_backend() {
            DbBackend::Postgres => ("uuid", "timestamptz"),
            _ => ("text", "text"),
        }
    }
}

/// RFC 3339 in UTC with exactly six digits after the second, as the store writes times.
fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}
