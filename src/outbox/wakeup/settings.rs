//! Where commits of other processes are heard of, and how patiently.

use std::time::Duration;

use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use tokio_util::sync::CancellationToken;

use super::{Wakeup, postgres, sqlite};
use crate::environment::SharedEnvironment;

/// A database whose commits can be heard of. It has no `Debug`: it holds a password.
#[derive(Clone)]
pub enum CommitSource {
    /// Processes tell each other by NOTIFY. A connection is made for it beside every pool.
    Postgres(Box<PgConnectOptions>),
    /// The file itself tells that another connection changed it.
    Sqlite(Box<SqliteConnectOptions>),
}

/// How patiently commits of other processes are listened for. None of it has to do with safety.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WakeupSettings {
    /// The shortest time from one NOTIFY to the next: what is committed in between goes out with the next.
    pub notify_gap: Duration,
    /// How long a process waits to hear what it told itself, before it takes the way for broken.
    pub answer_timeout: Duration,
    /// How often the way is tried again, broken or not.
    pub retry: Duration,
    /// The pause after a connection broke or could not be made; it doubles up to [`Self::reconnect_max`].
    pub reconnect: Duration,
    /// The longest such pause.
    pub reconnect_max: Duration,
    /// How often SQLite's file is looked at while it changes.
    pub look_busy: Duration,
    /// How often it is looked at while it rests. With the other questions of a relay at rest it makes fewer than two a second.
    pub look_idle: Duration,
}

impl Default for WakeupSettings {
    fn default() -> Self {
        Self {
            notify_gap: Duration::from_millis(2),
            answer_timeout: Duration::from_secs(2),
            retry: Duration::from_secs(60),
            reconnect: Duration::from_millis(100),
            reconnect_max: Duration::from_secs(5),
            look_busy: Duration::from_millis(10),
            look_idle: Duration::from_millis(800),
        }
    }
}

/// Tells `wakeup` what other processes commit, and them what is committed here, until `shutdown` is cancelled.
///
/// Nothing that happens here ends it, or holds up a commit.
pub async fn hear_other_processes(
    source: CommitSource,
    wakeup: Wakeup,
    settings: WakeupSettings,
    environment: SharedEnvironment,
    shutdown: CancellationToken,
) {
    let hearing = Box::pin(async {
        match source {
            CommitSource::Postgres(options) => {
                Box::pin(postgres::run(*options, wakeup, settings, environment)).await;
            }
            CommitSource::Sqlite(options) => sqlite::run(*options, wakeup, settings).await,
        }
    });
    shutdown.run_until_cancelled(hearing).await;
}
