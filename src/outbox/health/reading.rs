//! The relay's state as metrics show it.

use super::SharedRelayHealth;
use crate::telemetry::metrics::RelayReading;

impl SharedRelayHealth {
    /// The state now, in numbers. Every partition whose position is known is in it, so that there are as many whatever waits.
    #[must_use]
    pub fn reading(&self) -> RelayReading {
        let snapshot = self.snapshot();
        let state = self.lock();
        let backlog = state.partitions.iter().filter_map(|(partition, state)| {
            // A partition without events waits for nothing, wherever its stream may end.
            let position = state.position.or((state.head == 0).then_some(0))?;
            Some((partition.0, state.head.saturating_sub(position).max(0)))
        });
        RelayReading {
            backlog: backlog.collect(),
            oldest_unpublished_age: snapshot.oldest_unpublished_age,
            parked: snapshot.refused.len(),
            diverged: snapshot.diverged.len(),
            at_work: snapshot.is_at_work(),
            broker_up: snapshot.broker_reachable,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::RelayActivity;
    use super::*;
    use crate::environment::SystemEnvironment;
    use crate::tenancy::Partition;

    #[test]
    fn every_partition_of_which_something_is_known_is_shown() {
        let health = SharedRelayHealth::new(Arc::new(SystemEnvironment));
        assert_eq!(health.reading(), RelayReading::default());
        let at_work = health.begin(RelayActivity::Relays);
        assert!(health.reading().at_work);
        health.log_failed("no right");
        assert!(!health.reading().at_work);
        health.log_answered();
        assert!(health.reading().at_work);
        drop(at_work);
        assert!(!health.reading().at_work);
        health.partition_stands(Partition(0), 0, None);
        health.partition_stands(Partition(1), 9, Some(4));
        health.partition_stands(Partition(2), 9, None);
        health.partition_stands(Partition(3), 4, Some(9));
        health.partition_diverged(Partition(3), Some("ahead".to_owned()));
        health.broker_answered();
        health.broker_refused(Partition(1), "full");
        let reading = health.reading();
        assert_eq!(reading.backlog, [(0, 0), (1, 5), (3, 0)]);
        assert_eq!((reading.parked, reading.diverged), (1, 1));
        assert_eq!(reading.broker_up, Some(true));
    }
}
