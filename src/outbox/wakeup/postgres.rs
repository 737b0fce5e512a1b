//! Processes over one PostgreSQL tell each other of commits by NOTIFY.
//!
//! NOTIFY inside the transaction of a write would make all commits of a database wait for one lock. So it is sent after the
//! commit, on a connection of its own, one at a time and a few milliseconds apart, with all that was committed meanwhile; a
//! write does not know of it. What is not told, because the process died or the connection broke, is found by the poll.
//!
//! LISTEN belongs to a session. A pooler that gives each transaction another session takes the LISTEN, says that all is well,
//! and no notification ever comes. So a process tells itself something the same way that it tells the others, and only while
//! that comes back does it believe that it hears them.

use std::collections::BTreeSet;
use std::time::Duration;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sea_orm::sqlx::{self, AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use uuid::Uuid;

use super::message::Message;
use super::{Wakeup, WakeupListener, WakeupPath, WakeupSettings};
use crate::environment::SharedEnvironment;
use crate::tenancy::Partition;

/// The name that is notified. It is one of the database, so each Rollcall has its own.
const CHANNEL: &str = "rollcall_commits";

/// Of every transaction that tells. A notification takes a transaction number, so its commit would wait for the disk, with a lock
/// held that all notifications of the server share; nothing depends on it after a crash. All of it ends with the transaction: a
/// pooler may lend the session to a writer next, whose commits must wait for the disk.
const LOCAL: &str =
    "SET LOCAL ROLE rollcall_relay; SET LOCAL synchronous_commit = off; SET LOCAL statement_timeout = '5s'";

/// How long making a connection, or a statement on it, may take.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn run(
    options: PgConnectOptions,
    wakeup: Wakeup,
    settings: WakeupSettings,
    environment: SharedEnvironment,
) {
    let options = options.application_name("rollcall wake-up");
    let process = environment.new_id();
    let (trials, to_send) = mpsc::channel(1);
    let teller = Teller {
        options: options.clone(),
        settings,
        process,
        own: wakeup.listen_to_own(),
        trials: to_send,
        connection: None,
        pending: BTreeSet::new(),
    };
    let hearer = Hearer {
        options,
        wakeup,
        settings,
        environment,
        process,
        trials,
        broken_before: false,
    };
    tokio::join!(teller.run(), hearer.run());
}

/// A word to oneself.
struct Trial {
    token: Uuid,
    /// Told when it was sent; dropped where it could not be.
    sent: oneshot::Sender<()>,
}

/// Tells the others what is committed here.
struct Teller {
    options: PgConnectOptions,
    settings: WakeupSettings,
    process: Uuid,
    own: WakeupListener,
    trials: mpsc::Receiver<Trial>,
    connection: Option<PgConnection>,
    /// What was committed and not told yet.
    pending: BTreeSet<Partition>,
}

impl Teller {
    async fn run(mut self) {
        let mut pause = self.settings.reconnect;
        loop {
            let told = match self.next().await {
                Some(Trial { token, sent }) => {
                    let told = self.tell(&Message::Trial(token)).await;
                    if told.is_ok() {
                        // Whoever gave up meanwhile tries again.
                        _ = sent.send(());
                    }
                    told
                }
                None => self.tell_what_moved().await,
            };
            let pause_now = match told {
                Ok(()) => {
                    pause = self.settings.reconnect;
                    self.settings.notify_gap
                }
                Err(error) => {
                    tracing::debug!(%error, "other processes cannot be told of commits; they poll");
                    {
                        let longer = (pause * 2).min(self.settings.reconnect_max);
                        std::mem::replace(&mut pause, longer)
                    }
                }
            };
            tokio::time::sleep(pause_now).await;
        }
    }

    /// Waits until there is something to say: a trial, or else that something moved. What could not be told before is tried again.
    async fn next(&mut self) -> Option<Trial> {
        let untold = !self.pending.is_empty();
        tokio::select! {
            biased;
            Some(trial) = self.trials.recv() => Some(trial),
            moved = self.own.moved() => {
                self.pending.extend(moved.partitions);
                None
            }
            () = std::future::ready(()), if untold => None,
        }
    }

    async fn tell_what_moved(&mut self) -> Result<(), Untold> {
        let partitions = Some(self.pending.clone());
        let sender = self.process;
        self.tell(&Message::Moved { sender, partitions }).await?;
        self.pending.clear();
        Ok(())
    }

    /// Sends it on the connection there is, or on a new one where that broke meanwhile: to hear it twice does no harm.
    async fn tell(&mut self, message: &Message) -> Result<(), Untold> {
        // Without parameters it is one message of the simple protocol, which any pooler passes on. The text holds no quote.
        let statement = format!("BEGIN; {LOCAL}; NOTIFY {CHANNEL}, '{}'; COMMIT", message.text());
        if let Some(mut connection) = self.connection.take()
            && within(connection.execute(AssertSqlSafe(statement.clone())))
                .await
                .is_ok()
        {
            self.connection = Some(connection);
            return Ok(());
        }
        let mut connection = within(PgConnection::connect_with(&self.options)).await?;
        within(connection.execute(AssertSqlSafe(statement))).await?;
        self.connection = Some(connection);
        Ok(())
    }
}

/// Why something was not told, or is not heard.
#[derive(Debug, thiserror::Error)]
enum Untold {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error("no answer within {} s", PATIENCE.as_secs())]
    TimedOut,
}

