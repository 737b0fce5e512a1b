//! Somebody else's contract. For the proof by mutation its crate is made in a temporary folder, built and asked what it derives.

use std::fs;
use std::path::Path;
use std::process::Command;

use contract_codegen::mutate;
use contract_codegen::{
    Contracts, GeneratedFile, Language, Ledger, Limits, ReadEvents, Shares, Source, differences,
    normal_openapi,
};
use rollcall_generator::generation::{ContractFiles, Unsupported};
use rollcall_generator::project::{self, ProjectOptions};
use serde_json::Value;

use super::mutation::{Regeneration, prove};
use super::{CheckArguments, print_ledger, print_shares, print_warnings, verdict};
use crate::error::TaskError;
use crate::workspace::{Workspace, output};

/// The name of the crate that is made.
const NAME: &str = "checked_contract";

/// What a crate prints of an HTTP contract: the derived document.
const HTTP_EXAMPLE: &str = "let derived = checked_contract::contract::api::derived();
    println!(\"{}\", derived.unwrap_or_else(|error| panic!(\"no document can be derived: {error}\")));";

/// What a crate prints of an event contract: the schemas that are derived of the types of the messages, and the document.
const EVENTS_EXAMPLE: &str = "let api = &checked_contract::contract::events::API;
    println!(\"[{},{}]\", api.derived_schemas(), api.document);";

/// Prints what the generator says of a contract; with mutants, what the code that it makes derives.
pub(super) fn run(workspace: &Workspace, file: &Path, arguments: &CheckArguments) -> Result<(), TaskError> {
    let source = Source::load(file, &Limits::default())?;
    let ledger = Ledger::of(&source, Language::Plain);
    print_ledger(&file.display().to_string(), &ledger);
    let again = Source::load(file, &Limits::default())?;
    let contracts = if source.dialect().is_openapi() {
        Contracts::read(again, None, Language::Plain)?
    } else {
        Contracts::read(None, again, Language::Plain)?
    };
    print_warnings(contracts.warnings());
    if let Some(events) = contracts.events() {
        if arguments.mutate {
            return mutate_events(workspace, file, &source, events, arguments);
        }
        return Ok(());
    }
    print_shares(&Shares::of(&source, Language::Plain));
    if !arguments.mutate {
        return Ok(());
    }
    let derived = normal_openapi(&derived(workspace, file, HTTP_EXAMPLE)?);
    let found = differences(&normal_openapi(source.root()), &derived);
    let mut findings: Vec<String> = found.iter().map(ToString::to_string).collect();
    if findings.is_empty() {
        let generate = |changed: &Value| generated(changed);
        findings = prove(
            &file.display().to_string(),
            &source,
            Language::Plain,
            |mutants| {
                let survivors = mutate::survivors(mutants, source.root(), &derived);
                survivors.iter().map(ToString::to_string).collect()
            },
            &Regeneration {
                generate: &generate,
                count: arguments.regenerate,
                shown_beside: None,
            },
        );
    }
    verdict(&findings, "the derived document equals the contract")
}

/// The schemas of the messages must show every change that concerns them. The rest of the contract is in constants; what is in no other
/// than the document itself is counted, since that one shows everything.
fn mutate_events(
    workspace: &Workspace,
    file: &Path,
    source: &Source,
    events: &ReadEvents,
    arguments: &CheckArguments,
) -> Result<(), TaskError> {
    let printed = derived(workspace, file, EVENTS_EXAMPLE)?;
    let (Some(schemas), Some(document)) = (printed.get(0), printed.get(1)) else {
        return Err(TaskError::Unexpected(
            "the crate printed no schemas and no document".to_owned(),
        ));
    };
    let mut found = events.differences(schemas);
    found.extend(ReadEvents::document_differences(source, document));
    let mut findings: Vec<String> = found.iter().map(ToString::to_string).collect();
    if findings.is_empty() {
        let generate = |changed: &Value| {
            let files = generated(changed)?.into_iter();
            Some(files.map(without_document).collect())
        };
        findings = prove(
            &file.display().to_string(),
            source,
            Language::Plain,
            |mutants| {
                let survivors = mutate::event_survivors(mutants, source, events, schemas);
                survivors.iter().map(ToString::to_string).collect()
            },
            &Regeneration {
                generate: &generate,
                count: arguments.regenerate,
                shown_beside: Some("`API.document` alone"),
            },
        );
    }
    verdict(
        &findings,
        "the schemas of the messages and `API.document` equal the contract",
    )
}

/// The code of a contract, unless it is refused.
fn generated(contract: &Value) -> Option<Vec<GeneratedFile>> {
    let source = Source::parse("contract.json", &contract.to_string()).ok()?;
    let contracts = if source.dialect().is_openapi() {
        Contracts::read(source, None, Language::Plain)
    } else {
        Contracts::read(None, source, Language::Plain)
    };
    contract_codegen::generate(&contracts.ok()?, &[]).ok()
}

/// The file up to the constant that is the contract as it was written.
fn without_document(mut file: GeneratedFile) -> GeneratedFile {
    if let Some(end) = file.text.find("\nconst DOCUMENT: &str") {
        file.text.truncate(end);
    }
    file
}

/// What the code of a contract derives.
fn derived(workspace: &Workspace, file: &Path, example: &str) -> Result<Value, TaskError> {
    let folder = tempfile::tempdir().map_err(|source| TaskError::File {
        path: std::env::temp_dir(),
        source,
    })?;
    let (openapi, asyncapi) = match example {
        HTTP_EXAMPLE => (Some(file.to_owned()), None),
        _ => (None, Some(file.to_owned())),
    };
    let contracts = ContractFiles { openapi, asyncapi };
    let options = ProjectOptions {
        checkout: workspace.root().to_owned(),
        name: Some(NAME.to_owned()),
        unsupported: Unsupported::Refuse,
        standalone: true,
    };
    let crate_folder = folder.path().join(NAME);
    project::scaffold(&crate_folder, &contracts, &options)?;
    let path = crate_folder.join("examples/document.rs");
    let text = format!("//! Prints what is derived.\n\nfn main() {{\n    {example}\n}}\n");
    let written = fs::create_dir_all(crate_folder.join("examples")).and_then(|()| fs::write(&path, text));
    written.map_err(|source| TaskError::File { path, source })?;
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(&crate_folder)
        .env("CARGO_TARGET_DIR", workspace.target().join("checked"))
        .args(["run", "--quiet", "--example", "document"]);
    serde_json::from_str(&output(&mut cargo)?).map_err(|error| {
        TaskError::Unexpected(format!(
            "the crate of {} printed no JSON: {error}",
            file.display()
        ))
    })
}
