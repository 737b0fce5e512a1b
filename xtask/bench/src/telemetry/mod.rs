//! `bench telemetry`: what sending traces, metrics and logs costs.
//!
//! Two services that differ in nothing but `OTEL_EXPORTER_OTLP_ENDPOINT` take turns under the same load. The collector is a
//! thread of the benchmark: its own cost, though small, is part of what is measured, as that of an agent on the machine is.

mod collector;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::runtime::Runtime;

use crate::arguments::{Places, repository};
use crate::document::replace_section;
use crate::error::BenchError;
use crate::facts::Facts;
use crate::load::ClosedLoop;
use crate::measure::{LoadResult, Subject, measure_closed};
use crate::postgres::Postgres;
use crate::rounds::{First, Round, Summary, ratios};
use crate::seed::{Seed, seed_over_http, seed_postgres};
use crate::service::{Service, ServiceSetting};
use crate::workload::CreateSchool;
use collector::Collector;
pub use collector::Received;

/// Throughput with telemetry over throughput without must be this at least.
const RATIO_MIN: f64 = 0.95;

const WARM_UP: Duration = Duration::from_millis(500);

/// What `bench telemetry` is called with.
#[derive(Debug, Clone, clap::Args)]
pub struct TelemetryArguments {
    #[command(flatten)]
    places: Places,
    /// Only over this database [default: both]
    #[arg(long, value_enum)]
    only: Option<Database>,
    /// Counted seconds of each half of a round
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=60))]
    seconds: u16,
    /// Rounds
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=50))]
    rounds: u16,
}

/// The databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
pub enum Database {
    /// SQLite, 64 connections
    Sqlite,
    /// PostgreSQL, 32 connections
    Postgres,
}

impl Database {
    fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }

    fn connections(self) -> usize {
        match self {
            Self::Sqlite => 64,
            Self::Postgres => 32,
        }
    }
}

/// Everything that one run has measured.
#[derive(Debug, Serialize)]
pub struct TelemetryResult {
    /// The machine.
    pub facts: Facts,
    /// By database.
    pub comparisons: Vec<Comparison>,
}

/// With and without, over one database.
#[derive(Debug, Serialize)]
pub struct Comparison {
    /// Which.
    pub database: Database,
    /// The rounds without.
    pub without: Vec<LoadResult>,
    /// The rounds with.
    pub with: Vec<LoadResult>,
    /// What the collector has received.
    pub received: Received,
}

impl Comparison {
    /// Throughput with over throughput without.
    #[must_use]
    pub fn ratio(&self) -> Option<Summary> {
        let rounds = self.without.iter().zip(&self.with).map(|(without, with)| Round {
            reference: without.throughput,
            subject: with.throughput,
        });
        ratios(&rounds.collect::<Vec<_>>())
    }
}

/// Runs it, writes the result and prints its table. Fails where nothing was sent, for then nothing was measured.
pub fn run(runtime: &Runtime, arguments: &TelemetryArguments) -> Result<(), BenchError> {
    let places = arguments.places.checked()?;
    let mut facts = Facts::gather(&places.binary, places.folder.as_deref())?;
    let mut comparisons = Vec::new();
    for database in [Database::Sqlite, Database::Postgres] {
        if arguments.only.is_none_or(|only| only == database) {
            comparisons.push(measure(runtime, &places, arguments, database, &mut facts)?);
        }
    }
    let result = TelemetryResult { facts, comparisons };
    let document = markdown(&result, arguments);
    let path = places.write_result("telemetry", &result)?;
    println!("\n{document}\nresult: {}", path.display());
    for comparison in &result.comparisons {
        check(comparison)?;
    }
    if places.write_docs {
        replace_section(&repository().join("docs/benchmarks.md"), "telemetry", &document)?;
    }
    Ok(())
}

fn check(comparison: &Comparison) -> Result<(), BenchError> {
    let subject = format!("telemetry over {}", comparison.database.name());
    let Received {
        trace_requests,
        metric_requests,
        ..
    } = comparison.received;
    if trace_requests == 0 || metric_requests == 0 {
        let reason = format!(
            "the collector has received no traces or no metrics: {:?}",
            comparison.received
        );
        return Err(BenchError::invalid(subject, reason));
    }
    match comparison
        .without
        .iter()
        .chain(&comparison.with)
        .find(|load| load.is_invalid())
    {
        Some(load) => Err(BenchError::invalid(
            subject,
            format!("requests failed: {:?}", load.errors),
        )),
        None => Ok(()),
    }
}

/// A service under load, and its tenants.
struct Side {
    service: Service,
    seed: Seed,
}

