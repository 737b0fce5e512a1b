//! The signal from a commit to whoever waits for one: the relay, and the streams of server-sent events.
//!
//! It only makes things faster: whoever misses it finds the same events at the next poll. Signals coalesce, so a
//! thousand commits cost the listener no more than one, and a signal without a listener costs a few atomic operations.
//!
//! What this process commits is told in memory. What another one commits comes from outside and is told to the same
//! listeners: on PostgreSQL by NOTIFY ([`postgres`]), on SQLite by looking whether the file changed ([`sqlite`]). Whether that
//! way works is not taken for granted but proven, and [`Wakeup::path`] tells; where it does not, the polls are more frequent.

mod message;
mod postgres;
mod settings;
mod sqlite;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use tokio::sync::Notify;

pub use settings::{CommitSource, WakeupSettings, hear_other_processes};

use crate::tenancy::Partition;

/// How commits of other processes become known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WakeupPath {
    /// Nothing tells of them yet: it was not tried, or is being tried for the first time.
    Unproven,
    /// They are told at once.
    Signal,
    /// They are found by polls alone: what should tell of them was tried and does not.
    Poll,
}

/// The sending side; cheap to clone. Call [`Wakeup::moved`] after a commit.
#[derive(Debug, Clone)]
pub struct Wakeup {
    /// Every commit that is known of.
    all: Arc<Board>,
    /// This process's own.
    own: Arc<Board>,
    path: Arc<AtomicU8>,
}

#[derive(Debug)]
struct Board {
    /// For each partition how often it moved.
    moves: Box<[AtomicU64]>,
    /// How often signals may have been missed.
    gaps: AtomicU64,
    any: Notify,
}

impl Wakeup {
    /// A signal for the partitions `0..partition_count`.
    #[must_use]
    pub fn new(partition_count: u16) -> Self {
        Self {
            all: Arc::new(Board::new(partition_count)),
            own: Arc::new(Board::new(partition_count)),
            path: Arc::default(),
        }
    }

    /// This process committed something in `partition`. Does not block; a partition out of range is left to the poll.
    pub fn moved(&self, partition: Partition) {
        self.all.moved(partition);
        self.own.moved(partition);
    }

    /// Another process did.
    pub(in crate::outbox) fn heard(&self, partition: Partition) {
        self.all.moved(partition);
    }

    /// Another process may have committed in any partition without being heard.
    pub(in crate::outbox) fn may_have_missed(&self) {
        self.all.gaps.fetch_add(1, Ordering::Release);
        self.all.any.notify_waiters();
    }

    /// A listener that hears of what moves from now on, wherever it is committed. There may be any number.
    #[must_use]
    pub fn listen(&self) -> WakeupListener {
        WakeupListener::of(&self.all)
    }

    /// One that hears of this process's commits alone.
    fn listen_to_own(&self) -> WakeupListener {
        WakeupListener::of(&self.own)
    }

    /// How commits of other processes become known at the moment.
    #[must_use]
    pub fn path(&self) -> WakeupPath {
        match self.path.load(Ordering::Relaxed) {
            1 => WakeupPath::Signal,
            2 => WakeupPath::Poll,
            _ => WakeupPath::Unproven,
        }
    }

    /// Gives what it was before.
    fn set_path(&self, path: WakeupPath) -> WakeupPath {
        let before = self.path();
        let number = match path {
            WakeupPath::Unproven => 0,
            WakeupPath::Signal => 1,
            WakeupPath::Poll => 2,
        };
        self.path.store(number, Ordering::Relaxed);
        before
    }
}

impl Board {
    fn new(partition_count: u16) -> Self {
        Self {
            moves: (0..partition_count).map(|_| AtomicU64::new(0)).collect(),
            gaps: AtomicU64::new(0),
            any: Notify::new(),
        }
    }

    fn moved(&self, partition: Partition) {
        if let Some(moves) = self.moves.get(usize::from(partition.0)) {
            moves.fetch_add(1, Ordering::Release);
            self.any.notify_waiters();
        }
    }
}

/// What a listener heard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moved {
    /// The partitions in which something was committed.
    pub partitions: Vec<Partition>,
    /// Something may have been committed in any other as well.
    pub any: bool,
}

impl Moved {
    /// Whether something may have been committed in `partition`.
    #[must_use]
    pub fn may_concern(&self, partition: Partition) -> bool {
        self.any || self.partitions.contains(&partition)
    }
}

/// The receiving side.
#[derive(Debug)]
pub struct WakeupListener {
    board: Arc<Board>,
    seen: Box<[u64]>,
    seen_gaps: u64,
}

impl WakeupListener {
    fn of(board: &Arc<Board>) -> Self {
        let seen = board.moves.iter().map(|moves| moves.load(Ordering::Acquire));
        Self {
            seen: seen.collect(),
            seen_gaps: board.gaps.load(Ordering::Acquire),
            board: Arc::clone(board),
        }
    }

    /// Waits until something moved, and says what did since the last call. Nothing is lost if the call is cancelled.
    pub async fn moved(&mut self) -> Moved {
        let board = Arc::clone(&self.board);
        loop {
            // Made before looking: a signal between the look and the wait completes it.
            let notified = board.any.notified();
            let moved = self.look();
            if moved.any || !moved.partitions.is_empty() {
                return moved;
            }
            notified.await;
        }
    }

    fn look(&mut self) -> Moved {
        let gaps = self.board.gaps.load(Ordering::Acquire);
        let mut moved = Moved {
            partitions: Vec::new(),
            any: std::mem::replace(&mut self.seen_gaps, gaps) != gaps,
        };
        for ((partition, moves), seen) in (0_u16..).zip(&self.board.moves).zip(&mut self.seen) {
            let now = moves.load(Ordering::Acquire);
            if now != *seen {
                *seen = now;
                moved.partitions.push(Partition(partition));
            }
        }
        moved
    }
}
