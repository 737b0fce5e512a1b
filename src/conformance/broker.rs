//! The scratch Redis, and what can happen to a stream in it.

use redis::aio::MultiplexedConnection;
use redis::streams::StreamInfoGroupsReply;
use redis::{AsyncCommands as _, Client, Pipeline, RedisError};

use super::ConformanceError;

/// A connection; clones share it.
#[derive(Clone)]
pub(super) struct Broker {
    connection: MultiplexedConnection,
}

/// What all keys of a scenario held at one time.
pub(super) struct Memory(Vec<(String, Vec<u8>)>);

/// The stream of one scenario, and whose keys beside it are the consumer's.
#[derive(Clone)]
pub(super) struct Stream {
    broker: Broker,
    pub(super) key: String,
    pub(super) group: String,
}

/// The fields of an entry, and its id.
pub(super) type Entry = (String, Vec<(String, String)>);

impl Broker {
    pub(super) async fn connect(url: &str) -> Result<Self, ConformanceError> {
        let client = Client::open(url)?;
        let connection = client.get_multiplexed_async_connection().await?;
        Ok(Self { connection })
    }

    /// Refuses a Redis that somebody uses.
    pub(super) async fn insist_on_empty(&self) -> Result<(), ConformanceError> {
        let mut connection = self.connection.clone();
        let count: u64 = redis::cmd("DBSIZE").query_async(&mut connection).await?;
        if count == 0 {
            return Ok(());
        }
        let example: Option<String> = redis::cmd("RANDOMKEY").query_async(&mut connection).await?;
        Err(ConformanceError::NotEmpty {
            count,
            example: example.unwrap_or_default(),
        })
    }

    /// The stream of `partition` for a consumer in `group`; refuses one that is there already.
    pub(super) async fn stream(&self, partition: u16, group: String) -> Result<Stream, ConformanceError> {
        let key = format!("lms.roster.v1:{{{partition}}}");
        let is_there: bool = self.connection.clone().exists(&key).await?;
        if is_there {
            return Err(ConformanceError::Taken(key));
        }
        Ok(Stream {
            broker: self.clone(),
            key,
            group,
        })
    }
}

impl Stream {
    /// Appends entries, as the relay does: all in one step.
    pub(super) async fn append(&self, entries: &[Entry]) -> Result<(), RedisError> {
        let mut step = redis::pipe();
        step.atomic();
        self.add(&mut step, entries);
        self.run(step).await
    }

    fn add(&self, step: &mut Pipeline, entries: &[Entry]) {
        for (id, fields) in entries {
            step.xadd(&self.key, id, fields).ignore();
        }
    }

    /// Renames the stream away and begins it anew with `entries`, its consumer groups made again at its start: what the relay
    /// does at a new epoch, in one step.
    pub(super) async fn begin_epoch(&self, old_epoch: u64, entries: &[Entry]) -> Result<(), RedisError> {
        let mut step = redis::pipe();
        step.atomic();
        step.rename(&self.key, format!("{}:epoch-{old_epoch}", self.key))
            .ignore();
        for group in self.groups().await?.groups {
            step.xgroup_create_mkstream(&self.key, group.name, "0-0").ignore();
        }
        self.add(&mut step, entries);
        self.run(step).await
    }

    /// Removes all entries below `id`.
    pub(super) async fn trim_below(&self, id: &str) -> Result<(), RedisError> {
        let mut step = redis::pipe();
        step.cmd("XTRIM").arg(&self.key).arg("MINID").arg(id).ignore();
        self.run(step).await
    }

    /// Has every group read from the start again.
    pub(super) async fn put_groups_back(&self) -> Result<(), RedisError> {
        let mut step = redis::pipe();
        for group in self.groups().await?.groups {
            step.cmd("XGROUP")
                .arg("SETID")
                .arg(&self.key)
                .arg(group.name)
                .arg("0")
                .ignore();
        }
        self.run(step).await
    }

    /// Whether there is a group, and whether every group was given every entry and has acknowledged it.
    pub(super) async fn taken(&self) -> Result<(bool, bool), RedisError> {
        let groups = self.groups().await?.groups;
        let last_id: String = {
            let mut connection = self.broker.connection.clone();
            let info: redis::streams::StreamInfoStreamReply = connection.xinfo_stream(&self.key).await?;
            info.last_generated_id
        };
        let all = groups
            .iter()
            .all(|group| group.pending == 0 && group.last_delivered_id == last_id);
        Ok((!groups.is_empty(), all))
    }

    async fn groups(&self) -> Result<StreamInfoGroupsReply, RedisError> {
        self.broker.connection.clone().xinfo_groups(&self.key).await
    }

    /// What the keys of this scenario hold now.
    pub(super) async fn remember(&self) -> Result<Memory, RedisError> {
        let mut connection = self.broker.connection.clone();
        let mut memory = Vec::new();
        for key in self.keys().await? {
            let dump: Vec<u8> = redis::cmd("DUMP").arg(&key).query_async(&mut connection).await?;
            memory.push((key, dump));
        }
        Ok(Memory(memory))
    }

    /// Puts the keys of this scenario back to what they held then, as a broker does that lost its last writes: the streams, their
    /// groups, and whatever else the consumer keeps there under the name of its group.
    pub(super) async fn forget_since(&self, memory: &Memory) -> Result<(), RedisError> {
        let mut step = redis::pipe();
        step.atomic();
        for key in self.keys().await? {
            step.del(key).ignore();
        }
        for (key, dump) in &memory.0 {
            step.cmd("RESTORE").arg(key).arg(0).arg(dump.as_slice()).ignore();
        }
        self.run(step).await
    }

    /// Removes the keys of this scenario.
    pub(super) async fn forget_all(&self) -> Result<(), RedisError> {
        self.forget_since(&Memory(Vec::new())).await
    }

    async fn keys(&self) -> Result<Vec<String>, RedisError> {
        let mut keys = Vec::new();
        for pattern in [format!("{}*", self.key), format!("*{}*", self.group)] {
            let mut connection = self.broker.connection.clone();
            let mut cursor = 0_u64;
            loop {
                let (next, found): (u64, Vec<String>) = redis::cmd("SCAN")
                    .arg(cursor)
                    .arg("MATCH")
                    .arg(&pattern)
                    .arg("COUNT")
                    .arg(1000)
                    .query_async(&mut connection)
                    .await?;
                keys.extend(found);
                cursor = next;
                if cursor == 0 {
                    break;
                }
            }
        }
        keys.sort_unstable();
        keys.dedup();
        Ok(keys)
    }

    async fn run(&self, step: Pipeline) -> Result<(), RedisError> {
        if step.cmd_iter().next().is_none() {
            return Ok(());
        }
        step.query_async(&mut self.broker.connection.clone()).await
    }
}
