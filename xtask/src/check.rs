//! `cargo xtask check`: the closed loop between the contracts and what the service serves, and the ledger.

use std::fs;
use std::path::Path;

use contract_codegen::grammar::Shape;
use contract_codegen::{
    Difference, Ledger, Source, compatibility_breaks, differences, normal_openapi, resolve_schema,
};
use serde_json::Value;

use crate::error::TaskError;
use crate::generate::source;
use crate::workspace::{Workspace, output};

/// Compares the served documents with the contracts under the normal form, and the event schemas with those that were
/// released; prints the ledger.
pub(crate) fn run(workspace: &Workspace) -> Result<(), TaskError> {
    let root = workspace.root();
    let openapi = source(root, "openapi.yaml")?;
    let asyncapi = source(root, "asyncapi.yaml")?;
    let mut service = workspace.cargo(&["run", "--quiet", "--package", "rollcall", "--", "document"]);
    let served: Value = serde_json::from_str(&output(&mut service)?)
        .map_err(|error| TaskError::Unexpected(format!("`rollcall document` printed no JSON: {error}")))?;

    let mut findings = Vec::new();
    let document = served.get("openapi").unwrap_or(&Value::Null);
    report(
        &mut findings,
        "openapi",
        &differences(&normal_openapi(openapi.root()), &normal_openapi(document)),
    );
    for (key, schemas) in served
        .get("events")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        check_message(&mut findings, &asyncapi, key, schemas);
        check_released(&mut findings, root, key, schemas)?;
    }
    print_ledger("contracts/openapi.yaml", &Ledger::of(&openapi, Shape::OpenApi));
    print_ledger("contracts/asyncapi.yaml", &Ledger::of(&asyncapi, Shape::AsyncApi));
    let overlay = |name: &str| {
        served
            .pointer(&format!("/overlay/{name}"))
            .and_then(Value::as_u64)
            .unwrap_or_default()
    };
    println!(
        "overlay: {} values at {} places, {} bytes of JSON",
        overlay("values"),
        overlay("places"),
        overlay("bytes")
    );
    if findings.is_empty() {
        println!("closed loop: the served document and the event schemas equal the contracts");
        return Ok(());
    }
    Err(TaskError::Unexpected(format!(
        "the loop is open:\n{}",
        findings.join("\n")
    )))
}

fn report(findings: &mut Vec<String>, what: &str, found: &[Difference]) {
    findings.extend(found.iter().map(|difference| format!("{what} {difference}")));
}

/// The schemas that schemars derives from the type of a message against those of the contract.
fn check_message(findings: &mut Vec<String>, asyncapi: &Source, key: &str, schemas: &Value) {
    let pointer = format!("/components/messages/{key}/payload");
    let payload = resolve_schema(asyncapi.root(), asyncapi.at(&pointer).unwrap_or(&Value::Null));
    let data = payload.pointer("/properties/data").cloned().unwrap_or_default();
    for (part, contract) in [("payload", payload), ("data", data)] {
        let derived = schemas.get(part).unwrap_or(&Value::Null);
        report(
            findings,
            &format!("{key} {part}"),
            &differences(&contract, &resolve_schema(derived, derived)),
        );
    }
}

/// The schema of a message's data against every released version of its major version.
fn check_released(
    findings: &mut Vec<String>,
    root: &Path,
    key: &str,
    schemas: &Value,
) -> Result<(), TaskError> {
    let published = schemas.get("path").and_then(Value::as_str).unwrap_or_default();
    let folder = root
        .join("contracts/released")
        .join(published.trim_start_matches('/'));
    let folder = folder.parent().unwrap_or(&folder).to_owned();
    let Ok(entries) = fs::read_dir(&folder) else {
        return Ok(());
    };
    for entry in entries {
        let path = entry
            .map_err(|source| TaskError::File {
                path: folder.clone(),
                source,
            })?
            .path();
        let text = fs::read_to_string(&path).map_err(|source| TaskError::File {
            path: path.clone(),
            source,
        })?;
        let released: Value = serde_json::from_str(&text)
            .map_err(|error| TaskError::Unexpected(format!("{} is no JSON: {error}", path.display())))?;
        let name = path.display();
        let new = schemas.get("published").unwrap_or(&Value::Null);
        if published.ends_with(
            &path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
        ) && released != *new
        {
            findings.push(format!(
                "{key}: {name} is released and must not change; raise x-schema-version"
            ));
        }
        findings.extend(
            compatibility_breaks(&released, new)
                .iter()
                .map(|found| format!("{key} against {name} {found}")),
        );
    }
    Ok(())
}

fn print_ledger(name: &str, ledger: &Ledger) {
    let (enforced, documented, refused) = ledger.counts();
    let sum = ledger.entries.len();
    println!("{name}: {enforced} enforced + {documented} documented + {refused} refused = {sum} pointers");
    for refusal in &ledger.refusals {
        println!("  {refusal}");
    }
}
