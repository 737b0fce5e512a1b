//! The committer: units of many requests, committed together.
//!
//! A commit costs the same for one unit and for fifty: a round trip, a write to the disk that must be waited for. So units wait in
//! lanes. A lane takes what waits while its last commit was on the way, up to a bound, and commits that at once; there is no timer, and
//! a unit that finds its lane idle waits for nobody.
//!
//! All units of a partition go through one lane, so that inside a process nobody waits for the head of a partition. SQLite, which has
//! one writer, has one lane, which takes the writer's connection for each batch like anybody else who writes.
//!
//! A unit whose request is gone before its batch begins is left out; later it is committed with the others, and nobody hears of it. A batch
//! that the database refuses for what is in it is not written, and each of its units is told to go step by step: the one that is to
//! blame then gets its own error, and its neighbours are written. Any other failure is the answer to all.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::dialect::Dialect;
use super::pools::Pools;
use super::unit::{Unit, UnitEnding};
use super::{CommitHook, Position, StoreError, unit_postgres, unit_sqlite};
use crate::telemetry::Span;
use crate::telemetry::trace::{Cause, together};

/// Units that may wait in one lane. More are refused at once: they would wait for longer than anybody does.
const QUEUE_MAX: usize = 1_024;

/// Units and bytes that one batch takes. Larger ones cost as much for each unit, and hold up everybody in them for longer.
const BATCH_UNITS_MAX: usize = 64;
const BATCH_BYTES_MAX: usize = 1 << 20;

/// Lanes on PostgreSQL, where each takes a connection at a time, and leaves others at least as many. A lane that has more to do takes more
/// of it at once, which is cheaper than another lane; two keep the database at work while one of them thinks.
const POSTGRES_LANES: u32 = 2;

/// How long the lanes may take to finish what waits when the store closes.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(3);

/// The way in.
pub(super) struct Committer {
    lanes: Vec<mpsc::Sender<Waiting>>,
    partition_count: u16,
    stop: CancellationToken,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

struct Waiting {
    unit: Unit,
    since: Instant,
    /// The span in which its request waits.
    cause: Cause,
    answer: oneshot::Sender<Result<UnitEnding, StoreError>>,
}

/// What all lanes of a store work with.
#[derive(Clone)]
pub(super) struct Workplace {
    pub(super) pools: Pools,
    pub(super) partition_count: u16,
    pub(super) on_commit: Option<CommitHook>,
    /// How long a unit may wait for its batch to begin.
    pub(super) patience: Duration,
    /// Connections that there may be.
    pub(super) pool_max: u32,
}

impl Committer {
    /// Starts the lanes, on the runtime of the caller. They end with the committer.
    pub(super) fn start(workplace: &Workplace) -> Self {
        let lane_count = match workplace.pools.dialect {
            Dialect::Sqlite => 1,
            Dialect::Postgres => (workplace.pool_max / 2).clamp(1, POSTGRES_LANES),
        };
        let stop = CancellationToken::new();
        let (lanes, tasks) = (0..lane_count)
            .map(|_| {
                let (sender, queue) = mpsc::channel(QUEUE_MAX);
                let lane = Lane {
                    workplace: workplace.clone(),
                    queue,
                    stop: stop.clone(),
                };
                (sender, tokio::spawn(lane.run()))
            })
            .unzip();
        Self {
            lanes,
            partition_count: workplace.partition_count,
            stop,
            tasks: Mutex::new(tasks),
        }
    }

    /// Commits a unit with whatever others there are, in a span that ends when it is committed.
    pub(super) async fn commit(&self, unit: Unit) -> Result<UnitEnding, StoreError> {
        Span::internal("commit").around(self.queue(unit)).await
    }

    async fn queue(&self, unit: Unit) -> Result<UnitEnding, StoreError> {
        let lane = usize::from(unit.partition(self.partition_count).0) % self.lanes.len().max(1);
        let (answer, ending) = oneshot::channel();
        let waiting = Waiting {
            unit,
            since: Instant::now(),
            cause: Cause::current(),
            answer,
        };
        let closed = || StoreError::unavailable("the store is closed");
        match self.lanes.get(lane).ok_or_else(closed)?.try_send(waiting) {
            Ok(()) => ending.await.unwrap_or_else(|_| Err(closed())),
            Err(mpsc::error::TrySendError::Full(_)) => {
                Err(StoreError::unavailable("too many writes wait for the database"))
            }
            Err(mpsc::error::TrySendError::Closed(_)) => Err(closed()),
        }
    }

