//! What the relay knows of its own state, for the health endpoint and for metrics.

mod reading;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::environment::SharedEnvironment;
use crate::tenancy::Partition;

/// What a process does about the relay.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RelayActivity {
    /// Nothing: it has not begun, or it has ended.
    #[default]
    Ended,
    /// It relays.
    Relays,
    /// It looks how far another process's relay is.
    Watches,
}

/// The state of a relay at one moment. No text in here holds a credential.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RelayHealth {
    /// Whether it is at work.
    pub activity: RelayActivity,
    /// For how long it has given no sign of life, where it ever has.
    pub silent_for: Option<Duration>,
    /// Whether the broker answered when it was last asked; none before the first time.
    pub broker_reachable: Option<bool>,
    /// The partitions of which the broker refuses what is appended although it answers (it is full, it forbids it, something
    /// else has the stream's name), each with its words.
    pub refused: BTreeMap<Partition, String>,
    /// Why the broker did not answer; none while it does.
    pub broker_error: Option<String>,
    /// What an operator should know of the broker although it answers: its version is too old.
    pub broker_warning: Option<String>,
    /// Whether the event log could be read when it was last tried; none before the first time.
    pub log_reachable: Option<bool>,
    /// The last error, kept until the next one.
    pub last_error: Option<String>,
    /// When it happened.
    pub last_error_at: Option<DateTime<Utc>>,
    /// How many entries the log is ahead, for each partition where it is.
    pub backlog: BTreeMap<Partition, i64>,
    /// The sum of these.
    pub backlog_total: i64,
    /// How many partitions have events but a stream whose end is not known (the broker was away since the start).
    pub positions_unknown: usize,
    /// For how long the oldest unpublished event has been waiting, where it is known. Events that wait for less than
    /// about two polls do not count.
    pub oldest_unpublished_age: Option<Duration>,
    /// The partitions that are stopped, each with what the operator should look at.
    pub diverged: BTreeMap<Partition, String>,
    /// The partitions in which this relay put a tombstone in an event's place, each with the last such number.
    pub withheld: BTreeMap<Partition, i64>,
    /// When entries were last appended by this relay.
    pub last_publish_at: Option<DateTime<Utc>>,
    /// How many entries this relay has appended.
    pub published_total: u64,
}

/// For how long a relay may give no sign of life: longer than the longest that it waits for the log.
pub const RELAY_SILENCE_MAX: Duration = Duration::from_secs(30);

impl RelayHealth {
    /// Whether it relays or watches, gives signs of life, and can read the log.
    #[must_use]
    pub fn is_at_work(&self) -> bool {
        self.activity != RelayActivity::Ended
            && self
                .silent_for
                .is_none_or(|silent_for| silent_for <= RELAY_SILENCE_MAX)
            && self.log_reachable != Some(false)
    }

    /// Whether an operator should look: something is away, or stopped.
    #[must_use]
    pub fn is_degraded(&self) -> bool {
        self.broker_reachable != Some(true)
            || self.log_reachable == Some(false)
            || !self.refused.is_empty()
            || self.broker_warning.is_some()
            || !self.diverged.is_empty()
    }
}

/// Where a relay leaves its state for others to read; clones share it.
#[derive(Clone)]
pub struct SharedRelayHealth {
    environment: SharedEnvironment,
    state: Arc<Mutex<State>>,
}

impl fmt::Debug for SharedRelayHealth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("SharedRelayHealth")
            .field(&self.snapshot())
            .finish()
    }
}

#[derive(Default)]
struct State {
    health: RelayHealth,
    last_beat: Option<DateTime<Utc>>,
    partitions: BTreeMap<Partition, PartitionState>,
}

#[derive(Default)]
struct PartitionState {
    head: i64,
    position: Option<i64>,
    oldest: Option<DateTime<Utc>>,
}

/// A relay that is at work.
#[must_use]
pub(super) struct RelayAtWork(SharedRelayHealth);

impl Drop for RelayAtWork {
    fn drop(&mut self) {
        self.0.lock().health.activity = RelayActivity::Ended;
    }
}

impl SharedRelayHealth {
    /// A state of which nothing is known yet.
    #[must_use]
    pub fn new(environment: SharedEnvironment) -> Self {
        Self {
            environment,
            state: Arc::default(),
        }
    }

