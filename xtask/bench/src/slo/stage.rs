//! The servers of one run, and one round of load on them.

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::SloSetting;
use super::consumer::Consumer;
use super::figures::{Figures, Measure};
use super::mix::{KINDS, Mix};
use super::paced::run_paced;
use super::proxy::SlowProxy;
use super::reference::{OnSqlite, Pace, redis_p95_ms, sqlite_p95_ms};
use crate::error::BenchError;
use crate::load::{Arrivals, OpenLoop, run_open};
use crate::postgres::Postgres;
use crate::process::folder;
use crate::redis_server::RedisServer;
use crate::reference::pgbench::{Pgbench, Script};
use crate::rounds::{First, Round};
use crate::seed::{Seed, TENANT_COUNT, seed_over_http, seed_postgres};
use crate::service::{Service, ServiceSetting};

/// How many connections the load uses at most.
const CONNECTIONS: usize = 64;

/// How long is waited for the last events of a round.
const EVENTS_PATIENCE: Duration = Duration::from_secs(30);

/// What the service runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Database {
    /// SQLite, without a broker.
    Sqlite,
    /// PostgreSQL, and Redis for the events.
    Postgres,
}

impl Database {
    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL and Redis",
        }
    }
}

/// Whatever must not end before the service does.
enum Surroundings {
    Sqlite(TempDir),
    Postgres(Box<Servers>),
}

struct Servers {
    postgres: Postgres,
    redis: RedisServer,
    consumer: Consumer,
}

/// The database of the reference, on the same server.
const REFERENCE: &str = "reference";

/// A service over its database, filled.
pub(super) struct Stage {
    service: Service,
    seed: Seed,
    surroundings: Surroundings,
}

impl Stage {
    pub(super) fn start(database: Database, setting: &SloSetting) -> Result<Self, BenchError> {
        let mut service = ServiceSetting::new(&setting.binary);
        service.base.clone_from(&setting.folder);
        match database {
            Database::Sqlite => {
                let surroundings = Surroundings::Sqlite(folder("reference", setting.folder.as_deref())?);
                let service = Service::start(service)?;
                let seed = seed_over_http(service.address())?;
                Ok(Self {
                    service,
                    seed,
                    surroundings,
                })
            }
            Database::Postgres => {
                let postgres = Postgres::start(setting.folder.as_deref())?;
                let redis = RedisServer::start(setting.folder.as_deref())?;
                prepare_reference(&postgres, service.clone())?;
                service.database_url = Some(postgres.create_database("subject")?);
                service.redis_url = Some(redis.url());
                let service = Service::start(service)?;
                let seed = seed_postgres(service.address(), &postgres, "subject")?;
                let consumer = Consumer::start(&redis.url())?;
                Ok(Self {
                    service,
                    seed,
                    surroundings: Surroundings::Postgres(Box::new(Servers {
                        postgres,
                        redis,
                        consumer,
                    })),
                })
            }
        }
    }

    /// The version of the database, and of the broker.
    pub(super) fn versions(&self) -> Result<Vec<(String, String)>, BenchError> {
        match &self.surroundings {
            Surroundings::Sqlite(_) => Ok(Vec::new()),
            Surroundings::Postgres(servers) => Ok(vec![
                ("PostgreSQL".to_owned(), servers.postgres.version()?),
                ("Redis".to_owned(), crate::redis_server::version()?),
            ]),
        }
    }

    /// One round: references and subject, by turns first.
    pub(super) fn round(
        &self,
        runtime: &Runtime,
        setting: &SloSetting,
        number: usize,
        figures: &mut Figures,
    ) -> Result<(), BenchError> {
        let mut references = None;
        if First::of_round(number) == First::Reference {
            references = Some(self.references(setting)?);
        }
        let subjects = self.load(runtime, setting, number, figures)?;
        let references = match references {
            Some(references) => references,
            None => self.references(setting)?,
        };
        for ((measure, subject), reference) in subjects.into_iter().zip(references) {
            figures.add_round(measure, Round { reference, subject });
        }
        Ok(())
    }

    /// The 95th percentiles of the references, in the order of [`Measure::ALL`].
    fn references(&self, setting: &SloSetting) -> Result<Vec<f64>, BenchError> {
        let [reads, writes] = [false, true].map(|writes| Pace {
            rate: setting.rate * share(writes),
            duration: setting.reference_duration,
        });
        match &self.surroundings {
            Surroundings::Sqlite(folder) => Ok(vec![
                sqlite_p95_ms(folder.path(), OnSqlite::Read, reads)?,
                sqlite_p95_ms(folder.path(), OnSqlite::Write, writes)?,
            ]),
            Surroundings::Postgres(servers) => {
                let pgbench = Pgbench::new(&servers.postgres, REFERENCE)?;
                let tenants = usize::try_from(TENANT_COUNT).unwrap_or(1);
                let p95_ms = |script, pace| {
                    let latencies = run_paced(&servers.postgres, &pgbench, script, tenants, pace)?;
                    Ok::<_, BenchError>(latencies.percentile_ms(95.0))
                };
                Ok(vec![
                    p95_ms(Script::Read, reads)?,
                    p95_ms(Script::Write, writes)?,
                    redis_p95_ms(&servers.redis.url(), writes)?,
                ])
            }
        }
    }

    fn load(
        &self,
        runtime: &Runtime,
        setting: &SloSetting,
        number: usize,
        figures: &mut Figures,
    ) -> Result<Vec<(Measure, f64)>, BenchError> {
        let run = fastrand::u64(..);
        let mix = Arc::new(Mix::new(&self.seed, run));
        let open_loop = OpenLoop {
            rate: setting.rate,
            // Each round has another schedule, and every run the same ones.
            arrivals: Arrivals::Poisson {
                seed: u64::try_from(number).unwrap_or_default(),
            },
            connections: CONNECTIONS,
            warm_up: setting.warm_up,
            duration: setting.duration,
        };
        let measurement = runtime.block_on(async {
            let proxy = match setting.injected_delay {
                Some(delay) => Some(SlowProxy::start(self.service.target(), delay).await?),
                None => None,
            };
            let target = proxy.as_ref().map_or(self.service.target(), SlowProxy::target);
            Ok::<_, BenchError>(run_open(target, mix.clone(), open_loop).await)
        })?;
        let mut subjects = figures.add_measurement(&measurement);
        if let Surroundings::Postgres(servers) = &self.surroundings {
            let answered = mix.take_answered();
            let seen = servers.consumer.take(&answered.keys(), EVENTS_PATIENCE);
            subjects.push((Measure::Publish, figures.add_events(&answered, &seen)));
        }
        Ok(subjects)
    }

    /// Ends everything in order; an error if anything did not end well.
    pub(super) fn stop(self) -> Result<(), BenchError> {
        self.service.stop()?;
        if let Surroundings::Postgres(servers) = self.surroundings {
            servers.consumer.stop()?;
            servers.postgres.stop()?;
        }
        Ok(())
    }
}

/// The share of the mix that writes, or reads.
fn share(writes: bool) -> f64 {
    let shares = KINDS.iter().filter(|kind| kind.writes == writes);
    shares.map(|kind| f64::from(kind.share_percent)).sum::<f64>() / 100.0
}

/// Lets a service make the tables of the reference, fills them, and ends it: pgbench's events must not reach the streams.
fn prepare_reference(postgres: &Postgres, mut setting: ServiceSetting) -> Result<(), BenchError> {
    setting.database_url = Some(postgres.create_database(REFERENCE)?);
    let service = Service::start(setting)?;
    seed_postgres(service.address(), postgres, REFERENCE)?;
    service.stop()
}