    /// Takes no more, and returns when what waited is done, or takes too long.
    pub(super) async fn close(&self) {
        self.stop.cancel();
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        let finished = async {
            for task in tasks {
                _ = task.await;
            }
        };
        if tokio::time::timeout(CLOSE_TIMEOUT, finished).await.is_err() {
            tracing::warn!("the database does not answer; leaving writes to it whose end nobody knows");
        }
    }
}

struct Lane {
    workplace: Workplace,
    queue: mpsc::Receiver<Waiting>,
    stop: CancellationToken,
}

impl Lane {
    async fn run(mut self) {
        while let Some(first) = self.next().await {
            let batch = self.gather(first);
            // Whoever waited for a batch that panicked is told so by its dropped sender; the lane goes on for the others.
            if AssertUnwindSafe(self.commit(batch)).catch_unwind().await.is_err() {
                tracing::error!("a batch of writes panicked; the panic's own line stands before this one");
            }
        }
    }

    async fn next(&mut self) -> Option<Waiting> {
        tokio::select! {
            biased;
            waiting = self.queue.recv() => waiting,
            () = self.stop.cancelled() => {
                self.queue.close();
                self.queue.recv().await
            }
        }
    }

    /// The first and what waits behind it, without those whose requests are gone or have waited for too long. Of two that claim the
    /// same, the second is told to look for itself.
    fn gather(&mut self, first: Waiting) -> Vec<Waiting> {
        let (mut batch, mut bytes, mut claimed) = (Vec::new(), 0, HashSet::new());
        let mut candidate = Some(first);
        while let Some(waiting) = candidate {
            if waiting.answer.is_closed() {
            } else if waiting.since.elapsed() > self.workplace.patience {
                waiting.answer(Err(StoreError::unavailable("the write waited for too long")));
            } else if claims(&waiting.unit).all(|claim| claimed.insert(claim)) {
                bytes += waiting.unit.size();
                batch.push(waiting);
            } else {
                waiting.answer(Ok(UnitEnding::Broken));
            }
            if batch.len() >= BATCH_UNITS_MAX || bytes >= BATCH_BYTES_MAX {
                break;
            }
            candidate = self.queue.try_recv().ok();
        }
        batch
    }

    async fn commit(&self, batch: Vec<Waiting>) {
        if batch.is_empty() {
            return;
        }
        let units: Vec<&Unit> = batch.iter().map(|waiting| &waiting.unit).collect();
        let Workplace {
            pools,
            partition_count,
            ..
        } = &self.workplace;
        let causes: Vec<Cause> = batch.iter().map(|waiting| waiting.cause.clone()).collect();
        let endings = together("commit together", &causes, async {
            match pools.dialect {
                Dialect::Postgres => unit_postgres::write(pools, *partition_count, &units).await,
                Dialect::Sqlite => unit_sqlite::write(pools, *partition_count, &units).await,
            }
        })
        .await;
        match endings {
            Ok(endings) => {
                self.announce(&endings);
                for (waiting, ending) in batch.into_iter().zip(endings) {
                    waiting.answer(Ok(ending));
                }
            }
            Err(error) => batch
                .into_iter()
                .for_each(|waiting| waiting.answer(Err(error.clone()))),
        }
    }

    fn announce(&self, endings: &[UnitEnding]) {
        let positions: Vec<Position> = endings
            .iter()
            .filter_map(|ending| match ending {
                UnitEnding::Committed(positions) => Some(positions),
                UnitEnding::Known(_) | UnitEnding::Broken => None,
            })
            .flatten()
            .copied()
            .collect();
        if let (Some(on_commit), false) = (&self.workplace.on_commit, positions.is_empty()) {
            on_commit(&positions);
        }
    }
}

impl Waiting {
    /// The request may be gone.
    fn answer(self, ending: Result<UnitEnding, StoreError>) {
        _ = self.answer.send(ending);
    }
}

/// What no other unit of the batch may claim.
fn claims(unit: &Unit) -> impl Iterator<Item = (Uuid, &'static str, String)> {
    let tenant_id = unit.context.tenant_id().0;
    let key = unit.claim.iter().map(|(key, _)| ("key", key.key.clone()));
    let names = unit
        .schools
        .iter()
        .map(|school| ("name", school.details.name.folded().to_owned()));
    let identifiers = unit
        .schools
        .iter()
        .filter_map(|school| Some(("identifier", school.details.identifier.clone()?)));
    let all: Vec<_> = key.chain(names).chain(identifiers).collect();
    all.into_iter().map(move |(kind, value)| (tenant_id, kind, value))
}
