//! What is one name in Rust stays two things.

use super::documents::check;
use super::request::contract;

contract!("../golden/served/names/mod.rs");

#[test]
fn names_that_are_one_in_rust_are_told_apart() {
    check(
        include_str!("../golden/served/names/openapi.yaml"),
        &contract::api::document(),
    );
}
