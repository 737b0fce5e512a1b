//! How long the service takes to start, and what it takes of memory at rest.

use std::time::Duration;

use super::result::{Cell, Footprint};
use crate::error::BenchError;
use crate::measure::mebibytes;
use crate::postgres::Postgres;
use crate::rounds::Summary;
use crate::service::{Service, ServiceSetting};
use crate::usage::of_process;

/// How long after it is ready its memory is looked at: by then whatever it does in the background has begun.
const REST: Duration = Duration::from_secs(1);

/// Starts the service so many times, over SQLite and over PostgreSQL.
pub(super) fn measure(
    setting: &ServiceSetting,
    postgres: &Postgres,
    starts: usize,
) -> Result<Footprint, BenchError> {
    let mut footprint = Footprint::default();
    measure_starts("SQLite", setting, starts, &mut footprint)?;
    let setting = ServiceSetting {
        database_url: Some(postgres.create_database("rollcall_footprint")?),
        ..setting.clone()
    };
    measure_starts("PostgreSQL", &setting, starts, &mut footprint)?;
    Ok(footprint)
}

fn measure_starts(
    database: &str,
    setting: &ServiceSetting,
    starts: usize,
    footprint: &mut Footprint,
) -> Result<(), BenchError> {
    let (mut new, mut again, mut idle) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..starts {
        // Over PostgreSQL only the first database is new; over SQLite each service has a folder of its own.
        let mut service = Service::start(setting.clone())?;
        new.push(milliseconds(service.ready_after()));
        service.restart()?;
        again.push(milliseconds(service.ready_after()));
        std::thread::sleep(REST);
        if let Some(usage) = of_process(service.process().id()) {
            idle.push(mebibytes(usage.resident_bytes));
        }
        service.stop()?;
    }
    if setting.database_url.is_some() {
        again.extend(new.split_off(1));
    }
    let mut add = |name: String, figures: Vec<f64>| {
        if let Some(summary) = Summary::of(figures) {
            println!("ready after start, {name}: {:.0} ms", summary.median);
            footprint.ready_ms.push((name, summary));
        }
    };
    add(format!("{database}, new database"), new);
    add(format!("{database}, database there"), again);
    let idle = Summary::of(idle).map(|summary| (database.to_owned(), summary));
    footprint.idle_mib.extend(idle);
    Ok(())
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// The most memory that the service took in all cells over each database.
pub(super) fn loaded(cells: &[Cell]) -> Vec<(String, f64)> {
    let databases = [("sqlite", "SQLite"), ("postgres", "PostgreSQL")];
    let most = |prefix: &str| {
        let cells = cells.iter().filter(|cell| cell.group.starts_with(prefix));
        let loads = cells.flat_map(|cell| &cell.rounds);
        loads.map(|round| round.subject.memory_mib).reduce(f64::max)
    };
    databases
        .iter()
        .filter_map(|(prefix, name)| Some(((*name).to_owned(), most(prefix)?)))
        .collect()
}
