//! Why a corpus could not be run at all.

use std::path::{Path, PathBuf};

/// Why a corpus could not be run at all. What becomes of a document is no error but a record.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// There is nothing to do.
    #[error("{} holds no OpenAPI or AsyncAPI document that was asked for", .0.display())]
    Empty(PathBuf),
    /// A file could not be read or written.
    #[error("cannot use {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A program could not be run.
    #[error("cannot run {program}: {source}")]
    Program {
        /// Which.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// Cargo failed before it came to any document.
    #[error("cargo could not build what all documents need:\n{0}")]
    Cargo(String),
    /// A contract that was taken over cannot be read again.
    #[error("{0}")]
    Contract(contract_codegen::Refusals),
    /// What a process said cannot be understood.
    #[error("{what} cannot be understood: {source}")]
    Json {
        /// What was read.
        what: String,
        /// Why.
        source: serde_json::Error,
    },
}

pub(super) fn at(path: &Path) -> impl FnOnce(std::io::Error) -> CorpusError {
    let path = path.to_owned();
    move |source| CorpusError::File { path, source }
}
