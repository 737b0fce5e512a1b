//! `cargo xtask check`: the closed loop between the contracts and what the service serves, and the ledger.

use contract_codegen::{
    Difference, Language, Ledger, Source, child, differences, normal_openapi, resolve_schema,
};
use serde_json::{Map, Value};

use crate::error::TaskError;
use crate::generate::{released, source};
use crate::release::released_findings;
use crate::workspace::{Workspace, output};

/// Compares the served documents with the contracts under the normal form, and the event schemas with those that were
/// released; prints the ledger.
pub(crate) fn run(workspace: &Workspace) -> Result<(), TaskError> {
    let root = workspace.root();
    let openapi = source(root, "openapi.yaml")?;
    let asyncapi = source(root, "asyncapi.yaml")?;
    let served = served(workspace)?;

    let mut findings = Vec::new();
    let document = served.get("openapi").unwrap_or(&Value::Null);
    report(
        &mut findings,
        "openapi",
        &differences(&normal_openapi(openapi.root()), &normal_openapi(document)),
    );
    let events = served_events(&served);
    check_messages(&mut findings, &asyncapi, &events);
    findings.extend(released_findings(&released(root)?, &events));
    print_ledger("contracts/openapi.yaml", &Ledger::of(&openapi, Language::Service));
    print_ledger(
        "contracts/asyncapi.yaml",
        &Ledger::of(&asyncapi, Language::Service),
    );
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

/// What `rollcall document` prints.
pub(crate) fn served(workspace: &Workspace) -> Result<Value, TaskError> {
    let mut service = workspace.cargo(&["run", "--quiet", "--package", "rollcall", "--", "document"]);
    serde_json::from_str(&output(&mut service)?)
        .map_err(|error| TaskError::Unexpected(format!("`rollcall document` printed no JSON: {error}")))
}

/// The schemas of the messages in what `rollcall document` prints, by key.
pub(crate) fn served_events(served: &Value) -> Map<String, Value> {
    let events = served.get("events").and_then(Value::as_object);
    events.cloned().unwrap_or_default()
}

fn report(findings: &mut Vec<String>, what: &str, found: &[Difference]) {
    findings.extend(found.iter().map(|difference| format!("{what} {difference}")));
}

/// Each message of the contract is one of the service and the other way round, with the same schemas.
fn check_messages(findings: &mut Vec<String>, asyncapi: &Source, events: &Map<String, Value>) {
    let contract = asyncapi.at("/components/messages").and_then(Value::as_object);
    for key in contract.into_iter().flatten().map(|(key, _)| key) {
        if !events.contains_key(key) {
            findings.push(format!("{key}: the service has no such message"));
        }
    }
    for (key, schemas) in events {
        check_message(findings, asyncapi, key, schemas);
    }
}

/// The schemas that schemars derives from the type of a message against those of the contract.
fn check_message(findings: &mut Vec<String>, asyncapi: &Source, key: &str, schemas: &Value) {
    let pointer = child(&child("/components/messages", key), "payload");
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

fn print_ledger(name: &str, ledger: &Ledger) {
    let (enforced, documented, refused) = ledger.counts();
    let sum = enforced + documented + refused;
    println!("{name}: {enforced} enforced + {documented} documented + {refused} refused = {sum} pointers");
    for refusal in &ledger.refusals {
        println!("  {refusal}");
    }
}