    /// The state now.
    #[must_use]
    pub fn snapshot(&self) -> RelayHealth {
        let state = self.lock();
        let mut health = state.health.clone();
        let mut oldest: Option<DateTime<Utc>> = None;
        for (partition, state) in &state.partitions {
            match state.position {
                Some(position) if position < state.head => {
                    let backlog = state.head.saturating_sub(position);
                    health.backlog.insert(*partition, backlog);
                    health.backlog_total = health.backlog_total.saturating_add(backlog);
                    oldest = oldest.into_iter().chain(state.oldest).min();
                }
                None if state.head > 0 => health.positions_unknown += 1,
                _ => {}
            }
        }
        let now = self.environment.now();
        let since = |time: DateTime<Utc>| (now - time).to_std().unwrap_or_default();
        health.oldest_unpublished_age = oldest.map(since);
        health.silent_for = state.last_beat.map(since);
        health
    }

    /// It is at work until what is returned is dropped: when it ends, is aborted, or panics.
    pub(super) fn begin(&self, activity: RelayActivity) -> RelayAtWork {
        self.lock().health.activity = activity;
        self.beat();
        RelayAtWork(self.clone())
    }

    /// It gives a sign of life.
    pub(super) fn beat(&self) {
        let now = self.environment.now();
        self.lock().last_beat = Some(now);
    }

    /// The broker answered. Gives whether it had been away.
    pub(super) fn broker_answered(&self) -> bool {
        let health = &mut self.lock().health;
        health.broker_error = None;
        health.broker_reachable.replace(true) == Some(false)
    }

    /// What is to be said of the broker that answers.
    pub(super) fn broker_warns(&self, warning: Option<String>) {
        self.lock().health.broker_warning = warning;
    }

    /// The broker did not answer. Gives whether it had not been away before.
    pub(super) fn broker_away(&self, error: &str) -> bool {
        self.failed(error);
        let health = &mut self.lock().health;
        health.broker_error = Some(without_credentials(error));
        health.broker_reachable.replace(false) != Some(false)
    }

    /// The broker answered, but refused what belongs to `partition`. Gives whether it had refused nothing before.
    ///
    /// A broker that is full answers every question and refuses every append, and one stream may be refused while the
    /// others grow: so an answer to a question ends
    /// no refusal, only the partition that gets through does.
    pub(super) fn broker_refused(&self, partition: Partition, error: &str) -> bool {
        self.failed(error);
        let refused = &mut self.lock().health.refused;
        let is_new = refused.is_empty();
        refused.insert(partition, without_credentials(error));
        is_new
    }

    /// The broker took everything of `partition`. Gives whether this was the last that it had refused.
    pub(super) fn broker_accepted(&self, partition: Partition) -> bool {
        let refused = &mut self.lock().health.refused;
        refused.remove(&partition).is_some() && refused.is_empty()
    }

    /// The log answered. Gives whether it had been away.
    pub(super) fn log_answered(&self) -> bool {
        self.lock().health.log_reachable.replace(true) == Some(false)
    }

    /// The log failed. Gives whether it had not been away before.
    pub(super) fn log_failed(&self, error: &str) -> bool {
        let before = self.lock().health.log_reachable.replace(false);
        self.failed(error);
        before != Some(false)
    }

    /// `count` entries were appended.
    pub(super) fn published(&self, count: usize) {
        let now = self.environment.now();
        let mut state = self.lock();
        state.health.last_publish_at = Some(now);
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        state.health.published_total = state.health.published_total.saturating_add(count);
    }

    /// A tombstone took the place of this event.
    pub(super) fn withheld(&self, partition: Partition, seq: i64) {
        self.lock().health.withheld.insert(partition, seq);
    }

    /// Where a partition stands.
    pub(super) fn partition_stands(&self, partition: Partition, head: i64, position: Option<i64>) {
        let mut state = self.lock();
        let known = state.partitions.entry(partition).or_default();
        if known.position != position {
            known.oldest = None;
        }
        known.head = head;
        known.position = position;
    }

    /// A partition is stopped, or goes on. Gives whether that is new.
    pub(super) fn partition_diverged(&self, partition: Partition, message: Option<String>) -> bool {
        let diverged = &mut self.lock().health.diverged;
        match message {
            Some(message) => diverged.insert(partition, message.clone()) != Some(message),
            None => diverged.remove(&partition).is_some(),
        }
    }

