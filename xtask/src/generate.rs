//! `cargo xtask generate`: contracts in, `src/contract/` out.

use std::fs;
use std::path::Path;

use contract_codegen::{Contracts, GeneratedFile, Language, ReleasedSchema, Source};

use crate::error::TaskError;
use crate::workspace::Workspace;

/// Writes the generated code and removes files that no longer belong to it; with `verify` only compares it with what is
/// committed.
pub(crate) fn run(workspace: &Workspace, verify: bool) -> Result<(), TaskError> {
    let folder = workspace.root().join("src/contract");
    let files = generated(workspace.root())?;
    let stale = files
        .iter()
        .filter(|file| fs::read_to_string(folder.join(file.name)).ok().as_ref() != Some(&file.text));
    if verify {
        let names: Vec<&str> = stale.map(|file| file.name).collect();
        if names.is_empty() {
            println!("src/contract/ is what the contracts say ({} files)", files.len());
            return Ok(());
        }
        let names = names.join(", ");
        return Err(TaskError::Unexpected(format!(
            "src/contract/ is stale ({names}); run `cargo xtask generate`"
        )));
    }
    fs::create_dir_all(&folder).map_err(|source| TaskError::File {
        path: folder.clone(),
        source,
    })?;
    for file in stale {
        let path = folder.join(file.name);
        fs::write(&path, &file.text).map_err(|source| TaskError::File {
            path: path.clone(),
            source,
        })?;
        println!("wrote {}", path.display());
    }
    remove_strangers(&folder, &files)
}

fn remove_strangers(folder: &Path, files: &[GeneratedFile]) -> Result<(), TaskError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| TaskError::File { path, source }
    };
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        if !files.iter().any(|file| path == folder.join(file.name)) {
            fs::remove_file(&path).map_err(failed(&path))?;
            println!("removed {}", path.display());
        }
    }
    Ok(())
}

/// Reads a contract of this repository.
pub(crate) fn source(root: &Path, name: &str) -> Result<Source, TaskError> {
    let name = format!("contracts/{name}");
    let path = root.join(&name);
    let text = fs::read_to_string(&path).map_err(|source| TaskError::File { path, source })?;
    Ok(Source::parse(&name, &text)?)
}

/// Reads the schemas that were released.
pub(crate) fn released(root: &Path) -> Result<Vec<ReleasedSchema>, TaskError> {
    ReleasedSchema::all(root).map_err(|source| TaskError::File {
        path: root.join("contracts/released"),
        source,
    })
}

fn generated(root: &Path) -> Result<Vec<GeneratedFile>, TaskError> {
    let contracts = Contracts::read(
        source(root, "openapi.yaml")?,
        source(root, "asyncapi.yaml")?,
        Language::Service,
    )?;
    contract_codegen::generate(&contracts, &released(root)?)
        .map_err(|error| TaskError::Unexpected(format!("the generated code is no Rust: {error}")))
}
