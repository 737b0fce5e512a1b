//! Contracts in, the text of a crate's `src/contract/` out: the one place that knows how the generator is called.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use contract_codegen::{Contracts, GeneratedFile, Language, Limits, Refusals, Source, Warning};
use rustix::time::{ClockId, clock_gettime};
use serde_json::Value;

/// The contracts of a project. One of them is enough.
#[derive(Debug, Clone, Default)]
pub struct ContractFiles {
    /// The HTTP contract.
    pub openapi: Option<PathBuf>,
    /// The event contract.
    pub asyncapi: Option<PathBuf>,
}

/// What is done with an operation that cannot be taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsupported {
    /// Nothing is generated.
    Refuse,
    /// It is left out, and named.
    LeaveOut,
}

/// The files that a contract consists of.
#[derive(Debug)]
pub struct SourceFiles {
    /// The files, without symbolic links.
    pub files: Vec<PathBuf>,
    /// The symbolic links by which references lead to them, each with the file.
    pub links: BTreeMap<PathBuf, PathBuf>,
}

/// What was made of contracts.
#[derive(Debug)]
pub struct Generation {
    /// The title of the contract.
    pub title: String,
    /// The files of `src/contract/`.
    pub files: Vec<GeneratedFile>,
    /// The text of `src/handlers.rs`: a handler for each operation, which answers 501. None where there are only events.
    pub stubs: Option<String>,
    /// The HTTP contract as one document, without what was left out.
    pub document: Option<Value>,
    /// The event contract likewise.
    pub events: Option<Value>,
    /// What is shown although a reader would expect that it is enforced.
    pub warnings: Vec<Warning>,
    /// The operations that were left out, and why.
    pub left_out: Vec<String>,
    /// The files of each contract.
    pub sources: Vec<SourceFiles>,
    /// The processor time that it took to read the contracts.
    pub reading: Duration,
    /// The processor time that it took to make code of them.
    pub writing: Duration,
}

/// Why nothing was generated.
#[derive(Debug, thiserror::Error)]
pub enum GenerationError {
    /// No contract was named.
    #[error("there is no contract to generate from")]
    NoContract,
    /// A contract cannot be taken over.
    #[error("{0}")]
    Refused(#[from] Refusals),
    /// The generator wrote something that is no Rust, which is a fault of its own.
    #[error("the generated code is no Rust: {0}")]
    NoRust(#[from] syn::Error),
}

/// Reads the contracts and makes code of them.
pub fn generate(contracts: &ContractFiles, unsupported: Unsupported) -> Result<Generation, GenerationError> {
    if contracts.openapi.is_none() && contracts.asyncapi.is_none() {
        return Err(GenerationError::NoContract);
    }
    let begun = processor_time();
    let openapi = load(contracts.openapi.as_deref())?;
    let asyncapi = load(contracts.asyncapi.as_deref())?;
    let both = openapi.iter().chain(&asyncapi);
    let files_of = |source: &Source| SourceFiles {
        files: source.paths().to_vec(),
        links: source.links().clone(),
    };
    let sources = both.map(files_of).collect();
    let (read, left_out) = match unsupported {
        Unsupported::Refuse => (Contracts::read(openapi, asyncapi, Language::Plain)?, Vec::new()),
        Unsupported::LeaveOut => Contracts::read_partial(openapi, asyncapi, Language::Plain)?,
    };
    let reading = processor_time().saturating_sub(begun);
    let (files, of_types) = contract_codegen::generate_and_warn(&read, &[])?;
    let stubs = contract_codegen::stubs(&read)?;
    let entry = read.openapi_source().or(read.asyncapi_source());
    let title = entry.and_then(|source| source.at("/info/title")?.as_str());
    Ok(Generation {
        title: title.unwrap_or_default().to_owned(),
        files,
        stubs,
        document: read.openapi_source().map(|source| source.root().clone()),
        events: read.asyncapi_source().map(|source| source.root().clone()),
        warnings: [read.warnings(), &of_types].concat(),
        left_out: left_out.iter().map(ToString::to_string).collect(),
        sources,
        reading,
        writing: processor_time().saturating_sub(begun).saturating_sub(reading),
    })
}

fn load(path: Option<&Path>) -> Result<Option<Source>, GenerationError> {
    let source = path.map(|path| Source::load(path, &Limits::default()));
    Ok(source.transpose()?)
}

/// What this process, which does one thing at a time here, has had of the processor: other than the time of day it does not depend on
/// what else the machine does.
fn processor_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
}
