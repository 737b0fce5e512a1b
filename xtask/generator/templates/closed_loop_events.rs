//! The schemas that the types of messages derive equal the contract, and so does the document that the crate has.

use std::path::Path;

use contract_codegen::{EventContract, Limits, ReadEvents, Source};
use {crate}::contract::events::API;

fn contract() -> Source {
    let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join({events});
    Source::load(&contract, &Limits::default()).expect("the contract can be read")
}

#[test]
fn the_derived_schemas_equal_the_contract() {
    let contract = EventContract::read(&contract()).expect("the contract can be taken over");
    let found = contract.differences(&API.derived_schemas());
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_document_is_the_contract() {
    let document: serde_json::Value = serde_json::from_str(API.document).expect("the document is JSON");
    let found = ReadEvents::document_differences(&contract(), &document);
    assert!(found.is_empty(), "{found:#?}");
}
