//! Why a project could not be made.

use std::path::{Path, PathBuf};

use crate::generation::GenerationError;

/// Why a project could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// The folder holds something else.
    #[error("{} is not empty and was not made by this command; name another folder", .0.display())]
    Foreign(PathBuf),
    /// There is no project to generate again.
    #[error("{} holds no project that `cargo xtask new` made", .0.display())]
    NoProject(PathBuf),
    /// The name is no name of a crate.
    #[error("`{0}` cannot be the name of a crate; give one with --name")]
    Name(String),
    /// The manifest cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    Manifest {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A file could not be read or written.
    #[error("cannot use {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Nothing was generated.
    #[error("{0}")]
    Generation(#[from] GenerationError),
    /// What is there is not what the contracts say.
    #[error("{} is stale ({files}); run `cargo xtask generate {}`", folder.display(), folder.display())]
    Stale {
        /// The project.
        folder: PathBuf,
        /// The files that differ.
        files: String,
    },
}

/// Names the file in which something went wrong.
pub(crate) fn at(path: &Path) -> impl FnOnce(std::io::Error) -> ProjectError {
    let path = path.to_owned();
    move |source| ProjectError::File { path, source }
}
