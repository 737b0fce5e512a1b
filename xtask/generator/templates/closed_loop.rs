//! The document that the running code derives equals the contract.

use std::path::Path;

use contract_codegen::{Limits, Source, differences, normal_openapi};

#[test]
fn the_derived_document_equals_the_contract() {
    let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("{contract}");
    let contract = Source::load(&contract, &Limits::default()).expect("the contract can be read");
    let derived = {crate}::contract::api::document();
    let found = differences(&normal_openapi(contract.root()), &normal_openapi(&derived));
    assert!(found.is_empty(), "{found:#?}");
}
