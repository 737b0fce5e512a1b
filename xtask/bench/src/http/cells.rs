//! The comparisons with the databases themselves.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;

use super::groups::{Database, Group, Operation};
use super::result::{Cell, CellRound, Settings};
use crate::error::BenchError;
use crate::load::{ClosedLoop, Workload};
use crate::measure::{LoadResult, Subject, measure_closed};
use crate::postgres::Postgres;
use crate::reference::pgbench::{Pgbench, Script};
use crate::reference::sqlite::SqliteCommits;
use crate::rounds::First;
use crate::seed::{Seed, seed_over_http, seed_postgres};
use crate::service::{Service, ServiceSetting};
use crate::workload::{CreateSchool, GetSchool};

/// A running service and what it is held against, over one kind of database.
pub(super) struct Stage<'a> {
    service: Service,
    seed: Seed,
    reference: Reference<'a>,
}

enum Reference<'a> {
    Postgres(&'a Postgres, Pgbench<'a>),
    Sqlite(SqliteCommits),
}

impl<'a> Stage<'a> {
    pub(super) fn postgres(setting: &ServiceSetting, postgres: &'a Postgres) -> Result<Self, BenchError> {
        const DATABASE: &str = "rollcall_cells";
        let service = Service::start(ServiceSetting {
            database_url: Some(postgres.create_database(DATABASE)?),
            ..setting.clone()
        })?;
        let seed = seed_postgres(service.address(), postgres, DATABASE)?;
        let pgbench = Pgbench::new(postgres, DATABASE)?;
        Ok(Self {
            service,
            seed,
            reference: Reference::Postgres(postgres, pgbench),
        })
    }

    pub(super) fn sqlite(setting: &ServiceSetting) -> Result<Self, BenchError> {
        let service = Service::start(setting.clone())?;
        let seed = seed_over_http(service.address())?;
        Ok(Self {
            service,
            seed,
            reference: Reference::Sqlite(SqliteCommits::new(setting)?),
        })
    }

    /// Measures one cell, reference and service by turns.
    pub(super) fn measure(
        &self,
        runtime: &Runtime,
        group: Group,
        connections: usize,
        settings: Settings,
    ) -> Result<Cell, BenchError> {
        let mut cell = Cell {
            group: group.name(),
            connections,
            reference: self.reference_name(group.operation),
            rounds: Vec::new(),
        };
        for round in 0..settings.rounds {
            if let Reference::Postgres(postgres, _) = &self.reference {
                postgres.checkpoint()?;
            }
            let reference = || self.reference(group, connections, settings);
            let subject = || self.subject(runtime, group, connections, settings);
            let (reference, subject) = match First::of_round(round) {
                First::Reference => {
                    let reference = reference()?;
                    (reference, subject())
                }
                First::Subject => {
                    let subject = subject();
                    (reference()?, subject)
                }
            };
            println!("{}", line(&cell, round, reference, &subject));
            cell.rounds.push(CellRound { reference, subject });
        }
        Ok(cell)
    }

    pub(super) fn stop(self) -> Result<(), BenchError> {
        self.service.stop()
    }

    fn reference_name(&self, operation: Operation) -> Option<&'static str> {
        match (&self.reference, operation) {
            (Reference::Postgres(..), Operation::Post) => Some("pgbench, the same inserts"),
            (Reference::Postgres(..), Operation::Get) => Some("pgbench, SELECT by primary key"),
            (Reference::Sqlite(_), Operation::Post) => Some("one commit for each request"),
            (Reference::Sqlite(_), Operation::Get) => None,
        }
    }

    fn reference(
        &self,
        group: Group,
        connections: usize,
        settings: Settings,
    ) -> Result<Option<f64>, BenchError> {
        let duration = Duration::from_secs_f64(settings.seconds);
        let script = match group.operation {
            Operation::Post => Script::Write,
            Operation::Get => Script::Read,
        };
        match (&self.reference, group.operation) {
            (Reference::Postgres(_, pgbench), _) => pgbench
                .run(script, connections, group.tenants, duration)
                .map(Some),
            (Reference::Sqlite(commits), Operation::Post) => commits.run(duration).map(Some),
            (Reference::Sqlite(_), Operation::Get) => Ok(None),
        }
    }

    fn subject(&self, runtime: &Runtime, group: Group, connections: usize, settings: Settings) -> LoadResult {
        let seed = self.seed.first(group.tenants);
        let workload: Arc<dyn Workload> = match group.operation {
            Operation::Post => Arc::new(CreateSchool::new(&seed.tenants)),
            Operation::Get => Arc::new(GetSchool::new(seed.schools)),
        };
        let subject = Subject {
            target: self.service.target(),
            process: self.service.process().id(),
        };
        let setting = ClosedLoop {
            connections,
            warm_up: Duration::from_secs_f64(settings.warm_up_seconds),
            duration: Duration::from_secs_f64(settings.seconds),
        };
        measure_closed(runtime, subject, workload, setting)
    }
}

/// The databases that stages of these groups run over.
pub(super) fn connections_of(group: Group, quick: bool) -> &'static [usize] {
    match (quick, group.database) {
        (false, _) => &[1, 8, 32, 64],
        (true, Database::Postgres) => &[32],
        (true, Database::Sqlite) => &[64],
    }
}

fn line(cell: &Cell, round: usize, reference: Option<f64>, subject: &LoadResult) -> String {
    let against = reference.map_or_else(String::new, |reference| {
        format!(
            ", reference {reference:.0}/s, ratio {:.2}",
            subject.throughput / reference
        )
    });
    let errors = if subject.errors.is_empty() {
        String::new()
    } else {
        format!(", errors {:?}", subject.errors)
    };
    format!(
        "{} at {} connections, round {}: {:.0}/s, p50 {:.2} ms, p99 {:.2} ms{against}{errors}",
        cell.group,
        cell.connections,
        round + 1,
        subject.throughput,
        subject.p50_ms,
        subject.p99_ms,
    )
}
