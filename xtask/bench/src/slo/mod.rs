//! The service levels, held under a realistic load.
//!
//! A mix of requests ([`mix`]) comes in an open loop to the real program over HTTP, on SQLite and on PostgreSQL with Redis;
//! a consumer at the streams notes when events can be read ([`consumer`]). Each round measures references of the same kind
//! beside it ([`reference`]). Two things are judged ([`verdict`]): whether the bounds are kept, in milliseconds, and
//! whether anything got worse than the committed [`baseline`], in ratios to the references. A proxy that holds answers up
//! ([`proxy`]) shows that the gate can fail.

mod baseline;
mod consumer;
mod figures;
mod mix;
mod paced;
mod proxy;
mod reference;
mod report;
mod stage;
#[cfg(test)]
mod tests;
mod verdict;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use baseline::{Baseline, BaselineFigure, LoadShape};
pub use figures::Measure;
pub use report::{DatabaseReport, FigureReport, Percentiles, SloReport};
pub use stage::Database;
pub use verdict::{Judgement, REGRESSION_MAX, Verdict};

use tokio::runtime::Runtime;

use crate::arguments::{Places, repository};
use crate::document::replace_section;
use crate::error::BenchError;
use crate::facts::Facts;
use figures::Figures;
use stage::Stage;

/// The committed baseline, below the root of the repository.
const BASELINE: &str = "docs/benchmarks/slo-baseline.json";

/// Requests per second, of all kinds: a share of what two processors can serve, with the databases and the generator on them.
const RATE: f64 = 150.0;

/// With fewer rounds there is no lower bound of a ratio, so nothing is written down for readers.
const WHOLE_ROUNDS_MIN: usize = 5;

/// What `bench slo` is called with.
#[derive(Debug, Clone, clap::Args)]
pub struct SloArguments {
    #[command(flatten)]
    places: Places,
    /// Measure one database only
    #[arg(long, value_enum)]
    only: Option<Database>,
    /// Fewer and shorter rounds, for a first look
    #[arg(long)]
    quick: bool,
    /// How many rounds [default: 11; 3 with --quick; 21 with --update-baseline]
    #[arg(long)]
    rounds: Option<usize>,
    /// How many seconds each round loads the service [default: 4; 2 with --quick]
    #[arg(long)]
    seconds: Option<f64>,
    /// Requests per second
    #[arg(long, default_value_t = RATE)]
    rate: f64,
    /// The baseline [default: docs/benchmarks/slo-baseline.json]
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Make this run the baseline instead of comparing with it
    #[arg(long)]
    update_baseline: bool,
    /// Hold each answer up by so many milliseconds, to see the gate fail
    #[arg(long, value_name = "MILLISECONDS", conflicts_with = "update_baseline")]
    inject_delay_ms: Option<u64>,
}

/// What one run does.
#[derive(Debug, Clone)]
pub(crate) struct SloSetting {
    binary: PathBuf,
    folder: Option<PathBuf>,
    rate: f64,
    rounds: usize,
    warm_up: Duration,
    duration: Duration,
    reference_duration: Duration,
    injected_delay: Option<Duration>,
}

impl SloSetting {
    fn of(arguments: &SloArguments, places: &Places) -> Result<Self, BenchError> {
        let default_rounds = match (arguments.update_baseline, arguments.quick) {
            (true, _) => 21,
            (false, true) => 3,
            (false, false) => 11,
        };
        let rounds = arguments.rounds.unwrap_or(default_rounds);
        let seconds = arguments
            .seconds
            .unwrap_or(if arguments.quick { 2.0 } else { 4.0 });
        if rounds == 0 || !(0.1..=600.0).contains(&seconds) || !(1.0..=100_000.0).contains(&arguments.rate) {
            return Err(BenchError::Arguments(
                "--rounds must be at least 1, --seconds 0.1 to 600, --rate 1 to 100000".to_owned(),
            ));
        }
        let duration = Duration::from_secs_f64(seconds);
        Ok(Self {
            binary: places.binary.clone(),
            folder: places.folder.clone(),
            rate: arguments.rate,
            rounds,
            warm_up: duration / 8,
            duration,
            reference_duration: duration,
            injected_delay: arguments.inject_delay_ms.map(Duration::from_millis),
        })
    }
}

