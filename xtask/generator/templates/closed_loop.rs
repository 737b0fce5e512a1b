//! The document that the running code derives equals the contract.

use std::path::Path;

use contract_codegen::{Contracts, Language, Limits, Source, differences, normal_openapi};

#[test]
fn the_derived_document_equals_the_contract() {
    let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join({contract});
    let contract = Source::load(&contract, &Limits::default()).expect("the contract can be read");
    // What was left out when this crate was made is left out here.
    let (contract, _) =
        Contracts::read_partial(Some(contract), None, Language::Plain).expect("the contract can be taken over");
    let contract = contract.openapi_source().expect("there is a contract").root();
    let derived = {crate}::contract::api::derived();
    let derived = derived.unwrap_or_else(|error| panic!("no document can be derived: {error}"));
    let found = differences(&normal_openapi(contract), &normal_openapi(&derived));
    assert!(found.is_empty(), "{found:#?}");
}
