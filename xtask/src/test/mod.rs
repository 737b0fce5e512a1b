//! `cargo xtask test`: everything that must hold before a change is taken, in one command.
//!
//! The steps run in the order of [`Step`], cheap ones first, and the first that fails ends the run. A run without
//! any test is a failure too: silence must not look like success.

mod machine;
mod steps;
mod tally;
mod tools;

use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};

use crate::error::TaskError;
use crate::gates;
use crate::workspace::Workspace;
use tally::Tally;

/// What `cargo xtask test` is called with. CI uses neither flag.
#[derive(Args)]
pub(crate) struct TestArguments {
    /// Run only this step; may be repeated
    #[arg(long, value_enum)]
    only: Vec<Step>,
    /// Leave this step out; may be repeated
    #[arg(long, value_enum)]
    skip: Vec<Step>,
}

/// One thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Step {
    /// Install what the tests need
    Tools,
    /// Formatting
    Fmt,
    /// Lints, all of them errors
    Clippy,
    /// Spectral, Redocly and AsyncAPI on the contracts
    Lint,
    /// Generated code is fresh, and the closed loop holds
    Contract,
    /// Small contracts of every kind: generated, built, run, and asked with requests that an oracle judges
    Corpus,
    /// Alert rules and dashboard are fresh, and Prometheus runs the rules' cases
    Ops,
    /// The six gates, with their evidence
    Gates,
    /// Unit, integration and documentation tests
    Test,
    /// The relay's decisions through the faults of ten thousand seeds
    Simulate,
    /// Property-based requests against the running service
    Property,
    /// Faults on real servers, with and without the fence
    Chaos,
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Fmt => "fmt",
            Self::Clippy => "clippy",
            Self::Lint => "lint",
            Self::Contract => "contract",
            Self::Corpus => "corpus",
            Self::Ops => "ops",
            Self::Gates => "gates",
            Self::Test => "test",
            Self::Simulate => "simulate",
            Self::Property => "property",
            Self::Chaos => "chaos",
        }
    }

    fn run(self, workspace: &Workspace, tally: &mut Tally) -> Result<(), TaskError> {
        match self {
            Self::Tools => tools::install(workspace),
            Self::Fmt => steps::fmt(workspace),
            Self::Clippy => steps::clippy(workspace),
            Self::Lint => steps::lint(workspace),
            Self::Contract => steps::contract(workspace),
            Self::Corpus => steps::corpus(workspace),
            Self::Ops => steps::operations(workspace),
            Self::Gates => gates::run(workspace),
            Self::Test => steps::test(workspace, tally),
            Self::Simulate => steps::simulate(workspace, tally),
            Self::Property => steps::property(workspace, tally),
            Self::Chaos => steps::chaos(workspace, tally),
        }
    }
}

/// Runs the wanted steps and prints what they took.
pub(crate) fn run(workspace: &Workspace, arguments: &TestArguments) -> Result<(), TaskError> {
    let is_wanted = |step: &Step| {
        (arguments.only.is_empty() || arguments.only.contains(step)) && !arguments.skip.contains(step)
    };
    let steps: Vec<Step> = Step::value_variants().iter().copied().filter(is_wanted).collect();
    let mut tally = Tally::default();
    let mut durations = Vec::new();
    let mut outcome = Ok(());
    for step in &steps {
        println!("\n=== {} ===", step.name());
        let start = Instant::now();
        outcome = step.run(workspace, &mut tally);
        let duration = start.elapsed();
        println!("=== {} took {} ===", step.name(), seconds(duration));
        durations.push((*step, duration));
        if outcome.is_err() {
            break;
        }
    }
    println!();
    for (step, duration) in &durations {
        println!("{:<10}{:>10}", step.name(), seconds(*duration));
    }
    println!(
        "{:<10}{:>10}\n",
        "all",
        seconds(durations.iter().map(|(_, duration)| *duration).sum())
    );
    let failed_step = durations.last().map_or("tools", |(step, _)| step.name());
    if steps
        .iter()
        .any(|step| matches!(step, Step::Test | Step::Simulate | Step::Property | Step::Chaos))
    {
        outcome = outcome.and_then(|()| tally.verdict());
        println!("{tally}");
    }
    outcome.map_err(|reason| TaskError::Step {
        step: failed_step,
        reason: Box::new(reason),
    })
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