/// Runs it, writes the result and prints its tables; an error if a service level does not hold.
pub fn run(runtime: &Runtime, arguments: &SloArguments) -> Result<(), BenchError> {
    let places = arguments.places.checked()?;
    let setting = SloSetting::of(arguments, &places)?;
    let is_whole = arguments.only.is_none() && !arguments.quick && setting.rounds >= WHOLE_ROUNDS_MIN;
    if places.write_docs && (!is_whole || setting.injected_delay.is_some()) {
        return Err(BenchError::Arguments(format!(
            "--write-docs needs a whole run: without --only, --quick and --inject-delay-ms, and with {WHOLE_ROUNDS_MIN} rounds at least"
        )));
    }
    let load = LoadShape::at_rate(setting.rate);
    let path = arguments
        .baseline
        .clone()
        .unwrap_or_else(|| repository().join(BASELINE));
    let baseline = compared_baseline(arguments, &path, &load)?;
    let report = measure(runtime, arguments, &setting, load, baseline.as_ref())?;
    let written = places.write_result("slo", &report)?;
    println!("\n{}\nresult: {}", report.markdown(), written.display());
    for warning in report.warnings() {
        eprintln!("warning: {warning}");
    }
    let failures = report.failures();
    if !failures.is_empty() {
        return Err(BenchError::Failed(failures));
    }
    if arguments.update_baseline {
        update_baseline(&path, report.baseline())?;
    }
    if places.write_docs {
        replace_section(
            &repository().join("docs/benchmarks.md"),
            "slo",
            &report.markdown(),
        )?;
    }
    Ok(())
}

/// The baseline to compare with: none where this run shall become it.
fn compared_baseline(
    arguments: &SloArguments,
    path: &Path,
    load: &LoadShape,
) -> Result<Option<Baseline>, BenchError> {
    if arguments.update_baseline {
        return Ok(None);
    }
    let baseline = Baseline::read(path)?;
    if let Some(baseline) = &baseline {
        baseline.require_load(load)?;
    }
    Ok(baseline)
}

/// Writes a new baseline. After a run of one database the other's figures stay as they are.
fn update_baseline(path: &Path, mut new: Baseline) -> Result<(), BenchError> {
    if let Some(old) = Baseline::read(path)?.filter(|old| old.load == new.load) {
        for (figure, old) in old.figures {
            new.figures.entry(figure).or_insert(old);
        }
    }
    new.write(path)?;
    println!("{} is the baseline from now on", path.display());
    Ok(())
}

fn measure(
    runtime: &Runtime,
    arguments: &SloArguments,
    setting: &SloSetting,
    load: LoadShape,
    baseline: Option<&Baseline>,
) -> Result<SloReport, BenchError> {
    let mut report = SloReport {
        facts: Facts::gather(&setting.binary, setting.folder.as_deref())?,
        load,
        rounds: setting.rounds,
        seconds: setting.duration.as_secs_f64(),
        injected_delay_ms: arguments.inject_delay_ms,
        databases: Vec::new(),
    };
    for database in [Database::Sqlite, Database::Postgres] {
        if arguments.only.is_some_and(|only| only != database) {
            continue;
        }
        let stage = Stage::start(database, setting)?;
        for (name, version) in stage.versions()? {
            report.facts.add(&name, version);
        }
        let mut figures = Figures::default();
        for number in 0..setting.rounds {
            eprintln!("{}: round {} of {}", database.name(), number + 1, setting.rounds);
            stage.round(runtime, setting, number, &mut figures)?;
        }
        stage.stop()?;
        report
            .databases
            .push(DatabaseReport::new(database, &figures, baseline));
    }
    Ok(report)
}
