//! Redis Streams as the sink.

use std::fmt;
use std::time::{Duration, Instant};

use redis::{Cmd, ErrorKind, FromRedisValue, Script, ServerErrorKind};

use super::connection::{Borrowed, Connector};
use super::{AppendOutcome, SinkError, StreamEntry, StreamId, StreamPosition, TailEntry, stream_fields};
use crate::outbox::log::LogEntry;
use crate::telemetry::metrics::{BrokerCall, BrokerMetrics};
use crate::tenancy::Partition;

/// What the script answers: whether it appended; else the last id, the id of the tail entry and that entry's event id.
type ScriptReply = (i64, Vec<u8>, Vec<u8>, Vec<u8>);

/// How Redis is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedisSinkSettings {
    /// What stands before the partition in the name of a stream.
    pub stream_prefix: String,
    /// How long a connection attempt or an answer may take before the broker counts as away.
    pub response_timeout: Duration,
}

impl Default for RedisSinkSettings {
    fn default() -> Self {
        Self {
            stream_prefix: "lms.roster.v1".to_owned(),
            response_timeout: Duration::from_secs(2),
        }
    }
}

/// The streams of one Redis. Cheap to clone; clones share one connection, on which their calls are pipelined.
#[derive(Clone)]
pub struct RedisSink {
    connector: Connector,
    script: Script,
    stream_prefix: String,
    metrics: BrokerMetrics,
}

impl fmt::Debug for RedisSink {
    /// Without the URL, which may hold a password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RedisSink")
            .field("address", &self.address())
            .finish_non_exhaustive()
    }
}

impl RedisSink {
    /// The sink at `url` (`redis://[user:password@]host:port[/db]`, or `unix:path`).
    ///
    /// Connects at the first call: a broker that is away is no reason not to start. Refuses only a URL that cannot
    /// be used.
    pub fn new(url: &str, settings: &RedisSinkSettings) -> Result<Self, SinkError> {
        Ok(Self {
            connector: Connector::new(url, settings.response_timeout)?,
            script: Script::new(include_str!("append.lua")),
            stream_prefix: settings.stream_prefix.clone(),
            metrics: BrokerMetrics::default(),
        })
    }

    /// The same, which measures its calls in `metrics`.
    #[must_use]
    pub fn measured(mut self, metrics: BrokerMetrics) -> Self {
        self.metrics = metrics;
        self
    }

    /// Host and port of the broker, without credentials.
    #[must_use]
    pub fn address(&self) -> &str {
        self.connector.address()
    }

    /// What the names of all streams begin with, such as `lms.roster.v1`.
    #[must_use]
    pub fn stream_prefix(&self) -> &str {
        &self.stream_prefix
    }

    /// The stream of a partition, such as `lms.roster.v1:{17}`. The braces are part of the name: they are a Redis
    /// Cluster hash tag.
    #[must_use]
    pub fn stream_key(&self, partition: Partition) -> String {
        format!("{}:{{{partition}}}", self.stream_prefix)
    }

    /// Where the partition's stream ends.
    pub async fn position(&self, partition: Partition) -> Result<StreamPosition, SinkError> {
        let mut command = self.command(partition);
        command.arg("").arg("").arg("");
        match self.run_script(&command, BrokerCall::Tail).await? {
            AppendOutcome::Refused(position) => Ok(position),
            AppendOutcome::Appended => Err(SinkError::Reply("an empty append was accepted".to_owned())),
        }
    }

    /// Appends `entries`, all or none, if the partition's stream ends exactly at `fence`.
    ///
    /// After an error it is unknown whether they were appended: ask for the position.
    pub async fn append(
        &self,
        partition: Partition,
        fence: &StreamPosition,
        entries: &[LogEntry],
    ) -> Result<AppendOutcome, SinkError> {
        let mut command = self.command(partition);
        command.arg(fence.last_id.to_string());
        match &fence.tail {
            Some(tail) => command.arg(tail.id.to_string()).arg(&tail.event_id),
            None => command.arg("").arg(""),
        };
        for entry in entries {
            let fields = stream_fields(entry);
            command.arg(entry.seq).arg(fields.len() * 2);
            for (name, value) in &fields {
                command.arg(*name).arg(value.as_ref());
            }
        }
        let outcome = self.run_script(&command, BrokerCall::Append).await?;
        if outcome == AppendOutcome::Appended {
            self.metrics
                .sent(u64::try_from(entries.len()).unwrap_or(u64::MAX));
        }
        Ok(outcome)
    }

