//! The project's own commands: `cargo xtask bench | chaos | check | corpus | gates | generate | new | ops | release-schemas | simulate | smoke | tasks | test`.

mod bench;
mod chaos;
mod check;
mod corpus;
mod error;
mod gates;
mod generate;
mod new;
mod ops;
mod release;
mod simulate;
mod smoke;
mod tasks;
mod test;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use error::TaskError;
use workspace::Workspace;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Rollcall's project commands")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write src/contract/ from contracts/openapi.yaml and contracts/asyncapi.yaml
    Generate {
        /// A project that `new` made, to generate that one again from its own contracts/
        folder: Option<PathBuf>,
        /// Write nothing; fail if what is committed is not what would be written
        #[arg(long)]
        verify: bool,
    },
    /// Make a crate of contracts: typed handlers that answer 501, a server, and a test that the loop is closed
    New(new::NewArguments),
    /// Take every contract of a folder: generate, build, and compare what the running code derives
    Corpus(corpus::CorpusArguments),
    /// Prove that the served document equals the contract, and print the ledger; or look a contract of others over
    Check(check::CheckArguments),
    /// Freeze the event schemas of versions that are not released yet, in contracts/released/
    ReleaseSchemas,
    /// Write docs/operations/: Prometheus rules, their tests, and the Grafana dashboard
    Ops {
        /// Write nothing; fail if what is committed is not what would be written
        #[arg(long)]
        verify: bool,
    },
    /// Look a running instance over from outside
    Smoke(Box<smoke::SmokeArguments>),
    /// Judge Rollcall itself by the six gates, with the evidence for each
    Gates,
    /// Install what the tests need where that is missing, then run everything
    Test(test::TestArguments),
    /// Measure the service beside the databases themselves and beside other services
    Bench(bench::BenchArguments),
    /// Break real servers while events flow, then look whether anything was lost, came twice or changed places
    Chaos(chaos::ChaosArguments),
    /// Play the relay's decisions through faults, seed by seed
    Simulate(simulate::SimulateArguments),
    /// Make the numbered, ordered, checked task list of a feature from its design documents
    Tasks(tasks::TasksArguments),
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            for line in error.lines() {
                eprintln!("error: {line}");
            }
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(arguments: Arguments) -> Result<ExitCode, TaskError> {
    // Task lists are made of any project's documents; they need no workspace.
    if let Command::Tasks(arguments) = &arguments.command {
        return tasks::run(arguments);
    }
    // Nor does an instance that runs somewhere.
    if let Command::Smoke(arguments) = &arguments.command {
        smoke::run(arguments)?;
        return Ok(ExitCode::SUCCESS);
    }
    let workspace = Workspace::find()?;
    match arguments.command {
        Command::Generate { folder: None, verify } => generate::run(&workspace, verify),
        Command::Generate {
            folder: Some(folder),
            verify,
        } => new::regenerate(&folder, verify),
        Command::New(arguments) => new::run(&workspace, &arguments),
        Command::Corpus(arguments) => corpus::run_corpus(&workspace, &arguments.arguments),
        Command::Check(arguments) => check::run(&workspace, &arguments),
        Command::ReleaseSchemas => release::run(&workspace),
        Command::Ops { verify } => ops::run(&workspace, verify),
        Command::Gates => gates::run(&workspace),
        Command::Test(arguments) => test::run(&workspace, &arguments),
        Command::Bench(arguments) => bench::run_benchmark(&workspace, &arguments),
        Command::Chaos(arguments) => chaos::run_faults(&workspace, &arguments),
        Command::Simulate(arguments) => simulate::run_simulator(&workspace, &arguments),
        Command::Tasks(_) | Command::Smoke(_) => Ok(()),
    }?;
    Ok(ExitCode::SUCCESS)
}
