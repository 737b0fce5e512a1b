//! Redis Streams as the sink.

use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, Instant};

use redis::{Arg, Cmd, FromRedisValue, Script};
use uuid::Uuid;

use super::broker::{Broker, ScriptAnswer};
use super::features::BrokerFeatures;
use super::{
    AppendOutcome, FencedAppend, Lease, SinkError, StreamEntry, StreamId, StreamPosition, StreamState,
    TailEntry, stream_fields,
};
use crate::telemetry::metrics::{BrokerCall, BrokerMetrics};
use crate::tenancy::Partition;

/// The fenced append.
const SCRIPT: &str = include_str!("append.lua");

/// How often one probe is tried: on a connection that is about to be found broken, on a new one, and once more where another
/// call was just then trying the node.
const PROBES_MAX: usize = 3;

/// What the script answers: whether it appended; else the last id, the id of the tail entry and that entry's event id, the
/// stream's epoch, the holder of the lease, and for how many milliseconds still.
type ScriptReply = (i64, String, String, Vec<u8>, String, String, i64);

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
        Ok(self.state(partition).await?.position)
    }

    /// Where the partition's stream ends, and who carries it.
    pub async fn state(&self, partition: Partition) -> Result<StreamState, SinkError> {
        let mut command = self.command(partition, None);
        for _ in ["last id", "tail", "event", "epoch", "relay", "lease"] {
            command.arg("");
        }
        match self.run_script(partition, &command, BrokerCall::Tail).await? {
            AppendOutcome::Refused(state) => Ok(state),
            AppendOutcome::Appended => Err(SinkError::Reply("an empty append was accepted".to_owned())),
        }
    }

    /// Appends the entries, all or none, if the partition's stream ends exactly at the fence.
    ///
    /// After an error it is unknown whether they were appended: ask for the position.
    pub async fn append(
        &self,
        partition: Partition,
        append: &FencedAppend<'_>,
    ) -> Result<AppendOutcome, SinkError> {
        let fence = append.fence;
        // A stream of which no entry tells its epoch is kept as what it must be: the one before.
        let ends = (append.begins && *fence != StreamPosition::START)
            .then(|| fence.epoch.unwrap_or(append.epoch.saturating_sub(1)));
        let mut command = self.command(partition, ends);
        command.arg(fence.last_id.to_string());
        match &fence.tail {
            Some(tail) => command.arg(tail.id.to_string()).arg(&tail.event_id),
            None => command.arg("").arg(""),
        };
        command.arg(fence.epoch.map(|epoch| epoch.to_string()).unwrap_or_default());
        match append.claim {
            Some(claim) => command
                .arg(claim.relay.to_string())
                .arg(u64::try_from(claim.ttl.as_millis()).unwrap_or(u64::MAX).max(1)),
            None => command.arg("").arg(""),
        };
        for entry in append.entries {
            let fields = stream_fields(entry, append.epoch);
            command.arg(entry.seq).arg(fields.len() * 2);
            for (name, value) in &fields {
                command.arg(*name).arg(value.as_ref());
            }
        }
        let outcome = self.run_script(partition, &command, BrokerCall::Append).await?;
        if outcome == AppendOutcome::Appended {
            self.metrics
                .sent(u64::try_from(append.entries.len()).unwrap_or(u64::MAX));
        }
        Ok(outcome)
    }

    /// Whether the broker takes an entry at all: appends a tiny one to a stream of its own beside the partition's, and removes that.
    pub async fn probe(&self, partition: Partition) -> Result<(), SinkError> {
        let mut answer = self.probe_once(partition).await;
        for _ in 1..PROBES_MAX {
            // What broke the connection may have been the very entry because of which this is tried.
            if !answer.as_ref().is_err_and(SinkError::is_away) {
                break;
            }
            self.broker
                .until_it_may_be_tried(&self.stream_key(partition))
                .await;
            answer = self.probe_once(partition).await;
        }
        answer
    }

    async fn probe_once(&self, partition: Partition) -> Result<(), SinkError> {
        let key = format!("{}:probe", self.stream_key(partition));
        let mut append = redis::cmd("XADD");
        append.arg(&key).arg("*").arg("probe").arg("1");
        let _: String = self.call(partition, &append).await?;
        let mut remove = redis::cmd("DEL");
        remove.arg(&key);
        let _: u64 = self.call(partition, &remove).await?;
        Ok(())
    }

    /// Gives up the lease of a partition where it is `relay`'s.
    pub async fn release(&self, partition: Partition, relay: Uuid) -> Result<(), SinkError> {
        let mut command = self.command(partition, None);
        command.arg("release").arg("").arg("").arg("");
        command.arg(relay.to_string()).arg("");
        self.run_script(partition, &command, BrokerCall::Tail)
            .await
            .map(drop)
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

    /// Sends a command about the stream of a partition.
    pub(super) async fn call<T: FromRedisValue>(
        &self,
        partition: Partition,
        command: &Cmd,
    ) -> Result<T, SinkError> {
        self.broker.call(&self.stream_key(partition), command).await
    }

    /// The call of the script for one partition, its arguments still to be added; `ends` is the epoch that ends with it.
    fn command(&self, partition: Partition, ends: Option<u64>) -> Cmd {
        let stream = self.stream_key(partition);
        let mut command = redis::cmd("EVALSHA");
        command
            .arg(self.script.get_hash())
            .arg(if ends.is_some() { 3 } else { 2 })
            .arg(&stream)
            .arg(format!("{stream}:lease"));
        if let Some(epoch) = ends {
            command.arg(format!("{stream}:epoch-{epoch}"));
        }
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

    /// Runs the script by its hash; where the server does not know it (it was restarted, or is another), by its text; where
    /// the lease is not with the stream, without it.
    async fn outcome_of_script(
        &self,
        partition: Partition,
        command: &Cmd,
    ) -> Result<AppendOutcome, SinkError> {
        let key = self.stream_key(partition);
        let mut command = Cow::Borrowed(command);
        let mut problem = SinkError::Reply("the script is not known, however it is sent".to_owned());
        for _ in ["as it is", "without lease", "with text"] {
            command = match self.broker.call_script(&key, &command).await? {
                ScriptAnswer::Ran(reply) => return read_reply(reply),
                ScriptAnswer::Unknown => Cow::Owned(with_text_of_script(&command)),
                ScriptAnswer::KeysApart(error) => {
                    problem = error;
                    Cow::Owned(without_lease(&command))
                }
            };
        }
        Err(problem)
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

/// The same call with the stream as its only key. One that begins an epoch has a third, and stays as it is.
fn without_lease(command: &Cmd) -> Cmd {
    let arguments: Vec<_> = command.args_iter().collect();
    let mut without = Cmd::new();
    let has_two_keys = matches!(arguments.get(2), Some(Arg::Simple(b"2")));
    for (at, argument) in arguments.into_iter().enumerate() {
        match (at, argument) {
            (2, _) if has_two_keys => without.arg(1),
            (4, _) if has_two_keys => &mut without,
            (_, Arg::Simple(argument)) => without.arg(argument),
            _ => &mut without,
        };
    }
    without
}

fn read_reply(reply: ScriptReply) -> Result<AppendOutcome, SinkError> {
    let (appended, last_id, tail_id, event_id, epoch, holder, lease_ms) = reply;
    if appended == 1 {
        return Ok(AppendOutcome::Appended);
    }
    let tail = match tail_id.as_str() {
        "" => None,
        id => Some(TailEntry {
            id: id.parse()?,
            event_id: String::from_utf8_lossy(&event_id).into_owned(),
        }),
    };
    let epoch = match epoch.as_str() {
        "" => None,
        epoch => Some(
            epoch
                .parse()
                .map_err(|_| SinkError::Reply(format!("`{epoch}` is not an epoch")))?,
        ),
    };
    let position = StreamPosition {
        last_id: last_id.parse()?,
        tail,
        epoch,
    };
    // A key without an end, or one that ended just now, is nobody's lease.
    let lease = u64::try_from(lease_ms)
        .ok()
        .filter(|left| *left > 0 && !holder.is_empty())
        .map(|left| Lease {
            holder,
            left: Duration::from_millis(left),
        });
    Ok(AppendOutcome::Refused(StreamState { position, lease }))
}

fn paired(flat: Vec<Vec<u8>>) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut flat = flat.into_iter();
    let mut fields = Vec::new();
    while let (Some(name), Some(value)) = (flat.next(), flat.next()) {
        fields.push((name, value));
    }
    fields
}