async fn within<T>(doing: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, Untold> {
    match tokio::time::timeout(PATIENCE, doing).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(Untold::TimedOut),
    }
}

/// Hears what the others tell.
struct Hearer {
    options: PgConnectOptions,
    wakeup: Wakeup,
    settings: WakeupSettings,
    environment: SharedEnvironment,
    process: Uuid,
    trials: mpsc::Sender<Trial>,
    /// It was said that the way is broken.
    broken_before: bool,
}

/// Why listening ended.
enum Deaf {
    /// The connection could not be made, or broke.
    Connection(Untold),
    /// All seems well, but nothing comes.
    Silence,
}

/// A trial whose answer is awaited.
struct Awaited {
    token: Uuid,
    /// Until it is known that it was sent.
    sent: Option<oneshot::Receiver<()>>,
    deadline: Instant,
}

impl Hearer {
    async fn run(mut self) {
        let mut pause = self.settings.reconnect;
        loop {
            let began = Instant::now();
            let deaf = match within(self.listen()).await {
                Ok(listener) => self.hear(listener).await,
                Err(error) => Deaf::Connection(error),
            };
            self.wakeup.set_path(WakeupPath::Poll);
            let pause_now = match deaf {
                Deaf::Silence => {
                    self.say_that_nothing_comes();
                    self.settings.retry
                }
                Deaf::Connection(error) => {
                    tracing::debug!(%error, "not hearing of other processes' commits; trying again");
                    if began.elapsed() > self.settings.reconnect_max {
                        pause = self.settings.reconnect;
                    }
                    {
                        let longer = (pause * 2).min(self.settings.reconnect_max);
                        std::mem::replace(&mut pause, longer)
                    }
                }
            };
            tokio::time::sleep(pause_now).await;
        }
    }

    async fn listen(&self) -> Result<PgListener, sqlx::Error> {
        // A pool for one connection, because a listener wants one; each time a new one, since one that hangs keeps its place.
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(PATIENCE)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_lazy_with(self.options.clone());
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        Ok(listener)
    }

    /// Passes on what comes, until the connection breaks or does not bring back what this process told itself.
    async fn hear(&mut self, mut listener: PgListener) -> Deaf {
        // From here on nothing is missed; whatever was committed before may have been.
        self.wakeup.may_have_missed();
        let mut awaited = Some(self.begin_trial());
        let mut next_trial = Instant::now() + self.settings.retry;
        loop {
            let deadline = awaited.as_ref().map_or(next_trial, |awaited| awaited.deadline);
            tokio::select! {
                heard = listener.try_recv() => match heard {
                    Ok(Some(notification)) => match Message::read(notification.payload()) {
                        Some(Message::Trial(token)) if awaited.as_ref().is_some_and(|own| own.token == token) => {
                            awaited = None;
                            self.proven();
                        }
                        Some(message) => message.tell(&self.wakeup, self.process),
                        None => {}
                    },
                    Ok(None) => return Deaf::Connection(sqlx::Error::PoolClosed.into()),
                    Err(error) => return Deaf::Connection(error.into()),
                },
                was_sent = sent(&mut awaited) => {
                    if !was_sent {
                        return Deaf::Connection(Untold::TimedOut);
                    }
                    if let Some(awaited) = &mut awaited {
                        awaited.deadline = Instant::now() + self.settings.answer_timeout;
                    }
                }
                () = tokio::time::sleep_until(deadline) => match &awaited {
                    Some(Awaited { sent: Some(_), .. }) => return Deaf::Connection(Untold::TimedOut),
                    Some(_) => return Deaf::Silence,
                    None => {
                        awaited = Some(self.begin_trial());
                        next_trial = Instant::now() + self.settings.retry;
                    }
                }
            }
        }
    }

    fn begin_trial(&self) -> Awaited {
        let (sent, is_sent) = oneshot::channel();
        let token = self.environment.new_id();
        // Where there is no room the trial is dropped, and with it `sent`, which tells that it was not sent.
        _ = self.trials.try_send(Trial { token, sent });
        Awaited {
            token,
            sent: Some(is_sent),
            deadline: Instant::now() + 4 * PATIENCE,
        }
    }

    fn proven(&mut self) {
        self.wakeup.set_path(WakeupPath::Signal);
        if std::mem::take(&mut self.broken_before) {
            tracing::info!("other processes' commits are heard of at once again");
        }
    }

    fn say_that_nothing_comes(&mut self) {
        if !std::mem::replace(&mut self.broken_before, true) {
            tracing::warn!(
                "notifications of the database do not come through, as behind a transaction pooler (pgbouncer with pool_mode=transaction), \
                 which swallows LISTEN; commits of other processes are found by polling. Let ROLLCALL_DATABASE_URL name the server itself, \
                 or a pooler of sessions"
            );
        }
    }
}

/// Whether the trial was sent, once that is known.
async fn sent(awaited: &mut Option<Awaited>) -> bool {
    match awaited.as_mut().and_then(|awaited| awaited.sent.as_mut()) {
        Some(is_sent) => {
            let was_sent = is_sent.await.is_ok();
            if let Some(awaited) = awaited {
                awaited.sent = None;
            }
            was_sent
        }
        None => std::future::pending().await,
    }
}
