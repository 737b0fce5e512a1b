//! Somebody else's contract. For the proof by mutation its crate is made in a temporary folder, built and asked what it derives.

use std::fs;
use std::path::Path;
use std::process::Command;

use contract_codegen::mutate;
use contract_codegen::{Contracts, Language, Ledger, Limits, Shares, Source, differences, normal_openapi};
use rollcall_generator::generation::{ContractFiles, Unsupported};
use rollcall_generator::project::{self, ProjectOptions};
use serde_json::Value;

use super::mutation::{Regeneration, prove};
use super::{CheckArguments, print_ledger, print_shares, print_warnings, verdict};
use crate::error::TaskError;
use crate::workspace::{Workspace, output};

/// The name of the crate that is made.
const NAME: &str = "checked_contract";

/// Prints what the generator says of a contract; with mutants, what the code that it makes derives.
pub(super) fn run(workspace: &Workspace, file: &Path, arguments: &CheckArguments) -> Result<(), TaskError> {
    let source = Source::load(file, &Limits::default())?;
    let ledger = Ledger::of(&source, Language::Plain);
    print_ledger(&file.display().to_string(), &ledger);
    let is_openapi = source.dialect().is_openapi();
    let again = Source::load(file, &Limits::default())?;
    let contracts = if is_openapi {
        Contracts::read(again, None, Language::Plain)?
    } else {
        Contracts::read(None, again, Language::Plain)?
    };
    print_warnings(contracts.warnings());
    if !is_openapi {
        return Ok(());
    }
    print_shares(&Shares::of(&source, Language::Plain));
    if !arguments.mutate {
        return Ok(());
    }
    let derived = normal_openapi(&derived(workspace, file)?);
    let found = differences(&normal_openapi(source.root()), &derived);
    let mut findings: Vec<String> = found.iter().map(ToString::to_string).collect();
    if findings.is_empty() {
        let generate = |changed: &Value| {
            let source = Source::parse("contract.json", &changed.to_string()).ok()?;
            let contracts = Contracts::read(source, None, Language::Plain).ok()?;
            contract_codegen::generate(&contracts, &[]).ok()
        };
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

/// What the code of a contract derives.
fn derived(workspace: &Workspace, file: &Path) -> Result<Value, TaskError> {
    let folder = tempfile::tempdir().map_err(|source| TaskError::File {
        path: std::env::temp_dir(),
        source,
    })?;
    let contracts = ContractFiles {
        openapi: Some(file.to_owned()),
        asyncapi: None,
    };
    let options = ProjectOptions {
        checkout: workspace.root().to_owned(),
        name: Some(NAME.to_owned()),
        unsupported: Unsupported::Refuse,
        standalone: true,
    };
    let crate_folder = folder.path().join(NAME);
    project::scaffold(&crate_folder, &contracts, &options)?;
    let example = crate_folder.join("examples/document.rs");
    let text = format!(
        "//! Prints the derived document.\n\nfn main() {{\n    let derived = {NAME}::contract::api::derived();\n    \
         println!(\"{{}}\", derived.unwrap_or_else(|error| panic!(\"no document can be derived: {{error}}\")));\n}}\n"
    );
    let written = fs::create_dir_all(crate_folder.join("examples")).and_then(|()| fs::write(&example, text));
    written.map_err(|source| TaskError::File {
        path: example.clone(),
        source,
    })?;
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
