//! A project that is there: what is generated follows the contracts, what is the team's stays.

use std::fs;
use std::path::{Path, PathBuf};

use super::changes::Changes;
use super::error::{ProjectError, at};
use super::files;
use super::manifest::{self, Remembered};
use super::{Project, ProjectOptions, create, sources, stubs};
use crate::generation::{self, ContractFiles, Generation};

/// Brings a project up to contracts that lie elsewhere.
pub(super) fn update(
    folder: &Path,
    contracts: &ContractFiles,
    options: &ProjectOptions,
) -> Result<Project, ProjectError> {
    let remembered = manifest::remembered(folder)?;
    check(folder, contracts, options, &remembered)?;
    let generation = generation::generate(contracts, options.unsupported)?;
    let mut changes = Changes::of(folder)?;
    let copied = sources::copy(contracts, &generation, &changes.path())?;
    changes.replace(Path::new("contracts"));
    let manifest = manifest::remembering(folder, &copied, options.unsupported)?;
    changes.write(Path::new("Cargo.toml"), &manifest)?;
    let tests = follow(folder, &remembered, &copied, &mut changes)?;
    let mut project = settle(folder, remembered.name, generation, changes)?;
    project.written.extend(tests);
    Ok(project)
}

/// Whether the project can be brought up to these contracts: nothing that was said is passed over.
fn check(
    folder: &Path,
    contracts: &ContractFiles,
    options: &ProjectOptions,
    remembered: &Remembered,
) -> Result<(), ProjectError> {
    let folder = folder.to_owned();
    if options.name.as_ref().is_some_and(|name| *name != remembered.name) {
        let name = remembered.name.clone();
        return Err(ProjectError::OtherName { folder, name });
    }
    let was = &remembered.contracts;
    let kinds = [
        (&was.openapi, &contracts.openapi, "openapi"),
        (&was.asyncapi, &contracts.asyncapi, "asyncapi"),
    ];
    for (was, is, flag) in kinds {
        if let (Some(contract), None) = (was, is) {
            let contract = contract.clone();
            return Err(ProjectError::Forgotten {
                folder,
                contract,
                flag,
            });
        }
    }
    if was.openapi.is_none() && contracts.openapi.is_some() {
        return Err(ProjectError::NoServer { folder });
    }
    Ok(())
}

/// The tests name the contracts: they follow where these are called otherwise now, and there is one for a kind that is new.
fn follow(
    folder: &Path,
    was: &Remembered,
    is: &ContractFiles,
    changes: &mut Changes,
) -> Result<Vec<PathBuf>, ProjectError> {
    let mut written = Vec::new();
    let tests = [
        (&was.contracts.openapi, &is.openapi, "tests/closed_loop.rs"),
        (
            &was.contracts.asyncapi,
            &is.asyncapi,
            "tests/closed_loop_events.rs",
        ),
    ];
    for (was_called, is_called, test) in tests {
        let Some(is_called) = is_called else { continue };
        let present = fs::read_to_string(folder.join(test)).ok();
        let text = match (was_called, &present) {
            (Some(was_called), Some(text)) => {
                text.replace(&create::literal(was_called), &create::literal(is_called))
            }
            (None, None) => create::events_test(&was.name, is),
            _ => continue,
        };
        if present.as_ref() != Some(&text) {
            changes.write(Path::new(test), &text)?;
            written.push(PathBuf::from(test));
        }
    }
    Ok(written)
}

/// Generates a project again from its own copies.
pub(super) fn regenerate(folder: &Path, verify: bool) -> Result<Project, ProjectError> {
    let remembered = manifest::remembered(folder)?;
    let place = |path: Option<PathBuf>| path.map(|path| folder.join(path));
    let contracts = ContractFiles {
        openapi: place(remembered.contracts.openapi),
        asyncapi: place(remembered.contracts.asyncapi),
    };
    let generation = generation::generate(&contracts, remembered.unsupported)?;
    if !verify {
        return settle(folder, remembered.name, generation, Changes::of(folder)?);
    }
    let stale = stale(folder, &generation)?;
    if stale.is_empty() {
        return finish(folder, remembered.name, generation, Vec::new());
    }
    let files: Vec<String> = stale.iter().map(|path| path.display().to_string()).collect();
    Err(ProjectError::Stale {
        folder: folder.to_owned(),
        files: files.join(", "),
    })
}

/// Changes the project, with the generated code if that is not as it would be now.
fn settle(
    folder: &Path,
    name: String,
    generation: Generation,
    mut changes: Changes,
) -> Result<Project, ProjectError> {
    let stale = stale(folder, &generation)?;
    if !stale.is_empty() {
        let code = Path::new("src/contract");
        for file in &generation.files {
            files::write(&changes.path().join(code).join(file.name), &file.text)?;
        }
        changes.replace(code);
    }
    let project = finish(folder, name, generation, stale)?;
    changes.apply()?;
    Ok(project)
}

fn finish(
    folder: &Path,
    name: String,
    generation: Generation,
    written: Vec<PathBuf>,
) -> Result<Project, ProjectError> {
    let drift = stubs::drift(
        generation.stubs.as_deref().unwrap_or_default(),
        &folder.join("src"),
    )?;
    Ok(Project {
        generation,
        name,
        is_new: false,
        written,
        new_stubs: drift.missing,
        gone: drift.gone,
    })
}

/// The generated files that are not what they would be now, and those that would not be any more.
fn stale(folder: &Path, generation: &Generation) -> Result<Vec<PathBuf>, ProjectError> {
    let code = Path::new("src/contract");
    let mut stale: Vec<PathBuf> = generation
        .files
        .iter()
        .filter(|file| {
            fs::read_to_string(folder.join(code).join(file.name))
                .ok()
                .as_ref()
                != Some(&file.text)
        })
        .map(|file| code.join(file.name))
        .collect();
    let present = folder.join(code);
    if present.is_dir() {
        for entry in fs::read_dir(&present).map_err(at(&present))? {
            let name = entry.map_err(at(&present))?.file_name();
            if !generation.files.iter().any(|file| name == file.name) {
                stale.push(code.join(name));
            }
        }
    }
    Ok(stale)
}
