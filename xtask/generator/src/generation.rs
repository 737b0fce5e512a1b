//! Contracts in, the text of a crate's `src/contract/` out: the one place that knows how the generator is called.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use contract_codegen::{Contracts, GeneratedFile, Language, Limits, Refusals, Source, Warning};
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
    /// What is shown although a reader would expect that it is enforced.
    pub warnings: Vec<Warning>,
    /// The operations that were left out, and why.
    pub left_out: Vec<String>,
    /// The files that the contracts consist of.
    pub sources: Vec<PathBuf>,
    /// How long it took to read the contracts.
    pub reading: Duration,
    /// How long it took to make code of them.
    pub writing: Duration,
}

/// Why nothing was generated.
#[derive(Debug, thiserror::Error)]
pub enum GenerationError {
    /// No contract was named.
    #[error("there is no contract to generate from")]
    NoContract,
    /// A contract cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A contract cannot be taken over.
    #[error("{0}")]
    Refused(#[from] Refusals),
    /// The generator wrote something that is no Rust, which is a fault of its own.
    #[error("the generated code is no Rust: {0}")]
    NoRust(#[from] syn::Error),
}

/// Reads the contracts and makes code of them.
pub fn generate(contracts: &ContractFiles, _unsupported: Unsupported) -> Result<Generation, GenerationError> {
    let begun = Instant::now();
    let openapi = contracts.openapi.as_deref().ok_or(GenerationError::NoContract)?;
    let source = load(openapi)?;
    let document = source.root().clone();
    let asyncapi = contracts.asyncapi.as_deref().map(load).transpose()?;
    let reading = begun.elapsed();
    let read = Contracts::read(source, asyncapi, Language::Plain)?;
    let files = contract_codegen::generate(&read, &[])?;
    Ok(Generation {
        title: document
            .pointer("/info/title")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        files,
        stubs: None,
        document: Some(document),
        warnings: read.warnings().to_vec(),
        left_out: Vec::new(),
        sources: contracts
            .openapi
            .iter()
            .chain(&contracts.asyncapi)
            .cloned()
            .collect(),
        reading,
        writing: begun.elapsed().saturating_sub(reading),
    })
}

fn load(path: &Path) -> Result<Source, GenerationError> {
    Ok(Source::load(path, &Limits::default())?)
}