    /// Up to `count` entries of the partition's stream after the id `after`, in their order.
    pub async fn read_after(
        &self,
        partition: Partition,
        after: StreamId,
        count: usize,
    ) -> Result<Vec<StreamEntry>, SinkError> {
        let mut command = redis::cmd("XRANGE");
        command
            .arg(self.stream_key(partition))
            .arg(format!("({after}"))
            .arg("+")
            .arg("COUNT")
            .arg(count);
        let mut borrowed = self.connector.borrow().await?;
        let entries: Vec<(String, Vec<Vec<u8>>)> = self.query(&mut borrowed, &command).await?;
        entries
            .into_iter()
            .map(|(id, flat)| {
                Ok(StreamEntry {
                    id: id.parse()?,
                    fields: paired(flat),
                })
            })
            .collect()
    }

    /// The call of the script for one partition, its arguments still to be added.
    fn command(&self, partition: Partition) -> Cmd {
        let mut command = redis::cmd("EVALSHA");
        command
            .arg(self.script.get_hash())
            .arg(1)
            .arg(self.stream_key(partition));
        command
    }

    /// Runs the script and measures how long that takes.
    async fn run_script(&self, command: &Cmd, call: BrokerCall) -> Result<AppendOutcome, SinkError> {
        let started = Instant::now();
        let outcome = self.outcome_of_script(command).await;
        let error = outcome.as_ref().err().map(SinkError::kind);
        self.metrics.called(call, error, started.elapsed());
        outcome
    }

    /// Runs the script; where the broker does not know it (it was restarted), SCRIPT LOAD and once more.
    async fn outcome_of_script(&self, command: &Cmd) -> Result<AppendOutcome, SinkError> {
        let mut borrowed = self.connector.borrow().await?;
        let reply: ScriptReply = match command.query_async(&mut borrowed.connection).await {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                let loading = self
                    .script
                    .prepare_invoke()
                    .load_async(&mut borrowed.connection)
                    .await;
                if let Err(error) = loading {
                    return Err(self.connector.failed(&borrowed, &error).await);
                }
                self.query(&mut borrowed, command).await?
            }
            Err(error) => return Err(self.connector.failed(&borrowed, &error).await),
            Ok(reply) => reply,
        };
        read_reply(reply)
    }

    async fn query<T: FromRedisValue>(&self, borrowed: &mut Borrowed, command: &Cmd) -> Result<T, SinkError> {
        match command.query_async(&mut borrowed.connection).await {
            Ok(reply) => Ok(reply),
            Err(error) => Err(self.connector.failed(borrowed, &error).await),
        }
    }
}

fn read_reply((appended, last_id, tail_id, event_id): ScriptReply) -> Result<AppendOutcome, SinkError> {
    if appended == 1 {
        return Ok(AppendOutcome::Appended);
    }
    let last_id = String::from_utf8_lossy(&last_id).parse()?;
    let tail = match tail_id.as_slice() {
        [] => None,
        id => Some(TailEntry {
            id: String::from_utf8_lossy(id).parse()?,
            event_id: String::from_utf8_lossy(&event_id).into_owned(),
        }),
    };
    Ok(AppendOutcome::Refused(StreamPosition { last_id, tail }))
}

fn paired(flat: Vec<Vec<u8>>) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut flat = flat.into_iter();
    let mut fields = Vec::new();
    while let (Some(name), Some(value)) = (flat.next(), flat.next()) {
        fields.push((name, value));
    }
    fields
}
