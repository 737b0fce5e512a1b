//! `bench relay`: how fast and how evenly events come from the log to the broker.
//!
//! Each part answers one question: how fast a backlog is drained, beside the broker's own pace ([`drain`]); how long an event
//! takes from its commit to a consumer ([`latency`]); what other relays do with the same events ([`peers`]); how long
//! nothing moves when a relay is killed ([`takeover`]); whether one tenant's backlog is felt by the others ([`fairness`]); and
//! what a relay costs that has nothing to do ([`idle`]).

mod backlog;
mod broker;
mod commits;
mod consumer;
mod drain;
mod entries;
mod fairness;
mod idle;
mod latency;
mod markdown;
mod peers;
mod process;
mod stage;
mod takeover;
mod writes;
mod xadd;

use std::time::Duration;

use serde::Serialize;
use tokio::runtime::Runtime;

use crate::arguments::{Places, repository};
use crate::document::replace_section;
use crate::error::BenchError;
use crate::facts::Facts;
use crate::redis_server;
pub use drain::{Drain, DrainRound};
pub use fairness::{Fairness, FairnessRound};
pub use idle::Idle;
pub use latency::{LatencyRow, Percentiles};
pub use peers::{PeerRow, Peers};
pub use takeover::Takeover;

use self::backlog::Spread;
use self::stage::Stage;
use self::writes::Pace;

/// Writes a second, and at last as many as the service takes.
const PACES: [Pace; 4] = [
    Pace::Rate(50.0),
    Pace::Rate(200.0),
    Pace::Rate(1000.0),
    Pace::Saturation,
];

/// What `bench relay` is called with.
#[derive(Debug, Clone, clap::Args)]
pub struct RelayArguments {
    #[command(flatten)]
    places: Places,
    /// A short run, good for a glance only
    #[arg(long)]
    quick: bool,
    /// Run only this part; may be repeated
    #[arg(long, value_name = "PART")]
    only: Vec<Part>,
    /// Events of a backlog [default: 1000000, quick: 100000]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1000..=10_000_000))]
    events: Option<u32>,
    /// Rounds of each comparison [default: 3, quick: 1]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=20))]
    rounds: Option<u16>,
}

/// A part of the benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// A backlog, beside pipelined `XADD`
    Drain,
    /// From a commit to a consumer, at several paces
    Latency,
    /// The same events by other relays
    Peers,
    /// A relay is killed
    Takeover,
    /// One tenant's backlog and everybody else
    Fairness,
    /// Nothing to do
    Idle,
}

/// Everything that one run has measured.
#[derive(Debug, Serialize)]
pub struct RelayResult {
    /// The machine.
    pub facts: Facts,
    /// Whether this is a short run, which is good for a glance only.
    pub quick: bool,
    /// The drains.
    pub drains: Vec<Drain>,
    /// From commit to consumer.
    pub latencies: Vec<LatencyRow>,
    /// Beside other relays.
    pub peers: Option<Peers>,
    /// Kills.
    pub takeover: Option<Takeover>,
    /// Backlogs of others.
    pub fairness: Option<Fairness>,
    /// Rest.
    pub idle: Option<Idle>,
}

/// Runs what is wanted, writes the result and prints its tables.
pub fn run(runtime: &Runtime, arguments: &RelayArguments) -> Result<(), BenchError> {
    let places = arguments.places.checked()?;
    let is_whole = !arguments.quick && arguments.only.is_empty() && arguments.events.is_none();
    let size = Size::of(arguments);
    if places.write_docs && !(is_whole && size.rounds >= 3) {
        return Err(BenchError::Arguments(
            "--write-docs needs a whole run: without --quick, --only and --events, and with 3 rounds at least"
                .to_owned(),
        ));
    }
    let mut result = RelayResult {
        facts: Facts::gather(&places.binary, places.folder.as_deref())?,
        quick: arguments.quick,
        drains: Vec::new(),
        latencies: Vec::new(),
        peers: None,
        takeover: None,
        fairness: None,
        idle: None,
    };
    let mut stage = Stage::start(&places.binary, places.folder.as_deref(), size.events)?;
    result.facts.add("PostgreSQL", postgres_facts(&stage)?);
    result.facts.add("Redis", redis_facts()?);
    measure(runtime, &mut stage, arguments, &places, size, &mut result)?;
    stage.stop()?;
    let document = markdown::document(&result);
    let path = places.write_result("relay", &result)?;
    println!("\n{document}\nresult: {}", path.display());
    if places.write_docs {
        replace_section(&repository().join("docs/benchmarks.md"), "relay", &document)?;
    }
    Ok(())
}

/// How much is measured.
#[derive(Debug, Clone, Copy)]
struct Size {
    events: u32,
    rounds: usize,
    seconds: Duration,
    kills: usize,
    peer_events: u32,
}

impl Size {
    fn of(arguments: &RelayArguments) -> Self {
        let (events, rounds, seconds, kills, peer_events) = if arguments.quick {
            (100_000, 1, 2, 5, 5_000)
        } else {
            (1_000_000, 3, 6, 50, 50_000)
        };
        Self {
            events: arguments.events.unwrap_or(events),
            rounds: usize::from(arguments.rounds.unwrap_or(rounds)),
            seconds: Duration::from_secs(seconds),
            kills,
            peer_events,
        }
    }
}

fn measure(
    runtime: &Runtime,
    stage: &mut Stage,
    arguments: &RelayArguments,
    places: &Places,
    size: Size,
    result: &mut RelayResult,
) -> Result<(), BenchError> {
    let is_wanted = |part| arguments.only.is_empty() || arguments.only.contains(&part);
    if is_wanted(Part::Drain) {
        for spread in [Spread::All, Spread::One] {
            let drain = drain::measure(runtime, stage, spread, size.rounds)?;
            result.drains.push(drain);
        }
    }
    if is_wanted(Part::Fairness) {
        let rounds = size.rounds.min(2);
        result.fairness = Some(fairness::measure(runtime, stage, rounds, size.seconds)?);
    }
    if is_wanted(Part::Latency) {
        result.latencies = latency::measure(runtime, stage, &PACES, size.seconds)?;
    }
    if is_wanted(Part::Takeover) {
        result.takeover = Some(takeover::measure(runtime, stage, size.kills)?);
    }
    if is_wanted(Part::Idle) {
        result.idle = Some(idle::measure(stage, 2 * size.seconds)?);
    }
    if is_wanted(Part::Peers) {
        result.peers = Some(peers::measure(
            runtime,
            stage,
            &places.tools,
            size.peer_events,
            size.seconds,
        )?);
    }
    Ok(())
}

fn postgres_facts(stage: &Stage) -> Result<String, BenchError> {
    let postgres = stage.postgres();
    Ok(format!(
        "{}, {}, {}",
        postgres.version()?,
        postgres.settings()?.join(", "),
        stage::SETTINGS.join(", ")
    ))
}

fn redis_facts() -> Result<String, BenchError> {
    let settings = [&redis_server::SETTINGS[..], &broker::SETTINGS[..]].concat();
    Ok(format!(
        "{}, {}",
        redis_server::version()?,
        settings.join(" ").trim()
    ))
}
