//! What metrics are shown of the parts of a process, and where.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::CommandError;
use crate::config::Settings;
use crate::contract::api::API;
use crate::environment::SharedEnvironment;
use crate::http::metrics::MetricsPage;
use crate::http::problem::ProblemCatalogue;
use crate::http::server::{Server, ServerOptions};
use crate::outbox::{SharedRelayHealth, Wakeup, WakeupPath};
use crate::store::Store;
use crate::telemetry::Telemetry;
use crate::telemetry::metrics::Metrics;

/// How often the database is asked whether it answers.
const ASK_DATABASE: Duration = Duration::from_secs(2);
/// How long it has for its answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);

const UNKNOWN: u8 = 0;
const UP: u8 = 1;
const DOWN: u8 = 2;

/// The metrics of a process, and the place where they are served, if they have one of their own.
pub(super) struct Shown {
    pub(super) metrics: Metrics,
    end: CancellationToken,
    server: Option<JoinHandle<()>>,
}

impl Shown {
    /// Shows what runs, from now on and until [`Shown::end`].
    pub(super) async fn begin(
        settings: &Settings,
        telemetry: &Telemetry,
        environment: &SharedEnvironment,
    ) -> Result<Self, CommandError> {
        let metrics = telemetry.metrics();
        metrics.observe_process();
        let mut shown = Self {
            metrics,
            end: CancellationToken::new(),
            server: None,
        };
        if let Some(address) = settings.metrics_listen {
            let server = Server::bind(address, "ROLLCALL_METRICS_LISTEN").await?;
            shown.serve(server, settings, telemetry, environment);
        }
        Ok(shown)
    }

    fn serve(
        &mut self,
        server: Server,
        settings: &Settings,
        telemetry: &Telemetry,
        environment: &SharedEnvironment,
    ) {
        let address = server.local_address();
        tracing::info!(%address, "metrics are served");
        let endpoint = MetricsPage::new(telemetry.prometheus().clone()).alone(
            ProblemCatalogue::new(settings.base_url(address), API.problems),
            Arc::clone(environment),
            self.metrics.http.clone(),
        );
        let (options, end) = (ServerOptions::from(settings), self.end.clone());
        self.server = Some(tokio::spawn(async move {
            server.serve(endpoint, options, end).await;
        }));
    }

    /// Shows the pools of `store`, and whether its database answers.
    pub(super) fn store(&self, store: &Store) {
        self.metrics.retention.begin_at_zero();
        let pools = store.clone();
        self.metrics.observe_pools(move || pools.pool_readings());
        let state = Arc::new(AtomicU8::new(UNKNOWN));
        let (store, told) = (store.clone(), Arc::clone(&state));
        let asking = async move {
            loop {
                let is_up = store.ping(ANSWER_TIMEOUT).await.is_ok();
                told.store(if is_up { UP } else { DOWN }, Ordering::Relaxed);
                tokio::time::sleep(ASK_DATABASE).await;
            }
        };
        tokio::spawn(self.end.clone().run_until_cancelled_owned(asking));
        self.metrics
            .observe_dependency("database", move || match state.load(Ordering::Relaxed) {
                UNKNOWN => None,
                known => Some(known == UP),
            });
    }

    /// Shows a relay.
    pub(super) fn relay(&self, health: &SharedRelayHealth) {
        self.metrics.relay.begin_at_zero();
        self.metrics.broker.begin_at_zero();
        let health = health.clone();
        self.metrics.observe_relay(move || health.reading());
    }

    /// Shows whether commits of other processes are told of.
    pub(super) fn wakeup(&self, wakeup: &Wakeup) {
        let wakeup = wakeup.clone();
        self.metrics.observe_wakeup(move || match wakeup.path() {
            WakeupPath::Unproven => None,
            WakeupPath::Signal => Some(true),
            WakeupPath::Poll => Some(false),
        });
    }

    /// Lets what is counted of requests start at 0.
    pub(super) fn requests(&self) {
        let with_key = API.operations.iter().filter(|operation| operation.idempotent);
        self.metrics
            .http
            .begin_at_zero(with_key.map(|operation| operation.id));
        self.metrics.event_streams.begin_at_zero();
    }

    /// Shows no more.
    pub(super) async fn end(self) {
        self.end.cancel();
        if let Some(server) = self.server {
            _ = server.await;
        }
    }
}
