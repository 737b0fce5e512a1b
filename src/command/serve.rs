//! `rollcall serve`: the API, the pages, and the relay beside them.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use poem::IntoEndpoint as _;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::banner::{self, Banner};
use super::metrics::Shown;
use super::wakeup::{Hearing, heard};
use super::{CommandError, environment, open_store, retention, shutdown_token, sink};
use crate::app::{DemoError, Parts, Rollcall};
use crate::config::Settings;
use crate::contract::api::{API, RollcallServer};
use crate::document::{self, DocumentError};
use crate::environment::SharedEnvironment;
use crate::http::ApiRoutes;
use crate::http::auth::Authenticator;
use crate::http::metrics::MetricsPage;
use crate::http::middleware::OwnHosts;
use crate::http::pages::{PagesData, PublishedSchema};
use crate::http::problem::ProblemCatalogue;
use crate::http::server::{Server, ServerOptions};
use crate::outbox::{
    CommitSource, LogReader, PublishClock, RedisSink, Relay, RelayRecords, RelaySettings, SharedRelayHealth,
    Wakeup, watch,
};
use crate::store::{CommitHook, InternalDetail, MigrationPolicy, Store};
use crate::telemetry::{Telemetry, Tracing};
use crate::tenancy::TenantId;

/// How often expired idempotency keys are deleted.
const PURGE_INTERVAL: Duration = Duration::from_secs(600);

