//! Where the relay carries the log to, and how a stream says where it ends.

mod blame;
mod broker;
mod cluster;
mod connection;
mod dial;
mod features;
mod redis;
mod sentinel;
#[cfg(test)]
mod tests;
mod trim;
mod url;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use uuid::Uuid;

pub use blame::Blame;
pub use features::{BrokerFeatures, BrokerProduct};
pub use redis::{RedisSink, RedisSinkSettings};
pub use trim::TrimStep;

use super::log::{LogEntry, LogEpoch};

/// The id of a stream's entry: two unsigned halves, compared from the left.
///
/// The relay writes `<seq>-0` only; any other id was written by someone else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    /// The first half; for an entry of the relay the log's sequence number.
    pub major: u64,
    /// The second half; for an entry of the relay 0.
    pub minor: u64,
}

impl StreamId {
    /// The last id of a stream that never had an entry.
    pub const ZERO: Self = Self { major: 0, minor: 0 };

    /// The id under which the log's entry `seq` is appended. Sequence numbers start at 1; what is below counts as 0.
    #[must_use]
    pub fn of_seq(seq: i64) -> Self {
        Self {
            major: u64::try_from(seq).unwrap_or_default(),
            minor: 0,
        }
    }

    /// The log's sequence number that this id stands for, or none where the relay cannot have written it.
    #[must_use]
    pub fn seq(self) -> Option<i64> {
        if self.minor == 0 {
            i64::try_from(self.major).ok()
        } else {
            None
        }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.major, self.minor)
    }
}

impl FromStr for StreamId {
    type Err = SinkError;

    fn from_str(text: &str) -> Result<Self, SinkError> {
        text.split_once('-')
            .and_then(|(major, minor)| {
                Some(Self {
                    major: major.parse().ok()?,
                    minor: minor.parse().ok()?,
                })
            })
            .ok_or_else(|| SinkError::Reply(format!("`{text}` is not a stream id")))
    }
}

/// The entry that stands at a stream's end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailEntry {
    /// Its id in the stream.
    pub id: StreamId,
    /// Its field `id`: the event's id; empty where it has none.
    pub event_id: String,
}

/// Where a stream ends. What the broker says here is the truth about what was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamPosition {
    /// The last id that the stream generated, whether or not that entry is still there.
    pub last_id: StreamId,
    /// The last entry that is there; none in a stream that is empty or was trimmed to nothing.
    pub tail: Option<TailEntry>,
    /// Which life of the partition's stream this is, 1 being the first; none where there is no entry to tell.
    pub epoch: Option<u64>,
}

impl StreamPosition {
    /// The position of a stream that never had an entry.
    pub const START: Self = Self {
        last_id: StreamId::ZERO,
        tail: None,
        epoch: None,
    };

    /// The position of a stream of `epoch` that ends with `entry`.
    #[must_use]
    pub fn after(entry: &LogEntry, epoch: u64) -> Self {
        let id = StreamId::of_seq(entry.seq);
        Self {
            last_id: id,
            tail: Some(TailEntry {
                id,
                event_id: entry.event_id.to_string(),
            }),
            epoch: Some(epoch),
        }
    }

    /// The number of the entry at the end, where that is not the last that the stream had.
    #[must_use]
    pub fn older_tail(&self) -> Option<i64> {
        let tail = self.tail.as_ref()?;
        if tail.id == self.last_id {
            return None;
        }
        tail.id.seq()
    }
}

/// Who carries a partition at present, so that others need not do the same work. Nothing rests on it but speed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The relay.
    pub holder: String,
    /// For how long still, unless it is extended.
    pub left: Duration,
}

/// What the broker says of a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamState {
    /// Where the stream ends.
    pub position: StreamPosition,
    /// Who carries the partition, where somebody does.
    pub lease: Option<Lease>,
}

/// A relay's claim to carry a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The relay.
    pub relay: Uuid,
    /// For how long, from the append on.
    pub ttl: Duration,
}

