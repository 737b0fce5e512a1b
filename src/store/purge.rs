//! Deleting the oldest rows of the event log.
//!
//! The floor of the partition and those of its tenants rise in the transaction that deletes, so a reader that finds a row gone finds
//! out why. Nothing that a writer waits for is locked: writers take the heads, which are only read here. A batch is small, because
//! SQLite has one writer, and because a long transaction keeps PostgreSQL from cleaning up.

use chrono::{DateTime, Utc};
use sea_orm::{
    ConnectionTrait as _, DatabaseTransaction, QueryResult, SqliteTransactionMode, TransactionOptions, Value,
};

use super::dialect::Dialect;
use super::transaction::begin_surely;
use super::{Store, StoreError};
use crate::tenancy::Partition;

/// Rows that one transaction deletes at most.
pub const EVENT_PURGE_BATCH: u16 = 1_000;

/// Which rows of a partition may be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventPurge {
    /// The partition.
    pub partition: Partition,
    /// Only what was committed before this time.
    pub committed_before: DateTime<Utc>,
    /// How far the partition's stream is; none only where streams are carried by nobody, which the batch itself makes sure of.
    pub passed: Option<StreamPassed>,
}

/// How far a stream is, as its end and the log confirm it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamPassed {
    /// Which of its lives it is in. Where a later one was ordered, it has passed nothing of that.
    pub epoch: u64,
    /// The number of the entry at its end. What is below may go; that one stays, because the end is compared with it.
    pub seq: i64,
}

/// What came of a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PurgedEvents {
    /// Rows that were deleted.
    pub rows: u64,
    /// When the oldest row that is left was committed, where one is left.
    pub oldest: Option<DateTime<Utc>>,
}

impl PurgedEvents {
    /// Whether there may be more.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.rows >= u64::from(EVENT_PURGE_BATCH)
    }
}

/// The oldest row of a partition that a purge could ever delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OldestEvent {
    /// The partition.
    pub partition: Partition,
    /// When it was committed.
    pub committed_at: DateTime<Utc>,
}

impl Store {
    /// The oldest row of each partition, but for those that are also its last: one question for all of them.
    pub async fn oldest_events(&self) -> Result<Vec<OldestEvent>, StoreError> {
        let pools = self.pools();
        let sql = "SELECT head.partition, event.committed_at
                   FROM event_partition_heads AS head
                   JOIN event_log AS event ON event.partition = head.partition AND event.seq = (
                       SELECT min(first.seq) FROM event_log AS first
                       WHERE first.partition = head.partition AND first.seq >= coalesce(
                           (SELECT floor.first_seq FROM event_log_floors AS floor
                            WHERE floor.partition = head.partition), 1))
                   WHERE event.seq < head.seq";
        let rows = pools
            .event_log
            .query_all_raw(pools.dialect.statement(sql, Vec::new()))
            .await?;
        rows.iter()
            .map(|row| {
                let row = pools.dialect.row(row);
                let partition: i32 = row.get("partition")?;
                Ok(OldestEvent {
                    partition: Partition(u16::try_from(partition).unwrap_or(u16::MAX)),
                    committed_at: row.timestamp("committed_at")?,
                })
            })
            .collect()
    }

    /// Deletes the oldest rows of a partition that may go, at most [`EVENT_PURGE_BATCH`] of them.
    ///
    /// The last row stays, and so does the one at the end of the stream, whatever their age: relays compare it with that end. So does
    /// whatever comes after an event that was withheld and not yet republished: it is nowhere else.
    pub async fn purge_events(&self, purge: EventPurge) -> Result<PurgedEvents, StoreError> {
        let pools = self.pools();
        // It reads and then writes: SQLite refuses that to whom another has overtaken in between, unless the lock is taken at once.
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let transaction = begin_surely(&pools.writer, options).await?;
        if pools.dialect == Dialect::Postgres {
            transaction
                .execute_unprepared("SET LOCAL ROLE rollcall_housekeeper")
                .await?;
        }
        let batch = Batch {
            transaction: &transaction,
            dialect: pools.dialect,
            purge,
        };
        let mut rows = 0;
        if let Some(range) = batch.next_range().await? {
            batch.raise_floor(range).await?;
            batch.raise_tenant_floors(range).await?;
            rows = batch.delete(range).await?;
        }
        let oldest = batch.oldest().await?;
        transaction.commit().await?;
        Ok(PurgedEvents { rows, oldest })
    }
}

/// The rows of a batch: from the first to below the floor that is to be.
#[derive(Debug, Clone, Copy)]
struct Range {
    first: i64,
    floor: i64,
}

struct Batch<'a> {
    transaction: &'a DatabaseTransaction,
    dialect: Dialect,
    purge: EventPurge,
}

