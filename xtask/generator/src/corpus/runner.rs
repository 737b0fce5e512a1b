//! The program that holds the projects of a batch: it prints the document that the running code of one of them derives.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::error::{CorpusError, at};
use super::{CorpusOptions, process};

/// The name of the program's package.
pub(super) const PACKAGE: &str = "corpus-runner";

/// The derived document, beside the project.
pub(super) const DERIVED: &str = "derived.json";

/// What stands in `src/lib.rs` of a project of a batch: its code as the project has it, and a way to it that is the
/// same for all.
pub(super) const LIBRARY: &str = "\
//! A document of the corpus.

#![deny(warnings)]

pub mod contract;
pub mod handlers;

/// The derived document.
#[must_use]
pub fn document() -> serde_json::Value {
    contract::api::document()
}

/// The API, answered by the stubs.
#[must_use]
pub fn endpoint() -> poem::endpoint::BoxEndpoint<'static> {
    use poem::EndpointExt as _;
    contract::api::endpoint(std::sync::Arc::new(handlers::Handlers)).map_to_response().boxed()
}
";

/// Writes the program that holds these projects.
pub(super) fn write(folder: &Path, slugs: &[&str]) -> Result<(), CorpusError> {
    let dependency = |slug: &&str| format!("{slug} = {{ path = \"../documents/{slug}\" }}\n");
    let manifest = format!(
        "[package]\nname = \"{PACKAGE}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nserde_json = \"1\"\n{}",
        slugs.iter().map(dependency).collect::<Vec<_>>().concat()
    );
    let arm = |slug: &&str| format!("        \"{slug}\" => {slug}::document(),\n");
    let arms = slugs.iter().map(arm).collect::<Vec<_>>().concat();
    let main = format!(
        "fn main() {{\n    let name = std::env::args().nth(1).unwrap_or_default();\n    let document: serde_json::Value = \
         match name.as_str() {{\n{arms}        _ => std::process::exit(2),\n    }};\n    println!(\"{{document}}\");\n}}\n"
    );
    let source = folder.join("src");
    fs::create_dir_all(&source).map_err(at(&source))?;
    fs::write(folder.join("Cargo.toml"), manifest).map_err(at(folder))?;
    fs::write(source.join("main.rs"), main).map_err(at(&source))
}

/// Has the program print the document of a project, into a file beside the project. Gives why it could not.
pub(super) fn derive(
    program: &Path,
    slug: &str,
    folder: &Path,
    options: &CorpusOptions,
) -> Result<Option<String>, CorpusError> {
    let ended = process::run(Command::new(program).arg(slug), &options.out, options.seconds_max)?;
    if !ended.is_success() {
        return Ok(Some(ended.complaint()));
    }
    let path = folder.join(DERIVED);
    fs::write(&path, ended.output).map_err(at(&path))?;
    Ok(None)
}
