//! `bench relay`: how fast and how evenly events come from the log to the broker.
//!
//! Each part answers one question: how fast a backlog is drained, beside the broker's own pace ([`drain`]); how long an event
//! takes from its commit to a consumer ([`latency`]); what other relays do with the same events ([`peers`]); how long
//! nothing moves when a relay is killed ([`takeover`]); whether one tenant's backlog is felt by the others ([`fairness`]); and
//! what a relay costs that has nothing to do ([`idle`]).

mod backlog;
mod broker;
mod drain;
mod entries;
mod process;
mod stage;
mod xadd;

use serde::Serialize;
use tokio::runtime::Runtime;

use crate::arguments::Places;
use crate::error::BenchError;
use crate::facts::Facts;
pub use drain::{Drain, DrainRound};

use self::backlog::Spread;
use self::stage::Stage;

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
}

/// Runs what is wanted, writes the result and prints its tables.
pub fn run(runtime: &Runtime, arguments: &RelayArguments) -> Result<(), BenchError> {
    let places = arguments.places.checked()?;
    let events = arguments.events.unwrap_or(if arguments.quick { 100_000 } else { 1_000_000 });
    let rounds = usize::from(arguments.rounds.unwrap_or(if arguments.quick { 1 } else { 3 }));
    let mut result = RelayResult {
        facts: Facts::gather(&places.binary, places.folder.as_deref())?,
        quick: arguments.quick,
        drains: Vec::new(),
    };
    let mut stage = Stage::start(&places.binary, places.folder.as_deref(), events)?;
    for spread in [Spread::All, Spread::One] {
        result.drains.push(drain::measure(runtime, &mut stage, spread, rounds)?);
    }
    stage.stop()?;
    places.write_result("relay", &result)?;
    Ok(())
}
