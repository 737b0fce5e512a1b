//! How long events were under way from their commit to their stream.
//!
//! A process that both commits and publishes measures it on its own clock that only goes forward: commits are noted as they happen, and
//! found again when the broker has acknowledged. For an event that another process committed there is only the time in its id (UUID version
//! 7, whole milliseconds of the wall clock of the machine that committed), which is made just before the commit: then the commit itself
//! counts too, and so does the difference between the two machines' clocks.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::DateTime;
use uuid::Uuid;

use super::log::LogEntry;
use crate::environment::SharedEnvironment;
use crate::tenancy::Partition;

/// How many commits of a partition are remembered while none is published; of the oldest among more only the id tells the time.
const NOTED_MAX: usize = 1024;

/// Remembers when this process committed, and what is published. Clones share it.
#[derive(Clone)]
pub struct PublishClock {
    environment: SharedEnvironment,
    partitions: Arc<Mutex<HashMap<Partition, PartitionTimes>>>,
}

#[derive(Default)]
struct PartitionTimes {
    /// The last number that was seen to be published.
    published: i64,
    /// Commits after it, in their order.
    noted: VecDeque<(i64, Instant)>,
}

impl fmt::Debug for PublishClock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PublishClock").finish_non_exhaustive()
    }
}

impl PublishClock {
    /// A clock that knows of no commit.
    #[must_use]
    pub fn new(environment: SharedEnvironment) -> Self {
        Self {
            environment,
            partitions: Arc::default(),
        }
    }

    /// This process has committed the event `seq` of `partition`, just now. Does not block for longer than another such call.
    pub fn committed(&self, partition: Partition, seq: i64) {
        self.note(partition, seq, Instant::now());
    }

    fn note(&self, partition: Partition, seq: i64, at: Instant) {
        let mut partitions = self.lock();
        let times = partitions.entry(partition).or_default();
        // The relay may have found it by itself meanwhile.
        if seq <= times.published {
            return;
        }
        if times.noted.len() >= NOTED_MAX {
            times.noted.pop_front();
        }
        // Whoever commits later may tell of it earlier.
        let place = times.noted.partition_point(|(noted, _)| *noted < seq);
        times.noted.insert(place, (seq, at));
    }

    /// The broker acknowledged `entries`, which follow one another in one partition, just now. Tells `published_after` of each for the first
    /// time how long that was after its commit: what is appended again because the broker lost it was published before.
    pub(super) fn published(&self, entries: &[LogEntry], mut published_after: impl FnMut(Duration)) {
        let Some(first) = entries.first() else { return };
        let now = Instant::now();
        let mut partitions = self.lock();
        let times = partitions.entry(first.partition).or_default();
        for entry in entries.iter().filter(|entry| entry.seq > times.published) {
            while times.noted.front().is_some_and(|(seq, _)| *seq < entry.seq) {
                times.noted.pop_front();
            }
            let noted = times.noted.front().filter(|(seq, _)| *seq == entry.seq);
            published_after(match noted {
                Some((_, at)) => now.saturating_duration_since(*at),
                None => self.age(entry.event_id),
            });
        }
        if let Some(last) = entries.last() {
            times.published = times.published.max(last.seq);
        }
    }

    /// How long ago an id was made, by the wall clock.
    fn age(&self, event_id: Uuid) -> Duration {
        let made_at = event_id.get_timestamp().and_then(|timestamp| {
            let (seconds, nanoseconds) = timestamp.to_unix();
            DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanoseconds)
        });
        made_at
            .and_then(|made_at| (self.environment.now() - made_at).to_std().ok())
            .unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Partition, PartitionTimes>> {
        // Plain values, whole after every statement.
        self.partitions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