    /// The first unpublished event of a partition, by which its waiting time is known: its id, UUID version 7, tells
    /// when it was made.
    pub(super) fn oldest_unpublished(&self, partition: Partition, event_id: Uuid) {
        let made_at = event_id.get_timestamp().and_then(|timestamp| {
            let (seconds, nanoseconds) = timestamp.to_unix();
            DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanoseconds)
        });
        self.lock().partitions.entry(partition).or_default().oldest = made_at;
    }

    /// Whether the age of a partition's first unpublished event is known.
    pub(super) fn knows_oldest(&self, partition: Partition) -> bool {
        self.lock()
            .partitions
            .get(&partition)
            .is_some_and(|state| state.oldest.is_some())
    }

    fn failed(&self, error: &str) {
        let now = self.environment.now();
        let mut state = self.lock();
        state.health.last_error = Some(without_credentials(error));
        state.health.last_error_at = Some(now);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is plain values, whole after every statement; a panic elsewhere does not spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `text` with what stands between `://` and `@` in it replaced: drivers quote URLs in their errors.
///
/// A password may hold what ends the authority of a URL, so whatever comes before the last `@` of a word counts as one.
#[must_use]
pub fn without_credentials(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        clean.push_str(before);
        clean.push_str("://");
        let word_end = after.find(char::is_whitespace).unwrap_or(after.len());
        let (word, beyond) = after.split_at(word_end);
        match word.rsplit_once('@') {
            Some((_, host)) => {
                clean.push_str("***@");
                clean.push_str(host);
            }
            None => clean.push_str(word),
        }
        rest = beyond;
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::{Environment as _, SystemEnvironment};

    #[test]
    fn credentials_are_taken_out_of_any_text() {
        let check = |input: &str, expected: &str| assert_eq!(without_credentials(input), expected);
        check("no url", "no url");
        check(
            "at redis://localhost:6379/0 it failed",
            "at redis://localhost:6379/0 it failed",
        );
        check(
            "at redis://user:p@ss@host:6379/0 it failed",
            "at redis://***@host:6379/0 it failed",
        );
        check(
            "at redis://user:p/a?s#s@host:6379/0 it failed",
            "at redis://***@host:6379/0 it failed",
        );
        check("a://b:c@d,e://f:g@h", "a://***@h");
        check("a://b:c@d and e://f@g", "a://***@d and e://***@g");
    }

    #[test]
    fn a_refusal_is_news_once_and_lasts_until_the_partition_gets_through() {
        let health = SharedRelayHealth::new(Arc::new(SystemEnvironment));
        assert!(!health.broker_answered());
        assert!(health.broker_refused(Partition(1), "full"));
        // Its stream's end is told all the same, again and again, and so are the others'.
        assert!(!health.broker_answered());
        assert!(!health.broker_refused(Partition(1), "full"));
        assert!(!health.broker_refused(Partition(2), "full at redis://a:b@c"));
        assert!(!health.broker_accepted(Partition(3)));
        let snapshot = health.snapshot();
        assert!(snapshot.is_degraded() && snapshot.broker_reachable == Some(true));
        assert_eq!(snapshot.refused[&Partition(2)], "full at redis://***@c");
        assert!(!health.broker_accepted(Partition(2)));
        assert!(health.broker_accepted(Partition(1)));
        assert!(!health.snapshot().is_degraded());
        assert!(health.broker_refused(Partition(1), "full"));
    }

    #[test]
    fn a_broker_that_is_too_old_is_told_until_another_answers() {
        let health = SharedRelayHealth::new(Arc::new(SystemEnvironment));
        health.broker_answered();
        health.broker_warns(Some("too old".to_owned()));
        assert!(health.snapshot().is_degraded());
        health.broker_warns(None);
        assert!(!health.snapshot().is_degraded());
    }

    #[test]
    fn backlog_age_and_unknown_positions_are_summed_up() {
        let health = SharedRelayHealth::new(Arc::new(SystemEnvironment));
        health.partition_stands(Partition(1), 10, Some(4));
        health.partition_stands(Partition(2), 3, Some(3));
        health.partition_stands(Partition(3), 7, None);
        health.partition_stands(Partition(4), 0, None);
        assert_eq!(health.snapshot().oldest_unpublished_age, None);
        health.oldest_unpublished(Partition(1), SystemEnvironment.new_id());
        let snapshot = health.snapshot();
        assert_eq!(snapshot.backlog, BTreeMap::from([(Partition(1), 6)]));
        assert_eq!((snapshot.backlog_total, snapshot.positions_unknown), (6, 1));
        assert!(
            snapshot
                .oldest_unpublished_age
                .is_some_and(|age| age < Duration::from_secs(60))
        );
        health.partition_stands(Partition(1), 10, Some(10));
        assert_eq!(health.snapshot().oldest_unpublished_age, None);
    }
}
