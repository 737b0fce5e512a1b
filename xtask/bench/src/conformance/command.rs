//! `bench conformance`: starts them all and compares.

use tokio::runtime::Runtime;

use super::{Subject, require_same, step_count};
use crate::arguments::Places;
use crate::error::BenchError;
use crate::peer::{InstalledPeer, NAMES};
use crate::postgres::Postgres;
use crate::service::{Service, ServiceSetting};

/// What `bench conformance` is called with.
#[derive(Debug, Clone, clap::Args)]
pub struct ConformanceArguments {
    #[command(flatten)]
    places: Places,
    /// Compare only this one; may be repeated
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
}

/// Compares each of the other services with Rollcall on PostgreSQL, and Rollcall on SQLite too.
pub fn run(runtime: &Runtime, arguments: &ConformanceArguments) -> Result<(), BenchError> {
    const SQLITE: &str = "rollcall-on-sqlite";
    let known = [SQLITE].into_iter().chain(NAMES);
    if let Some(unknown) = arguments
        .only
        .iter()
        .find(|name| !known.clone().any(|known| known == **name))
    {
        let known: Vec<&str> = known.collect();
        return Err(BenchError::Arguments(format!(
            "--only {unknown}: there are {}",
            known.join(", ")
        )));
    }
    let is_wanted = |name: &str| arguments.only.is_empty() || arguments.only.iter().any(|only| only == name);
    let places = arguments.places.checked()?;
    let mut setting = ServiceSetting::new(&places.binary);
    setting.base.clone_from(&places.folder);
    let postgres = Postgres::start(places.folder.as_deref())?;
    let on_sqlite = setting.clone();
    setting.database_url = Some(postgres.create_database("rollcall")?);
    let service = Service::start(setting)?;
    let reference = subject("rollcall", service.address());
    let report = |name: &str| println!("{name} does the same as rollcall in {} requests", step_count());
    if is_wanted(SQLITE) {
        let service = Service::start(on_sqlite)?;
        runtime.block_on(require_same(&reference, &subject(SQLITE, service.address())))?;
        service.stop()?;
        report(SQLITE);
    }
    for name in NAMES.into_iter().filter(|name| is_wanted(name)) {
        let peer = InstalledPeer::install(name, &places.tools)?;
        let peer = peer.start(&postgres.create_database(name)?, 1)?;
        runtime.block_on(require_same(&reference, &subject(name, peer.address())))?;
        peer.stop()?;
        report(name);
    }
    service.stop()?;
    postgres.stop()
}

fn subject(name: &str, address: std::net::SocketAddr) -> Subject {
    Subject {
        name: name.to_owned(),
        address,
    }
}
