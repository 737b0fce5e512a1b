//! The promises, and whether they are kept.

use rollcall::outbox::sink::{FencedAppend, StreamPosition};

use super::model::log::{BREAKING, ModelLog, REFUSED, TOMBSTONE};
use super::world::World;

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Violation {
    /// What was appended does not follow on what stood there.
    #[error("event {seq} was appended where it does not belong: {why}")]
    Misplaced { seq: i64, why: &'static str },
    /// The finished stream is not the log.
    #[error("in the end the stream is not the log at {seq}: {why}")]
    Unlike { seq: i64, why: &'static str },
    /// A healthy event was replaced.
    #[error("event {seq} was withheld although the broker takes it")]
    Withheld { seq: i64 },
    /// A relay acts without end.
    #[error("relay {member} goes round in circles in one turn")]
    Spins { member: usize },
    /// The run has no end.
    #[error("the run has no end")]
    Endless,
    /// A relay acts although there is nothing to do.
    #[error("relay {member} did {actions} things in ten seconds in which nothing was to be done")]
    Restless { member: usize, actions: u64 },
    /// Nothing breaks any more, and yet not all is published.
    #[error("not all was published in time: the log is at {head}, the stream at {position:?}")]
    Unfinished { head: i64, position: Option<i64> },
    /// Log and stream contradict each other, and no relay says so.
    #[error("log and stream contradict each other and no relay says so")]
    Unnoticed,
    /// A relay says that they do where they do not.
    #[error("relay {member} takes stream and log for contradictory: {divergence}")]
    FalseAlarm { member: usize, divergence: String },
}

/// Whether what was appended just now continues the stream that ended at `before`, with `last_event`.
///
/// Each event must follow on the one that stood before it when it was committed. So the stream is always a piece of the
/// log's history in its order, without gaps and without doubles, even where the log has lost that history since.
pub(crate) fn append(
    log: &ModelLog,
    before: &StreamPosition,
    last_event: Option<String>,
    append: &FencedAppend<'_>,
) -> Result<(), Violation> {
    let starts = append.begins && (*before == StreamPosition::START || before.epoch < Some(append.epoch));
    let mut previous = if starts { None } else { last_event };
    if let Some(first) = append.entries.first() {
        let misplaced = |why| Violation::Misplaced { seq: first.seq, why };
        if starts && !log.was_begun(append.epoch, first.seq) {
            return Err(misplaced("no epoch begins there"));
        }
        if !starts && before.epoch.is_some_and(|epoch| epoch != append.epoch) {
            return Err(misplaced("the stream is of another epoch"));
        }
        if !starts && before.last_id.seq().map(|seq| seq + 1) != Some(first.seq) {
            return Err(misplaced("the number is not the next"));
        }
    }
    for (at, entry) in append.entries.iter().enumerate() {
        let misplaced = |why| Violation::Misplaced { seq: entry.seq, why };
        let Some((seq, follows)) = log.history_of(entry.event_id) else {
            return Err(misplaced("it was never committed"));
        };
        if seq != entry.seq {
            return Err(misplaced("it is another number's"));
        }
        if !(starts && at == 0) && follows.map(|event| event.to_string()) != previous {
            return Err(misplaced("it followed on another event"));
        }
        match entry.envelope.as_str() {
            REFUSED | BREAKING => return Err(misplaced("the broker took what it does not take")),
            TOMBSTONE if !log.is_withheld(entry.event_id) => {
                return Err(misplaced("a tombstone without a word of it in the log"));
            }
            _ => {}
        }
        previous = Some(entry.event_id.to_string());
    }
    Ok(())
}

impl World {
    /// Whether the stream can be continued from the log: it is a piece of it, as far as that can be told.
    pub(crate) fn agrees(&self) -> bool {
        let epoch = self.log.epoch();
        let Some(stream) = &self.broker.stream else {
            return epoch.first_seq >= self.log.first_retained();
        };
        match stream.epoch() {
            Some(here) if here < epoch.number => return epoch.first_seq >= self.log.first_retained(),
            Some(here) if here > epoch.number => return false,
            _ => {}
        }
        let Some(last) = stream.last_id.seq() else {
            return false;
        };
        if last + 1 < self.log.first_retained() || last > self.log.head() {
            return false;
        }
        let is_the_logs = |seq: i64, event: &str| {
            let here = self.log.event_at(seq).map(|event| event.to_string());
            seq < self.log.first_retained() || here.as_deref() == Some(event)
        };
        let tail = stream.entries.last();
        is_the_logs(last, &stream.last_event)
            && tail.is_none_or(|tail| tail.id.seq().is_some_and(|seq| is_the_logs(seq, &tail.event_id)))
    }

    /// Whether a relay that was stopped can see that the stream is right: its very last entry is there, and so is its row; or
    /// that it is replaced.
    pub(crate) fn is_provable(&self) -> bool {
        let position = self.broker.position();
        let is_over = position
            .epoch
            .is_some_and(|epoch| epoch < self.log.epoch().number);
        position == StreamPosition::START
            || is_over
            || position.tail.is_some_and(|tail| {
                let is_kept = tail.id.seq().is_some_and(|seq| seq >= self.log.first_retained());
                tail.id == position.last_id && is_kept
            })
    }

    /// Whether all is published.
    pub(crate) fn is_complete(&self) -> bool {
        let (head, epoch) = (self.log.head(), self.log.epoch());
        if head < epoch.first_seq {
            // Nothing is committed in this epoch.
            return self.agrees();
        }
        let position = self.broker.position();
        position.epoch == Some(epoch.number) && position.last_id.seq() == Some(head) && self.agrees()
    }

    /// Compares the finished stream with the log, entry by entry.
    pub(crate) fn compare(&self) -> Result<(), Violation> {
        let (head, epoch) = (self.log.head(), self.log.epoch());
        if head < epoch.first_seq {
            return Ok(());
        }
        let Some(stream) = &self.broker.stream else {
            let why = "there is no stream";
            return Err(Violation::Unlike { seq: head, why });
        };
        let mut entries = stream.entries.iter().peekable();
        // Where the database lost an epoch, an operator may have begun another of the same number; either's beginning is right.
        let first = stream.entries.first().and_then(|entry| entry.id.seq());
        let is_namesake = first.is_some_and(|first| self.log.was_begun(epoch.number, first));
        let begins = first.filter(|_| is_namesake).unwrap_or(epoch.first_seq);
        let begins = if stream.trimmed_before > 0 {
            stream.trimmed_before
        } else {
            begins
        };
        for seq in begins..=head {
            let unlike = |why| Violation::Unlike { seq, why };
            if stream.deleted.contains(&seq) {
                continue;
            }
            let Some(entry) = entries.next() else {
                return Err(unlike("it is missing"));
            };
            if entry.id.seq() != Some(seq) {
                return Err(unlike("another entry stands there"));
            }
            if entry.epoch != epoch.number {
                return Err(unlike("it is of another epoch"));
            }
            let expected = self.log.event_at(seq).map(|event| event.to_string());
            if seq >= self.log.first_retained() && expected.as_deref() != Some(entry.event_id.as_str()) {
                return Err(unlike("it is another event"));
            }
        }
        match entries.next() {
            Some(_) => Err(Violation::Unlike {
                seq: head,
                why: "there is more than the log has",
            }),
            None => Ok(()),
        }
    }
}
