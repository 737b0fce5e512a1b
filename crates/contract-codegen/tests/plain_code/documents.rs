//! The loop is closed for contracts of which poem-openapi's registry holds only a part.

use contract_codegen::grammar::Grammar;
use contract_codegen::{Language, Source, differences, mutate, normal_openapi};
use serde_json::Value;

use super::request::contract;

contract!("../golden/served/documents/mod.rs");

/// The derived document equals the contract, and no mutant of the contract.
pub(super) fn check(contract: &str, derived: &Value) {
    let contract = Source::parse("openapi.yaml", contract).unwrap();
    let derived = normal_openapi(derived);
    let found = differences(&normal_openapi(contract.root()), &derived);
    assert!(found.is_empty(), "{found:#?}");
    let mutants = mutate::mutants(contract.root(), Grammar::of(&contract, Language::Plain));
    let survivors = mutate::survivors(&mutants, contract.root(), &derived);
    let lines: Vec<String> = survivors.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}

#[test]
fn what_the_registry_cannot_hold_is_derived() {
    check(
        include_str!("../golden/served/documents/openapi.yaml"),
        &contract::api::API
            .document(contract::api::DocumentsDocument, &contract::overlay::OVERLAY)
            .unwrap(),
    );
}
