//! The accept loop.
//!
//! Poem's own server sets no timer, so that slow headers would hold a connection forever, and has no cap; this one bounds
//! everything that a client could take for itself: connections, silence, headers, bodies, idleness, answers that are not
//! read. HTTP/1.1 and HTTP/2 (with prior knowledge, RFC 9113 §3.3) share the port.
//!
//! A drain stops accepting, tells every connection to finish, ends the event streams, and cuts what is left when its time
//! is over.

mod connection;
mod response_body;
#[cfg(test)]
mod tests;
mod watch;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use poem::{Endpoint, Response};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::config::{LimitSettings, Settings};
use connection::Shared;
use watch::PhaseTimeouts;

/// Why an address cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Somebody else does.
    #[error("cannot listen on {address}: it is in use; stop what uses it, or choose another with {variable}")]
    InUse {
        /// The address.
        address: SocketAddr,
        /// The variable that sets it.
        variable: &'static str,
    },
    /// The operating system does not allow it.
    #[error("cannot listen on {address}: {source}")]
    Refused {
        /// The address.
        address: SocketAddr,
        /// What it says.
        source: io::Error,
    },
}

/// How a server treats its clients.
#[derive(Debug, Clone, Copy)]
pub struct ServerOptions {
    /// What one client may take.
    pub limits: LimitSettings,
    /// How long requests may finish once the drain began.
    pub drain_timeout: Duration,
}

impl From<&Settings> for ServerOptions {
    fn from(settings: &Settings) -> Self {
        Self {
            limits: settings.limits,
            drain_timeout: settings.drain_timeout,
        }
    }
}

/// How a drain ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Connections that had not finished in time.
    pub cut_connections: usize,
}

/// A server that listens but does not answer yet: clients wait in the operating system's queue.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    local_address: SocketAddr,
}

impl Server {
    /// Listens on `address`, which `variable` has set; port 0 takes a free one.
    pub async fn bind(address: SocketAddr, variable: &'static str) -> Result<Self, BindError> {
        let refused = |source: io::Error| match source.kind() {
            io::ErrorKind::AddrInUse => BindError::InUse { address, variable },
            _ => BindError::Refused { address, source },
        };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let local_address = listener.local_addr().map_err(refused)?;
        Ok(Self {
            listener,
            local_address,
        })
    }

    /// The address that clients reach, with the port that was taken.
    #[must_use]
    pub fn local_address(&self) -> SocketAddr {
        self.local_address
    }

    /// Answers with `endpoint` until `drain` is cancelled and what was begun is finished or cut.
    pub async fn serve(
        self,
        endpoint: impl Endpoint<Output = Response> + 'static,
        options: ServerOptions,
        drain: CancellationToken,
    ) -> Drained {
        let limits = options.limits;
        let timeouts = PhaseTimeouts {
            first_byte: limits.first_byte_timeout,
            header: limits.header_timeout,
            keep_alive: limits.keep_alive_timeout,
            write: limits.write_timeout,
        };
        let shared = Arc::new(Shared::new(
            endpoint,
            self.local_address,
            timeouts,
            limits.body_timeout,
            drain.clone(),
        ));
        let connections = Connections::new(limits.connections);
        tokio::select! {
            () = drain.cancelled() => {}
            () = accept(self.listener, &shared, &connections) => {}
        }
        if tokio::time::timeout(options.drain_timeout, connections.all_closed())
            .await
            .is_err()
        {
            shared.cut.cancel();
            connections.all_closed().await;
        }
        let cut_connections = connections.cut.load(Ordering::Relaxed);
        if cut_connections > 0 {
            tracing::warn!(
                cut_connections,
                "requests did not finish within the drain timeout"
            );
        }
        Drained { cut_connections }
    }
}

/// The open connections: each holds a slot, and with none left nothing is accepted.
struct Connections {
    slots: Arc<Semaphore>,
    slot_count: u32,
    cut: Arc<AtomicUsize>,
}

impl Connections {
    fn new(most: usize) -> Self {
        let slot_count = u32::try_from(most).unwrap_or(u32::MAX);
        let slots = Arc::new(Semaphore::new(slot_count as usize));
        Self {
            slots,
            slot_count,
            cut: Arc::default(),
        }
    }

    async fn all_closed(&self) {
        let _ = self.slots.acquire_many(self.slot_count).await;
    }
}

/// Accepts until it is dropped, which closes the listener.
async fn accept<E: Endpoint<Output = Response> + 'static>(
    listener: TcpListener,
    shared: &Arc<Shared<E>>,
    connections: &Connections,
) {
    let mut failures = 0;
    while let Ok(slot) = connections.slots.clone().acquire_owned().await {
        let (stream, remote_address) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                if let Some(pause) = pause_after(&error, &mut failures) {
                    tracing::warn!(%error, pause_ms = pause.as_millis(), "cannot accept connections");
                    tokio::time::sleep(pause).await;
                }
                continue;
            }
        };
        failures = 0;
        // Answers are written whole; waiting for more to send would only delay them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "connection broke");
            continue;
        }
        let shared = shared.clone();
        let cut = connections.cut.clone();
        tokio::spawn(async move {
            if shared.serve(stream, remote_address).await {
                cut.fetch_add(1, Ordering::Relaxed);
            }
            drop(slot);
        });
    }
}

/// How long to wait after `error`, the `failures`-th in a row to need it.
///
/// Some errors concern the one connection that was to be accepted (accept(2) lists them). The others, above all a lack of
/// file descriptors, come back at once: without a pause the loop would take a whole core exactly when it is scarce.
fn pause_after(error: &io::Error, failures: &mut u32) -> Option<Duration> {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    if matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
    ) {
        return None;
    }
    let pause = Duration::from_millis(10 << (*failures).min(7)).min(Duration::from_secs(1));
    *failures = failures.saturating_add(1);
    Some(pause)
}
