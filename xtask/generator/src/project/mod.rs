//! A crate of its own, made of contracts: `cargo xtask new`.
//!
//! Everything below `src/contract/` and `contracts/` belongs to the generator and is replaced whenever it runs; everything else is
//! written once and then belongs to the team. What is written appears at once or not at all: it is put together in a
//! folder beside, which then takes its place.

mod changes;
mod create;
mod error;
mod files;
mod manifest;
mod sources;
mod stubs;
mod update;

use std::path::{Path, PathBuf};

pub use error::ProjectError;

use crate::generation::{ContractFiles, Generation, Unsupported};

/// What a project is made with.
#[derive(Debug, Clone)]
pub struct ProjectOptions {
    /// The checkout whose crates the project depends on.
    pub checkout: PathBuf,
    /// The name of the crate; that of its folder where none is given.
    pub name: Option<String>,
    /// What is done with operations that cannot be taken over.
    pub unsupported: Unsupported,
    /// Whether the crate is a workspace of its own; one that becomes a member of another is not.
    pub standalone: bool,
}

/// What became of a project.
#[derive(Debug)]
pub struct Project {
    /// What was generated.
    pub generation: Generation,
    /// The crate's name.
    pub name: String,
    /// Whether it was not there before.
    pub is_new: bool,
    /// The files that were written, below the project's folder.
    pub written: Vec<PathBuf>,
    /// The handlers that the trait wants and no file of the project has, as text to copy.
    pub new_stubs: Vec<String>,
    /// The handlers that the project has and the trait does not want any more, by name.
    pub gone: Vec<String>,
}

/// Makes a project in `folder`, or brings the one that is there up to the contracts.
pub fn scaffold(
    folder: &Path,
    contracts: &ContractFiles,
    options: &ProjectOptions,
) -> Result<Project, ProjectError> {
    if manifest::is_project(folder)? {
        return update::update(folder, contracts, options);
    }
    if !files::is_vacant(folder)? {
        return Err(ProjectError::Foreign(folder.to_owned()));
    }
    create::create(folder, contracts, options)
}

/// Generates a project again from the contracts that it holds itself. With `verify`, nothing is written, and what would
/// be written is an error.
pub fn regenerate(folder: &Path, verify: bool) -> Result<Project, ProjectError> {
    update::regenerate(folder, verify)
}
