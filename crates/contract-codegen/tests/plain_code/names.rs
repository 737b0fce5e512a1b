//! What is one name in Rust stays two things.

use super::documents::check;
use super::request::contract;

contract!("../plain/names/mod.rs");

#[test]
fn names_that_are_one_in_rust_are_told_apart() {
    check(
        include_str!("../plain/names/openapi.yaml"),
        &contract::api::document(),
    );
}
