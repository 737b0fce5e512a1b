//! The operations: one file each, named after its operation, implementing its method of the generated trait.
//!
//! A handler decides and stores inside a transaction that is not its own: it cannot commit. What it returns, response, events
//! and affected records together, is committed by [`service`] in one place, so that no handler can forget a part of it.

mod admission;
mod api;
mod create_school;
mod create_tenant;
mod cursor;
mod demo;
mod events;
mod failure;
mod get_school;
mod get_tenant;
mod health;
mod list_audit_records;
mod list_events;
mod list_schools;
mod service;
mod shapes;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

pub use admission::Admission;
pub use demo::{DEMO_TENANT_NAME, DemoError};
pub use events::check_event;
pub use service::Work;

use crate::environment::SharedEnvironment;
use crate::http::auth::Authenticator;
use crate::idempotency::InFlightKeys;
use crate::outbox::{SharedRelayHealth, Wakeup};
use crate::store::Store;
use crate::telemetry::metrics::EventStreamMetrics;

/// What the service is assembled from.
pub struct Parts {
    /// The store.
    pub store: Store,
    /// Clock, ids and randomness.
    pub environment: SharedEnvironment,
    /// Who calls.
    pub authenticator: Authenticator,
    /// How clients reach the service, without a slash at the end.
    pub base_url: String,
    /// How long an idempotency key is remembered.
    pub idempotency_retention: Duration,
    /// Tells of commits.
    pub wakeup: Wakeup,
    /// The state of the relay, where this process is to know of one.
    pub relay: Option<SharedRelayHealth>,
    /// How many event streams may be open at once.
    pub event_streams_max: usize,
    /// Counts them.
    pub event_stream_metrics: EventStreamMetrics,
    /// Cancelled when the service drains: open event streams end.
    pub drain: CancellationToken,
}

/// The service: what every operation is a method of.
pub struct Rollcall {
    parts: Parts,
    in_flight: Arc<InFlightKeys>,
    event_streams: Arc<Semaphore>,
    database: Mutex<health::DatabaseProbe>,
}

impl Rollcall {
    /// A service of `parts`.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let event_streams = parts.event_streams_max.min(Semaphore::MAX_PERMITS);
        Self {
            parts,
            in_flight: Arc::default(),
            event_streams: Arc::new(Semaphore::new(event_streams)),
            database: Mutex::default(),
        }
    }

    fn database_probe(&self) -> std::sync::MutexGuard<'_, health::DatabaseProbe> {
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
