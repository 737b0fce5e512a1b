//! Reading the event log.
//!
//! A sequence number is taken inside the transaction that writes its row, from a row that the transaction holds
//! locked until it commits. Rows of a partition therefore appear in the order of their numbers and without a gap: whoever
//! has read up to n will find n + 1 next and nothing will ever appear below. No snapshot, no waiting and no second look is
//! needed.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr, QueryResult, Statement, Value};
use uuid::Uuid;

use crate::tenancy::{Partition, TenantId};

mod records;

pub use records::{EpochOrder, OrderedEpoch, RelayRecords};

/// One row of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Its partition.
    pub partition: Partition,
    /// Its place in the partition: 1, 2, 3 and so on.
    pub seq: i64,
    /// The tenant whose event it is.
    pub tenant_id: TenantId,
    /// The event's id.
    pub event_id: Uuid,
    /// The event's type, such as `lms.roster.v1.SchoolCreated`.
    pub event_type: String,
    /// The event in its CloudEvents envelope, JSON text exactly as it was stored.
    pub envelope: String,
    /// The W3C `traceparent` of the request that caused it, where there was one.
    pub traceparent: Option<String>,
}

/// A life of a partition's stream. Only an operator begins another, where log and stream can no longer be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogEpoch {
    /// Which: 1 for the first.
    pub number: u64,
    /// The first sequence number of its stream.
    pub first_seq: i64,
}

impl LogEpoch {
    /// The one in which every partition begins.
    pub const FIRST: Self = Self {
        number: 1,
        first_seq: 1,
    };
}

/// A part of the log and what it continues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogContinuation {
    /// The id of the event at the number after which was read, where the log has it.
    pub at: Option<Uuid>,
    /// The rows after it, in order.
    pub entries: Vec<LogEntry>,
    /// The newest epoch of the partition.
    pub epoch: LogEpoch,
    /// The first number whose row is kept; older ones were purged.
    pub first_retained: i64,
}

/// The end of a partition's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogHead {
    /// The partition.
    pub partition: Partition,
    /// The last sequence number that was committed in it; 0 where there is none.
    pub seq: i64,
    /// The id of the event there.
    pub event_id: Option<Uuid>,
    /// The partition's newest epoch.
    pub epoch: u64,
}

/// How much one read may return: it ends at whichever comes first, but returns at least one row where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimit {
    /// Rows.
    pub entries: u32,
    /// Bytes of envelopes; the row that crosses it is still returned.
    pub bytes: u32,
}

/// Why the log cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The database did not answer, or refused.
    #[error("the event log cannot be read: {0}")]
    Database(#[from] DbErr),
    /// It did not answer in time.
    #[error("the event log did not answer within {} s", limit.as_secs())]
    TimedOut {
        /// The time it had.
        limit: Duration,
    },
    /// A row holds something that the writer never writes.
    #[error("a row of the event log cannot be read: {0}")]
    Row(String),
}

/// Reads the log, on SQLite and on PostgreSQL. Cheap to clone; clones share the connection pool.
#[derive(Clone)]
pub struct LogReader {
    connection: DatabaseConnection,
}

impl fmt::Debug for LogReader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LogReader").finish_non_exhaustive()
    }
}

// `partition` is a word of both dialects, hence the quotes. Numbers and ids are cast so that one way of decoding fits both
// databases, which store them in different types.
const HEADS: &str = r#"select cast(head."partition" as bigint) as "partition", cast(head.seq as bigint) as seq,
cast(log.event_id as text) as event_id,
cast(coalesce((select max(epoch) from event_partition_epochs as life where life."partition" = head."partition"), 1) as bigint) as epoch
from event_partition_heads as head left join event_log as log on log."partition" = head."partition" and log.seq = head.seq
order by head."partition""#;

/// What is true of the whole partition, in a row that is there whether or not the log has one.
const FACTS: &str = r#"select cast(coalesce(life.epoch, 1) as bigint) as epoch,
  cast(coalesce(life.first_seq, 1) as bigint) as epoch_first_seq,
  cast(coalesce((select first_seq from event_log_floors where "partition" = $1), 1) as bigint) as first_retained
from (select 1 as one) as always left join (
  select epoch, first_seq from event_partition_epochs where "partition" = $1 order by epoch desc limit 1
) as life on true"#;

/// Rows as everybody reads them: in the place of a withheld event stands its tombstone. `$rows` picks from the log first, so that
/// nothing but these is looked up.
const ENTRIES: &str = r#"select cast(event."partition" as bigint) as "partition", cast(event.seq as bigint) as seq,
  cast(event.tenant_id as text) as tenant_id, cast(event.event_id as text) as event_id,
  coalesce(tombstone.event_type, event.event_type) as event_type,
  coalesce(tombstone.envelope, event.envelope) as envelope, event.traceparent
from ($rows) as event
left join withheld_events as tombstone on tombstone."partition" = event."partition" and tombstone.seq = event.seq"#;

impl LogReader {
    /// A reader on `connection`, whose role may read every tenant's rows of the log.
    #[must_use]
    pub fn new(connection: DatabaseConnection) -> Self {
        Self { connection }
    }

    /// The end of every partition.
    pub async fn heads(&self) -> Result<Vec<LogHead>, LogError> {
        let rows = self
            .connection
            .query_all_raw(self.statement(HEADS.to_owned(), []))
            .await?;
        rows.iter().map(head_of).collect()
    }

