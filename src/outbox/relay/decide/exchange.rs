//! What the machine is told, and what it has done.

use std::time::Duration;

use uuid::Uuid;

use crate::outbox::log::{LogContinuation, LogEntry};
use crate::outbox::sink::StreamPosition;

/// What the relay is to do next with a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Ask the broker where the stream ends; answer with [`Event::Position`].
    AskBroker,
    /// Read the log's event id at this number; answer with [`Event::LogSays`].
    Confirm {
        /// The number of the entry at the stream's end, where that is not the last that the stream had.
        tail: i64,
    },
    /// Read a batch of the log and what it continues; answer with [`Event::Batch`].
    ReadLog {
        /// The number after which to read.
        after: i64,
    },
    /// Append behind the fence and claim the lease; answer with [`Event::Appended`], [`Event::Rejected`],
    /// [`Event::Broken`] or, refused by the fence, [`Event::Position`].
    Append {
        /// Where the stream must end.
        fence: StreamPosition,
        /// What to append, in order, never empty.
        entries: Vec<LogEntry>,
        /// The epoch of these entries.
        epoch: u64,
        /// Whether they begin it: what is there is moved away.
        begins: bool,
    },
    /// See whether the broker takes anything at all; answer with [`Event::Probed`].
    Probe,
    /// Have this entry replaced by its tombstone: the broker takes others and will not take it. Answer with
    /// [`Event::Withheld`].
    Withhold(LogEntry),
    /// Nothing until something is committed in this partition.
    Rest,
    /// There is more to do; let the other partitions have their turn first.
    Yield,
    /// Nothing before this time.
    WaitUntil(Duration),
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The partition's turn has come.
    Turn,
    /// The broker said where the stream ends, asked or in refusing an append.
    Position {
        /// Where.
        position: StreamPosition,
        /// For how long another relay's lease still lives, where one does.
        led_elsewhere: Option<Duration>,
    },
    /// The log's event id at the number that was to be confirmed, where the log has it.
    LogSays(Option<Uuid>),
    /// The rows of the log after the number asked for, and whose event is at that number.
    Batch(LogContinuation),
    /// The broker appended every entry.
    Appended,
    /// The broker answers, and refuses these entries.
    Rejected,
    /// The connection broke before an answer to the append came.
    Broken,
    /// The broker took something else.
    Probed,
    /// The tombstone takes the entry's place from now on.
    Withheld,
    /// The log or the broker did not answer, or answered with an error.
    Failed,
}
