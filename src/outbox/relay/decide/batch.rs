//! What a batch of the log says about the stream that it is to continue.

use uuid::Uuid;

use crate::outbox::log::{LogContinuation, LogEntry};
use crate::outbox::relay::divergence::Divergence;
use crate::outbox::sink::StreamPosition;

/// What the log is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    /// Where the stream ends.
    pub(super) fence: StreamPosition,
    /// The number after which is read.
    pub(super) after: i64,
    /// What the stream's tail is held against where that is not its last number.
    pub(super) older_tail: OlderTail,
}

/// The event of an entry that is not the last that its stream had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OlderTail {
    /// It was compared when the position was believed.
    Compared,
    /// What the log has at its number.
    InLog(Option<Uuid>),
}

impl Question {
    /// What continues a stream that ends at `fence`, in a log that ends at `head` or later.
    pub(super) fn about(fence: StreamPosition, older_tail: OlderTail, head: i64) -> Self {
        // After an end that is not the relay's there is nothing to read; the log still says whether that life is over.
        let after = fence.last_id.seq().unwrap_or(head);
        Self {
            fence,
            after,
            older_tail,
        }
    }
}

/// What else counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    /// The log's last number, as far as is known.
    pub(super) head: i64,
    /// The newest epoch that was known when the partition was stopped, where it is.
    pub(super) stopped_in: Option<u64>,
}

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Judgement {
    /// The stream has to be continued from another place: read after this number.
    ReadFrom(i64),
    /// Log and stream cannot both be right.
    Diverged(Divergence),
    /// The stream is the log's, and has all of it.
    Complete,
    /// The stream is the log's, and this comes next.
    Continues {
        /// As the beginning of a new epoch.
        begins: bool,
    },
}

/// Holds `batch` against the stream.
///
/// The broker checks that a batch continues the stream; that it continues the log from the same event is checked here,
/// each time: a database that failed over may have lost commits and have others in their place.
pub(super) fn judge(question: &Question, batch: &LogContinuation, standing: &Standing) -> Judgement {
    let (fence, epoch) = (&question.fence, batch.epoch);
    if let Some(stream) = fence.epoch
        && stream > epoch.number
    {
        let log = epoch.number;
        return Judgement::Diverged(Divergence::EpochAhead { stream, log });
    }
    let begins = begins(fence, epoch.number, standing);
    let next = if begins {
        epoch.first_seq
    } else {
        match fence.last_id.seq() {
            Some(last) => last.saturating_add(1),
            None => return Judgement::Diverged(Divergence::ForeignEntry { id: fence.last_id }),
        }
    };
    if question.after.saturating_add(1) != next {
        return Judgement::ReadFrom(next.saturating_sub(1));
    }
    if next < batch.first_retained {
        return Judgement::Diverged(Divergence::Purged {
            needed: next,
            first_retained: batch.first_retained,
        });
    }
    if !begins && let Some(divergence) = contradiction(question, batch, standing) {
        return Judgement::Diverged(divergence);
    }
    if let Some(divergence) = gap(&batch.entries, next, standing.head) {
        return Judgement::Diverged(divergence);
    }
    if batch.entries.is_empty() {
        return Judgement::Complete;
    }
    Judgement::Continues { begins }
}

/// Whether the stream that ends at `fence` is over, or was never begun.
fn begins(fence: &StreamPosition, epoch: u64, standing: &Standing) -> bool {
    match fence.epoch {
        Some(stream) => stream < epoch,
        // Without an entry nothing tells the stream's epoch. Where it stopped the partition, a new one is the answer to that.
        None => {
            *fence == StreamPosition::START
                || standing.stopped_in.is_some_and(|stopped_in| stopped_in < epoch)
        }
    }
}

/// What the log has at the stream's end, and the stream has not.
fn contradiction(question: &Question, batch: &LogContinuation, standing: &Standing) -> Option<Divergence> {
    let fence = &question.fence;
    let stream = fence.last_id.seq()?;
    // The last row before the first that is kept is gone, and with it what could be compared.
    let is_purged = stream < batch.first_retained;
    if batch.at.is_none() && !is_purged {
        return Some(Divergence::StreamAhead { stream });
    }
    let Some(tail) = &fence.tail else {
        // A stream that was trimmed to nothing has only its last id to go by. Enough to go on, not to start again.
        return standing.stopped_in.map(|_| Divergence::Unconfirmed { stream });
    };
    let Some(seq) = tail.id.seq() else {
        return Some(Divergence::ForeignEntry { id: tail.id });
    };
    // A tail that agrees says nothing about what was behind it and is deleted, perhaps the very entry that did not.
    if seq < batch.first_retained || (tail.id != fence.last_id && standing.stopped_in.is_some()) {
        return standing.stopped_in.map(|_| Divergence::Unconfirmed { stream });
    }
    let log = match question.older_tail {
        _ if tail.id == fence.last_id => batch.at,
        OlderTail::InLog(event) => event,
        OlderTail::Compared => return None,
    };
    let log = log.map(|event_id| event_id.to_string()).unwrap_or_default();
    (log != tail.event_id).then(|| Divergence::TailMismatch {
        seq,
        stream: tail.event_id.clone(),
        log,
    })
}

/// Where the rows do not follow on each other, the first being `next`.
fn gap(entries: &[LogEntry], next: i64, head: i64) -> Option<Divergence> {
    if entries.is_empty() && head >= next {
        return Some(Divergence::LogGap {
            expected: next,
            found: None,
        });
    }
    (next..).zip(entries).find_map(|(expected, entry)| {
        (entry.seq != expected).then_some(Divergence::LogGap {
            expected,
            found: Some(entry.seq),
        })
    })
}
