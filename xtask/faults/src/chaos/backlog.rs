//! How far the streams are behind the log.

use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};

use super::broker;
use super::stage::Stage;

/// A backlog that is not empty by then is a finding: no fault is left that would explain it.
pub(super) const PATIENCE: Duration = Duration::from_secs(90);

const PAUSE: Duration = Duration::from_millis(4);

/// Asks the servers themselves, past every bad network.
pub(super) struct Backlog<'a> {
    stage: &'a Stage,
    database: DatabaseConnection,
    is_control: bool,
}

impl<'a> Backlog<'a> {
    pub(super) async fn new(stage: &'a Stage, is_control: bool) -> Self {
        Self {
            stage,
            database: stage.database().await,
            is_control,
        }
    }

    /// Waits until everything is carried that is committed now; gives how long that took, or what is behind after
    /// [`PATIENCE`].
    ///
    /// Writers go on, so something is always on its way: what is waited for is the backlog that the fault left.
    pub(super) async fn until_empty(&self) -> Result<Duration, String> {
        let start = Instant::now();
        let mut heads = None;
        let mut last = "nobody could be asked".to_owned();
        while start.elapsed() < PATIENCE {
            match self.behind(&mut heads).await {
                Ok(behind) if behind.is_empty() => return Ok(start.elapsed()),
                Ok(behind) => last = behind.join(", "),
                Err(error) => last = error,
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(last)
    }

    /// The partitions whose stream is behind `heads`, with where both end. The heads are those of now where none are given.
    async fn behind(&self, heads: &mut Option<Vec<(i32, i64)>>) -> Result<Vec<String>, String> {
        if heads.is_none() {
            *heads = Some(self.heads().await.map_err(|error| error.to_string())?);
        }
        let heads = heads.as_deref().unwrap_or_default();
        let ends = if self.is_control {
            self.checkpoints().await.map_err(|error| error.to_string())?
        } else {
            self.ends(heads).await.map_err(|error| error.to_string())?
        };
        let behind = heads.iter().zip(&ends).filter(|(head, end)| head.1 > **end);
        Ok(behind
            .map(|((partition, head), end)| format!("partition {partition} of {head} at {end}"))
            .collect())
    }

    async fn heads(&self) -> Result<Vec<(i32, i64)>, sea_orm::DbErr> {
        let sql = "SELECT \"partition\"::int AS \"partition\", seq::bigint AS seq FROM event_partition_heads ORDER BY 1";
        let rows = self.database.query_all_raw(statement(sql)).await?;
        rows.iter()
            .map(|row| Ok((row.try_get("", "partition")?, row.try_get("", "seq")?)))
            .collect()
    }

    async fn checkpoints(&self) -> Result<Vec<i64>, sea_orm::DbErr> {
        let sql = "SELECT coalesce(c.seq, 0)::bigint AS seq FROM event_partition_heads h
                   LEFT JOIN control_checkpoints c USING (\"partition\") ORDER BY h.\"partition\"";
        let rows = self.database.query_all_raw(statement(sql)).await?;
        rows.iter().map(|row| row.try_get("", "seq")).collect()
    }

    async fn ends(&self, heads: &[(i32, i64)]) -> redis::RedisResult<Vec<i64>> {
        let port = self.stage.broker().port();
        let mut connection = broker::connect(port).await?;
        let mut pipeline = redis::pipe();
        for (partition, _) in heads {
            pipeline
                .cmd("XREVRANGE")
                .arg(format!("lms.roster.v1:{{{partition}}}"))
                .arg(&["+", "-", "COUNT", "1"]);
        }
        let tails: Vec<Vec<(String, Vec<String>)>> = pipeline.query_async(&mut connection).await?;
        Ok(tails
            .iter()
            .map(|tail| tail.first().map_or(0, |(id, _)| seq_of(id)))
            .collect())
    }
}

/// The log's number that an id of a stream stands for; 0 where the relay cannot have written it.
pub(super) fn seq_of(id: &str) -> i64 {
    let digits = id.strip_suffix("-0");
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// A statement without values.
pub(super) fn statement(sql: &str) -> Statement {
    Statement::from_string(sea_orm::DbBackend::Postgres, sql)
}
