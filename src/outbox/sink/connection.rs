//! One multiplexed connection to one Redis that comes back by itself.
//!
//! redis-rs has a `ConnectionManager`, but it keeps a connection whose commands time out (a host that vanished without
//! a word is only noticed when TCP gives up, a quarter of an hour later) and keeps the outcome of a connection attempt
//! that failed for another reason than I/O (a wrong password, once corrected, is never tried again). Here every error
//! that is not an answer drops the connection, and the next call makes a new one. Nobody waits in here and nothing is
//! repeated: the relay has its own backoff. But after an attempt to connect that failed there is none for a moment, and
//! whoever calls meanwhile is told its error: each partition waits for itself, and all of them together would try as often
//! as there are partitions.
//!
//! Which server that is may change: where sentinels know it, they are asked each time that a connection is made.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex as BlockingMutex, PoisonError};
use std::time::Duration;

use redis::aio::{ConnectionLike as _, MultiplexedConnection};
use redis::{AsyncConnectionConfig, Client, Cmd, ErrorKind, RedisError, ServerErrorKind, Value};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::SinkError;
use super::features::{self, BrokerFeatures};
use super::sentinel::{self, Sentinels};
use super::url::HostPort;

/// How long nobody connects after one attempt failed; doubled with each further one.
const PAUSE_BASE: Duration = Duration::from_millis(50);
/// How long at most: a server that comes back is found soon.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// A connection and the number that it was made under.
#[derive(Clone)]
pub(super) struct Borrowed {
    connection: MultiplexedConnection,
    address: String,
    generation: u64,
}

/// Why a call came to nothing.
#[derive(Debug)]
pub(super) enum CallError {
    /// The server answered with an error that is about this call alone.
    Answer(RedisError),
    /// There was no answer, or one that is about the server.
    Away(SinkError),
}

/// Who is connected to.
pub(super) enum Target {
    /// This server.
    Fixed { client: Client, address: String },
    /// Whoever is the primary.
    Sentinels(Sentinels),
}

/// Gives out the one connection, making it where there is none.
#[derive(Clone)]
pub(super) struct Connector {
    shared: Arc<Shared>,
}

pub(super) struct Shared {
    target: Target,
    timeout: Duration,
    /// Connection attempts that have ended, well or not.
    attempts: AtomicU64,
    state: Mutex<State>,
    features: BlockingMutex<Option<BrokerFeatures>>,
}

#[derive(Default)]
struct State {
    borrowed: Option<Borrowed>,
    last_failure: Option<Failure>,
}

/// An attempt to connect that failed.
struct Failure {
    error: SinkError,
    /// How many failed in a row.
    times: u32,
    /// No other before this.
    not_before: Instant,
}

