//! The connection on which the database is asked whether it answers.
//!
//! It belongs to no pool: a pool that is used up says that the service has much to do, not that the database is away, and a question that
//! was given up would keep its place in a pool for as long as the database is silent.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sea_orm::sqlx::{self, Connection as _, Executor as _, PgConnection, SqliteConnection};
use tokio::sync::Mutex;

use super::settings::Location;
use super::{Store, StoreError};
use crate::outbox::CommitSource;

/// How long the connection may take to close; a database that stands still never would answer.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The question.
const QUESTION: &str = "SELECT 1";

/// A connection outside of every pool, made when it is first needed.
pub(super) struct Pulse {
    location: Location,
    connection: Mutex<Option<PulseConnection>>,
    closed: AtomicBool,
}

enum PulseConnection {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

impl Pulse {
    pub(super) fn new(location: Location) -> Self {
        Self {
            location,
            connection: Mutex::new(None),
            closed: AtomicBool::new(false),
        }
    }

    /// Asks on the connection there is, or on a new one where that broke meanwhile. One whose question was given up is not used again.
    async fn ask(&self) -> Result<(), sqlx::Error> {
        let mut place = self.connection.lock().await;
        if self.closed.load(Ordering::Acquire) {
            return Err(sqlx::Error::PoolClosed);
        }
        if let Some(mut connection) = place.take()
            && connection.ask().await.is_ok()
        {
            *place = Some(connection);
            return Ok(());
        }
        let mut connection = PulseConnection::open(&self.location).await?;
        connection.ask().await?;
        *place = Some(connection);
        Ok(())
    }

    /// The database, for whoever wants to hear of commits in it.
    fn commits(&self) -> CommitSource {
        match &self.location {
            Location::Postgres(options) => CommitSource::Postgres(Box::new(options.clone())),
            Location::Sqlite(options) => CommitSource::Sqlite(Box::new(options.clone())),
        }
    }

    /// Closes the connection, and makes no other: a store that was closed answers no more.
    pub(super) async fn close(&self) {
        self.closed.store(true, Ordering::Release);
        let closed = async {
            match self.connection.lock().await.take() {
                Some(PulseConnection::Postgres(connection)) => connection.close().await,
                Some(PulseConnection::Sqlite(connection)) => connection.close().await,
                None => Ok(()),
            }
        };
        // Nothing hangs on it: what is not closed ends with the process.
        _ = tokio::time::timeout(CLOSE_TIMEOUT, closed).await;
    }
}

impl PulseConnection {
    async fn open(location: &Location) -> Result<Self, sqlx::Error> {
        match location {
            Location::Postgres(options) => {
                let mut connection = PgConnection::connect_with(options).await?;
                connection.execute("SET ROLE rollcall_app").await?;
                Ok(Self::Postgres(connection))
            }
            Location::Sqlite(options) => Ok(Self::Sqlite(SqliteConnection::connect_with(options).await?)),
        }
    }

    async fn ask(&mut self) -> Result<(), sqlx::Error> {
        match self {
            Self::Postgres(connection) => connection.execute(QUESTION).await.map(|_| ()),
            Self::Sqlite(connection) => connection.execute(QUESTION).await.map(|_| ()),
        }
    }
}

impl Store {
    /// Where commits of other processes are heard of.
    #[must_use]
    pub fn commits(&self) -> CommitSource {
        self.inner.pulse.commits()
    }

    /// Whether the database answers within `timeout`, however busy the service's other connections are.
    pub async fn ping(&self, timeout: Duration) -> Result<(), StoreError> {
        match tokio::time::timeout(timeout, self.inner.pulse.ask()).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(StoreError::unavailable(format!(
                "no answer within {} ms",
                timeout.as_millis()
            ))),
        }
    }
}
