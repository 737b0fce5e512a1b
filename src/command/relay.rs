//! `rollcall relay`: a relay as its own process.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use super::epoch::{self, NewEpoch};
use super::metrics::Shown;
use super::wakeup::heard;
use super::{CommandError, banner, environment, open_store, retention, shutdown_token, sink, unpark};
use crate::config::{RelayArguments, Settings};
use crate::outbox::{
    CommitSource, LogReader, PublishClock, Relay, RelayRecords, RelaySettings, SharedRelayHealth, Wakeup,
};
use crate::store::{MigrationPolicy, Store};
use crate::telemetry::Telemetry;
use crate::telemetry::metrics::Metrics;

/// How often the heads are polled in a file that is looked at anyway.
const SQLITE_POLL: Duration = Duration::from_secs(5);
const NO_BROKER: &str = "There is no broker to relay to: set ROLLCALL_REDIS_URL.";

/// Carries events, or does the one thing that it was told to instead.
pub(super) async fn run(
    arguments: &RelayArguments,
    settings: Settings,
    telemetry: &Telemetry,
) -> Result<ExitCode, CommandError> {
    if *arguments == RelayArguments::Carry {
        carry(settings, telemetry).await
    } else {
        order(arguments, &settings).await
    }
}

async fn order(arguments: &RelayArguments, settings: &Settings) -> Result<ExitCode, CommandError> {
    let environment = environment();
    let metrics = Metrics::default();
    let store = open_store(settings, &environment, MigrationPolicy::Refuse, None, &metrics).await?;
    let outcome = match (arguments, sink(settings)?) {
        (
            RelayArguments::NewEpoch {
                partitions,
                reason,
                even_if_healthy,
            },
            Some(sink),
        ) => {
            let wanted = NewEpoch {
                partitions,
                reason,
                even_if_healthy: *even_if_healthy,
            };
            epoch::order(&wanted, &store, &sink, &environment).await
        }
        (RelayArguments::Unpark { place }, _) => {
            unpark::republish(*place, &store, &settings.database_url, &environment).await
        }
        _ => {
            banner::print(NO_BROKER);
            Ok(ExitCode::FAILURE)
        }
    };
    store.close().await;
    outcome
}

async fn carry(settings: Settings, telemetry: &Telemetry) -> Result<ExitCode, CommandError> {
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
        banner::print(NO_BROKER);
        return Ok(ExitCode::FAILURE);
    };
    let shutdown = shutdown_token()?;
    banner::print(&format!(
        "Relaying the event log to the streams at {}.",
        sink.address()
    ));
    // All commits happen in other processes.
    let wakeup = Wakeup::new(store.metadata().partition_count);
    let hearing = heard(&store, &wakeup, &environment, &shown);
    let health = SharedRelayHealth::new(Arc::clone(&environment));
    shown.relay(&health);
    let reader = LogReader::new(store.event_log().clone());
    let sink = sink.measured(shown.metrics.broker.clone());
    let retention = retention(&settings, &store, Some(&sink), &environment, &shown.metrics);
    let retention = tokio::spawn(retention.run(shutdown.clone()));
    Relay::new(reader, sink, relay_settings(&store), wakeup, health)
        .traced_by(telemetry.tracing())
        .withholding(
            RelayRecords::new(store.relay_records().clone()),
            Arc::clone(&environment),
        )
        .measured(shown.metrics.relay.clone(), PublishClock::new(environment))
        .run(shutdown)
        .await;
    _ = retention.await;
    hearing.stop().await;
    shown.end().await;
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// The file is looked at more often than its heads would be, and tells of every commit: the poll behind that may be rare.
fn relay_settings(store: &Store) -> RelaySettings {
    let defaults = RelaySettings::default();
    match store.commits() {
        CommitSource::Postgres(_) => defaults,
        CommitSource::Sqlite(_) => RelaySettings {
            poll_when_told: SQLITE_POLL,
            ..defaults
        },
    }
}
