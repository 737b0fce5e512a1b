//! Why a project command failed.

use std::path::PathBuf;

use rollcall_generator::generation::GenerationError;
use rollcall_generator::project::ProjectError;

/// Why a project command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TaskError {
    /// A program that was run ended with a failure; it said itself why.
    #[error("`{command}` failed with {status}")]
    CommandFailed {
        /// The command line.
        command: String,
        /// How it ended.
        status: std::process::ExitStatus,
    },
    /// A program could not be run.
    #[error("cannot run `{command}`: {source}")]
    CannotRun {
        /// The command line.
        command: String,
        /// Why.
        source: std::io::Error,
    },
    /// A file could not be read or written.
    #[error("cannot use {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The tests need something that is not installed and that may not be installed here.
    #[error("the tests need what is not installed:\n{0}")]
    Missing(String),
    /// A flag has a value that it cannot have.
    #[error("{0}")]
    Argument(String),
    /// A contract cannot be taken over.
    #[error("{0}")]
    Contract(#[from] contract_codegen::Refusals),
    /// A project could not be made.
    #[error("{0}")]
    Project(#[from] ProjectError),
    /// What a program printed is not what it should be.
    #[error("{0}")]
    Unexpected(String),
    /// A step of `cargo xtask test` failed.
    #[error("step {step} failed: {reason}")]
    Step {
        /// The step's name.
        step: &'static str,
        /// Why.
        reason: Box<TaskError>,
    },
}

impl TaskError {
    /// What is told of it: each refusal of a contract for itself.
    pub(crate) fn lines(&self) -> Vec<String> {
        match self {
            Self::Contract(refusals)
            | Self::Project(ProjectError::Generation(GenerationError::Refused(refusals))) => {
                refusals.0.iter().map(ToString::to_string).collect()
            }
            _ => vec![self.to_string()],
        }
    }

    /// The exit code: 2 when the machine lacks something or the command line is wrong, otherwise 1.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Missing(_) | Self::Argument(_) => 2,
            Self::Step { reason, .. } => reason.exit_code(),
            _ => 1,
        }
    }
}
