use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{TimeDelta, Utc};

use super::*;
use crate::environment::Environment;
use crate::tenancy::TenantId;

/// A wall clock that is set by hand, in milliseconds since 2023-11-14.
#[derive(Default)]
struct HandClock(AtomicI64);

impl Environment for HandClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000, 0).unwrap()
            + TimeDelta::milliseconds(self.0.load(Ordering::Relaxed))
    }

    fn new_id(&self) -> Uuid {
        let now = self.now();
        let timestamp = uuid::Timestamp::from_unix(
            uuid::NoContext,
            u64::try_from(now.timestamp()).unwrap(),
            now.timestamp_subsec_nanos(),
        );
        Uuid::new_v7(timestamp)
    }

    fn random_bytes(&self, length: usize) -> Vec<u8> {
        vec![0; length]
    }
}

fn entry(partition: u16, seq: i64, event_id: Uuid) -> LogEntry {
    LogEntry {
        partition: Partition(partition),
        seq,
        tenant_id: TenantId(Uuid::nil()),
        event_id,
        event_type: String::new(),
        envelope: String::new(),
        traceparent: None,
    }
}

fn published(clock: &PublishClock, entries: &[LogEntry]) -> Vec<Duration> {
    let mut told = Vec::new();
    clock.published(entries, |after| told.push(after));
    told
}

/// Whether a duration was taken on the clock that goes forward: the wall clock of these tests stands hours away.
fn is_monotonic(duration: &Duration) -> bool {
    *duration < Duration::from_secs(600)
}

#[test]
fn what_this_process_committed_is_measured_without_the_wall_clock() {
    let environment = Arc::new(HandClock::default());
    let clock = PublishClock::new(environment.clone());
    let entries: Vec<LogEntry> = (1..=3).map(|seq| entry(7, seq, environment.new_id())).collect();
    environment.0.store(3_600_000, Ordering::Relaxed);
    // Told in another order than they were committed in, and the second not at all.
    clock.committed(Partition(7), 3);
    clock.committed(Partition(7), 1);
    let told = published(&clock, &entries);
    assert_eq!(told.len(), 3);
    assert!(is_monotonic(&told[0]) && is_monotonic(&told[2]), "{told:?}");
    assert_eq!(told[1], Duration::from_secs(3600));
}

#[test]
fn what_others_committed_is_measured_by_its_id() {
    let environment = Arc::new(HandClock::default());
    let clock = PublishClock::new(environment.clone());
    let first = entry(0, 1, environment.new_id());
    environment.0.store(1234, Ordering::Relaxed);
    assert_eq!(published(&clock, &[first]), [Duration::from_millis(1234)]);
    // A clock that goes behind the other machine's takes no time back.
    let next = entry(0, 2, environment.new_id());
    environment.0.store(0, Ordering::Relaxed);
    assert_eq!(published(&clock, &[next]), [Duration::ZERO]);
}

#[test]
fn what_is_appended_again_does_not_count_again() {
    let environment = Arc::new(HandClock::default());
    let clock = PublishClock::new(environment.clone());
    let entries: Vec<LogEntry> = (1..=4).map(|seq| entry(0, seq, environment.new_id())).collect();
    assert_eq!(published(&clock, &entries[..3]).len(), 3);
    assert_eq!(published(&clock, &entries).len(), 1);
    assert_eq!(published(&clock, &entries).len(), 0);
    // A commit that is told of after it was published leaves nothing behind.
    clock.committed(Partition(0), 4);
    assert!(clock.lock()[&Partition(0)].noted.is_empty());
}

#[test]
fn what_is_noted_has_an_end() {
    let clock = PublishClock::new(Arc::new(HandClock::default()));
    for seq in 1..=2 * i64::try_from(NOTED_MAX).unwrap() {
        clock.committed(Partition(0), seq);
    }
    assert_eq!(clock.lock()[&Partition(0)].noted.len(), NOTED_MAX);
}