impl Batch<'_> {
    /// What may go; none where nothing may.
    async fn next_range(&self) -> Result<Option<Range>, StoreError> {
        // Rows of a partition are in the order of their commits, so the first that is too young ends the search. Times are taken a
        // moment before the commit and may be out of order by that moment: what is too young keeps what comes after it. The search
        // begins at the floor, not at the first row: what was deleted below it is still in PostgreSQL's way for a while.
        // Whether the stream is still the one that was asked is looked at here, because that may have changed since.
        let sql = "
            SELECT cast(min(seq) AS bigint) AS first, cast(max(seq) + 1 AS bigint) AS floor FROM (
                SELECT seq, committed_at, min(CASE WHEN committed_at >= $2 THEN seq END) OVER () AS first_young FROM (
                    SELECT seq, committed_at FROM event_log
                    WHERE partition = $1
                      AND seq >= coalesce((SELECT first_seq FROM event_log_floors WHERE partition = $1), 1)
                    ORDER BY seq LIMIT $3
                ) AS oldest
            ) AS batch
            WHERE (first_young IS NULL OR seq < first_young)
              AND seq < $4
              AND CASE WHEN $6 = 0 THEN NOT EXISTS (SELECT 1 FROM event_stream_trims)
                  ELSE NOT EXISTS (SELECT 1 FROM event_partition_epochs WHERE partition = $1 AND epoch > $6) END
              AND seq < (SELECT seq FROM event_partition_heads WHERE partition = $1)
              AND seq < coalesce((SELECT min(seq) FROM withheld_events
                                  WHERE partition = $1 AND republished_at IS NULL), $5)";
        let values = vec![
            self.partition(),
            self.dialect.timestamp(self.purge.committed_before),
            i64::from(EVENT_PURGE_BATCH).into(),
            self.purge.passed.map_or(i64::MAX, |passed| passed.seq).into(),
            i64::MAX.into(),
            i64::try_from(self.purge.passed.map_or(0, |passed| passed.epoch))
                .unwrap_or(i64::MAX)
                .into(),
        ];
        let Some(row) = self.one(sql, values).await? else {
            return Ok(None);
        };
        let row = self.dialect.row(&row);
        let (first, floor): (Option<i64>, Option<i64>) = (row.get("first")?, row.get("floor")?);
        Ok(first.zip(floor).map(|(first, floor)| Range { first, floor }))
    }

    async fn raise_floor(&self, range: Range) -> Result<(), StoreError> {
        // Of two processes that purge the same rows the second waits here, and then raises nothing and deletes nothing.
        let sql = "INSERT INTO event_log_floors (partition, first_seq) VALUES ($1, $2)
                   ON CONFLICT (partition) DO UPDATE SET first_seq = excluded.first_seq
                   WHERE excluded.first_seq > event_log_floors.first_seq";
        self.execute(sql, vec![self.partition(), range.floor.into()])
            .await?;
        Ok(())
    }

    async fn raise_tenant_floors(&self, range: Range) -> Result<(), StoreError> {
        // In the order of tenants, so that two processes wait for each other in one direction alone.
        let sql = "INSERT INTO event_log_tenant_floors (tenant_id, purged_through)
                   SELECT tenant_id, max(seq) FROM event_log WHERE partition = $1 AND seq >= $2 AND seq < $3
                   GROUP BY tenant_id ORDER BY tenant_id
                   ON CONFLICT (tenant_id) DO UPDATE SET purged_through = excluded.purged_through
                   WHERE excluded.purged_through > event_log_tenant_floors.purged_through";
        self.execute(sql, self.bounds(range)).await?;
        Ok(())
    }

    async fn delete(&self, range: Range) -> Result<u64, StoreError> {
        let sql = "DELETE FROM withheld_events
                   WHERE partition = $1 AND seq >= $2 AND seq < $3 AND republished_at IS NOT NULL";
        self.execute(sql, self.bounds(range)).await?;
        let sql = "DELETE FROM event_log WHERE partition = $1 AND seq >= $2 AND seq < $3";
        self.execute(sql, self.bounds(range)).await
    }

    async fn oldest(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let sql = "SELECT committed_at FROM event_log
                   WHERE partition = $1
                     AND seq >= coalesce((SELECT first_seq FROM event_log_floors WHERE partition = $1), 1)
                   ORDER BY seq LIMIT 1";
        let row = self.one(sql, vec![self.partition()]).await?;
        row.map(|row| self.dialect.row(&row).timestamp("committed_at"))
            .transpose()
    }

    async fn one(&self, sql: &str, values: Vec<Value>) -> Result<Option<QueryResult>, StoreError> {
        let statement = self.dialect.statement(sql, values);
        Ok(self.transaction.query_one_raw(statement).await?)
    }

    fn bounds(&self, range: Range) -> Vec<Value> {
        vec![self.partition(), range.first.into(), range.floor.into()]
    }

    async fn execute(&self, sql: &str, values: Vec<Value>) -> Result<u64, StoreError> {
        let statement = self.dialect.statement(sql, values);
        Ok(self.transaction.execute_raw(statement).await?.rows_affected())
    }

    fn partition(&self) -> Value {
        i32::from(self.purge.partition.0).into()
    }
}
