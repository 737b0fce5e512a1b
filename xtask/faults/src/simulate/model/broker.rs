//! One stream of a broker, with the semantics of `append.lua`.
//!
//! A test holds it against the script in a real Redis, reply by reply (`tests/differential.rs`).

use std::time::Duration;

use rollcall::outbox::LogEntry;
use rollcall::outbox::sink::{
    AppendOutcome, FencedAppend, Lease, StreamId, StreamPosition, StreamState, TailEntry,
};

/// An entry of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ModelEntry {
    pub(crate) id: StreamId,
    /// Its field `id`; empty where somebody else wrote it.
    pub(crate) event_id: String,
    pub(crate) epoch: u64,
    pub(crate) envelope: String,
}

/// A stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ModelStream {
    pub(crate) entries: Vec<ModelEntry>,
    pub(crate) last_id: StreamId,
    /// What was appended last, though it may be deleted; nothing where somebody else wrote it.
    pub(crate) last_event: String,
    /// Numbers of entries that were deleted one by one.
    pub(crate) deleted: Vec<i64>,
    /// Below this number the stream was trimmed.
    pub(crate) trimmed_before: i64,
    pub(crate) groups: Vec<String>,
}

/// The broker. Times are microseconds on its own clock.
#[derive(Debug, Clone, Default)]
pub(crate) struct ModelBroker {
    pub(crate) stream: Option<ModelStream>,
    /// The last stream that was moved away, and the epoch that it was.
    pub(crate) kept: Option<(u64, ModelStream)>,
    /// Who holds the lease, and until when; without an end where somebody else set the key.
    pub(crate) lease: Option<(String, Option<u64>)>,
}

impl ModelStream {
    fn new() -> Self {
        Self {
            entries: Vec::new(),
            last_id: StreamId::ZERO,
            last_event: String::new(),
            deleted: Vec::new(),
            trimmed_before: 0,
            groups: Vec::new(),
        }
    }

    /// As the script tells it.
    pub(crate) fn epoch(&self) -> Option<u64> {
        self.entries.first().map(|entry| entry.epoch)
    }

    fn append(&mut self, entry: ModelEntry) {
        self.last_id = entry.id;
        self.last_event.clone_from(&entry.event_id);
        self.entries.push(entry);
    }
}

impl ModelBroker {
    /// Where the stream ends.
    pub(crate) fn position(&self) -> StreamPosition {
        let Some(stream) = &self.stream else {
            return StreamPosition::START;
        };
        StreamPosition {
            last_id: stream.last_id,
            tail: stream.entries.last().map(|entry| TailEntry {
                id: entry.id,
                event_id: entry.event_id.clone(),
            }),
            epoch: stream.epoch(),
        }
    }

    /// The answer to a question.
    pub(crate) fn state(&self, now: u64) -> StreamState {
        let lease = self.lease.as_ref().and_then(|(holder, until)| {
            let left = (*until)?.checked_sub(now).filter(|left| *left > 0)?;
            Some(Lease {
                holder: holder.clone(),
                left: Duration::from_micros(left),
            })
        });
        StreamState {
            position: self.position(),
            lease,
        }
    }

    /// The fenced append.
    pub(crate) fn append(&mut self, append: &FencedAppend<'_>, now: u64) -> AppendOutcome {
        let (here, fence) = (self.position(), append.fence);
        let continues = here.last_id == fence.last_id
            && (here.tail.is_none() || (here.tail == fence.tail && here.epoch == fence.epoch));
        if !continues {
            return AppendOutcome::Refused(self.state(now));
        }
        if let Some(claim) = append.claim {
            let ttl = u64::try_from(claim.ttl.as_micros()).unwrap_or(u64::MAX);
            self.lease = Some((claim.relay.to_string(), Some(now.saturating_add(ttl))));
        }
        if append.begins
            && let Some(old) = self.stream.take()
        {
            let mut begun = ModelStream::new();
            begun.groups.clone_from(&old.groups);
            let epoch = fence.epoch.unwrap_or(append.epoch.saturating_sub(1));
            // Without groups the key is gone until the first entry makes it.
            self.kept = Some((epoch, old));
            self.stream = Some(begun);
        }
        let stream = self.stream.get_or_insert_with(ModelStream::new);
        for entry in append.entries {
            stream.append(entry_of(entry, append.epoch));
        }
        AppendOutcome::Appended
    }

    /// An append without a fence, as the usual relay has it: the broker gives the ids.
    pub(crate) fn append_anyway(&mut self, entries: &[LogEntry]) {
        let stream = self.stream.get_or_insert_with(ModelStream::new);
        for entry in entries {
            let mut plain = entry_of(entry, 1);
            plain.id = StreamId {
                major: stream.last_id.major + 1,
                minor: 0,
            };
            stream.append(plain);
        }
    }

    /// Gives the lease up where it is the caller's.
    pub(crate) fn release(&mut self, relay: &str) {
        if self.lease.as_ref().is_some_and(|(holder, _)| holder == relay) {
            self.lease = None;
        }
    }

    /// Loses its newest entries, as when the end of its file is cut.
    pub(crate) fn forget(&mut self, entries: usize) {
        let Some(stream) = &mut self.stream else { return };
        for _ in 0..entries {
            stream.entries.pop();
        }
        match stream.entries.last() {
            Some(last) => {
                stream.last_id = last.id;
                stream.last_event.clone_from(&last.event_id);
                let end = last.id;
                stream.deleted.retain(|seq| StreamId::of_seq(*seq) < end);
            }
            None => self.stream = None,
        }
    }

    /// Somebody else's entry.
    pub(crate) fn add_foreign(&mut self) {
        let stream = self.stream.get_or_insert_with(ModelStream::new);
        let id = StreamId {
            minor: stream.last_id.minor + 1,
            ..stream.last_id
        };
        stream.append(ModelEntry {
            id,
            event_id: String::new(),
            epoch: 1,
            envelope: String::new(),
        });
    }

    /// Deletes the last entry, where it is not the only one. Gives whether it did.
    pub(crate) fn delete_tail(&mut self) -> bool {
        let Some(stream) = self.stream.as_mut().filter(|stream| stream.entries.len() > 1) else {
            return false;
        };
        if let Some(gone) = stream.entries.pop() {
            stream.deleted.extend(gone.id.seq());
        }
        true
    }

    /// Trims so many entries from the front, never the last one.
    pub(crate) fn trim(&mut self, entries: usize) {
        let Some(stream) = &mut self.stream else { return };
        let count = entries.min(stream.entries.len().saturating_sub(1));
        stream.entries.drain(..count);
        if let Some(first) = stream.entries.first()
            && let Some(seq) = first.id.seq()
        {
            stream.trimmed_before = stream.trimmed_before.max(seq);
        }
    }
}

fn entry_of(entry: &LogEntry, epoch: u64) -> ModelEntry {
    ModelEntry {
        id: StreamId::of_seq(entry.seq),
        event_id: entry.event_id.to_string(),
        epoch,
        envelope: entry.envelope.clone(),
    }
}
