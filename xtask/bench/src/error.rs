//! Why a benchmark could not be run to its end.

use std::io;
use std::path::PathBuf;

/// Why a benchmark could not be run to its end.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// Something that the benchmark stands on is not installed, or not built.
    #[error("{what} is missing: {remedy}")]
    Missing {
        /// What it is.
        what: String,
        /// What to do about it.
        remedy: String,
    },
    /// A program ended, or did something else than it should.
    #[error("{program} {what}\n{output}")]
    Program {
        /// Which.
        program: String,
        /// What happened.
        what: String,
        /// The end of what it printed.
        output: String,
    },
    /// A file, a folder or a socket could not be used.
    #[error("cannot use {what}: {source}")]
    Io {
        /// Which.
        what: String,
        /// Why.
        source: io::Error,
    },
    /// What is measured does not do what it is measured for, so that a figure would mean nothing.
    #[error("{subject} cannot be measured: {reason}")]
    Invalid {
        /// What.
        subject: String,
        /// Why.
        reason: String,
    },
    /// A file has not the shape that it should have.
    #[error("{} {reason}", path.display())]
    Document {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Everything was measured, and something of it must not be as it is.
    #[error("{}", .0.join("\n"))]
    Failed(Vec<String>),
    /// What was asked for does not exist or does not fit together.
    #[error("{0}")]
    Arguments(String),
}

impl BenchError {
    /// For `map_err` where a file, folder or socket is used.
    pub fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    /// What cannot be measured, and why.
    pub fn invalid(subject: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid {
            subject: subject.into(),
            reason: reason.into(),
        }
    }
}
