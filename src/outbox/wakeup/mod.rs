//! The signal from a commit to the relay of the same process.
//!
//! It only makes things faster: whoever misses it finds the same events at the next poll. Signals coalesce, so a
//! thousand commits cost the listener no more than one, and a signal without a listener costs two atomic operations.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

use crate::tenancy::Partition;

/// The sending side; cheap to clone. Call [`Wakeup::moved`] after a commit.
#[derive(Debug, Clone)]
pub struct Wakeup {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// For each partition how often it moved.
    moves: Box<[AtomicU64]>,
    any: Notify,
}

impl Wakeup {
    /// A signal for the partitions `0..partition_count`.
    #[must_use]
    pub fn new(partition_count: u16) -> Self {
        let moves = (0..partition_count).map(|_| AtomicU64::new(0)).collect();
        Self {
            shared: Arc::new(Shared {
                moves,
                any: Notify::new(),
            }),
        }
    }

    /// Something was committed in `partition`. Does not block; a partition out of range is left to the poll.
    pub fn moved(&self, partition: Partition) {
        if let Some(moves) = self.shared.moves.get(usize::from(partition.0)) {
            moves.fetch_add(1, Ordering::Release);
            self.shared.any.notify_waiters();
        }
    }

    /// A listener that hears of what moves from now on. There may be any number.
    #[must_use]
    pub fn listen(&self) -> WakeupListener {
        let seen = self
            .shared
            .moves
            .iter()
            .map(|moves| moves.load(Ordering::Acquire))
            .collect();
        WakeupListener {
            shared: Arc::clone(&self.shared),
            seen,
        }
    }
}

/// The receiving side.
#[derive(Debug)]
pub struct WakeupListener {
    shared: Arc<Shared>,
    seen: Box<[u64]>,
}

impl WakeupListener {
    /// Waits until a partition moved, and says which did since the last call. Nothing is lost if the call is cancelled.
    pub async fn moved(&mut self) -> Vec<Partition> {
        loop {
            // Made before looking: a signal between the look and the wait completes it.
            let notified = self.shared.any.notified();
            let mut moved = Vec::new();
            for ((partition, moves), seen) in (0_u16..).zip(&self.shared.moves).zip(&mut self.seen) {
                let now = moves.load(Ordering::Acquire);
                if now != *seen {
                    *seen = now;
                    moved.push(Partition(partition));
                }
            }
            if !moved.is_empty() {
                return moved;
            }
            notified.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn signals_coalesce_and_name_their_partitions() {
        let wakeup = Wakeup::new(4);
        let mut listener = wakeup.listen();
        for _ in 0..100 {
            wakeup.moved(Partition(3));
        }
        wakeup.moved(Partition(1));
        assert_eq!(listener.moved().await, [Partition(1), Partition(3)]);
        assert_eq!(listener.moved().now_or_never(), None);
    }

    #[tokio::test]
    async fn a_waiting_listener_wakes_and_each_listener_hears_it() {
        let wakeup = Wakeup::new(2);
        let (mut one, mut other) = (wakeup.listen(), wakeup.listen());
        let waiting = tokio::spawn(async move { one.moved().await });
        tokio::task::yield_now().await;
        wakeup.moved(Partition(0));
        assert_eq!(waiting.await.unwrap(), [Partition(0)]);
        assert_eq!(other.moved().await, [Partition(0)]);
    }

    #[test]
    fn a_partition_out_of_range_is_ignored() {
        Wakeup::new(1).moved(Partition(9));
    }
}
