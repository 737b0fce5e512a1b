//! Many seeds over all cores, or one with its trace.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use clap::Args;

use super::check::Violation;
use super::control::Damage;
use super::world::{Plan, World};

/// What the command is called with.
#[derive(Debug, Args)]
pub struct SimulateArguments {
    /// How many seeds to play
    #[arg(long, default_value_t = 1_000_000)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Play this seed only
    #[arg(long)]
    seed: Option<u64>,
    /// Print all that happens; with --seed
    #[arg(long, requires = "seed")]
    trace: bool,
    /// Play the usual relay, with a checkpoint and without a fence, and count what it does
    #[arg(long)]
    control: bool,
}

/// A seed that was played.
pub(crate) struct Played {
    pub(crate) violation: Option<Violation>,
    pub(crate) trace: Option<String>,
    /// The trace in a number.
    pub(crate) digest: u64,
    /// What was committed.
    pub(crate) events: i64,
}

/// Plays a seed with the relay.
pub(crate) fn play(seed: u64, traced: bool) -> Played {
    let mut world = World::new(Plan::of_seed(seed), seed, traced);
    world.play();
    Played {
        events: world.log.head(),
        violation: world.violation,
        trace: world.trace,
        digest: world.digest,
    }
}

/// Plays a seed with the usual relay; gives how many relays there were too.
pub(crate) fn play_control(seed: u64) -> (usize, Damage) {
    let mut world = World::new(Plan::of_control(seed), seed, false);
    world.play();
    (world.plan.relays, world.damage())
}

/// What came of many seeds.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) events: u64,
    /// The lowest seed that broke a promise.
    pub(crate) first_failing: Option<u64>,
}

/// Plays `seeds` from `from` on over all cores. Ends early where one fails, but plays every lower one.
pub(crate) fn play_many(from: u64, seeds: u64) -> Outcome {
    let end = from.saturating_add(seeds);
    let (next, limit, events) = (AtomicU64::new(from), AtomicU64::new(end), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= limit.load(Ordering::Relaxed) {
                        break;
                    }
                    let played = play(seed, false);
                    events.fetch_add(
                        u64::try_from(played.events).unwrap_or_default(),
                        Ordering::Relaxed,
                    );
                    if played.violation.is_some() {
                        limit.fetch_min(seed, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let failing = limit.into_inner();
    Outcome {
        events: events.into_inner(),
        first_failing: (failing < end).then_some(failing),
    }
}

/// Does what the command says.
#[must_use]
pub fn run(arguments: &SimulateArguments) -> ExitCode {
    if arguments.control {
        return run_control(arguments);
    }
    if let Some(seed) = arguments.seed {
        return show(seed, arguments.trace);
    }
    let started = Instant::now();
    let outcome = play_many(arguments.from, arguments.seeds);
    if let Some(seed) = outcome.first_failing {
        println!("seed {seed} breaks a promise; `cargo xtask simulate --seed {seed} --trace` shows this:\n");
        return show(seed, true);
    }
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{} seeds from {}: every promise was kept, over {} events, in {seconds:.1} s ({:.0} seeds/s)",
        arguments.seeds,
        arguments.from,
        outcome.events,
        per_second(arguments.seeds, seconds)
    );
    ExitCode::SUCCESS
}

fn run_control(arguments: &SimulateArguments) -> ExitCode {
    let mut total = Damage::default();
    for seed in arguments.from..arguments.from.saturating_add(arguments.seeds) {
        let (_, damage) = play_control(seed);
        total.lost += damage.lost;
        total.doubled += damage.doubled;
        total.misplaced += damage.misplaced;
    }
    println!(
        "{} seeds with the usual relay: {} events lost, {} doubled, {} out of place",
        arguments.seeds, total.lost, total.doubled, total.misplaced
    );
    ExitCode::SUCCESS
}

fn show(seed: u64, traced: bool) -> ExitCode {
    let played = play(seed, traced);
    if let Some(trace) = &played.trace {
        print!("{trace}");
    }
    match played.violation {
        None => {
            println!(
                "seed {seed}: every promise was kept, over {} events (trace {:016x})",
                played.events, played.digest
            );
            ExitCode::SUCCESS
        }
        Some(violation) => {
            println!("seed {seed}: {violation}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn per_second(count: u64, seconds: f64) -> f64 {
    count as f64 / seconds.max(f64::EPSILON)
}
