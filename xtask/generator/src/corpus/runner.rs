//! The program that holds the projects of a batch: it prints the document that the running code of one of them derives.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::error::{CorpusError, at};
use super::{Answers, CorpusOptions, process};

/// The name of the program's package.
pub(super) const PACKAGE: &str = "corpus-runner";

/// The package of what all projects share.
pub(super) const SHARED: &str = "corpus-shared";

/// What a project has that serves an API.
pub(super) const HANDLERS: &str = "src/handlers.rs";

/// The derived document, beside the project.
pub(super) const DERIVED: &str = "derived.json";

/// Requests to one API, and responses of it, take no longer.
const REQUEST_SECONDS_MAX: u64 = 600;

/// What stands in `src/lib.rs` of a project of a batch: its code as the project has it, and a way to it that is the
/// same for all.
pub(super) const LIBRARY: &str = "\
//! A document of the corpus.

#![deny(warnings)]
#![allow(confusable_idents, mixed_script_confusables, uncommon_codepoints)]

pub mod contract;
pub mod handlers;

/// The derived document.
#[must_use]
pub fn document() -> serde_json::Value {
    let derived = contract::api::derived();
    derived.unwrap_or_else(|error| panic!(\"no document can be derived: {error}\"))
}

/// The API, answered by the stubs.
#[must_use]
pub fn endpoint() -> poem::endpoint::BoxEndpoint<'static> {
    use poem::EndpointExt as _;
    contract::api::endpoint(std::sync::Arc::new(handlers::Handlers)).map_to_response().boxed()
}

/// Why the API does not declare a response of an operation.
pub fn check(
    (method, path): (&str, &str),
    status: u16,
    fields: &[(String, String)],
    body: &[u8],
) -> Result<(), String> {
    use poem::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
    let mut operations = contract::api::API.operations.iter();
    let operation = operations.find(|operation| *operation.method == method && operation.path == path);
    let operation = operation.unwrap_or_else(|| panic!(\"there is no {method} {path}\"));
    let status = StatusCode::from_u16(status).expect(\"a status\");
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        let name: HeaderName = name.parse().expect(\"the name of a header\");
        headers.append(name, HeaderValue::from_str(value).expect(\"the value of a header\"));
    }
    let checked = operation.check_response(status, &headers, body);
    checked.map_err(|undeclared| format!(\"{undeclared} {:?}\", undeclared.violations()))
}
";

/// The same for a project that has only events: what is derived are the schemas of its messages, and what it has of the contract is the
/// document.
pub(super) const EVENT_LIBRARY: &str = "\
//! A document of the corpus.

#![deny(warnings)]
#![allow(confusable_idents, mixed_script_confusables, uncommon_codepoints)]

pub mod contract;

/// The derived schemas and the document.
#[must_use]
pub fn document() -> serde_json::Value {
    let api = &contract::events::API;
    let document = serde_json::from_str(api.document).unwrap_or_default();
    serde_json::Value::Array(vec![api.derived_schemas(), document])
}
";

/// Writes the program that holds these projects.
pub(super) fn write(folder: &Path, slugs: &[&str], options: &CorpusOptions) -> Result<(), CorpusError> {
    let dependency = |slug: &&str| format!("{slug} = {{ path = \"../documents/{slug}\" }}\n");
    let manifest = format!(
        "{}{}",
        manifest(PACKAGE, options),
        slugs.iter().map(dependency).collect::<Vec<_>>().concat()
    );
    let arm = |slug: &&str| {
        let has_http = folder
            .with_file_name("documents")
            .join(slug)
            .join(HANDLERS)
            .exists();
        let api = if has_http {
            format!("Some(Api {{ endpoint: {slug}::endpoint, check: {slug}::check }})")
        } else {
            "None".to_owned()
        };
        format!("        \"{slug}\" => ({slug}::document, {api}),\n")
    };
    let arms = slugs.iter().map(arm).collect::<Vec<_>>().concat();
    let main = include_str!("../../templates/runner.rs").replace("        // the projects\n", &arms);
    let source = folder.join("src");
    fs::create_dir_all(&source).map_err(at(&source))?;
    fs::write(folder.join("Cargo.toml"), manifest).map_err(at(folder))?;
    fs::write(source.join("main.rs"), main).map_err(at(&source))
}

/// Writes a package that needs what the program needs beside the projects. It is built with them, so that what all of them share is built
/// with the same features before the program is there and after.
pub(super) fn write_shared(folder: &Path, options: &CorpusOptions) -> Result<(), CorpusError> {
    let source = folder.join("src");
    fs::create_dir_all(&source).map_err(at(&source))?;
    fs::write(folder.join("Cargo.toml"), manifest(SHARED, options)).map_err(at(folder))?;
    fs::write(source.join("lib.rs"), "").map_err(at(&source))
}

fn manifest(name: &str, options: &CorpusOptions) -> String {
    let oracle = options.checkout.join("xtask/generator/oracle");
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         contract-oracle = {{ path = {:?} }}\n\
         poem = {{ version = \"3\", default-features = false }}\nserde_json = \"1\"\n\
         tokio = {{ version = \"1\", features = [\"rt\"] }}\n",
        oracle.to_string_lossy()
    )
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

/// Has the program send requests to the API of a project and ask it about responses, and the oracle judge both.
pub(super) fn ask(
    program: &Path,
    slug: &str,
    folder: &Path,
    options: &CorpusOptions,
) -> Result<Result<Answers, String>, CorpusError> {
    let mut command = Command::new(program);
    command
        .arg(slug)
        .arg(folder.join(super::one::CONTRACT))
        .arg(options.requests.to_string())
        .arg(options.responses.to_string())
        .arg(options.selection.seed.to_string());
    let ended = process::run(&mut command, &options.out, REQUEST_SECONDS_MAX)?;
    if !ended.is_success() {
        return Ok(Err(ended.complaint()));
    }
    let answers: Answers = serde_json::from_str(&ended.output).map_err(|source| CorpusError::Json {
        what: format!("what {slug} answered"),
        source,
    })?;
    Ok(Ok(answers))
}
