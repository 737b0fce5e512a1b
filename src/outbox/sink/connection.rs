//! One multiplexed connection to Redis that comes back by itself.
//!
//! redis-rs has a `ConnectionManager`, but it keeps a connection whose commands time out (a host that vanished without
//! a word is only noticed when TCP gives up, a quarter of an hour later) and keeps the outcome of a connection attempt
//! that failed for another reason than I/O (a wrong password, once corrected, is never tried again). Here every error
//! that is not an answer drops the connection, and the next call makes a new one. There is no waiting and no retry in
//! here: the relay has its own backoff.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ErrorKind, IntoConnectionInfo as _, RedisError, ServerErrorKind};
use tokio::sync::Mutex;

use super::SinkError;

/// A connection and the number that it was made under.
#[derive(Clone)]
pub(super) struct Borrowed {
    pub(super) connection: MultiplexedConnection,
    generation: u64,
}

/// Gives out the one connection, making it where there is none.
#[derive(Clone)]
pub(super) struct Connector {
    shared: Arc<Shared>,
}

struct Shared {
    client: Client,
    address: String,
    timeout: Duration,
    /// Connection attempts that have ended, well or not.
    attempts: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    borrowed: Option<Borrowed>,
    last_error: Option<SinkError>,
}

impl Connector {
    /// Reads the URL; connects to nothing yet.
    pub(super) fn new(url: &str, timeout: Duration) -> Result<Self, SinkError> {
        let unusable = |error: RedisError| SinkError::Url(error.to_string());
        let info = url.into_connection_info().map_err(unusable)?;
        // Without this, Nagle's algorithm and delayed acknowledgement can hold a small batch for 40 ms.
        let tcp_settings = info.tcp_settings().clone().set_nodelay(true);
        let info = info.set_tcp_settings(tcp_settings);
        let address = info.addr().to_string();
        let client = Client::open(info).map_err(unusable)?;
        let shared = Shared {
            client,
            address,
            timeout,
            attempts: AtomicU64::new(0),
            state: Mutex::default(),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Host and port, without credentials.
    pub(super) fn address(&self) -> &str {
        &self.shared.address
    }

    /// The connection, made now where there is none.
    ///
    /// Callers that waited while another's attempt failed share its failure, so that many callers do not wait for as
    /// many timeouts in a row.
    pub(super) async fn borrow(&self) -> Result<Borrowed, SinkError> {
        let attempts_before = self.shared.attempts.load(Ordering::Acquire);
        let mut state = self.shared.state.lock().await;
        if let Some(borrowed) = &state.borrowed {
            return Ok(borrowed.clone());
        }
        if self.shared.attempts.load(Ordering::Acquire) != attempts_before
            && let Some(error) = &state.last_error
        {
            return Err(error.clone());
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.shared.timeout))
            .set_response_timeout(Some(self.shared.timeout));
        // The handshake has answers of its own to wait for; the limit holds for all of it.
        let connecting = self
            .shared
            .client
            .get_multiplexed_async_connection_with_config(&config);
        let connected = match tokio::time::timeout(self.shared.timeout, connecting).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(self.unreachable(&error.to_string())),
            Err(_) => Err(self.unreachable("timed out while connecting")),
        };
        let generation = self.shared.attempts.fetch_add(1, Ordering::AcqRel);
        match connected {
            Ok(connection) => {
                let borrowed = Borrowed {
                    connection,
                    generation,
                };
                state.borrowed = Some(borrowed.clone());
                state.last_error = None;
                Ok(borrowed)
            }
            Err(error) => {
                state.last_error = Some(error.clone());
                Err(error)
            }
        }
    }

    /// Sorts an error of a call on `borrowed`, and drops the connection unless the error is an answer about that call.
    pub(super) async fn failed(&self, borrowed: &Borrowed, error: &RedisError) -> SinkError {
        let away = match error.kind() {
            // A replica answers READONLY where it was the primary before a failover: connect anew.
            ErrorKind::Server(
                ServerErrorKind::BusyLoading | ServerErrorKind::MasterDown | ServerErrorKind::ReadOnly,
            ) => true,
            ErrorKind::Server(_) | ErrorKind::Extension | ErrorKind::UnexpectedReturnType => false,
            _ => true,
        };
        if !away {
            return match error.kind() {
                ErrorKind::UnexpectedReturnType => SinkError::Reply(error.to_string()),
                _ => SinkError::Refused(error.to_string()),
            };
        }
        let mut state = self.shared.state.lock().await;
        if state
            .borrowed
            .as_ref()
            .is_some_and(|current| current.generation == borrowed.generation)
        {
            state.borrowed = None;
        }
        self.unreachable(&error.to_string())
    }

    fn unreachable(&self, reason: &str) -> SinkError {
        SinkError::Unreachable {
            address: self.shared.address.clone(),
            reason: reason.to_owned(),
        }
    }
}
