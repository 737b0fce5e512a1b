//! What the `rollcall` command does, one file for each subcommand.

mod banner;
mod conformance;
mod document;
mod epoch;
mod error;
mod metrics;
mod migrate;
mod relay;
mod serve;
mod tail;
mod unpark;
mod verify;
mod wakeup;

use std::process::ExitCode;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

pub use error::CommandError;

use crate::config::{Cli, Command, Settings};
use crate::environment::{SharedEnvironment, SystemEnvironment};
use crate::outbox::{RedisSink, RedisSinkSettings};
use crate::retention::{Retention, RetentionSettings};
use crate::store::{CommitHook, DatabaseSettings, MigrationPolicy, Store};
use crate::telemetry::Telemetry;
use crate::telemetry::metrics::Metrics;

/// Runs the command to its end.
pub async fn run(cli: &Cli, settings: Settings, telemetry: &Telemetry) -> Result<ExitCode, CommandError> {
    match cli.command {
        Command::Serve => serve::run(settings, telemetry).await,
        Command::Relay => relay::run(&cli.relay, settings, telemetry).await,
        Command::Migrate => migrate::run(settings).await,
        Command::Verify => verify::run(settings).await,
        Command::Tail => tail::run(&cli.tail, &settings).await,
        Command::Conformance => conformance::run(&cli.conformance, &settings).await,
        Command::Document => document::run(),
        Command::Config => {
            banner::print(settings.effective());
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn environment() -> SharedEnvironment {
    Arc::new(SystemEnvironment)
}

/// The database as the settings describe it.
async fn open_store(
    settings: &Settings,
    environment: &SharedEnvironment,
    policy: MigrationPolicy,
    on_commit: Option<CommitHook>,
    metrics: &Metrics,
) -> Result<Store, CommandError> {
    if settings.database_is_embedded {
        // The database holds the key that signs cursors: nobody else on this machine is to read it.
        let mut folder = tokio::fs::DirBuilder::new();
        folder
            .recursive(true)
            .mode(0o700)
            .create(&settings.data_dir)
            .await
            .map_err(|source| CommandError::DataFolder {
                folder: settings.data_dir.clone(),
                source,
            })?;
    }
    let url = match (policy, &settings.migration_database_url) {
        (MigrationPolicy::Migrate, Some(url)) => url,
        _ => &settings.database_url,
    };
    let database = DatabaseSettings {
        pool_max: settings.database.pool,
        acquire_timeout: settings.database.acquire_timeout,
        partition_count: settings.partition_count,
        metrics: metrics.database.clone(),
        ..DatabaseSettings::new(url.expose())
    };
    Store::open(&database, Arc::clone(environment), policy, on_commit)
        .await
        .map_err(|error| CommandError::of_store(url, error))
}

/// The job that deletes old events, as the settings describe it; without a sink it is that of a process that carries none.
fn retention(
    settings: &Settings,
    store: &Store,
    sink: Option<&RedisSink>,
    environment: &SharedEnvironment,
    metrics: &Metrics,
) -> Retention {
    let times = RetentionSettings::new(settings.event_retention, settings.stream_retention);
    let environment = Arc::clone(environment);
    Retention::new(store.clone(), sink.cloned(), environment, times).measured(metrics.retention.clone())
}

/// The streams as the settings describe them, where they do.
fn sink(settings: &Settings) -> Result<Option<RedisSink>, CommandError> {
    let Some(url) = &settings.redis_url else {
        return Ok(None);
    };
    let sink = RedisSink::new(url.expose(), &RedisSinkSettings::default()).map_err(CommandError::Broker)?;
    Ok(Some(sink))
}

/// Who runs this command, as far as the operating system tells: the name is what the environment says, the number is not.
fn actor() -> String {
    use std::os::unix::fs::MetadataExt as _;
    let name = std::env::var("USER").or_else(|_| std::env::var("LOGNAME"));
    let name = name.unwrap_or_else(|_| "somebody".to_owned());
    let name: String = name
        .chars()
        .filter(|letter| !letter.is_control())
        .take(100)
        .collect();
    match std::fs::metadata("/proc/self") {
        Ok(process) => format!("{name} (user {})", process.uid()),
        Err(_) => name,
    }
}

/// Cancelled by the first SIGINT or SIGTERM; a second one ends the process at once, as people expect who press Ctrl-C twice.
fn shutdown_token() -> Result<CancellationToken, CommandError> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).map_err(CommandError::Signals)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(CommandError::Signals)?;
    let token = CancellationToken::new();
    let cancelled = token.clone();
    tokio::spawn(async move {
        for round in 0.. {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if round > 0 {
                tracing::warn!("stopping at once");
                std::process::exit(130);
            }
            tracing::info!("stopping: finishing what was begun");
            cancelled.cancel();
        }
    });
    Ok(token)
}
