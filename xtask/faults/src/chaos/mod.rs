//! Fault runs: real servers, real processes, real faults, and then a count.
//!
//! A stage is set up: one PostgreSQL, a Redis with a replica, several `rollcall serve` and `rollcall relay`, and a bad network
//! of our own between them and their servers. Writers create schools over HTTP and remember each answer, a consumer reads
//! the streams, and a schedule that is drawn from a seed breaks one or two things at a time. After each round the time
//! until the backlog is empty is measured; after the last one everything is counted ([`check`]).
//!
//! The control is the same run with a relay as it is usually built: a checkpoint and a plain XADD. It must lose or repeat
//! something, or the run would prove nothing.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a harness: what fails here ends the run, and says why"
)]

mod backlog;
mod broker;
mod check;
mod conductor;
mod consumer;
mod control;
mod faults;
mod logged;
mod member;
mod report;
mod schedule;
mod sentinels;
mod stage;
mod verify;
mod writers;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

pub use control::{ControlRelayArguments, run as run_control_relay};
use schedule::{Kind, Part};

/// What a fault run is called with.
#[derive(Debug, Args)]
pub struct ChaosArguments {
    /// The `rollcall` binary that is put to the test
    #[arg(long)]
    binary: PathBuf,
    /// How long faults are caused
    #[arg(long, default_value_t = 30)]
    minutes: u64,
    /// End after so many rounds instead
    #[arg(long)]
    rounds: Option<u32>,
    /// What the faults are drawn from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Schools that are created each second
    #[arg(long, default_value_t = 60)]
    rate: u32,
    /// Only faults whose name contains this; may be repeated
    #[arg(long)]
    only: Vec<String>,
    /// Use a relay with a checkpoint and a plain XADD, and fail unless it loses or repeats something
    #[arg(long)]
    control: bool,
    /// Reach Redis through three sentinels, which promote a replica that lags; Redis has no bad network then
    #[arg(long, conflicts_with = "control")]
    sentinel: bool,
    /// Print the faults that would be caused, and cause none
    #[arg(long)]
    print_schedule: bool,
}

impl ChaosArguments {
    /// The kinds of faults that are asked for; all of them without a choice.
    fn kinds(&self) -> Vec<Kind> {
        let is_wanted = |kind: &Kind| {
            self.only.is_empty() || self.only.iter().any(|part| kind.name().contains(part.as_str()))
        };
        // Sentinels name the servers themselves, past any network of ours.
        let is_possible = |kind: &Kind| !self.sentinel || kind.part() != Part::RedisNetwork;
        Kind::ALL
            .into_iter()
            .filter(is_wanted)
            .filter(is_possible)
            .collect()
    }

    /// Whether transactions are held open for minutes.
    fn is_long(&self) -> bool {
        self.rounds.is_none() && self.minutes >= 10
    }

    /// How long faults are caused, unless the number of rounds is given.
    fn length(&self) -> Duration {
        Duration::from_secs(self.minutes * 60)
    }
}

/// Runs it, and prints what came of it. The exit code says whether that is as it should be.
#[must_use]
pub fn run(arguments: &ChaosArguments) -> ExitCode {
    if arguments.kinds().is_empty() {
        eprintln!("error: there is no such kind of fault");
        return ExitCode::from(2);
    }
    let schedule = schedule::Schedule::new(arguments.seed, &arguments.kinds(), arguments.is_long());
    if arguments.print_schedule {
        let rounds = arguments.rounds.unwrap_or(50) as usize;
        schedule.take(rounds).for_each(|round| println!("{round}"));
        return ExitCode::SUCCESS;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .expect("a runtime");
    let is_well = runtime.block_on(conductor::run(arguments, schedule));
    // Pumps that still wait for a peer do not keep the run from ending.
    runtime.shutdown_timeout(Duration::from_secs(1));
    if is_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
