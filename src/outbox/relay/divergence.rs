//! What makes a stream one that the relay must not touch.

use std::fmt;

use uuid::Uuid;

use crate::outbox::sink::{StreamId, StreamPosition};
use crate::tenancy::Partition;

/// Why a stream and the log cannot both be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Divergence {
    /// The stream generated an id that the relay cannot have written.
    ForeignEntry {
        /// That id.
        id: StreamId,
    },
    /// The stream is further than the log: the database lost commits, or someone else wrote the stream.
    StreamAhead {
        /// The last sequence number of the stream.
        stream: i64,
    },
    /// The entry at the stream's end is not the log's event of that number.
    TailMismatch {
        /// Their sequence number.
        seq: i64,
        /// The event id that the stream has.
        stream: String,
        /// The event id that the log has.
        log: String,
    },
    /// The stream was diverged and now holds nothing to compare with the log.
    Unconfirmed {
        /// The last sequence number of the stream.
        stream: i64,
    },
    /// The log lacks a row: rows are gapless, so one was removed or lost.
    LogGap {
        /// The sequence number that should be next.
        expected: i64,
        /// The one that is next, where there is any.
        found: Option<i64>,
    },
    /// The stream lacks what the log has not any more: the broker lost it after the log was purged.
    Purged {
        /// The sequence number that the stream needs next.
        needed: i64,
        /// The first one that the log still has.
        first_retained: i64,
    },
    /// The stream is in an epoch that the log does not know: the database lost it.
    EpochAhead {
        /// The stream's epoch.
        stream: u64,
        /// The log's newest one.
        log: u64,
    },
}

impl fmt::Display for Divergence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ForeignEntry { id } => {
                write!(
                    formatter,
                    "the stream's last id is {id}, which the relay never writes"
                )
            }
            Self::StreamAhead { stream } => {
                write!(
                    formatter,
                    "the stream is at {stream}, which the log has not reached"
                )
            }
            Self::TailMismatch { seq, stream, log } => {
                write!(
                    formatter,
                    "at {seq} the stream has event `{stream}` where the log has `{log}`"
                )
            }
            Self::Unconfirmed { stream } => write!(
                formatter,
                "the stream is at {stream} and holds no entry that shows whether these were the log's"
            ),
            Self::LogGap {
                expected,
                found: Some(found),
            } => {
                write!(
                    formatter,
                    "the log goes on at {found} where {expected} should be next"
                )
            }
            Self::LogGap {
                expected,
                found: None,
            } => {
                write!(
                    formatter,
                    "the log has no row {expected} although its head says so"
                )
            }
            Self::Purged {
                needed,
                first_retained,
            } => write!(
                formatter,
                "the stream needs {needed} next, and the log has only what begins with {first_retained}: the rest was purged"
            ),
            Self::EpochAhead { stream, log } => write!(
                formatter,
                "the stream is in epoch {stream}, and the log knows of none after {log}"
            ),
        }
    }
}

impl Divergence {
    /// The whole message for the operator: what is wrong, what was stopped, and what to look at.
    #[must_use]
    pub fn advice(&self, partition: Partition, stream_key: &str) -> String {
        let new_epoch =
            "run `rollcall relay --new-epoch`: the stream is moved away and begun anew from what the log has";
        let remedy = match self {
            Self::Purged { .. } => format!("Nothing can fill that gap; {new_epoch}"),
            Self::EpochAhead { .. } => {
                format!(
                    "If the database is right, {new_epoch}, and do so until its number passes the stream's; else restore the database"
                )
            }
            _ => format!(
                "If the log is right, {new_epoch}; if the stream is right, restore the database first"
            ),
        };
        format!(
            "partition {partition} has diverged: {self}; nothing more is appended to `{stream_key}` until the two agree. \
             Compare `XINFO STREAM {stream_key}` and `XREVRANGE {stream_key} + - COUNT 5` with the table event_log where \
             partition = {partition}, and run `rollcall verify`. {remedy}"
        )
    }
}

/// What the log says against a position: `last` is its event at the stream's last number, `tail` the one at the number of
/// the entry at the stream's end where that is another.
pub(super) fn contradiction(
    position: &StreamPosition,
    last: Option<Uuid>,
    tail: Option<Uuid>,
) -> Option<Divergence> {
    let stream = position.last_id.seq().unwrap_or(i64::MAX);
    if last.is_none() {
        return Some(Divergence::StreamAhead { stream });
    }
    let entry = position.tail.as_ref()?;
    let log = if entry.id == position.last_id { last } else { tail };
    let log = log.map(|event_id| event_id.to_string()).unwrap_or_default();
    if log == entry.event_id {
        return None;
    }
    let seq = entry.id.seq().unwrap_or(i64::MAX);
    Some(Divergence::TailMismatch {
        seq,
        stream: entry.event_id.clone(),
        log,
    })
}