impl Connector {
    /// Connects to nothing yet.
    pub(super) fn new(target: Target, timeout: Duration) -> Self {
        let shared = Shared {
            target,
            timeout,
            attempts: AtomicU64::new(0),
            state: Mutex::default(),
            features: BlockingMutex::default(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// What the server is, where there was a connection and it told.
    pub(super) fn features(&self) -> Option<BrokerFeatures> {
        *self
            .shared
            .features
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a command and waits for its answer.
    pub(super) async fn call(&self, command: &Cmd) -> Result<Value, CallError> {
        let mut borrowed = self.borrow().await?;
        let answer = borrowed.connection.req_packed_command(command).await;
        self.answered(&borrowed, answer).await
    }

    /// The same behind `ASKING`, for a node of a cluster that takes a slot over.
    pub(super) async fn call_asking(&self, command: &Cmd) -> Result<Value, CallError> {
        let mut borrowed = self.borrow().await?;
        let mut pipeline = redis::pipe();
        pipeline.cmd("ASKING").add_command(command.clone());
        // The answer of the second of two.
        let answers = borrowed.connection.req_packed_commands(&pipeline, 1, 1).await;
        let answer = answers.map(|mut answers| answers.pop().unwrap_or(Value::Nil));
        self.answered(&borrowed, answer).await
    }

    async fn answered(
        &self,
        borrowed: &Borrowed,
        answer: Result<Value, RedisError>,
    ) -> Result<Value, CallError> {
        match answer.and_then(Value::extract_error) {
            Ok(value) => Ok(value),
            Err(error) if is_about_the_server(&error) => {
                self.shared.drop_connection(borrowed.generation).await;
                Err(CallError::Away(SinkError::Unreachable {
                    address: borrowed.address.clone(),
                    reason: error.to_string(),
                    // The only positive proof: neither silence nor what the server says of itself.
                    was_cut: error.is_connection_dropped(),
                }))
            }
            Err(error) => Err(CallError::Answer(error)),
        }
    }

    /// The connection, made now where there is none.
    ///
    /// Callers that waited while another's attempt failed share its failure, so that many callers do not wait for as
    /// many timeouts in a row; so do those that come within the pause after it.
    async fn borrow(&self) -> Result<Borrowed, CallError> {
        let attempts_before = self.shared.attempts.load(Ordering::Acquire);
        let mut state = self.shared.state.lock().await;
        if let Some(borrowed) = &state.borrowed {
            return Ok(borrowed.clone());
        }
        let is_shared = self.shared.attempts.load(Ordering::Acquire) != attempts_before;
        if let Some(failure) = &state.last_failure
            && (is_shared || Instant::now() < failure.not_before)
        {
            return Err(CallError::Away(failure.error.clone()));
        }
        // To find the server and the handshake have answers of their own to wait for; the limit holds for all of it.
        let connecting = tokio::time::timeout(self.shared.timeout, self.shared.connect());
        let connected = connecting.await.unwrap_or_else(|_| {
            let address = self.shared.target.to_string();
            Err(unreachable(&address, "timed out while connecting"))
        });
        let generation = self.shared.attempts.fetch_add(1, Ordering::AcqRel);
        match connected {
            Ok((connection, found)) => {
                let borrowed = Borrowed {
                    connection,
                    address: found
                        .as_ref()
                        .map_or_else(|| self.shared.target.to_string(), ToString::to_string),
                    generation,
                };
                state.borrowed = Some(borrowed.clone());
                state.last_failure = None;
                if let Some(primary) = found {
                    sentinel::watch(&self.shared, primary, generation);
                }
                Ok(borrowed)
            }
            Err(error) => {
                let before = state.last_failure.as_ref().map_or(0, |failure| failure.times);
                state.last_failure = Some(Failure {
                    error: error.clone(),
                    times: before.saturating_add(1),
                    not_before: Instant::now() + pause_after(before),
                });
                Err(CallError::Away(error))
            }
        }
    }
}

impl Shared {
    /// A new connection; with the address of the server where sentinels told it.
    async fn connect(&self) -> Result<(MultiplexedConnection, Option<HostPort>), SinkError> {
        let (client, found) = match &self.target {
            Target::Fixed { client, .. } => (client.clone(), None),
            Target::Sentinels(sentinels) => {
                let (client, primary) = sentinels.primary().await?;
                (client, Some(primary))
            }
        };
        let address = found
            .as_ref()
            .map_or_else(|| self.target.to_string(), ToString::to_string);
        let away = |error: RedisError| unreachable(&address, &error.to_string());
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.timeout))
            .set_response_timeout(Some(self.timeout));
        let mut connection = client
            .get_multiplexed_async_connection_with_config(&config)
            .await
            .map_err(away)?;
        if found.is_some() && !sentinel::is_primary(&mut connection).await.map_err(away)? {
            return Err(unreachable(
                &address,
                "the sentinels name it, but it is no primary yet",
            ));
        }
        let features = features::probe(&mut connection).await.map_err(away)?;
        self.note(features, &address);
        Ok((connection, found))
    }

    /// Says what the server is, whenever that is news.
    fn note(&self, features: Option<BrokerFeatures>, address: &str) {
        let Some(features) = features else { return };
        let mut known = self.features.lock().unwrap_or_else(PoisonError::into_inner);
        if known.replace(features) == Some(features) {
            return;
        }
        if let Some(warning) = features.warning() {
            tracing::warn!(address, "{warning}");
        } else {
            tracing::info!(address, "the broker is {features}");
        }
    }

    /// The next call makes a new connection, unless that was made already.
    pub(super) async fn drop_connection(&self, generation: u64) {
        let mut state = self.state.lock().await;
        if state
            .borrowed
            .as_ref()
            .is_some_and(|current| current.generation == generation)
        {
            state.borrowed = None;
        }
    }

    /// Whether the connection of this number is the one that is given out.
    pub(super) async fn gives_out(&self, generation: u64) -> bool {
        let state = self.state.lock().await;
        state
            .borrowed
            .as_ref()
            .is_some_and(|current| current.generation == generation)
    }

    pub(super) fn target(&self) -> &Target {
        &self.target
    }
}

impl std::fmt::Display for Target {
    /// Without credentials.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fixed { address, .. } => formatter.write_str(address),
            Self::Sentinels(sentinels) => sentinels.fmt(formatter),
        }
    }
}

/// The pause after an attempt that failed when as many had `before`.
fn pause_after(before: u32) -> Duration {
    PAUSE_BASE.saturating_mul(1 << before.min(16)).min(PAUSE_MAX)
}

/// Whether an error says that this connection, or who is at its other end, is of no use any more.
fn is_about_the_server(error: &RedisError) -> bool {
    match error.kind() {
        // A replica answers READONLY where it was the primary before a failover: connect anew.
        ErrorKind::Server(
            ServerErrorKind::BusyLoading | ServerErrorKind::MasterDown | ServerErrorKind::ReadOnly,
        ) => true,
        ErrorKind::Server(_) | ErrorKind::Extension | ErrorKind::UnexpectedReturnType => false,
        _ => true,
    }
}

/// There is no connection, or none of any use.
pub(super) fn unreachable(address: &str, reason: &str) -> SinkError {
    SinkError::Unreachable {
        address: address.to_owned(),
        reason: reason.to_owned(),
        was_cut: false,
    }
}

impl From<SinkError> for CallError {
    fn from(error: SinkError) -> Self {
        Self::Away(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_second() {
        let pauses = [0, 1, 2, 4, 5, u32::MAX].map(|before| pause_after(before).as_millis());
        assert_eq!(pauses, [50, 100, 200, 800, 1000, 1000]);
    }
}