impl Side {
    fn start(
        places: &Places,
        postgres: Option<&Postgres>,
        name: &str,
        endpoint: Option<String>,
    ) -> Result<Self, BenchError> {
        let mut setting = ServiceSetting {
            base: places.folder.clone(),
            ..ServiceSetting::new(&places.binary)
        };
        setting
            .variables
            .extend(endpoint.map(|url| ("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), url)));
        if let Some(postgres) = postgres {
            setting.database_url = Some(postgres.create_database(name)?);
        }
        let service = Service::start(setting)?;
        let seed = match postgres {
            Some(postgres) => seed_postgres(service.address(), postgres, name)?,
            None => seed_over_http(service.address())?,
        };
        Ok(Self { service, seed })
    }

    fn measure(&self, runtime: &Runtime, connections: usize, duration: Duration) -> LoadResult {
        let subject = Subject {
            target: self.service.target(),
            process: self.service.process().id(),
        };
        let setting = ClosedLoop {
            connections,
            warm_up: WARM_UP,
            duration,
        };
        measure_closed(
            runtime,
            subject,
            Arc::new(CreateSchool::new(&self.seed.tenants)),
            setting,
        )
    }
}

fn measure(
    runtime: &Runtime,
    places: &Places,
    arguments: &TelemetryArguments,
    database: Database,
    facts: &mut Facts,
) -> Result<Comparison, BenchError> {
    let collector = Collector::start()?;
    let postgres = match database {
        Database::Sqlite => None,
        Database::Postgres => Some(Postgres::start(places.folder.as_deref())?),
    };
    if let Some(postgres) = &postgres {
        facts.add(
            "PostgreSQL",
            format!("{}, {}", postgres.version()?, postgres.settings()?.join(", ")),
        );
    }
    let off = Side::start(places, postgres.as_ref(), "telemetry_off", None)?;
    let on = Side::start(places, postgres.as_ref(), "telemetry_on", Some(collector.url()))?;
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for round in 0..usize::from(arguments.rounds) {
        if let Some(postgres) = &postgres {
            postgres.checkpoint()?;
        }
        let duration = Duration::from_secs(arguments.seconds.into());
        let measure = |side: &Side| side.measure(runtime, database.connections(), duration);
        match First::of_round(round) {
            First::Reference => {
                without.push(measure(&off));
                with.push(measure(&on));
            }
            First::Subject => {
                with.push(measure(&on));
                without.push(measure(&off));
            }
        }
        if let (Some(without), Some(with)) = (without.last(), with.last()) {
            println!(
                "telemetry over {}, round {}: {:.0}/s without, {:.0}/s with",
                database.name(),
                round + 1,
                without.throughput,
                with.throughput
            );
        }
    }
    // What a service still holds back is sent when it ends.
    on.service.stop()?;
    off.service.stop()?;
    if let Some(postgres) = postgres {
        postgres.stop()?;
    }
    Ok(Comparison {
        database,
        without,
        with,
        received: collector.received(),
    })
}

fn markdown(result: &TelemetryResult, arguments: &TelemetryArguments) -> String {
    let mut text = format!(
        "{}\n- {} rounds, {} s for each half of a round\n\n\
        | POST, 64 tenants | requests/s without | requests/s with | ratio, median (range) | target | | processors without | with | received |\n\
        |---|---|---|---|---|---|---|---|---|\n",
        result.facts.markdown(),
        arguments.rounds,
        arguments.seconds
    );
    for comparison in &result.comparisons {
        let median = |loads: &[LoadResult], figure: fn(&LoadResult) -> f64| {
            Summary::of(loads.iter().map(figure)).map_or(f64::NAN, |summary| summary.median)
        };
        let Some(ratio) = comparison.ratio() else { continue };
        let received = comparison.received;
        _ = writeln!(
            text,
            "| {}, {} connections | {:.0} | {:.0} | {:.3} ({:.3} to {:.3}) | ≥ {RATIO_MIN} | {} | {:.2} | {:.2} | {} bytes in {} requests of traces, {} of metrics, {} of logs |",
            comparison.database.name(),
            comparison.database.connections(),
            median(&comparison.without, |load| load.throughput),
            median(&comparison.with, |load| load.throughput),
            ratio.median,
            ratio.min,
            ratio.max,
            if ratio.median >= RATIO_MIN {
                "met"
            } else {
                "**not met**"
            },
            median(&comparison.without, |load| load.server_share),
            median(&comparison.with, |load| load.server_share),
            received.bytes,
            received.trace_requests,
            received.metric_requests,
            received.log_requests,
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(throughput: f64) -> LoadResult {
        LoadResult {
            throughput,
            ..LoadResult::default()
        }
    }

    fn comparison(received: Received) -> Comparison {
        Comparison {
            database: Database::Sqlite,
            without: vec![load(100.0), load(50.0)],
            with: vec![load(95.0), load(49.0)],
            received,
        }
    }

    #[test]
    fn the_ratio_is_with_over_without_of_each_round() {
        let ratio = comparison(Received::default()).ratio().unwrap();
        assert!(
            (ratio.min - 0.95).abs() < 1e-12 && (ratio.max - 0.98).abs() < 1e-12,
            "{ratio:?}"
        );
    }

    #[test]
    fn telemetry_that_sends_nothing_is_no_cheap_telemetry() {
        let error = check(&comparison(Received::default())).unwrap_err().to_string();
        assert!(error.contains("no traces"), "{error}");
        let received = Received {
            trace_requests: 1,
            metric_requests: 1,
            ..Received::default()
        };
        check(&comparison(received)).unwrap();
    }
}
