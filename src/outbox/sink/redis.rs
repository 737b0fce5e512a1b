//! Redis Streams as the sink.

use std::fmt;
use std::time::{Duration, Instant};

use redis::{Arg, Cmd, Script};

use super::broker::{Broker, ScriptAnswer};
use super::features::BrokerFeatures;
use super::{AppendOutcome, SinkError, StreamEntry, StreamId, StreamPosition, TailEntry, stream_fields};
use crate::outbox::log::LogEntry;
use crate::telemetry::metrics::{BrokerCall, BrokerMetrics};
use crate::tenancy::Partition;

/// The fenced append.
const SCRIPT: &str = include_str!("append.lua");

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
    broker: Broker,
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
    /// The sink at `url`: one server (`redis://`, `rediss://`, `unix://`), the primary that sentinels name
    /// (`redis+sentinel://`, `rediss+sentinel://`) or a cluster (`redis+cluster://`, `rediss+cluster://`).
    ///
    /// Connects at the first call: a broker that is away is no reason not to start. Refuses only a URL that cannot
    /// be used, and files of it that cannot be read.
    pub fn new(url: &str, settings: &RedisSinkSettings) -> Result<Self, SinkError> {
        Ok(Self {
            broker: Broker::new(url, settings.response_timeout)?,
            script: Script::new(SCRIPT),
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

    /// Where the broker is, without credentials: host and port, or several of them.
    #[must_use]
    pub fn address(&self) -> &str {
        self.broker.address()
    }

    /// What the broker is and what it can do; none before the first connection, and where it does not tell.
    #[must_use]
    pub fn features(&self) -> Option<BrokerFeatures> {
        self.broker.features()
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
        match self.run_script(partition, &command, BrokerCall::Tail).await? {
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
        let outcome = self.run_script(partition, &command, BrokerCall::Append).await?;
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
        let entries: Vec<(String, Vec<Vec<u8>>)> =
            self.broker.call(&self.stream_key(partition), &command).await?;
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
    async fn run_script(
        &self,
        partition: Partition,
        command: &Cmd,
        call: BrokerCall,
    ) -> Result<AppendOutcome, SinkError> {
        let started = Instant::now();
        let outcome = self.outcome_of_script(partition, command).await;
        let error = outcome.as_ref().err().map(SinkError::kind);
        self.metrics.called(call, error, started.elapsed());
        outcome
    }

    /// Runs the script by its hash; where the server does not know it (it was restarted, or is another), by its text.
    async fn outcome_of_script(
        &self,
        partition: Partition,
        command: &Cmd,
    ) -> Result<AppendOutcome, SinkError> {
        let key = self.stream_key(partition);
        let reply: ScriptReply = match self.broker.call_script(&key, command).await? {
            ScriptAnswer::Ran(reply) => reply,
            ScriptAnswer::Unknown => self.broker.call(&key, &with_text_of_script(command)).await?,
        };
        read_reply(reply)
    }
}

/// `EVALSHA hash …` as `EVAL text …`, which also has the server remember the script. No other command is sent for that:
/// in a cluster it would have to find the same node, and an ACL would have to permit it.
fn with_text_of_script(command: &Cmd) -> Cmd {
    let mut whole = redis::cmd("EVAL");
    whole.arg(SCRIPT);
    for argument in command.args_iter().skip(2) {
        if let Arg::Simple(argument) = argument {
            whole.arg(argument);
        }
    }
    whole
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
