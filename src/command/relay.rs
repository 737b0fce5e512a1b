//! `rollcall relay`: a relay as its own process.

use std::process::ExitCode;
use std::sync::Arc;

use super::metrics::Shown;
use super::{CommandError, banner, environment, open_store, retention, shutdown_token, sink};
use crate::config::Settings;
use crate::outbox::{LogReader, PublishClock, Relay, RelaySettings, SharedRelayHealth, Wakeup};
use crate::store::MigrationPolicy;
use crate::telemetry::Telemetry;

pub(super) async fn run(settings: Settings, telemetry: &Telemetry) -> Result<ExitCode, CommandError> {
    let environment = environment();
    let shown = Shown::begin(&settings, telemetry, &environment).await?;
    let store = open_store(
        &settings,
        &environment,
        MigrationPolicy::Refuse,
        None,
        &shown.metrics,
    )
    .await?;
    shown.store(&store);
    let Some(sink) = sink(&settings)? else {
        banner::print("There is no broker to relay to: set ROLLCALL_REDIS_URL.");
        return Ok(ExitCode::FAILURE);
    };
    let shutdown = shutdown_token()?;
    banner::print(&format!(
        "Relaying the event log to the streams at {}.",
        sink.address()
    ));
    // Commits happen in other processes, whose signals do not come here: this relay finds them by its poll.
    let wakeup = Wakeup::new(store.metadata().partition_count);
    let health = SharedRelayHealth::new(Arc::clone(&environment));
    shown.relay(&health);
    let reader = LogReader::new(store.event_log().clone());
    let sink = sink.measured(shown.metrics.broker.clone());
    let retention = retention(&settings, &store, Some(&sink), &environment, &shown.metrics);
    let retention = tokio::spawn(retention.run(shutdown.clone()));
    Relay::new(reader, sink, RelaySettings::default(), wakeup, health)
        .traced_by(telemetry.tracing())
        .measured(shown.metrics.relay.clone(), PublishClock::new(environment))
        .run(shutdown)
        .await;
    _ = retention.await;
    shown.end().await;
    store.close().await;
    Ok(ExitCode::SUCCESS)
}
