//! `rollcall-generator`: what `cargo xtask corpus` runs, built as it is released.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use rollcall_generator::corpus::{self, CorpusError, CorpusOptions, Selection};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The generator on many contracts")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Take every contract of a folder: generate, build, and compare what the running code derives
    Corpus(Box<CorpusArguments>),
    /// Make the project of one document
    #[command(hide = true)]
    One {
        contract: PathBuf,
        folder: PathBuf,
        name: String,
        checkout: PathBuf,
        #[arg(long)]
        partial: bool,
    },
    /// Compare a derived document with a contract
    #[command(hide = true)]
    Judge { contract: PathBuf, derived: PathBuf },
}

/// What `cargo xtask corpus` is called with.
#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
struct CorpusArguments {
    /// The folder of contracts, JSON or YAML
    folder: PathBuf,
    /// Take so many, drawn at random
    #[arg(long)]
    sample: Option<usize>,
    /// What the draw begins from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Take one of each provider: of each first folder or file name below FOLDER
    #[arg(long)]
    one_per_provider: bool,
    /// Take none that is larger
    #[arg(long)]
    max_bytes: Option<u64>,
    /// Build so many together
    #[arg(long, default_value_t = 50)]
    batch: usize,
    /// Leave out the operations that cannot be taken over
    #[arg(long)]
    partial: bool,
    /// Send so many requests to the API of each document, and compare the answers with an independent oracle's
    #[arg(long, default_value_t = 0)]
    requests: u64,
    /// Ask the API of each document about so many responses, and compare likewise; as many as requests where that is not said
    #[arg(long)]
    responses: Option<u64>,
    /// After so many seconds, take it that a document never ends
    #[arg(long, default_value_t = 60)]
    max_seconds: u64,
    /// Keep projects, artefacts and results here; a run that was stopped goes on
    #[arg(long, env = "CORPUS_OUT", default_value = "target/corpus")]
    out: PathBuf,
    /// Depend on the crates of this checkout
    #[arg(long, env = "CORPUS_CHECKOUT", default_value = ".", hide = true)]
    checkout: PathBuf,
    /// Fail if any document is refused
    #[arg(long)]
    deny_refusals: bool,
    /// Build nothing, but time the generator on documents of growing size
    #[arg(long)]
    speed: bool,
    /// Write the result into docs/generator-corpus.md
    #[arg(long)]
    write_docs: bool,
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode, CorpusError> {
    match command {
        Command::Corpus(arguments) => run_corpus(&arguments),
        Command::One {
            contract,
            folder,
            name,
            checkout,
            partial,
        } => {
            corpus::make_one(&contract, &folder, &name, &checkout, partial)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Judge { contract, derived } => {
            corpus::judge_one(&contract, &derived)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Ends well if no document failed and the oracle agrees; refusals are answers.
fn run_corpus(arguments: &CorpusArguments) -> Result<ExitCode, CorpusError> {
    let absolute = |path: &PathBuf| {
        std::path::absolute(path).map_err(|source| CorpusError::File {
            path: path.clone(),
            source,
        })
    };
    let options = CorpusOptions {
        selection: Selection {
            sample: arguments.sample,
            seed: arguments.seed,
            one_per_provider: arguments.one_per_provider,
            bytes_max: arguments.max_bytes,
        },
        batch: arguments.batch,
        out: absolute(&arguments.out)?,
        checkout: absolute(&arguments.checkout)?,
        seconds_max: arguments.max_seconds,
        partial: arguments.partial,
        requests: arguments.requests,
        responses: arguments.responses.unwrap_or(arguments.requests),
    };
    if arguments.speed {
        println!("{}", corpus::speed(&absolute(&arguments.folder)?, &options)?);
        return Ok(ExitCode::SUCCESS);
    }
    let summary = corpus::run(&absolute(&arguments.folder)?, &options)?;
    let table = corpus::table(&summary);
    println!("\n{table}\n{} s", summary.seconds);
    corpus::write_results(&options.out, &summary)?;
    if arguments.write_docs {
        corpus::record_in_docs(&options.checkout.join("docs/generator-corpus.md"), &table)?;
    }
    let (_, refused, failed) = summary.counts();
    let failed = failed + if arguments.deny_refusals { refused } else { 0 };
    Ok(if failed == 0 && summary.disagreements() == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
