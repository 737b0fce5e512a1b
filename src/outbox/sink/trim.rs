//! How far a stream has been read, and forgetting what has been.

use std::collections::HashMap;

use redis::Value;

use super::{RedisSink, SinkError, StreamId};
use crate::tenancy::Partition;

/// The step that removes.
const SCRIPT: &str = include_str!("trim.lua");

/// One step of a trim, and what must be true of the stream when it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrimStep {
    /// The epoch that it is in.
    pub epoch: u64,
    /// Entries below this number go.
    pub before: i64,
    /// The number that its end has reached.
    pub last: i64,
}

/// What the summary form of `XPENDING` answers: how many, the lowest id, the highest id, and by consumer.
type Pending = (i64, Option<String>, Option<String>, Value);

impl RedisSink {
    /// The first id that a consumer group of the partition's stream has not done with: the lowest that it was given and has
    /// not acknowledged, or else the one after the last that it was given. Of several groups the slowest counts; none where there
    /// is no group.
    pub async fn first_needed(&self, partition: Partition) -> Result<Option<StreamId>, SinkError> {
        let key = self.stream_key(partition);
        let mut command = redis::cmd("XINFO");
        command.arg("GROUPS").arg(&key);
        let groups: Vec<HashMap<String, Value>> = match self.call(partition, &command).await {
            Err(SinkError::Refused(reason)) if reason.contains("no such key") => return Ok(None),
            answer => answer?,
        };
        let mut slowest: Option<StreamId> = None;
        for group in &groups {
            let delivered: StreamId = text(group, "last-delivered-id")?.parse()?;
            let mut command = redis::cmd("XPENDING");
            command.arg(&key).arg(bytes(group, "name")?);
            let (_, lowest, _, _): Pending = self.call(partition, &command).await?;
            let next = after(delivered);
            let needed = match lowest {
                Some(lowest) => next.min(lowest.parse()?),
                None => next,
            };
            slowest = Some(slowest.map_or(needed, |slowest| slowest.min(needed)));
        }
        Ok(slowest)
    }

    /// Removes the entries of the partition's stream below `<before>-0` that no group needs, and not the last. Gives how many there
    /// were; none where the stream is not the one that `step` tells of, or where it has no group.
    ///
    /// Never by length: an entry goes because it is not needed, not because there are many.
    pub async fn trim_before(&self, partition: Partition, step: &TrimStep) -> Result<Option<u64>, SinkError> {
        let acked = self.features().is_some_and(|features| features.acked_trimming);
        // With its text each time: it is called a few times a minute, on any node, and needs no command to be loaded.
        let mut command = redis::cmd("EVAL");
        command
            .arg(SCRIPT)
            .arg(1)
            .arg(self.stream_key(partition))
            .arg(step.epoch)
            .arg(StreamId::of_seq(step.before).to_string())
            .arg(StreamId::of_seq(step.last).to_string())
            .arg(if acked { "ACKED" } else { "" });
        let removed: i64 = self.call(partition, &command).await?;
        Ok(u64::try_from(removed).ok())
    }
}

fn after(id: StreamId) -> StreamId {
    match id.minor.checked_add(1) {
        // The relay writes `<seq>-0` alone, so what comes after one is the next number.
        Some(_) if id.minor == 0 => StreamId {
            major: id.major.saturating_add(1),
            minor: 0,
        },
        Some(minor) => StreamId { minor, ..id },
        None => StreamId {
            major: id.major.saturating_add(1),
            minor: 0,
        },
    }
}

fn bytes<'a>(group: &'a HashMap<String, Value>, name: &str) -> Result<&'a [u8], SinkError> {
    match group.get(name) {
        Some(Value::BulkString(bytes)) => Ok(bytes),
        other => Err(SinkError::Reply(format!(
            "a consumer group's `{name}` is {other:?}"
        ))),
    }
}

fn text(group: &HashMap<String, Value>, name: &str) -> Result<String, SinkError> {
    Ok(String::from_utf8_lossy(bytes(group, name)?).into_owned())
}
