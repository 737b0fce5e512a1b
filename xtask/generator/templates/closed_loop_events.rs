//! The schemas that the types of messages derive equal the contract.

use std::path::Path;

use contract_codegen::{EventContract, Limits, Source};

#[test]
fn the_derived_schemas_equal_the_contract() {
    let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("{events}");
    let contract = Source::load(&contract, &Limits::default()).expect("the contract can be read");
    let contract = EventContract::read(&contract).expect("the contract can be taken over");
    let found = contract.differences(&{crate}::contract::events::API.derived_schemas());
    assert!(found.is_empty(), "{found:#?}");
}