    /// The rows of a partition after `seq`, in order, within `limit`.
    pub async fn read_after(
        &self,
        partition: Partition,
        seq: i64,
        limit: BatchLimit,
    ) -> Result<Vec<LogEntry>, LogError> {
        Ok(self.continuation(partition, seq, limit).await?.entries)
    }

    /// The same, and with them, in the same statement, whose event the row at `seq` itself is.
    pub async fn continuation(
        &self,
        partition: Partition,
        seq: i64,
        limit: BatchLimit,
    ) -> Result<LogContinuation, LogError> {
        // The sum before a row decides, not the sum with it: the first row is returned whatever its size. The row at `seq`
        // counts neither as a row nor with its size.
        let entries =
            entries(r#"select * from event_log where "partition" = $1 and seq >= $2 order by seq limit $3"#);
        let sql = format!(
            r"select batch.*, facts.epoch, facts.epoch_first_seq, facts.first_retained
from ({FACTS}) as facts left join (
  select * from (
    select entry.*, octet_length(envelope) as size,
      sum(case when seq > $2 then octet_length(envelope) else 0 end) over (order by seq) as size_through
    from ({entries}) as entry
  ) as sized where seq = $2 or size_through - size < $4
) as batch on true order by batch.seq"
        );
        let limits = [
            Value::from(i64::from(limit.entries) + 1),
            Value::from(i64::from(limit.bytes)),
        ];
        let [entries, bytes] = limits;
        let values = [
            Value::from(i32::from(partition.0)),
            Value::from(seq),
            entries,
            bytes,
        ];
        let rows = self.connection.query_all_raw(self.statement(sql, values)).await?;
        let mut continuation = LogContinuation {
            at: None,
            entries: Vec::with_capacity(rows.len()),
            epoch: LogEpoch::FIRST,
            first_retained: 1,
        };
        for row in &rows {
            continuation.epoch = epoch_of(row)?;
            continuation.first_retained = row.try_get("", "first_retained")?;
            if row.try_get::<Option<i64>>("", "seq")?.is_none() {
                break;
            }
            let entry = entry_of(row)?;
            if entry.seq == seq {
                continuation.at = Some(entry.event_id);
            } else {
                continuation.entries.push(entry);
            }
        }
        continuation.entries.truncate(limit.entries as usize);
        Ok(continuation)
    }

    /// The row at one place, where there is one.
    pub async fn entry_at(&self, partition: Partition, seq: i64) -> Result<Option<LogEntry>, LogError> {
        let sql = entries(r#"select * from event_log where "partition" = $1 and seq = $2"#);
        let values = [Value::from(i32::from(partition.0)), Value::from(seq)];
        let row = self.connection.query_one_raw(self.statement(sql, values)).await?;
        row.as_ref().map(entry_of).transpose()
    }

    /// Below which number each stream may have been trimmed in each of its lives; where no relay ever carried anything, it is empty.
    pub async fn trims(&self) -> Result<BTreeMap<(Partition, u64), i64>, LogError> {
        let sql = r#"select cast("partition" as bigint) as "partition", cast(epoch as bigint) as epoch,
cast(before_seq as bigint) as before_seq from event_stream_trims"#;
        let rows = self
            .connection
            .query_all_raw(self.statement(sql.to_owned(), []))
            .await?;
        rows.iter()
            .map(|row| {
                let life = (partition_of(row)?, epoch_number(row)?);
                Ok((life, row.try_get("", "before_seq")?))
            })
            .collect()
    }

    fn statement(&self, sql: String, values: impl IntoIterator<Item = Value>) -> Statement {
        Statement::from_sql_and_values(self.connection.get_database_backend(), sql, values)
    }
}

fn partition_of(row: &QueryResult) -> Result<Partition, LogError> {
    let partition: i64 = row.try_get("", "partition")?;
    u16::try_from(partition)
        .map(Partition)
        .map_err(|_| LogError::Row(format!("partition {partition} is out of range")))
}

fn head_of(row: &QueryResult) -> Result<LogHead, LogError> {
    let event_id: Option<String> = row.try_get("", "event_id")?;
    Ok(LogHead {
        partition: partition_of(row)?,
        seq: row.try_get("", "seq")?,
        event_id: event_id.map(|_| uuid_of(row, "event_id")).transpose()?,
        epoch: epoch_number(row)?,
    })
}

fn epoch_of(row: &QueryResult) -> Result<LogEpoch, LogError> {
    Ok(LogEpoch {
        number: epoch_number(row)?,
        first_seq: row.try_get("", "epoch_first_seq")?,
    })
}

fn epoch_number(row: &QueryResult) -> Result<u64, LogError> {
    let epoch: i64 = row.try_get("", "epoch")?;
    u64::try_from(epoch).map_err(|_| LogError::Row(format!("epoch {epoch} is out of range")))
}

fn entries(rows: &str) -> String {
    ENTRIES.replace("$rows", rows)
}

fn entry_of(row: &QueryResult) -> Result<LogEntry, LogError> {
    Ok(LogEntry {
        partition: partition_of(row)?,
        seq: row.try_get("", "seq")?,
        tenant_id: TenantId(uuid_of(row, "tenant_id")?),
        event_id: uuid_of(row, "event_id")?,
        event_type: row.try_get("", "event_type")?,
        envelope: row.try_get("", "envelope")?,
        traceparent: row.try_get("", "traceparent")?,
    })
}

fn uuid_of(row: &QueryResult, column: &str) -> Result<Uuid, LogError> {
    let text: String = row.try_get("", column)?;
    Uuid::parse_str(&text).map_err(|error| LogError::Row(format!("{column} `{text}`: {error}")))
}

#[cfg(test)]
mod tests;
