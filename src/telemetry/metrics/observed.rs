//! What is asked for when somebody reads.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::{Key, KeyValue};

use super::instruments::{observe_gauge, observe_seconds, observe_sum, whole};
use super::{Metrics, process};
use crate::telemetry::catalogue;

const POOL: Key = Key::from_static_str("db.client.connection.pool.name");
const STATE: Key = Key::from_static_str("db.client.connection.state");
const PARTITION: Key = Key::from_static_str("messaging.destination.partition.id");
const DEPENDENCY: Key = Key::from_static_str("dependency");

/// A pool of connections at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolReading {
    /// Which.
    pub name: &'static str,
    /// Connections that wait to be used.
    pub idle: u32,
    /// Connections in use, or being opened.
    pub used: u32,
    /// The most that there may be.
    pub max: u32,
}

/// A relay at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RelayReading {
    /// For each partition whose position is known, how many events wait; 0 where none does.
    pub backlog: Vec<(u16, i64)>,
    /// For how long the oldest of them has been waiting, where that is known.
    pub oldest_unpublished_age: Option<Duration>,
    /// How many partitions the broker refuses.
    pub parked: usize,
    /// How many partitions are stopped.
    pub diverged: usize,
    /// Whether the relay relays or watches, gives signs of life, and can read the log.
    pub at_work: bool,
    /// Whether the broker answered when it was last asked; none before the first time.
    pub broker_up: Option<bool>,
}

impl Metrics {
    /// Shows the pools that `read` tells of.
    pub fn observe_pools(&self, read: impl Fn() -> Vec<PoolReading> + Send + Sync + 'static) {
        let read = Arc::new(read);
        let again = Arc::clone(&read);
        observe_sum(
            &self.meter,
            &catalogue::DB_CLIENT_CONNECTION_COUNT,
            move |observer| {
                for pool in read() {
                    for (state, count) in [("idle", pool.idle), ("used", pool.used)] {
                        let labels = [KeyValue::new(POOL, pool.name), KeyValue::new(STATE, state)];
                        observer.observe(count.into(), &labels);
                    }
                }
            },
        );
        observe_sum(
            &self.meter,
            &catalogue::DB_CLIENT_CONNECTION_MAX,
            move |observer| {
                for pool in again() {
                    observer.observe(pool.max.into(), &[KeyValue::new(POOL, pool.name)]);
                }
            },
        );
    }

    /// Shows the relay that `read` tells of.
    pub fn observe_relay(&self, read: impl Fn() -> RelayReading + Send + Sync + 'static) {
        let read = Arc::new(read);
        let reader = || Arc::clone(&read);
        let (backlog, age, parked, diverged, up) = (reader(), reader(), reader(), reader(), reader());
        // Each partition is shown also with nothing waiting: an instrument repeats what it was told last, so that a backlog of which
        // nothing is said any more would stay for ever.
        observe_gauge(&self.meter, &catalogue::EVENT_LOG_BACKLOG, move |observer| {
            for (partition, waiting) in backlog().backlog {
                observer.observe(waiting, &[KeyValue::new(PARTITION, partition.to_string())]);
            }
        });
        observe_seconds(
            &self.meter,
            &catalogue::EVENT_LOG_OLDEST_UNPUBLISHED_AGE,
            move |observer| {
                let age = age().oldest_unpublished_age.unwrap_or_default();
                observer.observe(age.as_secs_f64(), &[]);
            },
        );
        observe_gauge(
            &self.meter,
            &catalogue::RELAY_PARTITIONS_PARKED,
            move |observer| {
                observer.observe(whole(parked().parked), &[]);
            },
        );
        observe_gauge(
            &self.meter,
            &catalogue::RELAY_PARTITIONS_DIVERGED,
            move |observer| {
                observer.observe(whole(diverged().diverged), &[]);
            },
        );
        observe_gauge(&self.meter, &catalogue::RELAY_UP, move |observer| {
            observer.observe(up().at_work.into(), &[]);
        });
        self.observe_dependency("broker", move || read().broker_up);
    }

    /// Shows whether other processes' commits are told of; nothing while `read` does not know.
    pub fn observe_wakeup(&self, read: impl Fn() -> Option<bool> + Send + Sync + 'static) {
        observe_gauge(&self.meter, &catalogue::WAKEUP_UP, move |observer| {
            if let Some(is_up) = read() {
                observer.observe(is_up.into(), &[]);
            }
        });
    }

    /// Shows whether `dependency` is up; nothing while `read` does not know.
    pub fn observe_dependency(
        &self,
        dependency: &'static str,
        read: impl Fn() -> Option<bool> + Send + Sync + 'static,
    ) {
        observe_gauge(&self.meter, &catalogue::DEPENDENCY_UP, move |observer| {
            if let Some(is_up) = read() {
                observer.observe(is_up.into(), &[KeyValue::new(DEPENDENCY, dependency)]);
            }
        });
    }

    /// Shows what runs, and what it takes of the machine.
    pub fn observe_process(&self) {
        process::observe(&self.meter);
    }
}
