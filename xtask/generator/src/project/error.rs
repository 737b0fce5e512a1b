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
    #[error("`{0}` cannot be the name of a crate; give another with --name")]
    Name(String),
    /// The project is there and has another name.
    #[error("the crate in {} is `{name}`; rename it in its Cargo.toml, or leave --name out", folder.display())]
    OtherName {
        /// The project.
        folder: PathBuf,
        /// Its name.
        name: String,
    },
    /// The project is made of a contract of a kind that was not named.
    #[error(
        "the crate in {} is made of {} too; name it with --{flag}, or make another crate",
        folder.display(),
        contract.display()
    )]
    Forgotten {
        /// The project.
        folder: PathBuf,
        /// The contract.
        contract: PathBuf,
        /// The flag that names contracts of its kind.
        flag: &'static str,
    },
    /// A crate of types is to become a server.
    #[error("the crate in {} was made without an HTTP contract; make another crate", folder.display())]
    NoServer {
        /// The project.
        folder: PathBuf,
    },
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