/// What is to be appended, and behind which fence.
#[derive(Debug, Clone, Copy)]
pub struct FencedAppend<'a> {
    /// Where the stream must end.
    pub fence: &'a StreamPosition,
    /// The entries, in order.
    pub entries: &'a [LogEntry],
    /// Their epoch.
    pub epoch: u64,
    /// They are the first of it: the stream that is there is moved away, and a new one begun.
    pub begins: bool,
    /// The lease that comes with it.
    pub claim: Option<Claim>,
}

impl<'a> FencedAppend<'a> {
    /// An append to a stream's first life, that claims no lease.
    #[must_use]
    pub fn plain(fence: &'a StreamPosition, entries: &'a [LogEntry]) -> Self {
        Self {
            fence,
            entries,
            epoch: LogEpoch::FIRST.number,
            begins: false,
            claim: None,
        }
    }
}

/// What came of a fenced append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppendOutcome {
    /// Every entry was appended.
    Appended,
    /// The stream does not end where the caller said; nothing was appended. This is where it ends.
    Refused(StreamState),
}

/// An entry as it stands in a stream, its fields in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamEntry {
    /// Its id.
    pub id: StreamId,
    /// Names and values.
    pub fields: Vec<(Vec<u8>, Vec<u8>)>,
}

impl StreamEntry {
    /// The value of a field, where there is one.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&[u8]> {
        self.fields
            .iter()
            .find(|(key, _)| key == name.as_bytes())
            .map(|(_, value)| value.as_slice())
    }
}

/// Why the broker could not be asked, or would not answer. No text in here holds a credential.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SinkError {
    /// The URL of the broker cannot be used.
    #[error("the broker's URL cannot be used: {0}")]
    Url(String),
    /// It cannot be reached, does not answer in time, or is still loading its data.
    #[error("the broker at {address} is away: {reason}")]
    Unreachable {
        /// Host and port, or what else it is called.
        address: String,
        /// What happened.
        reason: String,
        /// A connection that stood ended before this call was answered.
        was_cut: bool,
    },
    /// A node of a cluster, or the part of it that has a stream, cannot be reached. The others may well be.
    #[error("the broker's node at {address} is away: {reason}")]
    NodeAway {
        /// Host and port.
        address: String,
        /// What happened.
        reason: String,
        /// A connection that stood ended before this call was answered.
        was_cut: bool,
    },
    /// It answered with an error.
    #[error("the broker refused: {0}")]
    Refused(String),
    /// It answered something that cannot be read.
    #[error("the broker's answer cannot be read: {0}")]
    Reply(String),
}

impl SinkError {
    /// Which kind of error it is, in a word.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Url(_) => "url",
            Self::Unreachable { .. } | Self::NodeAway { .. } => "unreachable",
            Self::Refused(_) => "refused",
            Self::Reply(_) => "reply",
        }
    }

    /// Whether the broker, or the part of it that was asked, is away.
    #[must_use]
    pub fn is_away(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::NodeAway { .. })
    }

    /// Whether the broker as a whole is away, rather than a part of it, or that it refused this one call.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}

/// The fields that an entry of the log has in a stream, in their order.
///
/// `ce` is the whole event (CloudEvents 1.0, structured JSON); the others stand beside it so that a consumer can
/// filter and trace without parsing it. Of the first epoch there is no word.
#[must_use]
pub fn stream_fields(entry: &LogEntry, epoch: u64) -> Vec<(&'static str, Cow<'_, str>)> {
    let mut fields = vec![
        ("ce", Cow::from(&entry.envelope)),
        ("id", entry.event_id.to_string().into()),
        ("type", Cow::from(&entry.event_type)),
        ("tenantid", entry.tenant_id.to_string().into()),
    ];
    if let Some(traceparent) = &entry.traceparent {
        fields.push(("traceparent", Cow::from(traceparent)));
    }
    if epoch > 1 {
        fields.push(("epoch", epoch.to_string().into()));
    }
    fields
}
