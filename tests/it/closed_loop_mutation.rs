//! The closed loop notices: every single change of the contract that means something is refused by the generator, or shows as a
//! difference to the document that the service derives. `cargo xtask check --mutate` shows beyond it that generated code changes too.

use contract_codegen::grammar::Grammar;
use contract_codegen::mutate::{self, Mutant};
use contract_codegen::{Contracts, Language, Source, normal_openapi};
use rollcall::contract::events;
use rollcall::document;
use serde_json::Value;

const OPENAPI: &str = include_str!("../../contracts/openapi.yaml");
const ASYNCAPI: &str = include_str!("../../contracts/asyncapi.yaml");

fn mutants(source: &Source) -> Vec<Mutant> {
    mutate::mutants(source.root(), Grammar::of(source, Language::Service))
}

fn all_noticed(survivors: &[&Mutant], count: usize) {
    let lines: Vec<String> = survivors.iter().map(ToString::to_string).collect();
    assert!(
        lines.is_empty(),
        "{} of {count} were not noticed:\n{}",
        lines.len(),
        lines.join("\n")
    );
}

#[test]
fn every_change_of_the_contract_is_noticed() {
    let contract = Source::parse("openapi.yaml", OPENAPI).unwrap();
    let derived = normal_openapi(&document::openapi().unwrap());
    let mutants = mutants(&contract);
    let count = mutants.len();
    assert!(count > 9_000, "{count} mutants are too few to show anything");
    all_noticed(&mutate::survivors(&mutants, contract.root(), &derived), count);
}

#[test]
fn every_change_of_an_event_is_noticed() {
    let contract = Source::parse("asyncapi.yaml", ASYNCAPI).unwrap();
    let derived: Vec<(String, Value)> = events::ALL
        .iter()
        .map(|message| {
            let pointer = format!("/components/messages/{}/payload", message.key);
            (pointer, (message.payload_schema)())
        })
        .collect();
    // The flat fields beside an event are the relay's; no type carries them.
    let is_of_events = |mutant: &Mutant| {
        mutant.pointer.starts_with("/components/schemas/")
            && !mutant.pointer.starts_with("/components/schemas/EntryFields")
    };
    let mutants: Vec<Mutant> = mutants(&contract).into_iter().filter(is_of_events).collect();
    let count = mutants.len();
    assert!(count > 2_000, "{count} mutants are too few to show anything");
    let is_refused = |changed: &Value| {
        let openapi = Source::parse("openapi.yaml", OPENAPI).unwrap();
        let asyncapi = Source::parse("asyncapi.yaml", &changed.to_string()).unwrap();
        Contracts::read(openapi, asyncapi, Language::Service).is_err()
    };
    let survives = |mutant: &&Mutant| {
        let changed = mutant.apply(contract.root());
        mutant.says_the_same.is_none()
            && !mutate::is_seen_in_schemas(&changed, &derived)
            && !is_refused(&changed)
    };
    all_noticed(&mutants.iter().filter(survives).collect::<Vec<_>>(), count);
}
