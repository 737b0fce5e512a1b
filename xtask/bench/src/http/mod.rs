//! `bench http`: throughput and latency of the two operations beside the databases themselves and beside other services.

mod cells;
mod footprint;
mod groups;
mod markdown;
mod peers;
mod result;
mod targets;

use tokio::runtime::Runtime;

use crate::arguments::{Places, repository};
use crate::document::replace_section;
use crate::error::BenchError;
use crate::facts::Facts;
use crate::peer;
use crate::postgres::Postgres;
use crate::process::output;
use crate::reference::sqlite::SqliteCommits;
use crate::service::ServiceSetting;
use cells::{Stage, connections_of};
use groups::{Database, Selection};
pub use result::{
    Cell, CellRound, Footprint, HttpResult, PeerOperation, PeerService, Peers, Settings, TargetResult,
};

/// What `bench http` is called with.
#[derive(Debug, Clone, clap::Args)]
pub struct HttpArguments {
    #[command(flatten)]
    places: Places,
    /// A short run, good for a glance only: one number of connections, one second, no peers
    #[arg(long)]
    quick: bool,
    /// Run only this part, such as sqlite, postgres-post, postgres-get-64, footprint or peers; may be repeated
    #[arg(long, value_name = "PART")]
    only: Vec<String>,
    /// Counted seconds of each half of a round [default: 3, quick: 1]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=60))]
    seconds: Option<u16>,
    /// Rounds of each comparison
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=20))]
    rounds: u16,
}

/// Runs what is wanted, writes the result and prints its tables. Fails where a figure means nothing.
pub fn run(runtime: &Runtime, arguments: &HttpArguments) -> Result<(), BenchError> {
    let places = arguments.places.checked()?;
    let selection = Selection::new(&arguments.only, arguments.quick)?;
    let is_whole = !arguments.quick && arguments.only.is_empty() && arguments.seconds.is_none();
    if places.write_docs && !(is_whole && arguments.rounds >= 3) {
        return Err(BenchError::Arguments(
            "--write-docs needs a whole run: without --quick, --only and --seconds, and with 3 rounds at least"
                .to_owned(),
        ));
    }
    let result = measure(runtime, &places, arguments, &selection)?;
    let document = markdown::document(&result);
    let path = places.write_result("http", &result)?;
    println!("\n{document}\nresult: {}", path.display());
    if let Some(load) = result.loads().find(|load| load.is_invalid()) {
        let reason = format!(
            "too many requests failed: {:?}; the log above says where",
            load.errors
        );
        return Err(BenchError::invalid("a service", reason));
    }
    if places.write_docs {
        replace_section(&repository().join("docs/benchmarks.md"), "http", &document)?;
    }
    Ok(())
}

fn measure(
    runtime: &Runtime,
    places: &Places,
    arguments: &HttpArguments,
    selection: &Selection,
) -> Result<HttpResult, BenchError> {
    let settings = settings(arguments);
    let setting = ServiceSetting {
        base: places.folder.clone(),
        ..ServiceSetting::new(&places.binary)
    };
    let mut result = HttpResult {
        facts: Facts::gather(&places.binary, places.folder.as_deref())?,
        settings,
        cells: Vec::new(),
        footprint: None,
        peers: None,
        targets: Vec::new(),
    };
    if selection.uses(Database::Sqlite) {
        result
            .facts
            .add("SQLite of the reference", SqliteCommits::version()?);
        let stage = Stage::sqlite(&setting)?;
        result.cells.extend(measure_groups(
            runtime,
            &stage,
            Database::Sqlite,
            selection,
            settings,
        )?);
        stage.stop()?;
    }
    if selection.uses(Database::Postgres) || selection.peers || selection.footprint {
        let postgres = Postgres::start(places.folder.as_deref())?;
        let described = format!("{}, {}", postgres.version()?, postgres.settings()?.join(", "));
        result.facts.add("PostgreSQL", described);
        if selection.uses(Database::Postgres) {
            let stage = Stage::postgres(&setting, &postgres)?;
            result.cells.extend(measure_groups(
                runtime,
                &stage,
                Database::Postgres,
                selection,
                settings,
            )?);
            stage.stop()?;
        }
        if selection.footprint {
            let starts = if arguments.quick { 3 } else { 10 };
            result.footprint = Some(footprint::measure(&setting, &postgres, starts)?);
        }
        if selection.peers {
            for (name, program) in [("Python", "python3"), ("Node.js", "node")] {
                let version = output(std::process::Command::new(program).arg("--version"))?;
                result.facts.add(name, version.trim());
            }
            result.facts.add("peers", peer::NAMES.join(", "));
            result.peers = Some(peers::measure(
                runtime,
                &setting,
                &postgres,
                &places.tools,
                settings,
            )?);
        }
        postgres.stop()?;
    }
    if let Some(footprint) = &mut result.footprint {
        footprint.loaded_mib = footprint::loaded(&result.cells);
    }
    result.targets = targets::judge(&result);
    Ok(result)
}

fn measure_groups(
    runtime: &Runtime,
    stage: &Stage<'_>,
    database: Database,
    selection: &Selection,
    settings: Settings,
) -> Result<Vec<Cell>, BenchError> {
    let mut cells = Vec::new();
    for group in selection.groups.iter().filter(|group| group.database == database) {
        for connections in connections_of(*group, settings.quick) {
            cells.push(stage.measure(runtime, *group, *connections, settings)?);
        }
    }
    Ok(cells)
}

fn settings(arguments: &HttpArguments) -> Settings {
    let seconds = arguments.seconds.unwrap_or(if arguments.quick { 1 } else { 3 });
    Settings {
        rounds: usize::from(arguments.rounds),
        seconds: f64::from(seconds),
        warm_up_seconds: 0.5,
        quick: arguments.quick,
    }
}