pub(super) async fn run(settings: Settings, telemetry: &Telemetry) -> Result<ExitCode, CommandError> {
    let environment = environment();
    let tracing = telemetry.tracing();
    let authenticator = Authenticator::from_config(settings.auth.as_ref(), &environment)?;
    let sink = if settings.relay { sink(&settings)? } else { None };
    let server = Server::bind(settings.listen, "ROLLCALL_LISTEN").await?;
    let base_url = settings.base_url(server.local_address());
    let shown = Shown::begin(&settings, telemetry, &environment).await?;
    shown.requests();

    let signals = Signals {
        wakeup: Arc::default(),
        clock: PublishClock::new(Arc::clone(&environment)),
        is_relayed: sink.is_some(),
    };
    let store = open_store(
        &settings,
        &environment,
        MigrationPolicy::Serve,
        Some(signals.hook()),
        &shown.metrics,
    )
    .await?;
    shown.store(&store);
    let wakeup = signals.wakeup(store.metadata().partition_count);
    let hearing = hear(&store, &wakeup, &environment, &shown);

    let shutdown = shutdown_token()?;
    let broker = sink.as_ref().map(|sink| sink.address().to_owned());
    // Where events are carried by another process, that one also forgets them.
    let forgets = sink.is_some() || settings.redis_url.is_none();
    let retention = forgets.then(|| {
        let job = retention(&settings, &store, sink.as_ref(), &environment, &shown.metrics);
        tokio::spawn(job.run(shutdown.clone()))
    });
    let relay = sink.map(|sink| start_relay(&store, sink, &signals, &environment, &shown, &tracing));
    let relay = relay.or(watch_relay(&settings, &store, &environment, &shown)?);
    let purge = tokio::spawn(purge(store.clone(), Arc::clone(&environment), shutdown.clone()));
    let service = Arc::new(Rollcall::new(Parts {
        store: store.clone(),
        environment: Arc::clone(&environment),
        authenticator,
        base_url: base_url.clone(),
        idempotency_retention: settings.idempotency_retention,
        wakeup,
        relay: relay.as_ref().map(|relay| relay.health.clone()),
        event_streams_max: settings.limits.event_streams,
        event_stream_metrics: shown.metrics.event_streams.clone(),
        drain: shutdown.clone(),
    }));
    let demo_tenant = if settings.demo_tenant {
        let created = service.ensure_demo_tenant().await;
        Some(created.map_err(|error| match error {
            DemoError::Store(error) => CommandError::of_store(&settings.database_url, error),
            other => other.into(),
        })?)
    } else {
        None
    };
    let database = settings.database_url.redacted_url();
    let has_authentication = settings.auth.is_some();
    let banner = Banner {
        base_url: &base_url,
        database: &database,
        broker: broker.as_deref(),
        demo_tenant,
        has_authentication,
    };
    let endpoint = crate::http::assemble(
        API.service(RollcallServer(service)).into_endpoint(),
        &routes(),
        &PagesData {
            metrics: metrics_page(&settings, telemetry),
            ..pages(&base_url, banner.first_call(), demo_tenant)?
        },
        ProblemCatalogue::new(base_url.clone(), API.problems),
        environment,
        settings.limits.concurrent_requests,
        (!has_authentication).then(|| OwnHosts::new(&base_url)),
    )
    .measured(shown.metrics.http.clone())
    .traced_by(tracing.serving(&base_url).storing(settings.database_url.expose()));
    banner::print(&banner.text());

    let drained = server
        .serve(endpoint, ServerOptions::from(&settings), shutdown)
        .await;
    tracing::info!(cut_connections = drained.cut_connections, "no more requests");
    // What was committed while the last requests finished still goes out, as far as the broker takes it within the relay's
    // time for it: the relay stops after the server.
    if let Some(relay) = relay {
        relay.stop().await;
    }
    if let Some(hearing) = hearing {
        hearing.stop().await;
    }
    _ = purge.await;
    if let Some(retention) = retention {
        _ = retention.await;
    }
    shown.end().await;
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Who is told of commits.
struct Signals {
    /// The relay, once there is a signal to tell it with: the number of partitions is known only when the store is open.
    wakeup: Arc<OnceLock<Wakeup>>,
    /// What measures how long it takes the relay.
    clock: PublishClock,
    /// Whether there is one in this process.
    is_relayed: bool,
}

impl Signals {
    /// The signal for the relay, made now.
    fn wakeup(&self, partition_count: u16) -> Wakeup {
        self.wakeup.get_or_init(|| Wakeup::new(partition_count)).clone()
    }

    fn hook(&self) -> CommitHook {
        let wakeup = Arc::clone(&self.wakeup);
        let clock = self.is_relayed.then(|| self.clock.clone());
        Arc::new(move |positions| {
            for position in positions {
                if let Some(clock) = &clock {
                    clock.committed(position.partition, position.seq);
                }
                if let Some(wakeup) = wakeup.get() {
                    wakeup.moved(position.partition);
                }
            }
        })
    }
}

/// Hears of other processes' commits, and tells them of those made here. A SQLite file is mostly served by one process alone, which
/// knows of its commits; to look at the file after each of them would cost more than it brings.
fn hear(store: &Store, wakeup: &Wakeup, environment: &SharedEnvironment, shown: &Shown) -> Option<Hearing> {
    match store.commits() {
        CommitSource::Postgres(_) => Some(heard(store, wakeup, environment, shown)),
        CommitSource::Sqlite(_) => None,
    }
}

/// For the same reason the poll of a SQLite file may be rare.
fn relay_settings(store: &Store) -> RelaySettings {
    let defaults = RelaySettings::default();
    match store.commits() {
        CommitSource::Postgres(_) => defaults,
        CommitSource::Sqlite(_) => RelaySettings {
            poll: defaults.poll_when_told,
            ..defaults
        },
    }
}

/// The page beside the others: without authentication only this machine reaches the service, so whoever does may see it.
fn metrics_page(settings: &Settings, telemetry: &Telemetry) -> Option<MetricsPage> {
    let is_beside = settings.metrics_listen.is_none() && settings.auth.is_none();
    is_beside.then(|| MetricsPage::new(telemetry.prometheus().clone()))
}

struct RunningRelay {
    health: SharedRelayHealth,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl RunningRelay {
    async fn stop(self) {
        self.shutdown.cancel();
        _ = self.task.await;
    }
}

fn start_relay(
    store: &Store,
    sink: RedisSink,
    signals: &Signals,
    environment: &SharedEnvironment,
    shown: &Shown,
    tracing: &Tracing,
) -> RunningRelay {
    let health = SharedRelayHealth::new(Arc::clone(environment));
    shown.relay(&health);
    let relay = Relay::new(
        LogReader::new(store.event_log().clone()),
        sink.measured(shown.metrics.broker.clone()),
        relay_settings(store),
        signals.wakeup(store.metadata().partition_count),
        health.clone(),
    )
    .withholding(
        RelayRecords::new(store.relay_records().clone()),
        Arc::clone(environment),
    )
    .measured(shown.metrics.relay.clone(), signals.clock.clone())
    .traced_by(tracing.clone());
    let shutdown = CancellationToken::new();
    RunningRelay {
        health,
        shutdown: shutdown.clone(),
        task: tokio::spawn(relay.run(shutdown)),
    }
}

/// Watches the streams where this process does not carry the log to them; `None` where it does, or where there are none.
fn watch_relay(
    settings: &Settings,
    store: &Store,
    environment: &SharedEnvironment,
    shown: &Shown,
) -> Result<Option<RunningRelay>, CommandError> {
    let Some(sink) = (if settings.relay { None } else { sink(settings)? }) else {
        return Ok(None);
    };
    let health = SharedRelayHealth::new(Arc::clone(environment));
    shown.relay(&health);
    let shutdown = CancellationToken::new();
    let reader = LogReader::new(store.event_log().clone());
    Ok(Some(RunningRelay {
        task: tokio::spawn(watch(reader, sink, health.clone(), shutdown.clone())),
        health,
        shutdown,
    }))
}

async fn purge(store: Store, environment: SharedEnvironment, shutdown: CancellationToken) {
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(PURGE_INTERVAL) => {}
        }
        let purged = tokio::select! {
            // Nothing is lost: what is not deleted now is deleted after the next start.
            () = shutdown.cancelled() => return,
            purged = store.purge_idempotency(environment.now()) => purged,
        };
        match purged {
            Ok(purged) => tracing::debug!(purged, "expired idempotency keys are gone"),
            Err(error) => {
                let detail = error.detail().map_or("", InternalDetail::for_log);
                tracing::warn!(%error, detail, "expired idempotency keys could not be deleted; trying again later");
            }
        }
    }
}

/// The contract's paths with their methods.
fn routes() -> ApiRoutes {
    let mut routes: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for operation in API.operations {
        routes
            .entry(operation.path)
            .or_default()
            .push((operation.method.clone(), operation.id));
    }
    routes.into_iter().collect()
}

fn pages(
    base_url: &str,
    first_call: String,
    demo_tenant: Option<TenantId>,
) -> Result<PagesData, DocumentError> {
    let openapi = document::openapi_of(base_url)?;
    Ok(PagesData {
        version: API.info.version.to_owned(),
        first_call,
        demo_tenant: demo_tenant.map(|tenant| tenant.to_string()),
        openapi_json: openapi.to_string(),
        openapi_yaml: document::yaml(&openapi)?,
        asyncapi_json: document::asyncapi()?.to_string(),
        asyncapi_yaml: document::ASYNCAPI_YAML.to_owned(),
        problems: API.problems.iter().map(|kind| (*kind).into()).collect(),
        schemas: document::schemas()?
            .into_iter()
            .map(|(path, schema)| PublishedSchema {
                path: path.to_owned(),
                json: schema.to_string(),
            })
            .collect(),
        metrics: None,
    })
}
