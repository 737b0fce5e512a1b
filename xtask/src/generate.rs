//! `cargo xtask generate`: contracts in, `src/contract/` out.

use std::fs;
use std::path::{Path, PathBuf};

use contract_codegen::{Contracts, GeneratedFile, Source};

use crate::Failure;

/// The folder of generated code.
const FOLDER: &str = "src/contract";

/// Writes the generated code, and removes files that no longer belong to it.
pub(crate) fn run(root: &Path) -> Result<(), Failure> {
    let folder = root.join(FOLDER);
    let files = generated(root)?;
    fs::create_dir_all(&folder)?;
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if !files.iter().any(|file| path == folder.join(file.name)) {
            fs::remove_file(&path)?;
            println!("removed {}", path.display());
        }
    }
    for file in &files {
        let path = folder.join(file.name);
        if fs::read_to_string(&path).ok().as_ref() != Some(&file.text) {
            fs::write(&path, &file.text)?;
            println!("wrote {}", path.display());
        }
    }
    Ok(())
}

/// The names of generated files that are not what the contracts say.
pub(crate) fn stale(root: &Path) -> Result<Vec<PathBuf>, Failure> {
    let folder = root.join(FOLDER);
    let stale = generated(root)?.into_iter().filter_map(|file| {
        let path = folder.join(file.name);
        (fs::read_to_string(&path).ok().as_ref() != Some(&file.text)).then_some(path)
    });
    Ok(stale.collect())
}

/// Reads a contract of this repository.
pub(crate) fn source(root: &Path, name: &str) -> Result<Source, Failure> {
    let path = format!("contracts/{name}");
    let text = fs::read_to_string(root.join(&path)).map_err(|error| Failure(format!("{path}: {error}")))?;
    Ok(Source::parse(&path, &text)?)
}

fn generated(root: &Path) -> Result<Vec<GeneratedFile>, Failure> {
    let contracts = Contracts::read(source(root, "openapi.yaml")?, &source(root, "asyncapi.yaml")?)?;
    Ok(contract_codegen::generate(&contracts)?)
}
