//! Rollcall's own contracts against what the program derives.

use std::collections::HashSet;

use contract_codegen::{
    Contracts, Difference, GeneratedFile, Language, Ledger, ReleasedSchema, Rooted, Shares, Source, child,
    differences, mutate, normal_openapi, schema_differences,
};
use serde_json::{Map, Value};

use super::mutation::{Regeneration, prove};
use super::{CheckArguments, print_ledger, print_shares, verdict};
use crate::error::TaskError;
use crate::generate::{released, source};
use crate::release::released_findings;
use crate::workspace::{Workspace, output};

/// Compares the served documents with the contracts under the normal form, and the event schemas with those that were
/// released; prints the ledger.
pub(super) fn run(workspace: &Workspace, arguments: &CheckArguments) -> Result<(), TaskError> {
    let root = workspace.root();
    let openapi = source(root, "openapi.yaml")?;
    let asyncapi = source(root, "asyncapi.yaml")?;
    let served = served(workspace)?;

    let mut findings = Vec::new();
    let document = normal_openapi(served.get("openapi").unwrap_or(&Value::Null));
    report(
        &mut findings,
        "openapi",
        &differences(&normal_openapi(openapi.root()), &document),
    );
    let events = served_events(&served);
    check_messages(&mut findings, &asyncapi, &events);
    let released = released(root)?;
    findings.extend(released_findings(&released, &events));
    print_ledger("contracts/openapi.yaml", &Ledger::of(&openapi, Language::Service));
    print_ledger(
        "contracts/asyncapi.yaml",
        &Ledger::of(&asyncapi, Language::Service),
    );
    print_shares(&Shares::of(&openapi, Language::Service));
    if arguments.mutate && findings.is_empty() {
        let own = Own {
            openapi: openapi.root(),
            asyncapi: asyncapi.root(),
            released: &released,
        };
        findings.extend(own.mutate_openapi(&openapi, &document, arguments));
        findings.extend(own.mutate_asyncapi(&asyncapi, &events, arguments));
    }
    verdict(
        &findings,
        "the served document and the event schemas equal the contracts",
    )
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
    let schema = asyncapi.at(&payload_of(key)).unwrap_or(&Value::Null);
    let payload = Rooted {
        root: asyncapi.root(),
        schema,
    };
    for (part, contract) in [("payload", Some(payload)), ("data", payload.property("data"))] {
        let derived = schemas.get(part).unwrap_or(&Value::Null);
        match contract {
            Some(contract) => report(
                findings,
                &format!("{key} {part}"),
                &schema_differences(contract, Rooted::alone(derived)),
            ),
            None => findings.push(format!("{key}: the contract has no {part}")),
        }
    }
}

fn payload_of(key: &str) -> String {
    child(&child("/components/messages", key), "payload")
}

/// Both contracts, one of which is changed.
struct Own<'a> {
    openapi: &'a Value,
    asyncapi: &'a Value,
    released: &'a [ReleasedSchema],
}

impl Own<'_> {
    /// The code of both contracts, unless they are refused.
    fn generate(&self, openapi: &Value, asyncapi: &Value) -> Option<Vec<GeneratedFile>> {
        let openapi = Source::parse("openapi.json", &openapi.to_string()).ok()?;
        let asyncapi = Source::parse("asyncapi.json", &asyncapi.to_string()).ok()?;
        let contracts = Contracts::read(openapi, asyncapi, Language::Service).ok()?;
        contract_codegen::generate(&contracts, self.released).ok()
    }

    fn mutate_openapi(&self, source: &Source, derived: &Value, arguments: &CheckArguments) -> Vec<String> {
        let generate = |changed: &Value| self.generate(changed, self.asyncapi);
        prove(
            "contracts/openapi.yaml",
            source,
            Language::Service,
            |mutants| {
                let survivors = contract_codegen::mutate::survivors(mutants, source.root(), derived);
                survivors.iter().map(ToString::to_string).collect()
            },
            &Regeneration {
                generate: &generate,
                count: arguments.regenerate,
                shown_beside: None,
            },
        )
    }

    /// Of the event contract, schemas are derived from the types; everything else is served as it was written, and has to
    /// change the generated code or be refused.
    fn mutate_asyncapi(
        &self,
        source: &Source,
        events: &Map<String, Value>,
        arguments: &CheckArguments,
    ) -> Vec<String> {
        let derived: Vec<(String, Value)> = events
            .iter()
            .filter_map(|(key, schemas)| Some((payload_of(key), schemas.get("payload")?.clone())))
            .collect();
        let reached = mutate::reached(source, derived.iter().map(|(pointer, _)| pointer.clone()));
        let generate = |changed: &Value| self.generate(self.openapi, changed);
        prove(
            "contracts/asyncapi.yaml",
            source,
            Language::Service,
            |mutants| {
                let of_schemas = mutants
                    .iter()
                    .filter(|mutant| mutant.says_the_same.is_none() && is_below(&reached, &mutant.pointer));
                let survivors = of_schemas.filter(|mutant| {
                    let changed = mutant.apply(source.root());
                    !mutate::is_seen_in_schemas(&changed, &derived) && generate(&changed).is_some()
                });
                survivors.map(ToString::to_string).collect()
            },
            &Regeneration {
                generate: &generate,
                count: arguments.regenerate,
                // The document is served as it was written, and what stands in schemas was asked for above.
                shown_beside: Some("the served event contract or in the schemas of the types"),
            },
        )
    }
}

/// Whether a pointer leads into a schema, not only to it: another name of a component is another component.
fn is_below(schemas: &HashSet<String>, pointer: &str) -> bool {
    let mut ends = pointer.match_indices('/').map(|(end, _)| end);
    ends.any(|end| pointer.get(..end).is_some_and(|start| schemas.contains(start)))
}
